"""What every answer carries and every request must pass before a page of ours sees it."""

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloud.limits import most_body

_UNSAFE = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_log = logging.getLogger("aisle.access")
_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_-]{20,}(?=/|$)")
"""A part of a path that is as long as a token; nobody's number and no product's is."""


Refuse = Callable[[Request, int, str], Response]
"""A refused request, its status, and the line that says why to programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """Which other origins may show the shoppers' pages inside theirs, and what may stand inside a page of ours.

    Nobody may show the manager's pages in a frame.
    """

    ancestors: tuple[str, ...] = ()
    style: str = ""  # what else than a nonce lets a style sheet, or a script, stand inside a page of ours
    script: str = ""

    def of(self, path: str) -> str:
        """The sources of `frame-ancestors` for a path."""
        framed = self.ancestors and not path.startswith("/manage")
        return " ".join(("'self'", *self.ancestors)) if framed else "'none'"


class Guard:
    """Limits bodies, refuses other sites' forms, sets the security headers, and logs paths without their queries."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Refuse,
        framing: Framing,
        secure: bool = False,
        nonce: Callable[[], str] | None = None,
    ) -> None:
        """`refuse` says no; `secure`: browsers find the pages by https, whatever the last part of the way speaks."""
        self._refuse = refuse
        self._app = app
        self._secure = secure
        self._framing = framing
        self._nonce = nonce or (lambda: secrets.token_urlsafe(12))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = self._nonce()
        scope.setdefault("state", {})["nonce"] = nonce
        secure = self._secure or scope["scheme"] == "https"
        answer = _Answer(scope, send, self._policy(nonce, scope["path"]), secure=secure)
        headers = Headers(scope=scope)
        if scope["method"] in _UNSAFE and not scope["path"].startswith("/v1/") and _foreign(headers):
            refused = self._refuse(Request(scope), 403, "This form came from another site.\n")
            await refused(scope, receive, answer)
            return
        most = most_body(scope["path"])
        if int_or_zero(headers.get("content-length")) > most:
            await self._refuse(Request(scope), 413, f"At most {most} bytes are taken.\n")(scope, receive, answer)
            return
        await self._app(scope, _Limited(receive, most), answer)

    def _policy(self, nonce: str, path: str) -> str:
        return (
            f"default-src 'none'; img-src 'self' data:; style-src 'nonce-{nonce}' 'self' {self._framing.style}; "
            f"script-src 'nonce-{nonce}' 'self' {self._framing.script}; connect-src 'self'; manifest-src 'self'; "
            f"form-action 'self'; base-uri 'none'; frame-ancestors {self._framing.of(path)}"
        )


class BodyTooLong(Exception):
    """A body without a length went on for too long."""


class _Limited:
    """The request's body, up to the limit."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLong
        return message


class _Answer:
    """The response on its way out."""

    def __init__(self, scope: Scope, send: Send, policy: str, *, secure: bool) -> None:
        self._scope = scope
        self._send = send
        self._policy = policy
        self._secure = secure

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("content-security-policy", self._policy)
            headers.setdefault("x-content-type-options", "nosniff")
            # Not `no-referrer`: with it browsers send `Origin: null` even for our own forms.
            headers.setdefault("referrer-policy", "same-origin")
            headers.setdefault("cache-control", "no-store")
            headers.setdefault("permissions-policy", "camera=(), microphone=(), geolocation=()")
            if self._secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
            _log.info("%s %s %d", self._scope["method"], logged(self._scope["path"]), message["status"])
        await self._send(message)


def logged(path: str) -> str:
    """A path as the log may keep it: without the tokens of a shopper's links, and never with the query."""
    return _TOKEN.sub("*", path).encode("unicode_escape").decode()


def _foreign(headers: Headers) -> bool:
    """Whether a browser says that another site sends this (Fetch Metadata; else the Origin header)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # no browser's origin
        return True


def int_or_zero(text: str | None) -> int:
    """A header's number; what is none, or absurdly long, is for the server to refuse."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0

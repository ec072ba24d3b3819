"""What has no page of its own: a page in words where a browser asks for one, a line for programs."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from cloud.server import Refusal, Said, plain
from cloud.web.language import choose
from cloud.web.pages import Pages
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import asking, stands_at
from cloud.web.shown import Shown

_FOR_PROGRAMS = ("/v1/", "/static/", "/picture/")
_MANAGERS = "/manage"
_KINDS: Final[Mapping[int, str]] = {
    403: "foreign",
    404: "nothing-here",
    405: "nothing-here",
    413: "too-long",
    429: "busy",
    431: "too-much",
    503: "busy",
}
"""The words of `problem.html` for a status; other refusals are `not-understood`."""


class Problems:
    """What is answered where no room of ours does."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: Request, error: Exception) -> Response:
        """What a room, or the lack of one, refuses by raising."""
        assert isinstance(error, HTTPException)
        if isinstance(error, Shown):
            return HTMLResponse(error.page, error.status_code)
        answer = self.refuse(request, error.status_code, f"{error.detail}\n")
        answer.headers.update(error.headers or {})
        return answer

    def refuse(self, request: Request, status: int, line: str) -> Response:
        """A page for a shopper's browser; `line` for programs and on the managers' side."""
        # Whoever reads what is not there, or the address of a form, may be a person whatever their browser accepts.
        path = request.url.path
        form = status == 405 and request.method == "GET" and not path.startswith(_MANAGERS)
        lost = not path.startswith(_FOR_PROGRAMS) and (form or status == 404)
        if not lost and not _wants_page(path, request.headers.get("accept", "")):
            return PlainTextResponse(line, status)
        asked = asking(request)
        if form:
            asked = replace(asked, stands=stands_at(request))
        return answers.problem(self._services, asked, _kind(status), status=status)

    async def too_long(self, request: Request, error: Exception) -> Response:  # noqa: ARG002 - the framework's signature
        """A body without a length went on for too long."""
        return self.refuse(request, 413, "The body is too long.\n")

    async def broken(self, request: Request, error: Exception) -> Response:  # noqa: ARG002 - the framework's signature
        """A fault of ours; the framework logs it, and no guard stands round this answer."""
        if request.url.path.startswith((*_FOR_PROGRAMS, _MANAGERS)):
            return PlainTextResponse("Internal Server Error\n", 500)
        page = answers.problem(self._services, asking(request), "broken", status=500)
        page.headers["cache-control"] = "no-store"
        return page


def unheard(pages: Pages) -> Refusal:
    """What the server says of a request that no application hears: the same pages, made of the head alone."""

    def said(status: HTTPStatus, path: str, headers: Mapping[str, str]) -> Said:
        if not _wants_page(path, headers.get("accept", "")):
            return plain(status, path, headers)
        language = choose(None, headers.get("accept-language"))
        switch = f"/?lang={language.other}"
        values = {"kind": _kind(status), "detail": "", "gtin": "", "nonce": "", "switch": switch, "carry": {}}
        return Said("text/html; charset=utf-8", pages.render("shop/problem.html", language, values))

    return said


def _kind(status: int) -> str:
    return _KINDS.get(status, "not-understood")


def _wants_page(path: str, accepted: str) -> bool:
    return "text/html" in accepted.lower() and not path.startswith((*_FOR_PROGRAMS, _MANAGERS))

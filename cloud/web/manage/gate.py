"""Who may see the manager's pages: the session's cookie, and where those go who have none."""

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import HTTPException, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from cloud.accounts.sessions import Session
from cloud.manage import devices
from cloud.manage.keys import TooOften
from cloud.manage.login import ABSOLUTE_MS, Caller
from cloud.manage.rights import Right, Who
from cloud.web.manage.desk import Desk
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from cloud.web.shown import Shown

COOKIE = "__Host-aisle-manager"
_PAGE = re.compile(r"/manage(/(?!login|logout)[A-Za-z0-9][A-Za-z0-9_-]*)*")


Asked = Callable[..., Who]
"""A dependency: whoever asks, where they may; else it answers by itself."""

_SESSION = APIKeyCookie(
    name=COOKIE, scheme_name="Session", auto_error=False, description="A person's session, from /manage/login"
)
_KEY = HTTPBearer(
    scheme_name="ApiKey",
    auto_error=False,
    description="A program's key, made at /manage/keys; it may what its scopes say",
)


class Gate:
    """The two ways of asking for a right: a page leads to the form or says no in words, all else answers 401 or 403."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def session(self, request: Request) -> Session | None:
        """The living session of a request, or None."""
        return self._desk.door.session(request.cookies.get(COOKIE), self._desk.clock())

    def who(self, request: Request) -> Who | None:
        """Who is signed in, or None; a key opens no page."""
        return self._desk.door.who(request.cookies.get(COOKIE), self._desk.clock())

    def page(self, right: Right) -> Asked:
        """For a page: 303 to the form that leads back here without a session, 403 in words without the right."""

        def asked(request: Request) -> Who:
            who = self.who(request)
            if who is None:
                here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                raise HTTPException(303, headers={"Location": f"/manage/login?next={quote(here, safe='')}"})
            if not who.may(right):
                raise Shown(403, refusal(self._desk, request, who))
            return who

        return asked

    def data(self, right: Right) -> Asked:
        """For data and acts: 401 without session or key, 403 without the right, 429 for a key that asks too often."""

        def asked(
            request: Request,
            _session: Annotated[str | None, Security(_SESSION)],
            _key: Annotated[object, Security(_KEY, scopes=[right])],
        ) -> Who:
            who = self._anybody(request)
            if who is None:
                raise HTTPException(401, "sign in at /manage/login, or send an API key", {"WWW-Authenticate": "Bearer"})
            if not who.may(right):
                raise HTTPException(403, f"{who.account} ({who.role}) may not do this here: it takes the right {right}")
            return who

        return asked

    def own(self, request: Request) -> Session:
        """For what is a person's own: their session; 401 without one, which no key replaces."""
        session = self.session(request)
        if session is None:
            raise HTTPException(401, "sign in at /manage/login")
        return session

    def still(self, request: Request, right: Right) -> bool:
        """For an open stream, asked each minute: whether who opened it still may."""
        try:
            who = self._anybody(request)
        except HTTPException:  # asks too often, which is no reason to end what is open
            return True
        return who is not None and who.may(right)

    def _anybody(self, request: Request) -> Who | None:
        """A person by their session or, where a key is sent, the program whose it is."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self.who(request)
        match self._desk.keys.who(token.strip(), self._desk.clock()):
            case TooOften(wait_s=wait_s):
                raise HTTPException(429, "this key asks too often", {"Retry-After": str(wait_s)})
            case Who() as who:
                return who
            case _:
                return None


def refusal(desk: Desk, request: Request, who: Who) -> str:
    """The page that says that an account's role does not reach here."""
    return desk.pages.render("manage/refused.html", language_of(request), shell(desk, request, who, "account"))


def caller_of(request: Request) -> Caller:
    """Where a request comes from."""
    agent = request.headers.get("user-agent", "")
    return Caller(address=request.client.host if request.client else "", device=devices.words(agent))


def give_cookie(response: Response, token: str) -> None:
    """Hands the session to the browser, for this host alone, out of reach of scripts and of other sites."""
    response.set_cookie(
        COOKIE, token, max_age=ABSOLUTE_MS // 1000, path="/", secure=True, httponly=True, samesite="strict"
    )


def take_cookie(response: Response) -> None:
    """Takes it back."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def inward(target: str) -> str:
    """Where a form may send its user: a page of ours below /manage, whatever the form says."""
    path = target.partition("?")[0].partition("#")[0]
    fits = _PAGE.fullmatch(path) and target.isprintable() and "\\" not in target and len(target) <= 500
    return target if fits else "/manage"

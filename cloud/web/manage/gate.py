"""Who may see the manager's pages: the session's cookie, and where those go who have none."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import HTTPException, Request, Response

from cloud.manage import devices
from cloud.manage.login import ABSOLUTE_MS, Caller
from cloud.manage.rights import Right, Who
from cloud.web.manage.desk import Desk

COOKIE = "__Host-aisle-manager"


Asked = Callable[[Request], Who]
"""A dependency: whoever asks, where they may; else it answers by itself."""


class Gate:
    """The two ways of asking for a right: a page leads to the form or says no in words, all else answers 401 or 403."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def who(self, request: Request) -> Who | None:
        """Who is signed in, or None."""
        return self._desk.door.who(request.cookies.get(COOKIE), self._desk.clock())

    def page(self, right: Right) -> Asked:
        """For a page: 303 to the form that leads back here without a session, 403 without the right."""

        def asked(request: Request) -> Who:
            who = self.who(request)
            if who is None:
                here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                raise HTTPException(303, headers={"Location": f"/manage/login?next={quote(here, safe='')}"})
            if not who.may(right):
                raise HTTPException(403, f"{who.account} is {who.role} here, which does not include: {right}")
            return who

        return asked

    def data(self, right: Right) -> Asked:
        """For data and acts: 401 without a session, 403 without the right."""

        def asked(request: Request) -> Who:
            who = self.who(request)
            if who is None:
                raise HTTPException(401, "sign in at /manage/login")
            if not who.may(right):
                raise HTTPException(403, f"{who.account} is {who.role} here, which does not include: {right}")
            return who

        return asked

    def still(self, request: Request, right: Right) -> bool:
        """For an open stream, asked each minute: whether who opened it still may."""
        who = self.who(request)
        return who is not None and who.may(right)


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
    plain = path in ("/manage", "/manage/requests", "/manage/campaigns")
    return target if plain and target.isprintable() and "\\" not in target and len(target) <= 500 else "/manage"

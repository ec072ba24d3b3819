"""Who may see the manager's pages: the session's cookie, and where those go who have none."""

from urllib.parse import quote

from fastapi import HTTPException, Request, Response

from cloud.manage.login import ABSOLUTE_MS
from cloud.web.manage.desk import Desk

COOKIE = "__Host-aisle-manager"


class Gate:
    """The two ways of asking for a session: a page sends to the form, everything else answers 401."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def account(self, request: Request) -> str | None:
        """The signed-in account of a request, or None."""
        return self._desk.door.who(request.cookies.get(COOKIE), self._desk.clock())

    def page(self, request: Request) -> str:
        """For a page: the account, or a redirect to the form that leads back here."""
        account = self.account(request)
        if account is None:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            raise HTTPException(303, headers={"Location": f"/manage/login?next={quote(here, safe='')}"})
        return account

    def data(self, request: Request) -> str:
        """For data and actions: the account, or 401."""
        account = self.account(request)
        if account is None:
            raise HTTPException(401, "sign in at /manage/login")
        return account


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

"""In and out: the form at the door and what it sends."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.accounts import people
from cloud.manage.beginning import FIRST_ACCOUNT
from cloud.manage.login import Entered, Refused
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import COOKIE, caller_of, give_cookie, inward, take_cookie
from cloud.web.manage.view import language_of, look


def add_door(router: APIRouter, desk: Desk) -> None:
    """Adds the form, what it sends, and the way out."""

    @router.get("/manage/login", include_in_schema=False)
    def form(request: Request, next: str = "/manage", left: bool = False) -> HTMLResponse:  # noqa: A002 - the address says next
        return HTMLResponse(login_form(desk, request, next=inward(next), left=left))

    @router.post("/manage/login", include_in_schema=False)
    def enter(
        request: Request,
        account: Annotated[str, Form(max_length=256)],
        password: Annotated[str, Form(max_length=1024)],
        next: Annotated[str, Form(max_length=1024)] = "/manage",  # noqa: A002 - as the form says
    ) -> Response:
        caller = caller_of(request)
        result = desk.door.enter(account=account, password=password, caller=caller, now_ms=desk.clock())
        if isinstance(result, Entered):
            answer: Response = RedirectResponse(inward(next), 303)
            give_cookie(answer, result.token)
            return answer
        page = login_form(desk, request, next=inward(next), account=account[:64], refused=result)
        wait_s = _seconds(result)
        return HTMLResponse(page, 429 if wait_s else 401, {"retry-after": str(wait_s)} if wait_s else None)

    @router.post("/manage/logout", include_in_schema=False)
    def leave(request: Request) -> RedirectResponse:
        desk.door.leave(request.cookies.get(COOKIE))
        answer = RedirectResponse("/manage/login?left=true", 303)
        take_cookie(answer)
        return answer


def login_form(
    desk: Desk,
    request: Request,
    *,
    next: str,  # noqa: A002 - the template's name for it
    account: str = "",
    refused: Refused | None = None,
    left: bool = False,
) -> str:
    """The page with the form, and what came of the last try."""
    language = language_of(request)
    with desk.door.accounts.reading() as connection:
        first = [grant.account for grant in people.grants(connection, desk.door.store)] == [FIRST_ACCOUNT]
    values: dict[str, object] = {
        "theme": look(request).theme,
        "korean": language is Language.KO,
        "nonce": request.state.nonce,
        "next": next,
        "account": account or (FIRST_ACCOUNT if first else ""),
        "first": first,
        "wrong": refused is not None,
        "elsewhere": refused is not None and refused.elsewhere,
        "left": left,
        "keys_place": desk.passkeys.place,
        "origin": desk.passkeys.origin or "",
        "wait_s": _seconds(refused) if refused else 0,
    }
    return desk.pages.render("manage/login.html", language, values)


def _seconds(refused: Refused) -> int:
    return -(-refused.wait_ms // 1000)

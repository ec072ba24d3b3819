"""Passkeys in the browser: what a page asks for and sends, to sign in and to add one to one's account."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from cloud.accounts import passkeys, people, sessions
from cloud.accounts.sessions import Session
from cloud.manage.login import Entered, Refused
from cloud.manage.passkeys import Copied, No
from cloud.manage.rights import Role, Who
from cloud.store.audit_log import Act
from cloud.web.manage.around.own import PATH
from cloud.web.manage.around.saying import back, note
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate, caller_of, give_cookie, inward
from cloud.web.numbers import Numbered

_STATUS = {No.OFF: 404, No.STALE: 403, No.OLD: 409, No.WRONG: 400, No.UNKNOWN: 404, No.COPIED: 403, No.KNOWN: 409}
_JSON = "application/json"


def add_passkeys(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds what the scripts of the login page and of one's own page ask."""
    _add_entering(router, desk)
    _add_keeping(router, desk, gate)


def _add_entering(router: APIRouter, desk: Desk) -> None:
    body = Annotated[str, Depends(_body)]

    @router.post("/manage/passkey/options", include_in_schema=False)
    def to_enter() -> Response:
        return _told(desk.passkeys.to_enter(desk.clock()))

    @router.post("/manage/passkey", include_in_schema=False)
    def enter(request: Request, credential: body, next: str = "/manage") -> Response:  # noqa: A002 - as the address says
        result = desk.passkeys.enter(credential, caller=caller_of(request), now_ms=desk.clock())
        match result:
            case Entered():
                answer = JSONResponse({"next": inward(next)})
                give_cookie(answer, result.token)
                return answer
            case Copied():
                _stop(desk, result)
                return _refused(No.COPIED)
            case Refused(elsewhere=True):
                return JSONResponse({"no": "elsewhere"}, 403)
            case Refused():
                wait_s = -(-result.wait_ms // 1000)
                return JSONResponse({"no": "wait"}, 429, {"retry-after": str(wait_s)})
            case _:
                return _refused(result)


def _add_keeping(router: APIRouter, desk: Desk, gate: Gate) -> None:
    own = Annotated[Session, Depends(gate.own)]
    body = Annotated[str, Depends(_body)]

    @router.post(f"{PATH}/passkeys/options", include_in_schema=False)
    def to_add(session: own) -> Response:
        return _told(desk.passkeys.to_add(session, desk.door.store, desk.clock()))

    @router.post(f"{PATH}/passkeys", include_in_schema=False)
    def add(session: own, credential: body, words: str = "") -> Response:
        no = desk.passkeys.add(session, credential, words, desk.clock())
        if no is not None:
            return _refused(no)
        note(desk, _who(session), Act.PASSKEY_ADDED, words[:40] or session.device)
        return JSONResponse({}, 201)

    @router.post(f"{PATH}/passkeys/{{number}}/remove", include_in_schema=False)
    def remove(request: Request, session: own, number: Numbered) -> RedirectResponse:
        with desk.door.accounts.atomic() as connection:
            if not passkeys.remove(connection, passkey=number, account=session.account):
                raise HTTPException(404, "you have no such passkey")
            note(desk, _who(session), Act.PASSKEY_REMOVED, str(number))
        return back(request, PATH, "passkey-removed", "passkeys")


async def _body(request: Request) -> str:
    return (await request.body()).decode("utf-8", "replace")


def _who(session: Session) -> Who:
    return Who(account=session.account, role=session.role)


def _told(options: str | No) -> Response:
    return _refused(options) if isinstance(options, No) else Response(options, media_type=_JSON)


def _refused(no: No) -> Response:
    return JSONResponse({"no": str(no)}, _STATUS.get(no, 400))


def _stop(desk: Desk, copied: Copied) -> None:
    """Tells of a passkey that exists twice, and ends what may have been opened by its copy."""
    with desk.door.accounts.atomic() as connection:
        role = people.role(connection, name=copied.account, store=desk.door.store) or Role.READER
        sessions.end_all(connection, account=copied.account)
        note(desk, Who(account=copied.account, role=role), Act.PASSKEY_COPIED, copied.words)

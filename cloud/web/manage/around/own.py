"""One's own account: the password, where one is signed in, and the stores that one may enter."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.accounts import passkeys, people, sessions, stores
from cloud.accounts.sessions import Session
from cloud.manage.login import alive, fresh
from cloud.manage.passwords import weakness
from cloud.manage.rights import Right, Who
from cloud.store.audit_log import Act
from cloud.web.manage.around.saying import back, note, page
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate, caller_of
from cloud.web.numbers import Numbered

PATH = "/manage/account"
_Secret = Annotated[str, Form(max_length=1024)]


def add_own(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds the page and its forms."""
    own = Annotated[Session, Depends(gate.own)]

    @router.get(PATH, include_in_schema=False)
    def account(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return page(
            desk, request, who, place="account", template="account.html", values=_values(desk, gate, request, who)
        )

    @router.post(f"{PATH}/password", include_in_schema=False)
    def change(request: Request, session: own, old: _Secret, new: _Secret, again: _Secret) -> RedirectResponse:
        return back(request, PATH, _changed(desk, request, session, old=old, new=new, again=again), "password")

    @router.post(f"{PATH}/prove", include_in_schema=False)
    def prove(request: Request, session: own, password: _Secret) -> RedirectResponse:
        shown = desk.door.prove(session, password, caller=caller_of(request), now_ms=desk.clock())
        return back(request, PATH, "proved" if shown else "wrong-password", "passkeys")

    @router.post(f"{PATH}/sessions/end", include_in_schema=False)
    def end_others(request: Request, session: own) -> RedirectResponse:
        with desk.door.accounts.atomic() as connection:
            sessions.end_all(connection, account=session.account, but=session.id)
        return back(request, PATH, "sessions-ended", "sessions")

    @router.post(f"{PATH}/sessions/{{number}}/end", include_in_schema=False)
    def end(request: Request, session: own, number: Numbered) -> RedirectResponse:
        with desk.door.accounts.atomic() as connection:
            if not sessions.end_one(connection, session=number, store=desk.door.store, account=session.account):
                raise HTTPException(404, "you have no such session")
        return back(request, PATH, "session-ended", "sessions")


def _values(desk: Desk, gate: Gate, request: Request, who: Who) -> dict[str, object]:
    now_ms = desk.clock()
    here = gate.session(request)
    with desk.door.accounts.reading() as connection:
        account = people.account(connection, who.account)
        opened = sessions.of_store(connection, store=desk.door.store, account=who.account)
        kept = passkeys.of_account(connection, who.account)
        entries = stores.entries(connection, who.account)
    return {
        "sessions": tuple(each for each in opened if alive(each, now_ms)),
        "session": here,
        "fresh": here is not None and fresh(here, now_ms),
        "passkeys": kept,
        "keys_place": desk.passkeys.place,
        "origin": desk.passkeys.origin or "",
        "changed_ms": account.changed_ms if account else 0,
        "entries": entries,
        "this_store": desk.door.store,
    }


def _changed(desk: Desk, request: Request, session: Session, *, old: str, new: str, again: str) -> str:
    """Changes the password and ends all other sessions; the word of what came of it."""
    if new != again:
        return "not-the-same"
    if weak := weakness(new, session.account):
        return f"weak-{weak}"
    now_ms = desk.clock()
    if not desk.door.prove(session, old, caller=caller_of(request), now_ms=now_ms):
        return "wrong-password"
    hashed = desk.door.passwords.hash(new)
    with desk.door.accounts.atomic() as connection:
        people.set_hash(connection, name=session.account, hashed=hashed, now_ms=now_ms)
        sessions.end_all(connection, account=session.account, but=session.id)
        note(desk, Who(account=session.account, role=session.role), Act.PASSWORD_CHANGED, session.account)
    return "password-changed"

"""The page behind an invitation's link: a name and a password are chosen, once, or an account is brought along."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.accounts import invitations, people
from cloud.accounts.invitations import Invitation
from cloud.accounts.sessions import Means
from cloud.manage.beginning import NAME
from cloud.manage.login import Entered, digest_of, named, of_address
from cloud.manage.passwords import weakness
from cloud.manage.rights import Role, Who
from cloud.manage.throttle import Kind, Subject
from cloud.store.audit_log import Act
from cloud.web.language import Language
from cloud.web.manage.around.saying import note
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import caller_of, give_cookie
from cloud.web.manage.view import language_of

_Secret = Annotated[str, Form(max_length=1024)]


def add_joining(router: APIRouter, desk: Desk) -> None:
    """Adds the page and its form; whoever holds the link may use it, once."""

    @router.get("/manage/invitation/{token}", include_in_schema=False)
    def form(request: Request, token: str) -> HTMLResponse:
        found = _found(desk, token)
        return _page(desk, request, token, found) if found else _page(desk, request, token, None, status=404)

    @router.post("/manage/invitation/{token}", include_in_schema=False)
    def join(
        request: Request,
        *,
        token: str,
        account: Annotated[str, Form(max_length=256)],
        password: _Secret,
        again: _Secret = "",
        known: Annotated[str, Form(max_length=2)] = "",
    ) -> Response:
        found = _found(desk, token)
        if found is None:
            return _page(desk, request, token, None, status=404)
        name = named(account)
        why = _bring(desk, request, name, password) if known else _why_not(name, password, again)
        hashed = None if known or why else desk.door.passwords.hash(password)
        if why := why or _take(desk, token, name, hashed):
            return _page(desk, request, token, found, why=why, account=name, status=422)
        entered = desk.door.open(name, Means.INVITATION, caller=caller_of(request), now_ms=desk.clock())
        answer = RedirectResponse("/manage", 303)
        if isinstance(entered, Entered):
            give_cookie(answer, entered.token)
        return answer


def _found(desk: Desk, token: str) -> Invitation | None:
    with desk.door.accounts.reading() as connection:
        return invitations.by_digest(connection, digest=digest_of(token), store=desk.door.store, now_ms=desk.clock())


def _why_not(name: str, password: str, again: str) -> str:
    """Why an account cannot be made so; nothing where it can."""
    if not NAME.fullmatch(name):
        return "name"
    if password != again:
        return "not-the-same"
    weak = weakness(password, name)
    return f"weak-{weak}" if weak else ""


def _bring(desk: Desk, request: Request, name: str, password: str) -> str:
    """An account that is there already, by its password; why not, or nothing. Throttled as signing in is."""
    subjects = (*of_address(caller_of(request).address), Subject(kind=Kind.ACCOUNT, name=name))
    if desk.door.begin(subjects, desk.clock()):
        return "wait"
    if not desk.door.right(name, password):
        return "wrong"
    desk.door.succeed(subjects)
    return ""


def _take(desk: Desk, token: str, name: str, hashed: str | None) -> str:
    """Spends the invitation and gives its role, to a new account where there is a hash; why not, or nothing."""
    store, now_ms = desk.door.store, desk.clock()
    with desk.door.accounts.atomic() as connection:
        found = invitations.by_digest(connection, digest=digest_of(token), store=store, now_ms=now_ms)
        if found is None:
            return "gone"
        handle = desk.door.random(16)
        if hashed and not people.add(connection, name=name, handle=handle, hashed=hashed, now_ms=now_ms):
            return "taken"
        invitations.end(connection, invitation=found.id, store=store)
        if people.role(connection, name=name, store=store) is not Role.OWNER:
            people.grant(connection, name=name, store=store, role=found.role, by=found.by, now_ms=now_ms)
        note(desk, Who(account=name, role=found.role), Act.JOINED, f"{found.role}, invited by {found.by}")
    return ""


def _page(
    desk: Desk,
    request: Request,
    token: str,
    found: Invitation | None,
    *,
    why: str = "",
    account: str = "",
    status: int = 200,
) -> HTMLResponse:
    language = language_of(request)
    values: dict[str, object] = {
        "theme": "auto",
        "nonce": request.state.nonce,
        "korean": language is Language.KO,
        "token": token,
        "found": found,
        "why": why,
        "account": account,
    }
    return HTMLResponse(desk.pages.render("manage/around/invitation.html", language, values), status)

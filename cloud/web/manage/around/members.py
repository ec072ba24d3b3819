"""Who comes in: accounts with their roles, invitations, and where everybody is signed in. For owners."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.accounts import invitations, people, sessions
from cloud.accounts.people import Grant
from cloud.accounts.sessions import Session
from cloud.manage.login import alive, digest_of
from cloud.manage.rights import GIVEN, RIGHTS, Right, Role, Who
from cloud.store import api_keys
from cloud.store.audit_log import Act
from cloud.web.manage.around.saying import back, note, page
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.numbers import MOST_NUMBER, Numbered

PATH = "/manage/accounts"
INVITED_DAYS = (1, 3, 7)
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account of this store. `keys`: API keys that it made and that still open."""

    grant: Grant
    sessions: tuple[Session, ...]
    keys: int
    only_owner: bool

    @property
    def seen_ms(self) -> int | None:
        """When it was last here, of the sessions that are open."""
        return self.sessions[0].seen_ms if self.sessions else None


def add_members(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds the page and its forms."""
    owner = Annotated[Who, Depends(gate.data(Right.ADMIT))]
    _add_inviting(router, desk, gate)

    @router.get(PATH, include_in_schema=False)
    def members(request: Request, who: Annotated[Who, Depends(gate.page(Right.ADMIT))]) -> HTMLResponse:
        return page(desk, request, who, place="accounts", template="accounts.html", values=values(desk))

    @router.post(f"{PATH}/{{name}}/role", include_in_schema=False)
    def change(request: Request, name: str, role: Annotated[Role, Form()], who: owner) -> RedirectResponse:
        return back(request, PATH, _change(desk, who, name, role))

    @router.post(f"{PATH}/{{name}}/end", include_in_schema=False)
    def end(request: Request, name: str, who: owner) -> RedirectResponse:
        return back(request, PATH, _change(desk, who, name, None))

    @router.post(f"{PATH}/sessions/{{number}}/end", include_in_schema=False)
    def end_session(request: Request, number: Numbered, who: owner) -> RedirectResponse:
        with desk.door.accounts.atomic() as connection:
            every = sessions.of_store(connection, store=desk.door.store)
            found = next((each for each in every if each.id == number), None)
            if found is None:
                raise HTTPException(404, "there is no such session")
            sessions.end_one(connection, session=number, store=desk.door.store)
            note(desk, who, Act.SESSION_ENDED, f"{found.account}, {found.device}")
        return back(request, PATH, "session-ended")


def _add_inviting(router: APIRouter, desk: Desk, gate: Gate) -> None:
    owner = Annotated[Who, Depends(gate.data(Right.ADMIT))]

    @router.post(f"{PATH}/invite", include_in_schema=False)
    def invite(
        request: Request,
        who: owner,
        role: Annotated[Role, Form()],
        days: Annotated[int, Form(ge=1, le=MOST_NUMBER)] = 3,
        words: Annotated[str, Form(max_length=60)] = "",
    ) -> HTMLResponse:
        if role not in GIVEN or days not in INVITED_DAYS:
            raise HTTPException(422, f"role: one of {', '.join(GIVEN)}; days: one of {INVITED_DAYS}")
        token, now_ms = desk.door.random(24).hex(), desk.clock()
        new = invitations.New(
            digest=digest_of(token),
            store=desk.door.store,
            role=role,
            words=words.strip(),
            by=who.account,
            ends_ms=now_ms + days * _DAY_MS,
        )
        with desk.door.accounts.atomic() as connection:
            invitations.add(connection, new, now_ms)
            note(desk, who, Act.INVITED, f"{role}: {new.words}" if new.words else str(role))
        link = f"{(desk.origin or str(request.base_url)).rstrip('/')}/manage/invitation/{token}"
        return page(
            desk,
            request,
            who,
            place="accounts",
            template="accounts.html",
            values=values(desk) | {"link": link, "ends_ms": new.ends_ms},
        )

    @router.post(f"{PATH}/invitations/{{number}}/end", include_in_schema=False)
    def withdraw(request: Request, number: Numbered, who: owner) -> RedirectResponse:
        with desk.door.accounts.atomic() as connection:
            if not invitations.end(connection, invitation=number, store=desk.door.store):
                raise HTTPException(404, "there is no such invitation")
            note(desk, who, Act.WITHDREW, str(number))
        return back(request, PATH, "withdrawn")


def values(desk: Desk) -> dict[str, object]:
    """What the page shows."""
    now_ms, store = desk.clock(), desk.door.store
    with desk.door.accounts.reading() as connection:
        grants = people.grants(connection, store)
        opened = sessions.of_store(connection, store=store)
        invited = invitations.living(connection, store=store, now_ms=now_ms)
    with desk.store.reading() as connection:
        keys = [key for key in api_keys.keys(connection) if key.living(now_ms)]
    owners = sum(grant.role is Role.OWNER for grant in grants)
    members = tuple(
        Member(
            grant=grant,
            sessions=tuple(each for each in opened if each.account == grant.account and alive(each, now_ms)),
            keys=sum(key.by == grant.account for key in keys),
            only_owner=owners == 1 and grant.role is Role.OWNER,
        )
        for grant in grants
    )
    return {
        "members": sorted(members, key=lambda each: (GIVEN.index(each.grant.role), each.grant.account)),
        "invited": invited,
        "given": GIVEN,
        "rights": RIGHTS,
        "all_rights": tuple(Right),
        "days": INVITED_DAYS,
        "link": "",
        "ends_ms": 0,
    }


def _change(desk: Desk, who: Who, name: str, role: Role | None) -> str:
    """Gives an account of this store another role, or none; the word of what came of it."""
    if role is not None and role not in GIVEN:
        raise HTTPException(422, f"role = {role}: one of {', '.join(GIVEN)} is allowed")
    store, now_ms = desk.door.store, desk.clock()
    with desk.door.accounts.atomic() as connection:
        before = people.role(connection, name=name, store=store)
        if before is None:
            raise HTTPException(404, "this store has no such account")
        if before is Role.OWNER and role is not Role.OWNER and people.owners(connection, store) == 1:
            return "last-owner"
        if role is None:
            people.take_back(connection, name=name, store=store)
            note(desk, who, Act.ACCESS_ENDED, f"{name} ({before})")
            return "access-ended"
        people.grant(connection, name=name, store=store, role=role, by=who.account, now_ms=now_ms)
        note(desk, who, Act.ROLE_CHANGED, f"{name}: {before} → {role}")
        return "role-changed"

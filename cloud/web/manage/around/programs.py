"""The keys of programs: made, shown once, and ended. For owners."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.keys import DAYS, MOST, SCOPES, new_key
from cloud.manage.login import digest_of
from cloud.manage.rights import Right, Who
from cloud.store import api_keys
from cloud.store.audit_log import Act
from cloud.web.manage.around.saying import back, page
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.numbers import MOST_NUMBER, Numbered

PATH = "/manage/keys"
_DAY_MS = 86_400_000


def add_programs(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds the page and its forms."""
    owner = Annotated[Who, Depends(gate.data(Right.ADMIT))]

    @router.get(PATH, include_in_schema=False)
    def keys(request: Request, who: Annotated[Who, Depends(gate.page(Right.ADMIT))]) -> HTMLResponse:
        return page(desk, request, who, place="accounts", template="keys.html", values=_values(desk))

    @router.post(PATH, include_in_schema=False)
    def make(
        request: Request,
        who: owner,
        name: Annotated[str, Form(min_length=1, max_length=40)],
        scope: Annotated[list[Right], Form()],
        days: Annotated[int, Form(ge=1, le=MOST_NUMBER)] = 90,
    ) -> HTMLResponse:
        if days not in DAYS or not set(scope) <= set(SCOPES) or not name.strip():
            raise HTTPException(422, f"scope: some of {', '.join(SCOPES)}; days: one of {DAYS}; and a name")
        made = _make(desk, who, name.strip(), frozenset(scope), days)
        return page(desk, request, who, place="accounts", template="keys.html", values=_values(desk) | {"made": made})

    @router.post(f"{PATH}/{{number}}/end", include_in_schema=False)
    def end(request: Request, number: Numbered, who: owner) -> RedirectResponse:
        now_ms = desk.clock()
        with desk.store.atomic() as connection:
            ended = api_keys.end(connection, key=number, now_ms=now_ms)
            if ended is None:
                raise HTTPException(404, "there is no such key that still opens anything")
            desk.note(connection, who, Act.KEY_ENDED, ended.name)
        return back(request, PATH, "key-ended")


def _make(desk: Desk, who: Who, name: str, scopes: frozenset[Right], days: int) -> str:
    token, now_ms = new_key(desk.door.random), desk.clock()
    new = api_keys.New(
        digest=digest_of(token),
        name=name,
        hint=token[-4:],
        scopes=scopes,
        by=who.account,
        ends_ms=now_ms + days * _DAY_MS,
    )
    words = f"{name}: {' '.join(sorted(scopes))}"
    with desk.store.atomic() as connection:
        api_keys.add(connection, new, now_ms)
        desk.note(connection, who, Act.KEY_MADE, words)
    return token


def _values(desk: Desk) -> dict[str, object]:
    with desk.store.reading() as connection:
        keys = api_keys.keys(connection)
    return {"keys": keys, "scopes": SCOPES, "days": DAYS, "most": MOST, "made": "", "origin": desk.origin or ""}

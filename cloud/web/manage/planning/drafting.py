"""The editor's own requests: its draft, what is wrong with it, and the new version that it becomes."""

from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from cloud.manage.rights import Right, Who
from cloud.store.plans import Version
from cloud.web.manage.gate import Gate
from cloud.web.manage.planning.bench import Bench
from cloud.web.manage.planning.said import NOTE_LONGEST, Body, Collision, Judged, Opened
from cloud.web.manage.view import language_of
from cloud.web.numbers import MOST_NUMBER

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on the draft that the caller saw, by its number."""

    number: Annotated[int, msgspec.Meta(ge=0, le=MOST_NUMBER)]
    note: Annotated[str, msgspec.Meta(max_length=NOTE_LONGEST)] = ""


def add(router: APIRouter, gate: Gate, bench: Bench) -> None:
    """The draft as JSON. A lost update is answered 409 with both sides."""
    may_draw = Depends(gate.data(Right.DRAW))

    @router.get("/manage/plan/draft", include_in_schema=False)
    def opened(request: Request, who: Annotated[Who, may_draw]) -> Response:
        return _json(bench.opened(who.account, language_of(request)))

    @router.put("/manage/plan/draft", include_in_schema=False)
    async def put(request: Request, who: Annotated[Who, may_draw]) -> Response:
        seen = _etag(request.headers.get("if-match", ""))
        body = _read(await request.body(), Body)
        language = language_of(request)
        said = await run_in_threadpool(bench.put, who.account, body, seen=seen, language=language)
        return _json(said, 409 if isinstance(said, Collision) else 200)

    @router.delete("/manage/plan/draft", include_in_schema=False)
    def drop(who: Annotated[Who, may_draw]) -> Response:
        bench.drop(who.account)
        return Response(status_code=204)

    @router.post("/manage/plan/draft/merge", include_in_schema=False)
    async def merge(request: Request, who: Annotated[Who, may_draw]) -> Response:
        asked, language = _read(await request.body(), Asked), language_of(request)
        said = await run_in_threadpool(bench.merge, who.account, number=asked.number, language=language)
        return _json(said, 409 if isinstance(said, Collision) else 200)

    @router.post("/manage/plan/save", include_in_schema=False)
    async def save(request: Request, who: Annotated[Who, may_draw]) -> Response:
        asked, language = _read(await request.body(), Asked), language_of(request)
        said = await run_in_threadpool(bench.save, who, number=asked.number, note=asked.note.strip(), language=language)
        return _json(said, 201 if isinstance(said, Version) else 409 if isinstance(said, Collision) else 422)


def _json(said: object, status: int = 200) -> Response:
    judged = said.judged if isinstance(said, Opened) else said
    headers = {"etag": f'"{judged.number}"'} if isinstance(judged, Judged) else None
    return Response(msgspec.json.encode(said), status, headers, media_type="application/json")


def _read(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPException(422, f"the body: {error}") from None


def _etag(text: str) -> int:
    """The number of the draft that was seen, from If-Match (RFC 9110, 13.1.1)."""
    number = text.strip().strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise HTTPException(428, 'If-Match: the number of the draft that was seen, such as "7"; "0" for none')
    return int(number)

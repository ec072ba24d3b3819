"""The plan's page and what works there without scripts: versions, and the plan as a file, in and out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from cloud.manage.plan_diff import changes
from cloud.manage.rights import Right, Who
from cloud.store import plans
from cloud.web.language import Language
from cloud.web.manage.gate import Gate
from cloud.web.manage.planning.bench import Bench
from cloud.web.manage.planning.said import NOTE_LONGEST
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of, look
from cloud.web.numbers import MOST_NUMBER

_SHOWN = 30
_NEW = {
    "shelf": "Shelf zone",
    "queue": "Queue",
    "till": "Till",
    "staff": "Staff zone",
    "other": "Zone",
    "lines": "Line",
    "shelves": "Shelf",
    "tags": "Tag",
    "readers": "Reader",
    "cameras": "Camera",
}
"""What a new part is called until its owner names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One version as the history tells it; `until` is empty while it is valid, `began` for the first."""

    version: int
    began: str
    until: str
    by: str
    note: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What was wrong with a file, one sentence each."""

    words: tuple[str, ...]


def add(router: APIRouter, gate: Gate, bench: Bench) -> None:
    """The page, its forms and its file."""
    may_draw = Depends(gate.data(Right.DRAW))

    @router.get("/manage/plan", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return HTMLResponse(_page(bench, request, who))

    @router.get("/manage/plan/export", include_in_schema=False, dependencies=[Depends(gate.data(Right.SEE))])
    def export(version: Annotated[int | None, Query(ge=1, le=MOST_NUMBER)] = None) -> Response:
        found = bench.export(version)
        if found is None:
            raise HTTPException(404, "no such version" if version else "the store has no plan yet")
        name = f'attachment; filename="plan-{bench.store}-{found[0]}.json"'
        return Response(found[1], media_type="application/json", headers={"content-disposition": name})

    @router.post("/manage/plan/import", include_in_schema=False)
    async def take(request: Request, who: Annotated[Who, may_draw]) -> Response:
        async with request.form(max_files=1, max_fields=3) as form:
            file, note = form.get("file"), form.get("note")
            data = await file.read() if isinstance(file, UploadFile) else b""
        said = str(note or "").strip()[:NOTE_LONGEST]
        return await run_in_threadpool(_take, bench, request, who, data, said)

    @router.post("/manage/plan/restore", include_in_schema=False)
    def restore(
        request: Request, who: Annotated[Who, may_draw], version: Annotated[int, Form(ge=1, le=MOST_NUMBER)]
    ) -> RedirectResponse:
        note = bench.desk.pages.text(language_of(request), "Version %(version)s again") % {"version": version}
        made = bench.restore(who, version, note)
        if made is None:
            raise HTTPException(404, f"no version {version}")
        return _back(request, saved=made.version)


def _take(bench: Bench, request: Request, who: Who, data: bytes, note: str) -> Response:
    """A plan's file becomes a version, or the page says what is wrong with it."""
    made, checked = bench.take(who, data, note)
    if made is not None:
        return _back(request, saved=made.version)
    speech = bench.speech(language_of(request), None)
    wrong = tuple(speech.problem(one) for one in checked.problems if not one.warning)
    return HTMLResponse(_page(bench, request, who, refused=Refusal(words=wrong)), 422)


def _back(request: Request, *, saved: int) -> RedirectResponse:
    asked = look(request)
    state = {"saved": str(saved)} | {
        name: word for name, word in (("theme", asked.theme), ("lang", asked.lang)) if word
    }
    return RedirectResponse(f"/manage/plan?{urlencode(state)}", 303)


def _page(bench: Bench, request: Request, who: Who, refused: Refusal | None = None) -> str:
    language, text = language_of(request), bench.desk.pages.text
    saved, version = (request.query_params.get(name, "") for name in ("saved", "version"))
    with bench.desk.store.reading() as connection:
        plan = plans.plan_now(connection)
    values = {
        "plan": plan,
        "rows": _rows(bench, language),
        "may_draw": who.may(Right.DRAW),
        "saved": saved if saved.isdecimal() else "",
        "shown": int(version) if version.isdecimal() and len(version) < 10 else None,
        "refused": refused,
        "site": bench.store,
        "names_of_new": {key: {each: text(each, word) for each in Language} for key, word in _NEW.items()},
    }
    return bench.desk.pages.render("manage/plan/page.html", language, shell(bench.desk, request, who, "plan") | values)


def _rows(bench: Bench, language: Language) -> tuple[Row, ...]:
    """The newest versions with what each changed."""
    with bench.desk.store.reading() as connection:
        found = plans.versions(connection, most=_SHOWN)
        drawn = [plans.plan_of(connection, one.version) for one in found]
        first = plans.plan_before(connection, found[-1].version) if found else None
    before = (*drawn[1:], first)[: len(drawn)]
    rows = []
    for one, plan, previous in zip(found, drawn, before, strict=True):
        assert plan is not None  # read in the same moment
        told = () if previous is None else changes(previous, plan)
        rows.append(
            Row(
                version=one.version,
                began=_moment(bench, one.from_ms),
                until="" if one.until_ms is None else _moment(bench, one.until_ms),
                by=one.by,
                note=one.note,
                words=tuple(map(bench.speech(language, plan).change, told)),
            )
        )
    return tuple(rows)


def _moment(bench: Bench, at_ms: int) -> str:
    """A day and a time by the store's clock; empty for the beginning of everything."""
    return f"{datetime.fromtimestamp(at_ms / 1000, bench.desk.zone):%Y-%m-%d %H:%M}" if at_ms else ""

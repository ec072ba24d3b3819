"""The page of notes: what a manager writes down about days, so that a figure can be explained later."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.period import day_of
from cloud.manage.rights import Right, Who
from cloud.store import notes
from cloud.store.notes import LONGEST, Kind
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from cloud.web.numbers import Numbered

MOST_WORDS: Final = 200
_Lang = Annotated[str, Form(max_length=2)]


def notes_router(desk: Desk) -> APIRouter:
    """/manage/notes: to write one down, to take one away."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/notes", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SETTLE))]) -> HTMLResponse:
        with desk.store.reading() as connection:
            known = notes.newest(connection)
        values = shell(desk, request, who, "notes") | {
            "notes": known,
            "kinds": tuple(Kind),
            "most_words": MOST_WORDS,
            "wrong": request.query_params.get("wrong", ""),
        }
        return HTMLResponse(desk.pages.render("manage/notes.html", language_of(request), values))

    @router.post("/manage/notes", include_in_schema=False)
    def add(
        *,
        who: Annotated[Who, Depends(gate.data(Right.SETTLE))],
        first: Annotated[date, Form()],
        words: Annotated[str, Form(max_length=2_000)],
        last: Annotated[str, Form(max_length=10)] = "",
        kind: Annotated[Kind, Form()] = Kind.OTHER,
        lang: _Lang = "",
    ) -> RedirectResponse:
        """`last` left empty is the same day; what cannot be written down is said on the page."""
        said = " ".join(words.split())
        end = date.fromisoformat(last) if _is_day(last) else first
        today = day_of(desk.clock(), desk.zone)
        wrong = _wrong(first, end, said, today)
        if not wrong:
            with desk.store.atomic() as connection:
                notes.add(
                    connection, first=first, last=end, kind=kind, words=said, account=who.account, now_ms=desk.clock()
                )
        return _back(lang, wrong)

    @router.post("/manage/notes/{number}/remove", include_in_schema=False)
    def remove(
        number: Numbered,
        who: Annotated[Who, Depends(gate.data(Right.SETTLE))],  # noqa: ARG001 - the right alone
        lang: _Lang = "",
    ) -> RedirectResponse:
        with desk.store.atomic() as connection:
            if not notes.remove(connection, number):
                raise HTTPException(404, "there is no such note")
        return _back(lang, "")

    return router


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong(first: date, last: date, words: str, today: date) -> str:
    """What cannot be written down, in a word; empty where all is well."""
    if not 0 < len(words) <= MOST_WORDS:
        return "words"
    if last < first:
        return "order"
    if (last - first).days >= LONGEST or abs((first - today).days) > 10 * LONGEST:
        return "days"
    return ""


def _back(lang: str, wrong: str) -> RedirectResponse:
    state = [f"lang={lang}"] if lang in tuple(Language) else []
    state += [f"wrong={wrong}"] if wrong else []
    return RedirectResponse("/manage/notes" + (f"?{'&'.join(state)}" if state else ""), 303)

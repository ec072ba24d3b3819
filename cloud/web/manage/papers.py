"""Papers to print: the weekly report, and the signs and notices that a store with cameras must hang up."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from cloud.manage.period import Compare
from cloud.manage.rights import Right, Who
from cloud.manage.verdict import Verdict
from cloud.offers.house import House
from cloud.store import plans
from cloud.web.language import Language
from cloud.web.manage import products, reading
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import Look, language_of, look, page_values
from contract.plan import Plan, Title, ZoneKind

_CHANGED = (Verdict.UP, Verdict.DOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of the ISO calendar (ISO 8601), from its Monday to its Sunday or to today."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """As ISO 8601 writes it."""
        year, number, _ = self.first.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def period(self) -> str:
        """As `Look` writes it."""
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a sign says about the cameras: how many, where, and which zones they look at. Titles of one language."""

    cameras: int
    zones: tuple[str, ...]
    doors: tuple[str, ...]


def papers_router(desk: Desk, house: House) -> APIRouter:
    """/manage/report and /manage/signs."""
    router = APIRouter()
    gate = Gate(desk)
    _add_report(router, desk, gate)
    _add_signs(router, desk, gate, house)
    return router


def _add_report(router: APIRouter, desk: Desk, gate: Gate) -> None:
    @router.get("/manage/report", include_in_schema=False)
    def report(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        language, today = language_of(request), _today(desk)
        around = shell(desk, request, who, "report")
        week, asked = week_of(request.query_params.get("week", ""), today), look(request)
        of_week = Look(period=week.period, theme=asked.theme, lang=asked.lang)
        morning = reading.morning(desk, week.period, Compare.WEEKDAY)
        if morning is None:
            return HTMLResponse(desk.pages.render("manage/empty.html", language, around))
        values = around | page_values(desk, request, of_week, morning) | dict(products.part(desk, of_week, language))
        values |= {
            "week": week,
            "weeks": _weeks(today),
            "days": tuple(week.first + timedelta(days=day) for day in range((week.last - week.first).days + 1)),
            "changed": [
                tile for tile in morning.report.tiles.all if tile.key != "inside" and tile.change.verdict in _CHANGED
            ],
        }
        return HTMLResponse(desk.pages.render("manage/report.html", language, values))


def _add_signs(router: APIRouter, desk: Desk, gate: Gate, house: House) -> None:
    @router.get("/manage/signs", include_in_schema=False)
    def signs(request: Request, who: Annotated[Who, Depends(gate.page(Right.SETTLE))]) -> HTMLResponse:
        language = language_of(request)
        with desk.store.reading() as connection:
            plan = plans.plan_now(connection)
        values = shell(desk, request, who, "signs") | {
            "sender": house.sender,
            "seen": {each: _seen(plan, each) for each in Language} if plan else None,
            "contact": request.query_params.get("contact", "")[:120],
        }
        return HTMLResponse(desk.pages.render("manage/signs.html", language, values))


def week_of(asked: str, today: date) -> Week:
    """The week that is asked for, or the last one that is over; a running week ends today."""
    try:
        first = date.fromisoformat(f"{asked}-1")
    except ValueError:
        first = today - timedelta(days=today.weekday() + 7)
    if first > today:
        first = today - timedelta(days=today.weekday())
    return Week(first=first, last=min(first + timedelta(days=6), today))


def _weeks(today: date) -> tuple[Week, ...]:
    """The running week and the eleven before."""
    return tuple(week_of((today - timedelta(weeks=back)).strftime("%G-W%V"), today) for back in range(12))


def _today(desk: Desk) -> date:
    return datetime.fromtimestamp(desk.clock() / 1000, desk.zone).date()


def _seen(plan: Plan, language: Language) -> Seen:
    def title(of: Title) -> str:
        return of.ko if language is Language.KO else of.en

    return Seen(
        cameras=len(plan.cameras),
        zones=tuple(title(zone.title) for zone in plan.zones if zone.kind is not ZoneKind.STAFF),
        doors=tuple(title(line.title) for line in plan.lines),
    )

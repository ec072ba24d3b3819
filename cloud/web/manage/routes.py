"""The manager's routes: the form at the door, the page and its parts, and the data behind them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from cloud.manage.nodes import NodeRow
from cloud.manage.period import TODAY, Compare
from cloud.manage.report import Report
from cloud.manage.rights import Right, Who
from cloud.web.manage import offers, products, reading
from cloud.web.manage.alerts import standing
from cloud.web.manage.asked import PERIODS, Period
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor.routes import floor_router
from cloud.web.manage.gate import Gate
from cloud.web.manage.home import floor_values
from cloud.web.manage.shell import shell
from cloud.web.manage.signing import add_door
from cloud.web.manage.view import language_of, look, page_values

_NO_PLAN = "the store has no plan yet: aisle-cloud plan import FILE"
_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "No session: sign in at /manage/login"},
    404: {"description": _NO_PLAN},
}


Compared = Annotated[
    Compare, Query(description="weekday: the same days of the week before; before: the time right before; none")
]
Asked = Annotated[Period, Query(description=PERIODS)]


def manage_router(desk: Desk) -> APIRouter:
    """All routes under /manage, and the data under /v1/insight that stands behind the same session."""
    router = APIRouter()
    gate = Gate(desk)
    add_door(router, desk)
    _add_pages(router, desk, gate)
    router.include_router(floor_router(desk))
    _add_data(router, desk, gate)
    return router


def _add_pages(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """The page whole, and its parts for the page that is open already."""

    def render(request: Request, who: Who, template: str) -> HTMLResponse:
        asked = look(request)
        morning = reading.morning(desk, asked.period, asked.compare)
        language, around = language_of(request), shell(desk, request, who, "floor", path="/manage")
        if morning is None:
            return HTMLResponse(desk.pages.render("manage/empty.html", language, around))
        values = around | page_values(desk, request, asked, morning) | floor_values(desk, request, morning)
        values |= standing(desk, language, who)
        values |= products.part(desk, asked, language)
        values |= offers.part(desk, language)
        version = {"x-aisle-version": desk.pages.version}
        return HTMLResponse(desk.pages.render(template, language, values), headers=version)

    @router.get("/manage", include_in_schema=False)
    def home(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return render(request, who, "manage/home.html")

    @router.get("/manage/parts", include_in_schema=False)
    def parts(request: Request, who: Annotated[Who, Depends(gate.data(Right.SEE))]) -> HTMLResponse:
        return render(request, who, "manage/parts.html")


def _add_data(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """The same figures for programs, behind the same session."""
    signed = [Depends(gate.data(Right.SEE))]

    def morning(period: str, compare: Compare = Compare.NONE) -> reading.Morning:
        found = reading.morning(desk, period, compare)
        if found is None:
            raise HTTPException(404, _NO_PLAN)
        return found

    @router.get(
        "/v1/insight/report",
        tags=["insight"],
        summary="All figures of a period",
        dependencies=signed,
        responses=_REFUSED,
    )
    def report(period: Asked = TODAY, compare: Compared = Compare.WEEKDAY) -> Report:
        """Counts below k are `few`, what nothing measured is `unseen`; a share carries its 95 % Wilson interval.

        Beside each figure stands that of the span compared with (`other`), and whether they differ by more than
        chance (`change`): no verdict where less than 90 % of either was seen.
        """
        return morning(period, compare).report

    @router.get(
        "/v1/insight/nodes",
        tags=["insight"],
        summary="How each node is",
        dependencies=signed,
        responses=_REFUSED,
    )
    def nodes() -> tuple[NodeRow, ...]:
        """Devices, silence, backlog, and produced = stored + quarantined + pending + dropped + difference."""
        return morning("15m").nodes

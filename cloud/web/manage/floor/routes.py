"""The floor's routes: what there is, pictures, days, the stream, and the one thing that can be changed."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from cloud.manage import maps
from cloud.manage.heat import CELL_M
from cloud.manage.maps import Metric
from cloud.manage.period import TODAY, Compare, day_of, span_of
from cloud.manage.raster import size_of
from cloud.manage.rights import Right
from cloud.store import plans
from cloud.web.manage.asked import Period
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor.domains import Domains, length_of
from cloud.web.manage.floor.live import Live
from cloud.web.manage.floor.pictures import Picture, Pictures
from cloud.web.manage.floor.replay import Replays, first_day, frames_from
from cloud.web.manage.gate import Gate, inward
from cloud.web.stream import EventStream

_NO_PLAN = "the store has no plan yet: aisle-cloud plan import FILE"
_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"description": "No session: sign in at /manage/login"},
    404: {"description": _NO_PLAN},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What there is to ask for, as the package's words say."""

    metrics: tuple[Metric, ...]
    metric: Metric
    today: date
    first: date | None
    frames_from: date | None
    plan_version: int
    columns: int
    rows: int
    cell_m: float
    k: int


def floor_router(desk: Desk) -> APIRouter:
    """All routes of the floor's data, behind a session with the right to see."""
    router = APIRouter()
    gate, domains = Gate(desk), Domains(desk.store, desk.zone)
    _add_data(router, desk, gate, domains)
    _add_stream(router, gate, Live(desk, domains))
    return router


def _add_data(router: APIRouter, desk: Desk, gate: Gate, domains: Domains) -> None:
    pictures, replays = Pictures(desk, domains), Replays(desk, domains)
    seen = [Depends(gate.data(Right.SEE))]

    @router.get(
        "/v1/insight/floor", tags=["insight"], summary="What maps there are", dependencies=seen, responses=_REFUSED
    )
    def floor() -> Offered:
        """Metrics, the days with sums, and from which day on there are frames of five minutes."""
        return _offered(desk)

    @router.get(
        "/v1/insight/heat", tags=["insight"], summary="The map of a period", dependencies=seen, responses=_REFUSED
    )
    def heat(
        metric: Annotated[Metric | None, Query(description="Without: stay, or sales where there is no camera")] = None,
        period: Annotated[Period, Query(description="As in the pages' addresses")] = TODAY,
        compare: Annotated[Compare, Query(description="What the period is compared with")] = Compare.NONE,
    ) -> Picture:
        """A grid of bytes over the floor, and how it differs from another period by more than chance."""
        found = pictures.get(metric, period, compare)
        if found is None:
            raise HTTPException(404, _NO_PLAN)
        return found

    @router.get(
        "/v1/insight/day",
        tags=["insight"],
        summary="A day's frames, in one file",
        dependencies=seen,
        response_class=Response,
        responses={
            **_REFUSED,
            200: {"content": {"application/octet-stream": {}}, "description": "As cloud/web/manage/floor says"},
            304: {"description": "Nothing is new"},
            404: {"description": "Nothing is known of that day, or the store has no plan"},
        },
    )
    def day(
        request: Request,
        day: Annotated[date, Query(alias="date", description="As 2026-11-20")],
        metric: Annotated[Metric | None, Query(description="As of a map")] = None,
    ) -> Response:
        """288 frames of five minutes, or 24 hours of a day that is long past."""
        found = replays.get(metric, day)
        if found is None:
            raise HTTPException(404, f"nothing is known of {day.isoformat()}")
        return _file(request, found.body, found.tag)

    @router.post("/manage/scale", include_in_schema=False, dependencies=seen)
    def rescale(
        period: Annotated[Period, Form()],
        metric: Annotated[Metric, Form()] = Metric.STAY,
        next: Annotated[str, Form(max_length=1024)] = "/manage",  # noqa: A002 - as the form says
    ) -> RedirectResponse:
        now_ms = desk.clock()
        domains.refit(metric, length_of(span_of(period, now_ms=now_ms, zone=desk.zone)), now_ms=now_ms)
        pictures.forget()
        return RedirectResponse(inward(next), 303)


def _add_stream(router: APIRouter, gate: Gate, live: Live) -> None:
    @router.get("/manage/live", include_in_schema=False, dependencies=[Depends(gate.data(Right.SEE))])
    async def stream(request: Request, grid: Literal["stay"] | None = None) -> Response:
        kept = Request(dict(request.scope))  # the scope is emptied once the stream runs
        return _Stream(live, grid=grid is not None, still=lambda: gate.still(kept, Right.SEE))


class _Stream(Response):
    """One page's stream."""

    def __init__(self, live: Live, *, grid: bool, still: Callable[[], bool]) -> None:
        super().__init__()
        self._stream = EventStream(lambda: live.read(grid=grid, still=still), lambda: live.begin(grid=grid))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)


def _offered(desk: Desk) -> Offered:
    now_ms = desk.clock()
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            raise HTTPException(404, _NO_PLAN)
        size = size_of(plan)
        return Offered(
            metrics=tuple(Metric) if plan.cameras else (Metric.TAPS, Metric.SALES),
            metric=maps.standard(plan),
            today=day_of(now_ms, desk.zone),
            first=first_day(connection, desk),
            frames_from=frames_from(connection, desk),
            plan_version=plan.version,
            columns=size.columns,
            rows=size.rows,
            cell_m=CELL_M,
            k=desk.k,
        )


def _file(request: Request, body: bytes, tag: str) -> Response:
    """The file as it lies here, compressed, or as a caller takes it; only the tag where that is what they have."""
    headers = {"etag": f'W/"{tag}"', "cache-control": "private, no-cache", "vary": "Accept-Encoding, Cookie"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(body, media_type="application/octet-stream", headers={**headers, "content-encoding": "gzip"})
    return Response(gzip.decompress(body), media_type="application/octet-stream", headers=headers)

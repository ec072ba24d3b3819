"""The room of exports: every table of figures as a file, CSV or Parquet; who took one is written down."""

import csv
import enum
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from cloud.manage.insight import MINUTE_MS
from cloud.manage.period import beginning, span_of, young
from cloud.manage.rights import Right, Who
from cloud.store import days
from cloud.store.audit_log import Act
from cloud.store.tables import TABLES, Bounds, Cell, Column, Kind, rows
from cloud.web.manage.asked import PERIODS, Period
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of
from cloud.web.parquet import parquet


class Form(enum.StrEnum):
    """What a file is."""

    CSV = "csv"  # UTF-8 with a mark at its beginning, as spreadsheets want it
    PARQUET = "parquet"


_TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.PARQUET: "application/vnd.apache.parquet"}
_TABLES = {table.key: table for table in TABLES}


def exports_router(desk: Desk) -> APIRouter:
    """The page that lists the tables, and the files."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/exports", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.EXPORT))]) -> HTMLResponse:
        chosen = _dates(desk, request)
        span = span_of(chosen, now_ms=desk.clock(), zone=desk.zone)
        with desk.store.reading() as connection:
            begun_ms = days.begun(connection)
        values = shell(desk, request, who, "exports") | {
            "tables": TABLES,
            "chosen": chosen,
            "young": young(span, begun_ms),
            "empty": begun_ms is None or begun_ms >= span.end * MINUTE_MS,
        }
        return HTMLResponse(desk.pages.render("manage/exports.html", language_of(request), values))

    @router.get("/v1/insight/tables", tags=["insight"], summary="The tables that can be had as files")
    def tables(who: Annotated[Who, Depends(gate.data(Right.EXPORT))]) -> dict[str, list[str]]:  # noqa: ARG001 - the right
        """The columns of each table, by its name."""
        return {table.key: [column.name for column in table.columns] for table in TABLES}

    @router.get(
        "/v1/insight/tables/{name}",
        tags=["insight"],
        summary="One table as a file",
        response_class=Response,
        responses={200: {"content": {kind: {} for kind in _TYPES.values()}}, 404: {"description": "No such table"}},
    )
    def table(
        name: str,
        who: Annotated[Who, Depends(gate.data(Right.EXPORT))],
        period: Annotated[Period, Query(description=PERIODS)] = "28d",
        form: Form = Form.CSV,
    ) -> Response:
        """A period's rows. What is about fewer than k people is left empty; times are by the store's clock."""
        if (asked := _TABLES.get(name)) is None:
            raise HTTPException(404, f"no table is called {name[:40]!r}; there are {', '.join(_TABLES)}")
        span = span_of(period, now_ms=desk.clock(), zone=desk.zone)
        dates = span.dates
        bounds = Bounds(
            first_ms=span.first * MINUTE_MS,
            end_ms=span.end * MINUTE_MS,
            first_day=dates[0].toordinal() if dates else 0,
            end_day=dates[-1].toordinal() + 1 if dates else 0,
        )
        with desk.store.atomic() as connection:
            desk.note(connection, who, Act.EXPORTED, f"{name} {period} {form}")
        with desk.store.reading() as connection:
            found = rows(connection, asked, bounds, k=desk.k, zone=desk.zone)
            body = (
                _csv(asked.columns, found, desk.zone)
                if form is Form.CSV
                else parquet(asked.columns, found, timezone=str(desk.zone))
            )
        headers = {"content-disposition": f'attachment; filename="{name}-{period}.{form}"', "cache-control": "no-store"}
        return Response(body, media_type=_TYPES[form], headers=headers)

    return router


def _dates(desk: Desk, request: Request) -> str:
    """The days that the links are for: as asked, or the last four weeks."""
    first, last = (request.query_params.get(name, "") for name in ("first", "last"))
    today = datetime.fromtimestamp(desk.clock() / 1000, desk.zone).date()
    try:
        chosen = sorted((date.fromisoformat(first), date.fromisoformat(last)))
    except ValueError:
        chosen = [today - timedelta(days=27), today]
    if beginning(chosen[0], desk.zone) > beginning(today, desk.zone) or chosen[1] - chosen[0] > timedelta(days=365):
        chosen = [today - timedelta(days=27), today]
    return f"{chosen[0]}..{min(chosen[1], today)}"


def _csv(columns: Sequence[Column], found: Iterable[Sequence[Cell]], zone: tzinfo) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(column.name for column in columns)
    writer.writerows(_written(columns, found, zone))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _written(columns: Sequence[Column], found: Iterable[Sequence[Cell]], zone: tzinfo) -> Iterator[list[Cell]]:
    kinds = [column.kind for column in columns]
    for row in found:
        yield [_text(kind, cell, zone) for kind, cell in zip(kinds, row, strict=True)]


def _text(kind: Kind, cell: Cell, zone: tzinfo) -> Cell:
    """A cell as a spreadsheet reads it: no words that it would take for a formula."""
    match kind, cell:
        case Kind.MOMENT, int():
            return datetime.fromtimestamp(cell / 1000, zone).isoformat(timespec="seconds")
        case Kind.DAY, int():
            return date.fromordinal(cell).isoformat()
        case Kind.WORDS, str() if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
            return f"'{cell}"
        case _:
            return cell

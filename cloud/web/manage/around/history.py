"""What everybody did that matters, the newest first. For owners."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from cloud.manage.rights import Right, Who
from cloud.store import audit_log
from cloud.store.audit_log import Act
from cloud.web.manage.around.saying import page
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.numbers import MOST_NUMBER

_MOST = 100


def add_history(router: APIRouter, desk: Desk, gate: Gate) -> None:
    """Adds the page."""

    @router.get("/manage/log", include_in_schema=False)
    def history(
        request: Request,
        who: Annotated[Who, Depends(gate.page(Right.ADMIT))],
        before: Annotated[int | None, Query(ge=1, le=MOST_NUMBER)] = None,
        act: Annotated[str, Query(max_length=32)] = "",
        by: Annotated[str, Query(max_length=64)] = "",
    ) -> HTMLResponse:
        with desk.store.reading() as connection:
            lines = audit_log.lines(connection, before=before, most=_MOST + 1, act=act, who=by)
        values: dict[str, object] = {
            "lines": lines[:_MOST],
            "older": lines[_MOST - 1].id if len(lines) > _MOST else None,
            "acts": tuple(Act),
            "act": act,
            "by": by,
        }
        return page(desk, request, who, place="log", template="log.html", values=values)

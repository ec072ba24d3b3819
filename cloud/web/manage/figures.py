"""The pages of figures alone: the funnels of all zones and products, and the table of zones."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from cloud.manage.rights import Right, Who
from cloud.web.manage import reading
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of, look, page_values


def figures_router(desk: Desk) -> APIRouter:
    """/manage/funnel and /manage/zones, for whoever may see figures."""
    router = APIRouter()
    gate = Gate(desk)

    def render(request: Request, who: Who, place: str) -> HTMLResponse:
        asked, language = look(request), language_of(request)
        around = shell(desk, request, who, place)
        morning = reading.morning(desk, asked.period, asked.compare)
        if morning is None:
            return HTMLResponse(desk.pages.render("manage/empty.html", language, around))
        values = around | page_values(desk, request, asked, morning)
        return HTMLResponse(desk.pages.render(f"manage/figures/{place}.html", language, values))

    @router.get("/manage/funnel", include_in_schema=False)
    def funnel(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return render(request, who, "funnel")

    @router.get("/manage/zones", include_in_schema=False)
    def zones(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        return render(request, who, "zones")

    return router

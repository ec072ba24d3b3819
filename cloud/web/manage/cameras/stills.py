"""Stills of cameras: ordered by a manager, shown once, kept nowhere."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from cloud.manage.rights import Right, Who
from cloud.nodes.asking import Asking, Refused, Unreachable
from cloud.store import plans
from cloud.store.audit_log import Act
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from contract.plan import Camera

_ONCE = {"cache-control": "no-store", "content-disposition": "inline"}


def add(router: APIRouter, desk: Desk, gate: Gate, asking: Asking | None) -> None:
    """The order, and the picture."""
    asked = Depends(gate.data(Right.DRAW))

    @router.post("/manage/cameras/{camera}/still", include_in_schema=False)
    async def order(
        camera: str,
        request: Request,
        who: Annotated[Who, asked],
        lang: Annotated[str, Form(max_length=2)] = "",
    ) -> Response:
        spot = await run_in_threadpool(found, desk, camera)
        if asking is None:
            raise HTTPException(503, "this cloud reaches no node")
        await run_in_threadpool(_note, desk, who, camera)
        try:
            nonce = asking.still(spot.node, camera, who.account)
        except Unreachable as error:
            raise HTTPException(503, str(error)) from None
        if "json" in request.headers.get("accept", ""):
            return JSONResponse({"still": nonce}, 202)
        return RedirectResponse(f"/manage/cameras/{camera}?still={nonce}" + (f"&lang={lang}" if lang else ""), 303)

    @router.get("/manage/cameras/{camera}/still/{nonce}", include_in_schema=False)
    async def picture(camera: str, nonce: str, who: Annotated[Who, asked]) -> Response:  # noqa: ARG001 - part of the address
        answer = None if asking is None else await asking.picture(nonce, who.account)
        match answer:
            case bytes():
                return Response(answer, media_type="image/jpeg", headers=_ONCE)
            case Refused(reason=str(reason)):
                raise HTTPException(409, reason)
            case Refused():
                raise HTTPException(504, "the node does not answer")
            case _:
                raise HTTPException(410, "this still was shown already, or its time is over: nothing of it is kept")


def found(desk: Desk, camera: str) -> Camera:
    """The plan's camera; 404 where there is none."""
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
    spot = next((one for one in plan.cameras if one.id == camera), None) if plan else None
    if spot is None:
        raise HTTPException(404, f"the plan has no camera {camera!r}")
    return spot


def _note(desk: Desk, who: Who, camera: str) -> None:
    with desk.store.atomic() as connection:
        desk.note(connection, who, Act.STILL_ORDERED, camera)

"""Pictures of the plan's room: what plans are drawn upon, taken and given, and each version as a small drawing."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from cloud.manage.backdrop import PictureError, measure
from cloud.manage.picture_metadata import bare
from cloud.manage.plan_diff import changes
from cloud.manage.rights import Right, Who
from cloud.store import plan_drafts, plans
from cloud.web.manage.gate import Gate
from cloud.web.manage.planning.bench import Bench
from cloud.web.manage.planning.thumbnail import Theme, thumbnail
from cloud.web.manage.view import language_of
from cloud.web.numbers import Numbered

_FOREVER = "private, max-age=31536000, immutable"


def add(router: APIRouter, gate: Gate, bench: Bench) -> None:
    """Backdrops by their digest, versions by their number."""

    @router.post("/manage/plan/image", include_in_schema=False)
    async def take(request: Request, who: Annotated[Who, Depends(gate.data(Right.DRAW))]) -> Response:  # noqa: ARG001 - the right is all
        sent = await request.body()
        try:
            size = measure(sent)
            body = await run_in_threadpool(bare, sent, size.format)
        except PictureError as error:
            raise HTTPException(422, str(error)) from None

        def keep() -> str:
            with bench.desk.store.atomic() as connection:
                return plan_drafts.put_image(
                    connection,
                    body,
                    kind=size.format,
                    width=size.width,
                    height=size.height,
                    now_ms=bench.desk.clock(),
                )

        digest = await run_in_threadpool(keep)
        told = {"image": digest, "width": size.width, "height": size.height}
        return Response(msgspec.json.encode(told), 201, media_type="application/json")

    @router.get("/manage/plan/image/{digest}", include_in_schema=False, dependencies=[Depends(gate.data(Right.SEE))])
    def give(digest: str) -> Response:
        with bench.desk.store.reading() as connection:
            found = plan_drafts.image(connection, digest)
        if found is None:
            raise HTTPException(404, "no such picture")
        return Response(found.body, media_type=found.type, headers={"cache-control": _FOREVER})

    @router.get("/manage/plan/picture/{version}", include_in_schema=False, dependencies=[Depends(gate.data(Right.SEE))])
    def picture(request: Request, version: Numbered, theme: Theme = Theme.LIGHT) -> Response:
        with bench.desk.store.reading() as connection:
            plan, before = plans.plan_of(connection, version), plans.plan_before(connection, version)
        if plan is None:
            raise HTTPException(404, f"no version {version}")
        new = () if before is None else changes(before, plan)
        marked = {(one.part, one.id) for one in new}
        drawn = thumbnail(plan, theme, language_of(request), marked=marked, before=before)
        return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "private, max-age=3600"})

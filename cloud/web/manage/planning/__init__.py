"""The room in which the store's plan is drawn: its page, its drafts, its versions."""

from fastapi import APIRouter

from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.planning import drafting, pages, pictures
from cloud.web.manage.planning.bench import Bench

__all__ = ["plan_router"]


def plan_router(desk: Desk, *, store: str) -> APIRouter:
    """All routes under /manage/plan, for the plan of `store` (its name in topics)."""
    router = APIRouter()
    gate = Gate(desk)
    bench = Bench(desk=desk, store=store)
    pages.add(router, gate, bench)
    drafting.add(router, gate, bench)
    pictures.add(router, gate, bench)
    return router

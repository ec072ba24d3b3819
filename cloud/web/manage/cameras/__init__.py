"""The room of the cameras: how each is, a still of what it sees, and its calibration."""

from fastapi import APIRouter

from cloud.nodes.asking import Asking
from cloud.web.manage.cameras import calibrating, listing, stills
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate

__all__ = ["cameras_router"]


def cameras_router(desk: Desk, asking: Asking | None) -> APIRouter:
    """All routes under /manage/cameras; without `asking` no node can be reached."""
    router = APIRouter()
    gate = Gate(desk)
    listing.add(router, desk, gate)
    stills.add(router, desk, gate, asking)
    calibrating.add(router, desk, gate, asking)
    return router

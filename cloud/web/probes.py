"""What machines ask of the program itself: whether it is well, and its figures."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Wellness:
    """How the program is: `storing` is false while the database cannot be written, `broker` while it is away."""

    storing: bool
    broker: bool


def probe_router(wellness: Callable[[], Wellness], figures: Callable[[], bytes], figures_type: str) -> APIRouter:
    """`GET /healthz` for everybody, `GET /metrics` for this machine alone (and never through a proxy)."""
    router = APIRouter()

    @router.get("/healthz", include_in_schema=False)
    def healthz() -> Response:
        now = wellness()
        # The pages work while the broker is away, and so does the store: only what nothing but a person or a
        # restart can mend is an error.
        return JSONResponse(
            {"ok": now.storing, "storing": now.storing, "broker": now.broker}, 200 if now.storing else 503
        )

    @router.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        host = request.client.host if request.client else ""
        if not _is_here(host) or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
            return Response(status_code=404)
        return Response(figures(), media_type=figures_type)

    return router


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

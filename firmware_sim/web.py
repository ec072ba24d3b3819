"""The simulator's HTTP: its page, the cameras' streams, the day's start and end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from firmware_sim.filming import Filming

_BOUNDARY: Final = "frame"
PAGE: Final = Path(__file__).parent / "page"
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the pages may see and do; `answers` are JSON objects."""

    cameras: dict[str, Filming]
    state: Callable[[], dict[str, object]]
    start: Callable[[], bool]
    finish: Callable[[], Awaitable[bool]]


def create_app(controls: Controls, lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]]) -> Starlette:
    """The simulator's pages and streams."""
    pages = _Pages(controls)
    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/camera/{camera}.mjpg", pages.camera),
            Route("/state", pages.state),
            Route("/start", pages.start, methods=["POST"]),
            Route("/finish", pages.finish, methods=["POST"]),
        ],
    )


class _Pages:
    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def camera(self, request: Request) -> Response:
        """An endless Motion JPEG stream, as IP cameras give it."""
        filming = self._controls.cameras.get(request.path_params["camera"])
        if filming is None:
            raise HTTPException(404, f"no such camera; there are {', '.join(self._controls.cameras)}")
        if not filming.on:
            raise HTTPException(503, "the camera is off")
        return StreamingResponse(
            _parts(filming.watch()),
            media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
            headers={"Cache-Control": "no-store"},
        )

    async def state(self, _request: Request) -> Response:
        """What is going on, as JSON."""
        return JSONResponse(self._controls.state())

    async def start(self, _request: Request) -> Response:
        """Let the day begin; 409 where it has begun."""
        begun = self._controls.start()
        return JSONResponse(self._controls.state(), status_code=200 if begun else 409)

    async def finish(self, _request: Request) -> Response:
        """Freeze the store; answers when the truth is written. 409 where no day is running."""
        ended = await self._controls.finish()
        return JSONResponse(self._controls.state(), status_code=200 if ended else 409)


async def _parts(jpegs: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for jpeg in jpegs:
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        yield head.encode() + jpeg + b"\r\n"

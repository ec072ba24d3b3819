"""The simulator's HTTP: its page, the cameras' streams, the day's start and end, the visitor's hands."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from firmware_sim.actors.sale_wire import Purchase
from firmware_sim.crypto.p256 import PointError
from firmware_sim.house import VISITOR_PHONE, House
from firmware_sim.pn532.faults import Fault
from firmware_sim.push.service import LARGEST, PlantedFault
from firmware_sim.town.store import Store

_BOUNDARY: Final = "frame"
_FILES: Final = Path(__file__).parent / "page"
_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_FEED_S: Final = 0.2
_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
"""Names under which the page is served; another name is another site's trick with DNS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page is about; `cloud` is the origin that the phone's frame may show."""

    cloud: str | None
    store: Store
    seed: int
    host: str  # where it is served, beside the names of this machine


def create_app(
    house: House, page: Page, lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]]
) -> Starlette:
    """The simulator's pages and streams."""
    pages = _Pages(house, page)
    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[*_HOSTS, page.host], www_redirect=False)],
        routes=[
            Route("/", pages.file),
            Route("/page/{name}", pages.file),
            Route("/store.json", pages.store),
            Route("/feed", pages.feed),
            Route("/camera/{camera}.mjpg", pages.camera),
            Route("/state", pages.state),
            Route("/start", _own(pages.start), methods=["POST"]),
            Route("/finish", _own(pages.finish), methods=["POST"]),
            Route("/visitor/tag/{tag}", _own(pages.tag), methods=["POST"]),
            Route("/visitor/card/{reader}", _own(pages.card), methods=["POST"]),
            Route("/visitor/push", _own(pages.subscribe), methods=["POST"]),
            Route("/visitor/push/end", _own(pages.unsubscribe), methods=["POST"]),
            Route("/visitor/pay", _own(pages.pay), methods=["POST"]),
            Route("/push/{token}", pages.push, methods=["POST"]),
            Route("/push/fault/{status:int}", _own(pages.push_fault), methods=["POST"]),
            Route("/camera/{camera}/power/{state:str}", _own(pages.power), methods=["POST"]),
            Route("/reader/{reader}/fault/{fault:str}", _own(pages.fault), methods=["POST"]),
        ],
    )


Handler = Callable[[Request], Awaitable[Response]]


def _own(handler: Handler) -> Handler:
    """Refuses what a browser sends from another site's page; programs send no such header."""

    async def guarded(request: Request) -> Response:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        foreign = site not in {None, "same-origin", "none"}
        if foreign or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
            raise HTTPException(403, "this came from another site's page")
        return await handler(request)

    return guarded


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    key: str  # the sender's public key, base64url


class _Pages:
    def __init__(self, house: House, page: Page) -> None:
        self._house, self._page = house, page
        self._files = {path.name: path.read_bytes() for path in _FILES.iterdir() if path.suffix[1:] in _TYPES}
        frame = f"frame-src {page.cloud}; " if page.cloud else ""
        self._headers = {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self' data:; connect-src 'self'; {frame}"
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-cache",
        }

    async def file(self, request: Request) -> Response:
        """The page and what it is made of."""
        name = request.path_params.get("name", "index.html")
        if name not in self._files:
            raise HTTPException(404)
        return Response(self._files[name], media_type=_TYPES[name.rpartition(".")[2]], headers=self._headers)

    async def store(self, _request: Request) -> Response:
        """What stands still, as JSON."""
        store = self._page.store
        return JSONResponse(
            {
                "plan": msgspec.to_builtins(store.plan),
                "products": {p.gtin: [p.name_ko, p.name_en, p.price_krw] for p in store.products.values()},
                "till": self._house.till is not None,
                "door": [[end.x, end.y] for end in store.scenario.door.opening],
                "scenario": {"ko": store.scenario.title.ko, "en": store.scenario.title.en},
                "seed": self._page.seed,
                "speed": self._house.stage.speed,
                "cloud": self._page.cloud,
            },
            headers=self._headers,
        )

    async def feed(self, _request: Request) -> Response:
        """What moves, five times a second, as server-sent events."""
        return StreamingResponse(
            self._frames(), media_type="text/event-stream", headers={**self._headers, "Cache-Control": "no-store"}
        )

    async def _frames(self) -> AsyncIterator[bytes]:
        after = 0
        while True:
            frame = self._house.feed.frame(after)
            lines = frame["lines"]
            if isinstance(lines, list) and lines:
                after = lines[-1]["n"]
            yield b"data: " + json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"
            await asyncio.sleep(_FEED_S)

    async def camera(self, request: Request) -> Response:
        """An endless Motion JPEG stream, as IP cameras give it."""
        filming = self._house.cameras.get(request.path_params["camera"])
        if filming is None:
            raise HTTPException(404, f"no such camera; there are {', '.join(self._house.cameras)}")
        if not filming.on:
            raise HTTPException(503, "the camera is off")
        return StreamingResponse(
            _parts(filming.watch()),
            media_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
            headers={"Cache-Control": "no-store"},
        )

    async def state(self, _request: Request) -> Response:
        """What is going on, as JSON."""
        return JSONResponse(self._house.state())

    async def start(self, _request: Request) -> Response:
        """Let the day begin; 409 where it has begun."""
        begun = self._house.start()
        return JSONResponse(self._house.state(), status_code=200 if begun else 409)

    async def finish(self, _request: Request) -> Response:
        """Freeze the store; answers when truth and diary are written. 409 where no day is running."""
        ended = await self._house.finish()
        return JSONResponse(self._house.state(), status_code=200 if ended else 409)

    async def tag(self, request: Request) -> Response:
        """The visitor's phone at a tag: the link that it gets; 409 where there is no cloud, or the day is over."""
        if self._page.cloud is None:
            raise HTTPException(409, "there is no cloud whose page could open")
        try:
            url = self._house.open_tag(request.path_params["tag"])
        except KeyError:
            raise HTTPException(404, "no such tag") from None
        return JSONResponse({"url": url}, status_code=409 if url is None else 200)

    async def card(self, request: Request) -> Response:
        """The visitor's card at a reader; 409 where somebody else is at it."""
        reader = request.path_params["reader"]
        try:
            held = self._house.hold_card(reader)
        except KeyError:
            raise HTTPException(404, "no such reader") from None
        return JSONResponse({"held": held}, status_code=200 if held else 409)

    async def subscribe(self, request: Request) -> Response:
        """What a browser's `pushManager.subscribe` does, for the visitor's phone: a subscription for a sender's key."""
        try:
            wanted = msgspec.json.decode(await request.body(), type=_Wanted)
            made = self._house.push.subscribe(VISITOR_PHONE, wanted.key)
        except (msgspec.MsgspecError, PointError) as error:
            raise HTTPException(422, str(error)) from None
        return JSONResponse({"endpoint": made.endpoint, "keys": {"p256dh": made.p256dh, "auth": made.auth}})

    async def unsubscribe(self, _request: Request) -> Response:
        """The visitor's phone wants no notifications any more: whoever sends it one is told that it has gone."""
        self._house.push.end(VISITOR_PHONE)
        return JSONResponse({"ended": True})

    async def pay(self, request: Request) -> Response:
        """The visitor at the till; the receipt. 409 where there is no till, 422 with the reason."""
        try:
            purchase = msgspec.json.decode(await request.body(), type=Purchase)
        except msgspec.MsgspecError as error:
            raise HTTPException(422, str(error)) from None
        receipt = await self._house.pay(purchase)
        if receipt is None:
            raise HTTPException(409, "there is no till that could tell the cloud of a sale")
        return JSONResponse(msgspec.to_builtins(receipt))

    async def push(self, request: Request) -> Response:
        """One message from an application server to a subscription (RFC 8030, section 5)."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                break
        answer = self._house.push.post(request.path_params["token"], headers, body)
        return Response(answer.words, answer.status, dict(answer.headers), media_type="text/plain; charset=utf-8")

    async def push_fault(self, request: Request) -> Response:
        """Let the push service answer the next message with this status (and `?retry_after=` seconds)."""
        status, wait = request.path_params["status"], request.query_params.get("retry_after", "")
        if not 400 <= status <= 599 or not (wait == "" or wait.isdecimal()):
            raise HTTPException(422, "a status of 400 to 599 and whole seconds are allowed")
        self._house.push.faults.append(PlantedFault(status=status, retry_after_s=int(wait) if wait else None))
        return JSONResponse({"next": status})

    async def power(self, request: Request) -> Response:
        """Switch a camera on or off."""
        state = request.path_params["state"]
        if state not in {"on", "off"}:
            raise HTTPException(404, "on and off are known")
        try:
            self._house.switch_camera(request.path_params["camera"], on=state == "on")
        except KeyError:
            raise HTTPException(404, "no such camera") from None
        return JSONResponse({"on": state == "on"})

    async def fault(self, request: Request) -> Response:
        """Let a reader fail (for `?seconds=`), or `mend` it."""
        name, seconds = request.path_params["fault"], request.query_params.get("seconds", "")
        known = {fault.name.lower(): fault for fault in Fault}
        if name != "mend" and name not in known:
            raise HTTPException(404, f"no such fault; mend, {', '.join(known)} are known")
        try:
            self._house.fault_reader(
                request.path_params["reader"], known.get(name), float(seconds) if seconds else None
            )
        except KeyError:
            raise HTTPException(404, "no such reader") from None
        except ValueError:
            raise HTTPException(422, f"seconds = {seconds!r}: a number is needed") from None
        return JSONResponse({"fault": name})


async def _parts(jpegs: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for jpeg in jpegs:
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        yield head.encode() + jpeg + b"\r\n"

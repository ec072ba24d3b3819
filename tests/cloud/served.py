"""The small store of `shop`, served over real HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from cloud.web.problems import unheard
from tests.cloud.hosting import Guest, hosting
from tests.cloud.shop import TEA, Shop, opened
from tests.programs import PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The store, where it is served, and the loop that serves it."""

    shop: Shop
    base: str
    loop: asyncio.AbstractEventLoop

    def client(self, cookie: str | None = None, **headers: str) -> httpx.Client:
        """A phone; Python's cookie jar keeps `Secure` cookies from plain http, so that a test hands them on."""
        given = {"cookie": cookie} if cookie else {}
        return httpx.Client(base_url=self.base, headers={**given, **headers}, timeout=PATIENCE_S)

    def tap(self, client: httpx.Client) -> str:
        """A signed tap; returns the link of its clean page."""
        answer = client.get(f"/01/{TEA}?{self.shop.chip.query()}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def enrol(self, *purposes: str) -> str:
        """A shopper who agreed to these; returns their cookie."""
        with self.client() as client:
            visit = self.tap(client).partition("visit=")[2]
            answer = client.post("/me/begin", data={"visit": visit, "purpose": list(purposes), "lang": "ko"})
            assert answer.status_code == 303, answer.text
            return answer.headers["set-cookie"].partition(";")[0]


@contextmanager
def served(directory: Path, *, frame_ancestors: tuple[str, ...] = (), push: str | None = None) -> Iterator[Served]:
    """Serves until the block ends."""

    @contextmanager
    def guest(loop: asyncio.AbstractEventLoop) -> Iterator[Guest[Shop]]:
        with opened(directory, frame_ancestors=frame_ancestors, loop=loop, push=push) as shop:
            yield Guest(app=shop.app, bus=shop.services.bus, made=shop, refusal=unheard(shop.services.pages))

    with hosting(guest) as hosted:
        yield Served(shop=hosted.made, base=hosted.url, loop=hosted.loop)

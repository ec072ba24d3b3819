"""From a card at a reader to the open page of its owner, and to nobody else's."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cloud.shop.card_taps import CardTaps
from cloud.shop.messages import Both
from tests.cloud.noticed import CARD, Readers, people_stop
from tests.cloud.served import Served, served
from tests.cloud.shop import TEA
from tests.programs import PATIENCE_S, eventually

OTHER = "d" * 32


@dataclass(slots=True)
class Page:
    """An open page's stream: its events as they come, but for the receipts of choices."""

    events: list[tuple[str, dict[str, object], int]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait(self, count: int) -> list[tuple[str, dict[str, object], int]]:
        async with asyncio.timeout(PATIENCE_S), self.arrived:
            await self.arrived.wait_for(lambda: len(self.events) >= count)
        return self.events

    async def listen(self, answer: httpx.Response) -> None:
        lines: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                lines[name] = value
            elif "event" in lines:
                if lines["event"] != "receipt":
                    self.events.append((lines["event"], json.loads(lines["data"]), int(lines.get("id", 0))))
                lines = {}
                async with self.arrived:
                    self.arrived.notify_all()


@asynccontextmanager
async def open_page(site: Served, cookie: str, *, last: int = 0) -> AsyncIterator[Page]:
    """An EventSource on a phone, while the block lasts."""
    page = Page()
    headers = {"cookie": cookie, "last-event-id": str(last)}
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S) as client,
        client.stream("GET", f"{site.base}/me/stream", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        listening = asyncio.create_task(page.listen(answer))
        try:
            yield page
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def pair(site: Served, readers: Readers, cookie: str, tag: str = CARD) -> None:
    """Connects a card as a shopper does: the button, then the card."""
    with site.client(cookie) as phone:
        assert phone.post("/me/card", data={"reader": "tea-reader"}).status_code == 303
    readers.tap(tag)


def rows(site: Served, question: str) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question).fetchall()


def test_a_paired_card_reaches_its_owners_open_page(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie = Readers(site), site.enrol("history")
        async with open_page(site, cookie) as page:
            pair(site, readers, cookie)
            ((kind, told, _),) = await page.wait(1)
            assert (kind, told) == ("card", {"bound": True, "reason": "bound"})
            site.shop.clock.now_ms += 1_000
            readers.tap()
            _, (kind, told, number) = await page.wait(2)

        assert kind == "tap"
        assert told["reader"] == "tea-reader"
        assert told["url"] == f"/01/{TEA}"
        product = told["product"]
        assert isinstance(product, dict)
        assert product["name"]["ko"] == "제주 유기농 녹차 우전 100 g"
        assert product["price_text"] == {"ko": "12,800원", "en": "₩12,800"}
        assert number > 0

    asyncio.run(scenario())


def test_a_card_that_nobody_bound_is_linked_with_nobody(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie, stranger = Readers(site), site.enrol("card"), site.enrol("card")
        readers.tap(CARD)  # before it was anybody's
        pair(site, readers, cookie)
        async with open_page(site, cookie) as page, open_page(site, stranger) as other:
            await page.wait(1)
            readers.tap(OTHER)
            readers.tap(None)  # a phone with a random number
            site.shop.clock.now_ms += 1_000
            readers.tap(CARD)
            events = await page.wait(2)

        assert [kind for kind, _, _ in events] == ["card", "tap"]
        assert other.events == []
        assert rows(site, "SELECT tag FROM cards") == [(CARD,)]

    asyncio.run(scenario())


def test_without_that_consent_a_bound_cards_tap_goes_nowhere(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie = Readers(site), site.enrol("history")
        async with open_page(site, cookie) as page:
            pair(site, readers, cookie)
            await page.wait(1)
            with site.client(cookie) as phone:
                phone.post("/me/consent", data={"purpose": "history"})
            assert rows(site, "SELECT count(*) FROM cards") == [(0,)]
            assert rows(site, "SELECT count(*) FROM messages WHERE kind != 'receipt'") == [(0,)]
            site.shop.clock.now_ms += 1_000
            readers.tap()
            pair(site, readers, cookie)
            events = await page.wait(2)

        assert [kind for kind, _, _ in events] == ["card", "card"]

    asyncio.run(scenario())


def test_two_who_wait_at_one_reader_are_both_told_and_neither_gets_the_card(site: Served) -> None:
    async def scenario() -> None:
        readers, cookies = Readers(site), (site.enrol("card"), site.enrol("card"))
        async with open_page(site, cookies[0]) as one, open_page(site, cookies[1]) as two:
            for cookie in cookies:
                with site.client(cookie) as phone:
                    phone.post("/me/card", data={"reader": "tea-reader"})
            readers.tap()
            assert (await one.wait(1))[0][1] == (await two.wait(1))[0][1] == {"bound": False, "reason": "contested"}

        assert rows(site, "SELECT count(*) FROM cards") == [(0,)]

    asyncio.run(scenario())


def test_the_wait_ends_after_a_minute_and_is_for_one_reader(site: Served) -> None:
    readers, cookie = Readers(site), site.enrol("card")
    with site.client(cookie) as phone:
        phone.post("/me/card", data={"reader": "till-reader"})
    readers.tap(reader="tea-reader", tell=False)
    site.shop.clock.now_ms += 60_001
    readers.tap(reader="till-reader", tell=False)
    taps = CardTaps(
        site.shop.store,
        clock=site.shop.clock,
        price=lambda won: Both(ko=str(won), en=str(won)),
        random=secrets.token_bytes,
    )

    assert taps.look() == []
    assert rows(site, "SELECT count(*) FROM cards") == [(0,)]


def test_a_page_that_comes_back_gets_what_it_missed_once(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie = Readers(site), site.enrol("card")
        async with open_page(site, cookie) as page:
            pair(site, readers, cookie)
            last = (await page.wait(1))[0][2]
        site.shop.clock.now_ms += 1_000
        async with open_page(site, cookie, last=last) as witness:
            readers.tap()
            readers.tap()
            await witness.wait(2)
        async with open_page(site, cookie, last=last) as page:
            events = await page.wait(2)
            readers.tap()
            events = await page.wait(3)
        async with open_page(site, cookie, last=events[-1][2]) as page:
            readers.tap()
            assert len(await page.wait(1)) == 1

        numbers = [number for _, _, number in events]
        assert numbers == sorted(set(numbers))

    asyncio.run(scenario())


def test_taps_that_came_while_the_pages_were_down_are_told_once_after(site: Served) -> None:
    readers, cookie = Readers(site), site.enrol("card")

    def price(won: int) -> Both:
        return Both(ko=str(won), en=str(won))

    before = CardTaps(site.shop.store, clock=site.shop.clock, price=price, random=secrets.token_bytes)
    with site.client(cookie) as phone:
        phone.post("/me/card", data={"reader": "tea-reader"})
    readers.tap(tell=False)
    assert [each.message.kind for each in before.look()] == ["card"]
    site.shop.clock.now_ms += 1_000
    readers.tap(tell=False)
    after = CardTaps(site.shop.store, clock=site.shop.clock, price=price, random=secrets.token_bytes)

    assert [each.message.kind for each in after.look()] == ["tap"]
    assert [each.message.kind for each in before.look()] == []
    assert CardTaps(site.shop.store, clock=site.shop.clock, price=price, random=secrets.token_bytes).look() == []


def test_an_offer_is_pushed_with_its_label_by_day_and_not_by_night(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie = Readers(site), site.enrol("card", "offers")
        async with open_page(site, cookie) as page:
            pair(site, readers, cookie)
            site.shop.clock.now_ms += 1_000
            people_stop(site)
            readers.tap()
            offer = await told(page, "offer")
            site.shop.clock.now_ms += 12 * 3_600_000
            people_stop(site)
            readers.tap()
            outcomes = "SELECT outcome, times FROM offer_sums"
            await asyncio.to_thread(eventually, lambda: ("night", 1) in rows(site, outcomes))

        assert [kind for kind, _, _ in page.events].count("offer") == 1
        assert isinstance(offer["title"], dict)
        assert offer["title"]["ko"].startswith("(광고) 다온상회")
        assert offer["why"][1]["en"].startswith("People spent 9 seconds at this shelf")
        assert offer["stop_url"].startswith("/stop/")
        assert offer["contact"] == "02-123-4567"

    asyncio.run(scenario())


async def told(page: Page, kind: str) -> dict[str, Any]:
    """What the page is told of this kind, the first time."""
    async with asyncio.timeout(PATIENCE_S), page.arrived:
        await page.arrived.wait_for(lambda: any(each == kind for each, _, _ in page.events))
    return next(said for each, said, _ in page.events if each == kind)


def test_who_is_forgotten_hears_nothing_more(site: Served) -> None:
    async def scenario() -> None:
        readers, cookie = Readers(site), site.enrol("card")
        async with open_page(site, cookie) as page:
            pair(site, readers, cookie)
            await page.wait(1)
            with site.client(cookie) as phone:
                phone.post("/me/end")
            readers.tap()
        assert len(page.events) == 1
        assert rows(site, "SELECT count(*) FROM messages") == [(0,)]

    asyncio.run(scenario())


def test_pages_that_vanish_leave_nothing_behind(site: Served) -> None:
    """Also those that hang up before they read a word."""

    async def scenario() -> None:
        cookie = site.enrol("card")
        port = int(site.base.rpartition(":")[2])
        request = f"GET /me/stream HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n".encode()
        for number in range(60):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            if number % 2:
                await writer.drain()
            writer.transport.abort()
        async with open_page(site, cookie):
            pass
        async with asyncio.timeout(PATIENCE_S):
            while site.shop.services.hub.open:  # noqa: ASYNC110 - the server is in another thread
                await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_open_streams_end_with_the_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        with served(tmp_path) as site:
            cookie = site.enrol("card")
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                answer = await client.send(
                    client.build_request("GET", f"{site.base}/me/stream", headers={"cookie": cookie}), stream=True
                )
                site.loop.call_soon_threadsafe(site.shop.services.bus.close)
                async with asyncio.timeout(PATIENCE_S):
                    async for _ in answer.aiter_raw():
                        pass
                await answer.aclose()

    asyncio.run(scenario())

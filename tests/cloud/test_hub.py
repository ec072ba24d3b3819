"""The queues of open pages and the stream that empties one, by themselves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.hub import Crowded, Hub, PushedEvent
from cloud.web.stream import EventStream
from tests.programs import PATIENCE_S


async def body_of(stream: EventStream, *, until: bytes) -> bytes:
    """What a stream sends until these bytes have come."""
    sent: list[bytes] = []
    done = asyncio.Event()

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message.get("body", b""))
        if until in b"".join(sent):
            done.set()

    async def receive() -> dict[str, str]:
        await done.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(PATIENCE_S):
        await stream({"type": "http", "method": "GET", "headers": []}, receive, send)
    return b"".join(sent)


def test_a_quiet_stream_beats() -> None:
    async def scenario() -> bytes:
        hub = Hub()
        body = await body_of(EventStream(lambda: hub.subscribe(1), heartbeat_s=0.01), until=b":\n\n")
        assert hub.open == 0
        return body

    assert asyncio.run(scenario()).startswith(b"retry: ")


def test_what_is_both_stored_and_queued_is_sent_once() -> None:
    async def scenario() -> bytes:
        hub = Hub()

        def missed() -> list[PushedEvent]:
            for number in (1, 2, 3):
                hub.publish(1, PushedEvent(kind="tap", data="{}", id=number))
            return [PushedEvent(kind="tap", data="{}", id=number) for number in (1, 2)]

        return await body_of(EventStream(lambda: hub.subscribe(1), missed), until=b"id: 3")

    body = asyncio.run(scenario())
    assert [body.count(b"id: %d\n" % number) for number in (1, 2, 3)] == [1, 1, 1]


def test_a_slow_page_is_told_to_read_anew_and_what_it_lost_is_counted() -> None:
    hub = Hub(depth=3)
    with hub.subscribe(1) as slow, hub.subscribe(2) as other:
        for number in range(5):
            hub.publish(1, PushedEvent(kind="tap", data="{}", id=number))
        slow.close()

        async def drain() -> list[str]:
            kinds = []
            while (events := await slow.take()) is not None:
                kinds += [f"{event.kind}{event.id}" for event in events]
            return kinds

        assert asyncio.run(drain()) == ["resyncNone", "tap3", "tap4"]
        assert hub.dropped == 3
        assert other is not slow
    assert hub.open == 0


def test_too_many_pages_are_sent_away() -> None:
    hub = Hub(most=1)
    with hub.subscribe(1), pytest.raises(Crowded), hub.subscribe(1):
        pass
    assert hub.open == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40)), max_size=40), st.integers(1, 5))
def test_a_page_gets_its_own_events_in_order_or_a_resync(sent: list[tuple[int, int]], depth: int) -> None:
    hub = Hub(depth=depth)
    with hub.subscribe(0) as page:
        for key, number in sent:
            hub.publish(key, PushedEvent(kind="tap", data="{}", id=number))
        page.close()

        async def drain() -> list[PushedEvent]:
            return [event async for event in _events(page)]

        async def _events(of: object) -> AsyncIterator[PushedEvent]:
            assert of is page
            while (events := await page.take()) is not None:
                for event in events:
                    yield event

        got = asyncio.run(drain())
    own = [number for key, number in sent if key == 0]
    told = [event.id for event in got if event.kind == "tap"]
    assert told == own[len(own) - len(told) :]
    assert len(told) == len(own) or got[0].kind == "resync"
    assert hub.dropped == 0 or any(event.kind == "resync" for event in got)


def test_an_event_is_written_as_browsers_read_it() -> None:
    event = PushedEvent(kind="tap", data='{"a":1}', id=7)

    assert event.wire == b'id: 7\nevent: tap\ndata: {"a":1}\n\n'

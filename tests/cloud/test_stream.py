"""Open pages by the hundred: what each costs, that none is left behind, and that a slow one harms nobody."""

import asyncio
import gc
import socket
import struct
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from cloud.shop.hub import Hub, PushedEvent
from cloud.web.stream import EventStream, Streams
from tests.bench.bench_fanout import ASK, SERVE, Controls, Crowd
from tests.cloud.served import served
from tests.programs import PATIENCE_S, program

PAGES = 1_000
RESETS = 2_000
MOST_BYTES = 15 * 1024


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int, Controls]]:
    """The cloud's pages on the program's own server, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_fanout", SERVE]
    with program(*command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        own, bare, control = map(int, process.stdout.readline().split())
        with closing(Controls(control)) as controls:
            yield own, bare, controls


def test_a_page_costs_little_and_none_is_left_after_resets(ports: tuple[int, int, Controls]) -> None:
    own, _, controls = ports
    warm = Crowd(own, 200)
    warm.reset()
    empty = controls.settled(lambda state: state.own == 0)
    crowd = Crowd(own, PAGES // 2)  # these take what the pages before them left
    half = controls.settled(lambda state: state.own == PAGES // 2)
    crowd.grow(PAGES // 2)
    full = controls.settled(lambda state: state.own == PAGES)
    controls.ask("/own")
    crowd.hear()
    crowd.reset()
    assert full.own == PAGES
    assert (full.bytes - half.bytes) / (PAGES // 2) <= MOST_BYTES

    for number in range(RESETS):
        page = socket.create_connection(("127.0.0.1", own), timeout=PATIENCE_S)
        page.sendall(ASK if number % 3 else ASK[: len(ASK) // 2])
        if number % 3 == 2:
            page.recv(1)  # once the answer has begun
        page.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        page.close()
    left = controls.settled(
        lambda state: state.own == 0 and state.sockets <= empty.sockets and state.tasks <= empty.tasks
    )
    assert (left.own, left.sockets <= empty.sockets, left.tasks <= empty.tasks) == (0, True, True)


def test_a_page_that_reads_nothing_is_bounded_and_holds_up_nobody(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        cookie = site.enrol("history")
        hub, port = site.shop.services.hub, int(site.base.rpartition(":")[2])
        ask = f"GET /me/stream HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n".encode()
        with socket.socket() as slow, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as quick:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            slow.settimeout(PATIENCE_S)
            slow.connect(("127.0.0.1", port))
            for page in (slow, quick):
                page.sendall(ask)
                read_until(page, b"retry: 2000\n\n")
            person = next(iter(hub._pages))
            event = PushedEvent(kind="tap", data='"' + "x" * 100_000 + '"')
            for _ in range(200):
                site.loop.call_soon_threadsafe(hub.publish, person, event)
                read_until(quick, b'"\n\n')
            assert hub.dropped >= 64
            held = [len(page._queue or ()) for page in hub._pages[person]]
            assert max(held) <= 64
            read_until(slow, b"event: resync\n")  # it reads again, and is told to read the page anew


def read_until(page: socket.socket, words: bytes) -> None:
    seen = b""
    while words not in seen[-len(words) - 200_000 :]:
        data = page.recv(1 << 20)
        assert data, seen[-200:]
        seen += data


async def run(stream: EventStream, send: Send, receive: Receive, *, around: bool = True) -> None:
    app: Callable[[Scope, Receive, Send], Awaitable[None]] = Streams(stream) if around else stream
    async with asyncio.timeout(PATIENCE_S):
        await app({"type": "http", "method": "GET", "headers": []}, receive, send)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("around", [True, False])
def test_a_page_that_is_stuck_is_given_up(around: bool) -> None:
    hub = Hub()

    async def scenario() -> None:
        async def send(message: Message) -> None:
            if b"event" in message.get("body", b""):
                await asyncio.Event().wait()

        running = asyncio.create_task(
            run(EventStream(lambda: hub.subscribe(1), heartbeat_s=0.01), send, never, around=around)
        )
        await until(lambda: hub.open == 1)
        hub.publish(1, PushedEvent(kind="tap", data="{}"))
        await running
        assert not running.cancelled()

    asyncio.run(scenario())
    assert hub.open == 0


@pytest.mark.parametrize("around", [True, False])
def test_whatever_breaks_the_page_is_gone(around: bool) -> None:
    class Broken(Exception):
        pass

    async def well(message: Message) -> None:
        pass

    async def breaks_at_start(message: Message) -> None:
        raise Broken(message)

    async def breaks_later(message: Message) -> None:
        if message.get("body", b"").startswith(b"id"):
            raise Broken

    def no_store() -> tuple[PushedEvent, ...]:
        raise Broken

    def one() -> tuple[PushedEvent, ...]:
        return (PushedEvent(kind="tap", data="{}", id=1),)

    hub = Hub()
    for missed, send in ((one, breaks_at_start), (one, breaks_later), (no_store, well)):
        stream = EventStream(lambda: hub.subscribe(1), missed)
        with pytest.raises(Broken):
            asyncio.run(run(stream, send, never, around=around))
        assert hub.open == 0


def test_a_layer_within_that_breaks_after_the_beginning_leaves_nothing() -> None:
    hub = Hub()

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        await EventStream(lambda: hub.subscribe(1))(scope, receive, send)
        assert hub.open == 1
        raise RuntimeError

    async def send(message: Message) -> None:
        pass

    async def scenario() -> None:
        with pytest.raises(RuntimeError):
            await Streams(layer)({"type": "http", "method": "GET", "headers": []}, never, send)

    asyncio.run(scenario())
    assert hub.open == 0


@pytest.mark.parametrize("around", [True, False])
def test_a_server_that_cancels_its_requests_leaves_nothing(around: bool) -> None:
    hub = Hub()

    async def send(message: Message) -> None:
        pass

    async def scenario() -> None:
        running = asyncio.create_task(run(EventStream(lambda: hub.subscribe(1)), send, never, around=around))
        await until(lambda: hub.open == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(scenario())
    gc.collect()
    assert hub.open == 0


def test_what_stands_around_the_beginning_is_let_go() -> None:
    """Memory of a page that is open for hours: the layers' frames and what the request was."""
    hub = Hub()
    gone: list[str] = []

    class Heavy:
        def __del__(self) -> None:
            gone.append("let go")

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["router"] = heavy = Heavy()
        await EventStream(lambda: hub.subscribe(1))(scope, receive, send)
        del heavy

    async def send(message: Message) -> None:
        pass

    async def scenario() -> None:
        scope = {"type": "http", "method": "GET", "headers": []}
        running = asyncio.create_task(Streams(layer)(scope, never, send))
        await until(lambda: bool(gone))
        assert hub.open == 1
        hub.close()
        await running

    asyncio.run(scenario())


def test_the_program_takes_as_many_open_files_as_it_may() -> None:
    """A page is an open file; under systemd a process begins with 1,024."""
    program = """
import resource
from cloud import server
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
async def main():
    return resource.getrlimit(resource.RLIMIT_NOFILE)
soft, now_hard = server.run(main)
assert now_hard == hard
print(soft, hard)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    soft, hard = map(int, done.stdout.split())
    assert soft == (16_384 if hard < 0 else min(hard, 16_384))

"""From a tap at a reader to the shopper's open page, beside the bare floor of two MQTT hops and one SSE write.

    python -m tests.bench.bench_push [TAPS]

Two brokers of the same kind and two servers of the same kind run, each in a process of its own. In turns a node's
client publishes one tap to each, and both times end when its server-sent event has arrived:
cloud   broker → the whole cloud: stored for good, linked with a consented card, kept for the page, pushed
floor   broker → a client that publishes it on → broker → a client that writes it to an open stream
Prints one JSON object on its last line; `ratio` is the median of cloud ÷ the median of floor (aim: at most 3).
"""

import asyncio
import json
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from starlette.types import Receive, Scope, Send

from cloud import config, server
from cloud.shop.consent import Entry, Purpose
from cloud.shop.tokens import digest
from cloud.store import catalogue, consents, plans, shoppers
from cloud.store.connection import Store
from contract.credentials import Credentials
from contract.events import Tap
from contract.messages import encode_batch, encode_event
from contract.settings import read_settings
from tests.cloud.programs import Caller, caller, running_broker
from tests.cloud.shop import goods, plan
from tests.cloud.wire import EPOCH, STORE
from tests.programs import program

CARD, TOKEN = "c" * 32, "t" * 22
FLOOR = "floor"


def prepare(data: Path) -> None:
    """A store with one shopper whose card is bound, and the cloud's settings."""
    (data / config.FILE).write_text(config.first(STORE), encoding="utf-8")
    store = Store(data, new_store_id="0" * 32)
    with store.atomic() as connection:
        plans.save(connection, plan(), by="", note="", now_ms=0)
        catalogue.put_products(connection, goods())
        profile = shoppers.begin(connection, handle=TOKEN, language="ko", now_ms=_now_ms())
        shoppers.add_device(connection, digest=digest(TOKEN), profile_id=profile, now_ms=_now_ms())
        for purpose in (Purpose.CARD, Purpose.OFFERS):
            entry = Entry(purpose=purpose, given=True, text_version="1", language="ko", at_ms=0, proof="bench")
            consents.write(connection, profile, entry, nonce=secrets.token_bytes(32))
        shoppers.bind_card(connection, tag=CARD, profile_id=profile, reader="tea-reader", now_ms=0)
    store.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """The port of a program of ours, printed as the last word before a slash or the line's end."""
    with program(sys.executable, *command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield int(line.partition("localhost:")[2].partition("/")[0] or line)


class Stream:
    """An open page, with nothing between it and the socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask = f"GET /me/stream HTTP/1.1\r\nhost: localhost\r\ncookie: __Host-aisle={TOKEN}\r\n\r\n"
        self._socket.sendall(ask.encode())
        self._seen = b""
        self.wait(b"retry: ")

    def wait(self, words: bytes) -> None:
        """Until these words have come; what came with them is forgotten."""
        while words not in self._seen:
            data = self._socket.recv(65536)
            assert data, self._seen
            self._seen += data
        self._seen = self._seen.rpartition(words)[2]


def publish(node: Caller, sequence: int) -> None:
    tap = encode_event(Tap(at=_now_ms(), reader="tea-reader", tag=CARD))
    batch = encode_batch(store=STORE, node="n1", epoch=EPOCH, first=sequence, oldest=sequence, events=[tap])
    node.client.publish(f"aisle/{STORE}/n1/events", batch, qos=1)


def measure(node: Caller, page: Stream, sequence: int) -> float:
    """Milliseconds from the node's publish to the page."""
    start = time.perf_counter()
    publish(node, sequence)
    page.wait(b"event: tap")
    return (time.perf_counter() - start) * 1000


def main() -> None:
    if sys.argv[1:2] == [FLOOR]:
        server.run(lambda: floor(Path(sys.argv[2])))
        return
    taps = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with ExitStack() as stack:
        own, bare = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        broker = stack.enter_context(running_broker(own, "n1"))
        other = stack.enter_context(running_broker(bare, "n1", "n2"))
        prepare(own)
        cloud_port = stack.enter_context(serving("-m", "cloud", "run", "--data", str(own), "--port", "0"))
        floor_port = stack.enter_context(serving("-m", "tests.bench.bench_push", FLOOR, str(bare)))
        nodes = [stack.enter_context(caller(b.credentials("n1"))) for b in (broker, other)]
        time.sleep(1.0)  # both servers' own clients have to be at their brokers
        pages = [Stream(cloud_port), Stream(floor_port)]
        for sequence in range(1, 11):  # until everything is warm
            for node, page in zip(nodes, pages, strict=True):
                measure(node, page, sequence)
        pairs = [
            [measure(node, page, sequence) for node, page in zip(nodes, pages, strict=True)]
            for sequence in range(11, 11 + taps)
        ]
    report([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def report(own: list[float], bare: list[float]) -> None:
    def at(values: list[float], share: float) -> float:
        return round(sorted(values)[int(len(values) * share)], 2)

    print(
        json.dumps(
            {
                "bench": "push",
                "ratio": round(statistics.median(own) / statistics.median(bare), 2),
                "p50_ms": at(own, 0.5),
                "p99_ms": at(own, 0.99),
                "floor_p50_ms": at(bare, 0.5),
                "floor_p99_ms": at(bare, 0.99),
                "taps": len(own),
            }
        )
    )


async def floor(directory: Path) -> None:
    """The least that could be: a client publishes on what another one writes to an open stream."""
    loop = asyncio.get_running_loop()
    queues: set[asyncio.Queue[bytes]] = set()

    def arrived(payload: bytes) -> None:
        for queue in queues:
            queue.put_nowait(payload)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if scope["type"] != "http":
            return
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"retry: 1\n\n", "more_body": True})
        while True:
            body = b"event: tap\ndata: " + await queue.get() + b"\n\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})

    users = [read_settings(directory / "broker" / "users" / f"{name}.toml", Credentials) for name in ("cloud", "n2")]
    with caller(users[0]) as first, caller(users[1]) as second:
        to_second = f"aisle/{STORE}/n2/receipt"

        def pass_on(_client: Client, _userdata: object, message: MQTTMessage) -> None:
            first.client.publish(to_second, message.payload, qos=1)

        def write(_client: Client, _userdata: object, message: MQTTMessage) -> None:
            loop.call_soon_threadsafe(arrived, bytes(message.payload))

        first.client.on_message = pass_on
        second.client.on_message = write
        assert first.subscribe(f"aisle/{STORE}/+/events")
        assert second.subscribe(to_second)
        listener = server.listen("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        await server.WebServer(application, lambda: None).serve(sockets=[listener])


if __name__ == "__main__":
    main()

"""The HTTP server's deadlines, limits and end, over real sockets."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any

import pytest

from cloud import limits, server
from cloud.errors import UserError
from tests.programs import program

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body, once it is whole."""
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(name="port", scope="module")
def _port() -> Iterator[int]:
    listener = server.listen("127.0.0.1", 0)
    web = server.WebServer(_application, lambda: None)
    thread = threading.Thread(target=lambda: asyncio.run(web.serve(sockets=[listener])))
    port: int = listener.getsockname()[1]
    thread.start()
    yield port
    web.stop()
    thread.join(10)


def _ask(port: int, *parts: bytes, seconds: float = 12.0) -> bytes:
    """Sends the parts and reads to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65_536):
                answer += more
    return answer


def _begun(port: int, size: int) -> socket.socket:
    """A connection whose server has read a head and waits for so many bytes of body, which then come by themselves."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=12.0)
    connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n" % size)
    assert _heard(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
    return connection


def _heard(connection: socket.socket, end: bytes) -> bytes:
    """What comes up to these bytes."""
    answer = b""
    while not answer.endswith(end) and (more := connection.recv(65_536)):
        answer += more
    return answer


def _go_on(connection: socket.socket, seconds: float) -> None:
    """Sends a byte now and then for so long."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        connection.sendall(b"x")
        time.sleep(0.05)


def _post(body: bytes, path: bytes = b"/") -> bytes:
    head = b"POST %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    return head % (path, len(body)) + body


def test_a_request_within_all_limits_is_answered(port: int) -> None:
    answer = _ask(port, _post(b"x" * limits.USUAL_BYTES))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"65536")
    assert b"server:" not in answer.lower()


def test_a_body_that_says_it_is_too_long_is_refused_unread(port: int) -> None:
    answer = _ask(port, b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 65537\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_who_still_sends_a_body_that_was_refused_is_not_cut_off(port: int) -> None:
    """A proxy that is cut off while it sends answers 502, and nobody learns why."""
    with socket.create_connection(("127.0.0.1", port), timeout=12.0) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n")
        assert _heard(connection, b"Too Large\n").startswith(b"HTTP/1.1 413 ")
        for _ in range(30):
            connection.sendall(b"x" * 100_000)
        assert connection.recv(1) == b""


def test_a_body_in_chunks_is_refused_where_it_grows_too_long(port: int) -> None:
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    answer = _ask(port, b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", *[chunk] * 5)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_long_body_whose_end_comes_by_itself_is_no_head(port: int) -> None:
    with _begun(port, 20_000) as connection:
        connection.sendall(b"x" * 20_000)
        answer = _heard(connection, b"20000")
        assert answer.startswith(b"HTTP/1.1 200"), answer


def test_a_head_that_is_too_long_is_refused_after_a_body_too(port: int) -> None:
    with _begun(port, 20_000) as connection:
        connection.sendall(b"x" * 20_000)
        assert _heard(connection, b"20000").startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"v" * 20_000)
        assert _heard(connection, b"\r\n").startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (b"/manage/plan/draft", limits.PLAN_BYTES),
        (b"/manage/plan/draft?lang=ko", limits.PLAN_BYTES),
        (b"/manage/plan/image", limits.PICTURE_BYTES),
        (b"/manage/plan/images", limits.USUAL_BYTES),
        (b"/manage/plan/%69mage", limits.USUAL_BYTES),
    ],
)
def test_what_a_path_may_take_is_taken_and_no_byte_more(port: int, path: bytes, most: int) -> None:
    whole = _ask(port, _post(b"x" * most, path))
    assert whole.startswith(b"HTTP/1.1 200"), whole
    assert whole.endswith(b"%d" % most)
    said = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (path, most + 1)
    assert _ask(port, said).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"".join(b"h%d: %s\r\n" % (i, b"v" * 100) for i in range(200)) + b"\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"v" * 20_000,
        b"GET /" + b"p" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
def test_a_head_that_is_too_long_is_refused(port: int, head: bytes) -> None:
    assert _ask(port, head).startswith(b"HTTP/1.1 431 ")


def test_a_head_that_never_ends_is_hung_up_on(port: int) -> None:
    assert _ask(port, b"GET / HTTP/1.1\r\nhost: x\r\nslow: ") == b""


def test_who_was_refused_and_stays_is_hung_up_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=12.0) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"v" * 20_000 + b"\r\n\r\n")
        assert _heard(connection, b"\r\n").startswith(b"HTTP/1.1 431 ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            _go_on(connection, 2 * server.HEAD_SECONDS)


def test_nonsense_is_a_bad_request_and_the_server_goes_on(port: int) -> None:
    assert _ask(port, b"\x00\x01\x02 nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert _ask(port, _post(b"abc")).endswith(b"3")


def test_a_kept_connection_serves_one_request_after_another(port: int) -> None:
    first = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab"
    answer = _ask(port, first, _post(b"abc"))
    assert answer.count(b"HTTP/1.1 200") == 2


def test_an_answers_second_segment_does_not_wait_for_the_first() -> None:
    with server.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), 10.0):
        listener.settimeout(10.0)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_taken_port_is_said_in_words(port: int) -> None:
    with pytest.raises(UserError, match=f"port {port} on 127.0.0.1 cannot be used: Address already in use"):
        server.listen("127.0.0.1", port)


_STREAMING = """
import asyncio, sys
from cloud import server
ended = asyncio.Event()
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b": open\\n\\n", "more_body": True})
    if scope["path"] == "/deaf":
        await asyncio.sleep(3600)
    await ended.wait()
    await send({"type": "http.response.body", "body": b"event: bye\\n\\n"})
listener = server.listen("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
async def main():
    await server.WebServer(app, ended.set).serve(sockets=[listener])
    print("tidied up", flush=True)
server.run(main)
"""


@pytest.mark.parametrize("path", [b"/", b"/deaf"])
def test_sigterm_ends_open_streams_and_then_the_program(path: bytes) -> None:
    with ExitStack() as stack:
        served = stack.enter_context(program(sys.executable, "-c", _STREAMING, stdout=subprocess.PIPE, text=True))
        assert served.stdout is not None
        port = int(served.stdout.readline())
        stream = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        stream.sendall(b"GET " + path + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        heard = b""
        while b": open" not in heard:
            heard += stream.recv(1_000)
        served.send_signal(signal.SIGTERM)
        while more := stream.recv(1_000):
            heard += more
        assert served.wait(timeout=60) == 0
        assert (b"bye" in heard) == (path == b"/")
        assert served.stdout.read() == "tidied up\n"

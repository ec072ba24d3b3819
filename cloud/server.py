"""Serves an ASGI application over HTTP with deadlines and limits, and ends when it is told to."""

import asyncio
import contextlib
import errno
import functools
import resource
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from ipaddress import IPv4Network, ip_network
from typing import Any, NamedTuple

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cloud.errors import UserError
from cloud.limits import most_body

HEAD_SECONDS = 5.0
BODY_SECONDS = 10.0
MOST_HEAD_BYTES = 16 * 1024
SLOWEST_BYTES_S = 64 * 1024
"""A body that may be longer than what comes in `BODY_SECONDS` at this rate has as long as it takes."""
_IDLE_SECONDS = 15
_STUCK_MS = 60_000
"""A peer that takes nothing of what was sent for so long is cut off by the kernel, and its buffers are freed."""
_OPEN_FILES = 16_384
_END_SECONDS = 2
"""For answers under way at the end; open streams have been told before."""

Application = Callable[..., Awaitable[None]]


class Said(NamedTuple):
    """The body of an answer, and its media type."""

    media: str
    text: str


Refusal = Callable[[HTTPStatus, str, Mapping[str, str]], Said]
"""What is said of a status to whoever asked for a path, with the headers that came by their names in small letters."""


def plain(status: HTTPStatus, _path: str, _headers: Mapping[str, str]) -> Said:
    """The status in words."""
    return Said("text/plain", f"{status.phrase}\n")


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which waits for ever and takes anything, with bounds on the time and size of a request."""

    # Slots: with these names in its dict an instance has more than 30, and Python then keeps a whole table for each.
    __slots__ = (
        "_body_bytes",
        "_deadline",
        "_head_bytes",
        "_heads",
        "_in_head",
        "_most_body",
        "_refusal",
        "_refused",
        "_wrong",
    )

    def __init__(self, *args: Any, refusal: Refusal = plain, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers, self.url = [], b""  # what never becomes a request is refused too
        self._refusal = refusal
        self._deadline: asyncio.TimerHandle | None = None
        self._wrong: HTTPStatus | None = None
        self._in_head, self._refused = True, False
        self._heads = self._head_bytes = self._body_bytes = self._most_body = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Arms the deadline of the first request."""
        super().connection_made(transport)
        self._arm(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Disarms."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser; a head that grows without ending is cut."""
        if self._refused:
            return
        heads, was_in_head = self._heads, self._in_head
        super().data_received(data)
        if self._wrong is not None and not self.transport.is_closing():
            self._refuse(self._wrong)
        if was_in_head and self._in_head and self._heads == heads:  # not a body's end, after which a head may follow
            self._count_head(len(data))

    def on_message_begin(self) -> None:
        """A request's first byte: its head has a deadline, on a kept connection too."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._body_bytes = True, 0, 0
        self._arm(HEAD_SECONDS)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Notes what is too long; it is refused when what came is read: in it stands who asks."""
        super().on_header(name, value)
        if self._wrong is not None:
            return
        if sum(len(key) + len(word) + 4 for key, word in self.headers) + len(self.url) > MOST_HEAD_BYTES:
            self._wrong = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        elif name.lower() == b"content-length" and value.isdigit() and int(value[:20]) > self._most():
            self._wrong = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def on_headers_complete(self) -> None:
        """The head is whole: the application begins, and the body has its own deadline."""
        if self._wrong is not None:
            self._refuse(self._wrong)
        self._in_head, self._heads = False, self._heads + 1
        self._most_body = self._most()
        if not self._refused:
            self._arm(max(BODY_SECONDS, self._most_body / SLOWEST_BYTES_S))
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Counts what comes in chunks and said no length."""
        self._body_bytes += len(body)
        if self._body_bytes > self._most_body:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._refused:
            return
        self._disarm()
        self._in_head, self._head_bytes = True, 0
        # The application has them; a stream is open for hours after.
        self.headers = []
        super().on_message_complete()

    def _most(self) -> int:
        """What this request's body may have; a path that is written otherwise than ours takes no more than others."""
        return most_body(self.url.partition(b"?")[0].decode("latin-1"))

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answers once, unless the application has begun to, and hangs up once the peer has had time to hear it.

        What still comes is dropped: hung up on at once, who is not done sending, such as a proxy, loses the answer.
        """
        if self._refused:
            return
        self._refused = True
        self._disarm()
        under_way = getattr(self, "cycle", None)  # None before the first request, whatever its type says
        if under_way is None or under_way.response_complete or not under_way.response_started:
            path = self.url.partition(b"?")[0].decode("latin-1")
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.headers}
            said = self._refusal(status, path, headers)
            words = said.text.encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {said.media}\r\n"
                f"content-length: {len(words)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + words)
        if self.pipeline or (self._in_head and under_way is not None and not under_way.response_complete):
            self.transport.close()  # an answer to an earlier request may still be on its way
            return
        if under_way is not None:  # the application hears that its peer is gone, and says nothing more
            under_way.disconnected = True
            under_way.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()
        self._arm(HEAD_SECONDS)

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        """Hangs up without a word: whoever is this slow is not waiting for one."""
        self._refused = True
        self.transport.abort()


class WebServer(Server):
    """uvicorn's server, which says `ending` before it waits for open streams, and leaves the exit status alone."""

    def __init__(
        self,
        application: Application,
        ending: Callable[[], None],
        *,
        proxies: Sequence[str] = (),
        refusal: Refusal = plain,
    ) -> None:
        """`proxies`: the addresses and networks of peers that are believed when they say for whom they ask; `refusal`:
        what is said to whoever is refused before the application hears of them.
        """
        super().__init__(
            Config(
                application,
                http=functools.partial(BoundedProtocol, refusal=refusal),  # type: ignore[arg-type]  # is called alone
                ws="none",
                access_log=False,  # an address line holds a tap's code
                server_header=False,
                log_config=None,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=_as_seen(proxies),
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_END_SECONDS,
            )
        )
        self._ending = ending

    def stop(self) -> None:
        """Asks it to end; from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then the connections, then the application's own tasks."""
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the server; they are not raised again afterwards, when the store is being closed."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def _as_seen(proxies: Sequence[str]) -> list[str]:
    """The networks as a socket's peers are compared with them: an IPv4 peer of a socket on `::` has an IPv6 address."""
    networks = [ip_network(proxy) for proxy in proxies]
    mapped = [
        f"::ffff:{network.network_address}/{96 + network.prefixlen}"
        for network in networks
        if isinstance(network, IPv4Network)
    ]
    return [*map(str, networks), *mapped]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UserError where the port is taken or the address is not ours."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise UserError(f"web.host = {host!r}: {error.strerror}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # What is accepted inherits it. An answer's head and body are two segments: without it the second waits 40 ms
        # for the first one's acknowledgement wherever the event loop does not see to that itself (uvloop does).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted inherits it
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STUCK_MS)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UserError(f"web.host = {host!r}: it is no address of this machine") from None
        raise UserError(
            f"port {port} on {host} cannot be used: {error.strerror}. Is a cloud running already?"
        ) from None
    listener.setblocking(False)
    return listener


def _allow_many_connections() -> None:
    """Raises this process's own limit of open files as far as it may: an open page is one, and 1,024 is usual."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(main: Callable[[], Any]) -> Any:
    """Runs a coroutine function to its end on the fastest event loop that is installed."""
    _allow_many_connections()
    with asyncio.Runner(loop_factory=Config(app="", log_config=None).get_loop_factory()) as runner:
        return runner.run(main())

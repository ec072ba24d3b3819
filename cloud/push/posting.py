"""One POST to a push service: to an address that was looked at just before, with no redirect and within a deadline."""

import http.client
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from cloud.push.attempts import Answer, NoAnswer
from cloud.push.endpoints import SANDBOX, Endpoint, is_loopback, is_public

CONNECT_S: Final = 5.0
WHOLE_S: Final = 15.0
"""From the connection to the last byte of the answer that we read, however slowly they come."""
_MOST_ADDRESSES: Final = 3
_MOST_HEAD: Final = 16 * 1024
_MOST_BODY: Final = 2 * 1024
"""Of an answer that says no: some services name a reason there."""
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_REASON: Final = re.compile(rb'"reason"\s*:\s*"([A-Za-z]{1,40})"')

Resolve = Callable[[str, int], tuple[str, ...]]
"""The addresses of a host. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What goes to a push service."""

    endpoint: Endpoint
    headers: Mapping[str, str]
    body: bytes
    now_s: float  # the wall clock, by which a pause until a date is read


class _Garbled(Exception):
    """What came is no HTTP."""


class Poster:
    """Posts from any thread. A host's name is looked up for each attempt, and the connection goes to the very address
    that was found to be public: a name that means something else a moment later (DNS rebinding) gains nothing.
    """

    def __init__(
        self, *, resolve: Resolve | None = None, connect_s: float = CONNECT_S, whole_s: float = WHOLE_S
    ) -> None:
        self._resolve = resolve or look_up
        self._connect_s = connect_s
        self._whole_s = whole_s
        self._tls = ssl.create_default_context()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False

    def post(self, request: Request) -> Answer | NoAnswer:
        """Sends one request and reads its answer. Raises nothing that a network does."""
        endpoint = request.endpoint
        try:
            addresses = self._resolve(endpoint.host, endpoint.port)
            good = is_loopback if endpoint.service == SANDBOX else is_public
            if not addresses or not all(map(good, addresses)):
                return NoAnswer.NOT_PUBLIC if addresses else NoAnswer.UNREACHABLE
            with self._line(endpoint, addresses) as line:
                return _exchange(line, request, time.monotonic() + self._whole_s)
        except ssl.SSLCertVerificationError:
            return NoAnswer.NOT_TRUSTED
        except TimeoutError:
            return NoAnswer.TIMEOUT
        except _Garbled:
            return NoAnswer.GARBLED
        except (OSError, UnicodeError):  # the latter: a name that is none
            return NoAnswer.UNREACHABLE

    def close(self) -> None:
        """Breaks off what is under way, and whatever comes later."""
        with self._lock:
            self._closed = True
            for line in self._open:
                _break_off(line)

    @contextmanager
    def _line(self, endpoint: Endpoint, addresses: tuple[str, ...]) -> Iterator[socket.socket]:
        line = _connect(addresses[:_MOST_ADDRESSES], endpoint.port, self._connect_s)
        if endpoint.scheme == "https":
            line = self._tls.wrap_socket(line, server_hostname=endpoint.host, do_handshake_on_connect=False)
        try:
            with self._lock:
                if self._closed:
                    raise ConnectionAbortedError
                self._open.add(line)
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            yield line
        finally:
            with self._lock:
                self._open.discard(line)
            line.close()


def look_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as this machine's resolver knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _connect(addresses: tuple[str, ...], port: int, patience_s: float) -> socket.socket:
    """A connection to the first of these that takes one. Raises OSError."""
    *others, last = addresses
    for address in others:
        try:
            return socket.create_connection((address, port), timeout=patience_s)
        except OSError:
            continue
    return socket.create_connection((last, port), timeout=patience_s)


def _break_off(line: socket.socket) -> None:
    try:
        # The bare socket's: a TLS socket's own would take the cipher away from under the thread that uses it.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return


def _exchange(line: socket.socket, request: Request, deadline: float) -> Answer:
    """Raises OSError, TimeoutError and _Garbled."""
    endpoint = request.endpoint
    host = endpoint.origin.partition("://")[2]
    head = [f"POST {endpoint.target} HTTP/1.1", f"host: {host}", f"content-length: {len(request.body)}"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    line.settimeout(_left(deadline))
    line.sendall("\r\n".join((*head, "connection: close", "\r\n")).encode("ascii") + request.body)
    return _read(line, request.now_s, deadline)


def _read(line: socket.socket, now_s: float, deadline: float) -> Answer:
    seen = b""
    while True:
        while b"\r\n\r\n" not in seen:
            seen += _more(line, deadline)
            if len(seen) > _MOST_HEAD:
                raise _Garbled
        head, _, seen = seen.partition(b"\r\n\r\n")
        found = _STATUS.match(head + b"\r\n")
        if not found:
            raise _Garbled
        status = int(found.group(1))
        if status >= 200:
            break
    fields = _fields(head[found.end() :])
    pause = _pause(fields.get("retry-after"), now_s)
    reason = "" if status < 400 else _reason(line, seen, deadline)
    return Answer(status=status, retry_after_s=pause, reason=reason)


def _more(line: socket.socket, deadline: float) -> bytes:
    line.settimeout(_left(deadline))
    data = line.recv(_MOST_HEAD)
    if not data:
        raise _Garbled
    return data


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _fields(text: bytes) -> Mapping[str, str]:
    try:
        return {
            name.lower(): value for name, value in http.client.parse_headers(io.BytesIO(text + b"\r\n\r\n")).items()
        }
    except http.client.HTTPException:
        raise _Garbled from None


def _reason(line: socket.socket, seen: bytes, deadline: float) -> str:
    """The reason in an answer's body, as far as it comes: the answer stands without it."""
    try:
        while len(seen) < _MOST_BODY and not _REASON.search(seen):
            seen += _more(line, min(deadline, time.monotonic() + 1.0))
    except (OSError, _Garbled):
        pass
    found = _REASON.search(seen[:_MOST_BODY])
    return found.group(1).decode() if found else ""


def _pause(text: str | None, now_s: float) -> float | None:
    """How long we are asked to wait, in seconds or until a date (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (ValueError, OverflowError):
        return None

"""A slow link between a browser and a server of this machine: what a page costs a phone that has not been here before.

A connection waits one round trip before its first byte, as TCP's handshake does; from then on the bytes of each
direction leave one after the other at that direction's rate and arrive half a round trip later. TLS is spoken through
the link, so that it pays its own round trip. Left out: loss, and TCP's slow start, which a page below ten segments
does not meet.
"""

import asyncio
import contextlib
import datetime as dt
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CHUNK = 1_460
"""What goes onto the link at once: a segment, so that connections which share the rate wait for no more than that."""

Joined = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One client's link, shared by all its connections; rates in bytes a second."""

    round_trip_s: float
    down: float
    up: float


SLOW_4G = Link(round_trip_s=0.150, down=1.6e6 / 8, up=0.75e6 / 8)


class _Lane:
    """One direction: bytes leave at its rate. State of one event loop."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    def departure(self, size: int) -> float:
        """When so many bytes, here now, will have left, by the loop's clock."""
        self._free_at = max(asyncio.get_running_loop().time(), self._free_at) + size / self._rate
        return self._free_at


@asynccontextmanager
async def slow_https(port: int, link: Link = SLOW_4G) -> AsyncIterator[int]:
    """A port of this machine that speaks TLS and leads through the link to the plain server at `port`."""
    async with _serving(_to(port, None, 0.0), tls=_certified()) as near:
        lanes = _Lane(link.down), _Lane(link.up)
        async with _serving(_to(near, lanes, link.round_trip_s)) as far:
            yield far


@asynccontextmanager
async def _serving(joined: Joined, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    served = await asyncio.start_server(joined, "127.0.0.1", 0, ssl=tls)
    try:
        yield served.sockets[0].getsockname()[1]
    finally:
        served.close()


def _to(port: int, lanes: tuple[_Lane, _Lane] | None, round_trip_s: float) -> Joined:
    down, up = lanes or (None, None)

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip_s)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            _carry(reader, far_writer, up, round_trip_s / 2), _carry(far_reader, writer, down, round_trip_s / 2)
        )

    return joined


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lane: _Lane | None, delay_s: float
) -> None:
    """One direction of one connection, until its end; a browser may leave in the middle of an answer."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while (found := await under_way.get())[1]:
            at, data = found
            await asyncio.sleep(at - loop.time())
            writer.write(data)
        writer.close()

    arriving = asyncio.create_task(arrive())
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(CHUNK):
            under_way.put_nowait(((lane.departure(len(data)) if lane else loop.time()) + delay_s, data))
    under_way.put_nowait((0.0, b""))
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await arriving


def _certified() -> ssl.SSLContext:
    """A server's context with a certificate for localhost that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "localhost.pem"
        form = serialization.PrivateFormat.PKCS8
        private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context

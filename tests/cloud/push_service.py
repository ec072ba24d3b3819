"""A push service to test with: it believes nothing, checks the VAPID token and opens what it is sent.

Written from the standards (RFC 8030, 8188, 8291, 8292) and `cryptography` alone; it shares nothing with the sender.
"""

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _key(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def unseal(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a phone reads of a push of one record (RFC 8188, section 2; RFC 8291, section 3)."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert length == 65
    assert 18 <= len(sealed) <= size
    shared = private.exchange(ec.ECDH(), _key(sender))
    info = b"WebPush: info\0" + point(private.public_key()) + sender
    secret = HKDF(hashes.SHA256(), 32, auth, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
    assert padded[-1:] == b"\x02", "the last record ends with 2"
    return padded[:-1]


def vapid_claims(authorization: str) -> tuple[dict[str, Any], str]:
    """The claims of a token whose signature holds, and the key that it names (RFC 8292, section 3)."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(each.strip().split("=", 1) for each in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    header, claims = (json.loads(unb64(each)) for each in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    raw = unb64(signature)
    assert len(raw) == 64
    dss = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    _key(unb64(parts["k"])).verify(dss, signed.encode(), ec.ECDSA(hashes.SHA256()))
    return claims, parts["k"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push that was right in every way, as the phone reads it."""

    told: dict[str, Any]
    ttl: int
    urgency: str
    topic: str


@dataclass(slots=True)
class Phone:
    """A browser's subscription, and what its push service does with what comes for it."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: bytes(range(16)))
    answers: list[Callable[["Handler"], None]] = field(default_factory=list)  # the next ones; then 201
    delivered: list[Delivery] = field(default_factory=list)
    asked: int = 0
    now: int = 0  # requests under way at this moment
    most: int = 0

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": b64(point(self.private.public_key())), "auth": b64(self.auth)}

    def shown(self) -> list[str]:
        """What stands on the phone's screen: of one tag only the last (as phones show notifications)."""
        return list(
            {each.told["notification"]["tag"]: each.told["notification"]["title"] for each in self.delivered}.values()
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"
    asking: Phone | None = None  # whose request is under way here

    def do_POST(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers["content-length"]))
        service.heard += 1
        if service.bare:
            service.bare(self)
            return
        phone = service.phones.get(self.path)
        if phone is None:
            self.answer(404)
            return
        with service.lock:
            self.asking = phone
            phone.asked += 1
            phone.now += 1
            phone.most = max(phone.most, phone.now)
            act = phone.answers.pop(0) if phone.answers else None
        try:
            delivery = service.judge(self, phone, body)
            if act is None:
                with service.lock:
                    phone.delivered.append(delivery)
                act = created
            act(self)
        except OSError:  # the caller has gone
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the request is told to the test
            service.wrong.append(f"{type(error).__name__}: {error}")
            self.answer(400)
        finally:
            self.over()
            with service.lock:
                service.changed.notify_all()

    def over(self) -> None:
        """No request is under way any more: the caller may send its next as soon as it has the answer."""
        with self.server.service.lock:
            if self.asking is not None:
                self.asking.now -= 1
                self.asking = None

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.over()
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


def created(handler: Handler) -> None:
    handler.answer(201, {"location": "/m/1"})


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[Handler], None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(status, named, body)


def is_silent(handler: Handler) -> None:
    """Takes the request and never says a word, until the caller goes."""
    handler.server.service.ended.wait(30)
    handler.close_connection = True


def drips(handler: Handler) -> None:
    """An answer that comes a byte at a time, for ever."""
    handler.close_connection = True
    for byte in b"HTTP/1.1 201 Created\r\nx-slow: " + b"a" * 10_000:
        if handler.server.service.ended.wait(0.02):
            return
        try:
            handler.wfile.write(bytes([byte]))
        except OSError:
            return


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    service: "PushService"

    def handle_error(self, *args: object) -> None:
        """A caller that went away is no fault of ours."""


@dataclass(slots=True)
class PushService:
    """Phones by their path; `wrong` is what was wrong with any request."""

    origin: str
    phones: dict[str, Phone] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    bare: Callable[[Handler], None] | None = None  # answers everything, and checks nothing
    heard: int = 0
    server_key: str = ""  # the only key that is believed, where it is set
    now_s: Callable[[], float] = time.time
    lock: threading.RLock = field(default_factory=threading.RLock)
    changed: threading.Condition = field(init=False)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.changed = threading.Condition(self.lock)

    def phone(self, *answers: Callable[[Handler], None]) -> Phone:
        path = f"/send/{len(self.phones) + 1}"
        phone = Phone(endpoint=f"{self.origin}{path}", answers=list(answers), auth=len(self.phones).to_bytes(16))
        self.phones[path] = phone
        return phone

    def judge(self, handler: Handler, phone: Phone, body: bytes) -> Delivery:
        """Raises AssertionError, or what cryptography raises, for what a real service or phone would refuse."""
        claims, key = vapid_claims(handler.headers["authorization"])
        now = self.now_s()
        assert claims["aud"] == self.origin, claims
        assert now < claims["exp"] <= now + 24 * 3600, claims
        assert claims["sub"].startswith(("mailto:", "https://")), claims
        assert not self.server_key or key == self.server_key
        assert handler.headers["content-encoding"] == "aes128gcm"
        assert len(body) <= 4096
        assert handler.headers["urgency"] in ("very-low", "low", "normal", "high")
        topic = handler.headers["topic"]
        assert 0 < len(topic) <= 32
        assert unb64(topic)
        return Delivery(
            told=json.loads(unseal(body, phone.private, phone.auth)),
            ttl=int(handler.headers["ttl"]),
            urgency=handler.headers["urgency"],
            topic=topic,
        )

    def wait(self, until: Callable[[], bool], seconds: float = 20.0) -> None:
        with self.changed:
            assert self.changed.wait_for(until, seconds), self.wrong


def self_signed(directory: Path) -> Path:
    """A certificate for localhost that nobody vouches for, and its key, in one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = directory / "certificate.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + pem)
    return path


@contextmanager
def push_service(*, certificate: Path | None = None) -> Iterator[PushService]:
    """Listens until the block ends; over TLS where there is a certificate."""
    with _Server(("127.0.0.1", 0), Handler) as server:
        scheme = "http"
        if certificate:
            scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        service = server.service = PushService(origin=f"{scheme}://localhost:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield service
        finally:
            service.ended.set()
            server.shutdown()
            thread.join()

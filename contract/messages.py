"""The messages that carry facts over MQTT, and their bytes (JSON)."""

import enum
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from contract.events import Event
from contract.fields import Count, Millis, Name, Sequence, Span, Token, Words

VERSION: Final = 1
MAX_BYTES: Final = 256 * 1024
"""Of one message. Mosquitto and NATS take more by default, AWS IoT Core 128 KiB: the uplink packs below that."""
MAX_EVENTS: Final = 500
"""Of one batch; 100 already carry INGEST's best rate, more only delays the first."""


class WireError(ValueError):
    """The bytes are not what they should be; the message says where and why, in one printable line."""


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all messages have: the version `v` of their form."""

    v: Annotated[int, Meta(ge=1)] = VERSION


class Batch(Message, frozen=True, kw_only=True):
    """Consecutive events of one node's log, the first numbered `first`.

    `epoch` was made new when the log was made new. `oldest` is the lowest sequence that the node still holds:
    where it is above what the cloud expects, the events between are gone for good, and are counted as missing.
    """

    store: Name
    node: Name
    epoch: Token
    first: Sequence
    oldest: Sequence
    events: Annotated[tuple[Event, ...], Meta(min_length=1, max_length=MAX_EVENTS)]


class Envelope(Struct, frozen=True, kw_only=True):
    """The part of a batch that no version changes, so that an old cloud can keep what a new node says."""

    v: Annotated[int, Meta(ge=1)]
    store: Name
    node: Name
    epoch: Token
    first: Sequence
    oldest: Sequence
    events: Annotated[tuple[Raw, ...], Meta(min_length=1, max_length=MAX_EVENTS)]


class Unread(Struct, frozen=True, kw_only=True):
    """An event that could not be understood: its bytes as they came, and why."""

    raw: bytes
    reason: str


class Arrived(Struct, frozen=True, kw_only=True):
    """A batch as the cloud takes it: every event in its place, understood or not; `v` is the version it came in."""

    v: int = VERSION
    store: Name
    node: Name
    epoch: Token
    first: Sequence
    oldest: Sequence
    events: tuple[Event | Unread, ...]


class Receipt(Message, frozen=True, kw_only=True):
    """All events of `epoch` up to `through` are stored for good in the store whose identity is `store_id`.

    Only this lets a node delete. A node that holds events above `through` goes on from `through` + 1.
    """

    store_id: Token
    epoch: Token
    through: Count


class ReaderHealth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader now."""

    ok: bool
    reason: Words = ""


class CameraHealth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera now, with its counters since its process started."""

    ok: bool
    reason: Words = ""
    read: Count = 0
    overwritten: Count = 0
    detected: Count = 0
    skipped: Count = 0
    idle: Count = 0  # looks at which nothing had moved, so that the detector could rest
    things: Count = 0  # now: taken for persons by the detector and left out, as they never move
    detect_ms: Annotated[float, Meta(ge=0)] = 0.0
    rate: Annotated[float, Meta(ge=0)] = 0.0  # detections a second, of late
    cpu_percent: Annotated[float, Meta(ge=0)] = 0.0  # of one core, of late
    model: Words = ""
    rss_mb: Annotated[float, Meta(ge=0)] = 0.0
    advice: Words = ""  # what would let it count better; it counts all the same


class PlanRefusal(enum.StrEnum):
    """Why a node did not take a plan that came over the broker."""

    UNREADABLE = "unreadable"  # it is no message, or no plan
    NO_KEY = "no-key"  # the node's credentials have no key of the cloud
    SIGNATURE = "signature"  # the cloud's key did not sign it for this node
    STORE = "store"  # it is another store's
    OLDER = "older"  # than the one that runs, or another one of the same version
    MISFIT = "misfit"  # a device of this node is not on it, or is another node's there
    UNKEPT = "unkept"  # it could not be written to the disk


class Health(Message, frozen=True, kw_only=True):
    """A node's own account of itself, each minute and at each change: *produced = stored + pending + dropped*."""

    at: Millis
    epoch: Token
    program: Words
    produced: Count
    pending: Count
    dropped: Count
    oldest_ms: Span
    refused_receipts: Count
    rss_mb: Annotated[float, Meta(ge=0)]
    temperature_c: Annotated[float, Meta(ge=-100, le=200)] | None = None  # None where the machine does not tell
    throttled: bool | None = None  # the machine runs slower now, for heat or for want of power
    undervoltage: bool | None = None  # its power supply is too weak now
    readers: dict[Name, ReaderHealth]
    cameras: dict[Name, CameraHealth]
    plan: Count | None = None  # the version that it works by; None: by none yet
    plan_problem: Words = ""  # why it does not take the newest that came
    plans_refused: dict[PlanRefusal, Count] = {}  # since its start
    orders_refused: Count = 0  # likewise; orders are what somebody may forge or send again
    badges: Token | None = None  # which list of staff badges it has (`orders.badges_digest`); None: it knows of none


class Person(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place on the floor in metres where somebody stands now. No id: it lives for one message."""

    x: float
    y: float


class Live(Message, frozen=True, kw_only=True):
    """Where one camera sees people at this moment: sent once at QoS 0, stored nowhere."""

    at: Millis
    camera: Name
    people: Annotated[tuple[Person, ...], Meta(max_length=200)]


_encoder = msgspec.json.Encoder()
_batch = msgspec.json.Decoder(Batch)
_envelope = msgspec.json.Decoder(Envelope)
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_receipt = msgspec.json.Decoder(Receipt)
_health = msgspec.json.Decoder(Health)
_live = msgspec.json.Decoder(Live)

# Beside its own errors msgspec lets UnicodeDecodeError (a lone surrogate) and RecursionError (deep nesting) through.
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

M = TypeVar("M", bound=Message)


def encode(message: Receipt | Health | Live) -> bytes:
    """The message as JSON."""
    return _encoder.encode(message)


def encode_event(event: Event) -> bytes:
    """One event as JSON, as a node's log keeps it."""
    return _encoder.encode(event)


def encode_events(events: list[Event]) -> str:
    """Events as one JSON array."""
    return _encoder.encode(events).decode()


def encode_batch(*, store: str, node: str, epoch: str, first: int, oldest: int, events: list[bytes]) -> bytes:
    """A batch of events that are JSON already, in the order of their sequence."""
    raws = tuple(Raw(event) for event in events)
    return _encoder.encode(
        Envelope(v=VERSION, store=store, node=node, epoch=epoch, first=first, oldest=oldest, events=raws)
    )


def decode_event(data: bytes) -> Event:
    """One event. Raises WireError."""
    try:
        return _event.decode(data)
    except _BROKEN as error:
        raise WireError(_why(error)) from None


def decode_batch(data: bytes) -> Arrived:
    """A batch in which each event is understood or kept as it came; raises WireError where not even that can be.

    A batch of a later version is read by its envelope alone: its events come back unread, with their numbers.
    """
    _measure(data)
    try:
        batch = _batch.decode(data)
    except _BROKEN:
        return _piecewise(data)
    if batch.v != VERSION:
        return _piecewise(data)
    return Arrived(
        store=batch.store,
        node=batch.node,
        epoch=batch.epoch,
        first=batch.first,
        oldest=batch.oldest,
        events=batch.events,
    )


def decode_receipt(data: bytes) -> Receipt:
    """A receipt. Raises WireError."""
    return decoded(data, _receipt)


def decode_health(data: bytes) -> Health:
    """A node's health. Raises WireError."""
    return decoded(data, _health)


def decode_live(data: bytes) -> Live:
    """Where people are now. Raises WireError."""
    return decoded(data, _live)


def encoded(message: Message) -> bytes:
    """The message as JSON. Raises WireError where it would be longer than a broker takes."""
    data = _encoder.encode(message)
    _measure(data)
    return data


def decoded(data: bytes, decoder: msgspec.json.Decoder[M]) -> M:
    """A message of this version, of the decoder's kind. Raises WireError."""
    _measure(data)
    try:
        message = decoder.decode(data)
    except _BROKEN as error:
        raise WireError(_why(error)) from None
    if message.v != VERSION:
        raise WireError(f"version {message.v} is not known here; {VERSION} is")
    return message


def _piecewise(data: bytes) -> Arrived:
    try:
        envelope = _envelope.decode(data)
    except _BROKEN as error:
        raise WireError(_why(error)) from None
    known = envelope.v == VERSION
    stranger = f"version {envelope.v} is not known here; {VERSION} is"
    return Arrived(
        v=envelope.v,
        store=envelope.store,
        node=envelope.node,
        epoch=envelope.epoch,
        first=envelope.first,
        oldest=envelope.oldest,
        events=tuple(
            _read(bytes(raw)) if known else Unread(raw=bytes(raw), reason=stranger) for raw in envelope.events
        ),
    )


def _read(raw: bytes) -> Event | Unread:
    try:
        return decode_event(raw)
    except WireError as error:
        return Unread(raw=raw, reason=str(error))


def _measure(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise WireError(f"{len(data)} bytes; at most {MAX_BYTES} are allowed")


def _why(error: Exception) -> str:
    """The cause in one printable line: msgspec may quote a stranger's field names and tags."""
    words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return "".join(c if c.isprintable() else "?" for c in words)[:300]

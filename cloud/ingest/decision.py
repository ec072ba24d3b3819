"""Decides, from the bytes that came and what is stored already, what is to be stored and what the node is told."""

from dataclasses import dataclass

from cloud.facts import PeopleSeen
from contract.events import Event
from contract.messages import VERSION, Arrived, Health, Unread, WireError, decode_batch, decode_health, decode_live
from contract.topics import Address, Channel, parse

_LAST = 2**53
"""The highest sequence that a receipt can name (contract.fields.Count)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One MQTT message as it came; `received_ms` by the cloud's clock."""

    topic: str
    payload: bytes
    received_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRead:
    """Events of a node, in their places, from the topic of that same node."""

    message: Message
    batch: Arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRead:
    """A node's account of itself; the topic says whose."""

    message: Message
    node: str
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A message that belongs to no place in a log: it is kept raw with this reason."""

    message: Message
    reason: str
    version: int = VERSION


Reading = BatchRead | HealthRead | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with a batch, given what is stored of its epoch.

    `events` (maybe none) take the places `first`, `first` + 1, …; `missing` places before them are gone for good;
    afterwards all up to `through` is accounted for, and that is what the receipt says.
    """

    missing: int
    first: int
    events: tuple[Event | Unread, ...]
    through: int


def read(message: Message, store: str) -> Reading:
    """What the message is. It never raises: bytes that nobody understands are `Refused` with the reason."""
    address = parse(message.topic)
    if address is None or address.store != store:
        return Refused(message=message, reason=f"not a topic of the store {store!r}")
    try:
        match address.channel:
            case Channel.EVENTS:
                return _read_batch(message, address)
            case Channel.HEALTH:
                return HealthRead(message=message, node=address.node, health=decode_health(message.payload))
            case _:
                return Refused(message=message, reason=f"nobody says {address.channel} to the cloud")
    except WireError as error:
        return Refused(message=message, reason=str(error))


def read_people(message: Message, store: str) -> PeopleSeen | None:
    """Where people are now, or None where the message is not that."""
    address = parse(message.topic)
    if address is None or address.store != store or address.channel is not Channel.LIVE:
        return None
    try:
        live = decode_live(message.payload)
    except WireError:
        return None
    return PeopleSeen(node=address.node, camera=live.camera, at_ms=live.at, people=live.people)


def decide(batch: Arrived, through: int) -> Decision:
    """What to do with a batch of an epoch whose events up to `through` (0: none) are accounted for.

    What is stored already is skipped. A batch after a gap is not taken: the receipt sends the node back, unless
    the node's `oldest` says that the gap, or its beginning, is gone for good.
    """
    expected = through + 1
    # No batch can hold what its own node no longer has: a higher `oldest` is a slip, not a loss.
    oldest = min(batch.oldest, batch.first)
    missing = max(0, oldest - expected)
    expected += missing
    if batch.first > expected:
        return Decision(missing=missing, first=expected, events=(), through=expected - 1)
    events = batch.events[expected - batch.first :]
    return Decision(missing=missing, first=expected, events=events, through=expected - 1 + len(events))


def _read_batch(message: Message, address: Address) -> BatchRead | Refused:
    batch = decode_batch(message.payload)
    if (batch.store, batch.node) != (address.store, address.node):
        forged = f"it says to be of {batch.store}/{batch.node}, its topic is of {address.store}/{address.node}"
        return Refused(message=message, reason=forged, version=batch.v)
    if batch.first + len(batch.events) - 1 > _LAST:
        return Refused(message=message, reason=f"its last sequence is above {_LAST}", version=batch.v)
    return BatchRead(message=message, batch=batch)

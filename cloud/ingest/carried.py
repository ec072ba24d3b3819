"""Batches that came in a file instead of over the network: each line is one, as a node would have sent it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloud.errors import UserError
from cloud.ingest.decision import Message, Reading, Refused, read
from cloud.ingest.intake import store_readings
from cloud.store.connection import Store
from contract.messages import WireError, decode_batch
from contract.topics import Channel, topic

AT_ONCE = 40
"""Lines of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a file: events that are new here, that were here, that nobody understood, that are gone."""

    new: int = 0
    repeated: int = 0
    quarantined: int = 0
    missing: int = 0


def take(store: Store, file: Path, *, name: str, now_ms: int) -> Taken:
    """Stores a file's batches for the store `name`; a file that is taken twice changes nothing.

    Raises UserError naming the first line that is no batch of a node of this store, with nothing stored; or where a
    node's batches are not in their order, with what fitted stored. Raises OSError.
    """
    for _ in _readings(file, name, now_ms):
        pass
    new = repeated = quarantined = missing = 0
    for readings in _some(_readings(file, name, now_ms)):
        stored = store_readings(store, readings, in_a_file=True)
        if stored.gaps:
            raise UserError(f"{file}: a node's batches are not in their order, or some are left out")
        new += stored.events
        repeated += stored.repeated
        quarantined += stored.quarantined
        missing += stored.missing
    return Taken(new=new, repeated=repeated, quarantined=quarantined, missing=missing)


def _readings(file: Path, name: str, now_ms: int) -> Iterator[Reading]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            payload = line.strip()
            try:
                node = decode_batch(payload).node
            except WireError as error:
                raise UserError(f"{file}: line {number}: {error}") from None
            address = topic(name, node, Channel.EVENTS)
            reading = read(Message(topic=address, payload=payload, received_ms=now_ms), name)
            if isinstance(reading, Refused):
                raise UserError(f"{file}: line {number}: {reading.reason}")
            yield reading


def _some(readings: Iterator[Reading]) -> Iterator[list[Reading]]:
    some: list[Reading] = []
    for reading in readings:
        some.append(reading)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some

"""Events, batches and messages for the tests of the ingest."""

from collections.abc import Sequence

from hypothesis import strategies as st

from cloud.ingest.decision import Message, Reading, read
from contract.events import (
    Cause,
    Cell,
    Crossing,
    Device,
    DeviceChanged,
    Direction,
    Dropped,
    Event,
    Heat,
    Occupancy,
    Outcome,
    Party,
    Queue,
    Removal,
    Run,
    Stay,
    Tap,
    Wait,
)
from contract.messages import Health, encode, encode_batch, encode_event

STORE = "seoul"
EPOCH = "ab" * 16
ID = "0123456789abcdef" * 2

_at = st.integers(0, 3 * 3_600_000)
_span = st.integers(0, 200_000)
_name = st.sampled_from(["a", "b"])
_tag = st.none() | st.sampled_from(["0" * 32, "1" * 32])
_cell = st.builds(Cell, x=st.integers(-3, 3), y=st.integers(-3, 3), person_ms=_span)
_run = st.builds(Run, x=st.integers(-3, 3), y=st.integers(-3, 3), cells=st.integers(1, 3), covered_ms=_span)

any_event: st.SearchStrategy[Event] = st.one_of(
    st.builds(Tap, at=_at, reader=_name, tag=_tag),
    st.builds(Removal, at=_at, reader=_name, tag=_tag, held_ms=_span),
    st.builds(Crossing, at=_at, line=_name, direction=st.sampled_from(Direction)),
    st.builds(Stay, at=_at, zone=_name, for_ms=_span, cut=st.booleans()),
    st.builds(Occupancy, at=_at, zone=_name, span_ms=_span, covered_ms=_span, person_ms=_span, peak=st.integers(0, 9)),
    st.builds(
        Heat,
        at=_at,
        camera=_name,
        span_ms=_span,
        covered_ms=_span,
        cell_mm=st.sampled_from([250, 500]),
        cells=st.lists(_cell, max_size=4).map(tuple),
        seen=st.lists(_run, max_size=3).map(tuple),
    ),
    st.builds(Party, at=_at, line=_name, direction=st.sampled_from(Direction), size=st.integers(1, 4)),
    st.builds(Queue, at=_at, zone=_name, span_ms=_span, covered_ms=_span, waiting_ms=_span, peak=st.integers(0, 9)),
    st.builds(Wait, at=_at, zone=_name, for_ms=_span, outcome=st.sampled_from(Outcome)),
    st.builds(
        DeviceChanged,
        at=_at,
        device=st.sampled_from(Device),
        name=_name,
        ok=st.booleans(),
        reason=st.just("x"),
        cause=st.none() | st.sampled_from(Cause),
    ),
    st.builds(Dropped, at=_at, count=st.integers(0, 9), reason=st.just("full")),
)


def tap(at: int = 1, tag: str | None = "0" * 32, reader: str = "counter") -> Tap:
    return Tap(at=at, reader=reader, tag=tag)


def batch(
    events: Sequence[Event | bytes], *, first: int = 1, oldest: int = 1, node: str = "n1", epoch: str = EPOCH
) -> bytes:
    bodies = [event if isinstance(event, bytes) else encode_event(event) for event in events]
    return encode_batch(store=STORE, node=node, epoch=epoch, first=first, oldest=oldest, events=bodies)


def message(payload: bytes, *, node: str = "n1", channel: str = "events", received_ms: int = 1_000) -> Message:
    return Message(topic=f"aisle/{STORE}/{node}/{channel}", payload=payload, received_ms=received_ms)


def reading(events: Sequence[Event | bytes], *, first: int = 1, oldest: int = 1, node: str = "n1") -> Reading:
    return read(message(batch(events, first=first, oldest=oldest, node=node), node=node), STORE)


def health(*, produced: int, pending: int, dropped: int = 0) -> Health:
    return Health(
        at=1,
        epoch=EPOCH,
        program="test",
        produced=produced,
        pending=pending,
        dropped=dropped,
        oldest_ms=0,
        refused_receipts=0,
        rss_mb=1.0,
        readers={},
        cameras={},
    )


def health_reading(said: Health, *, received_ms: int = 1_000) -> Reading:
    return read(message(encode(said), node="n1", channel="health", received_ms=received_ms), STORE)

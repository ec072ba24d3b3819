"""What the ingest decides about a message, before any database is touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.facts import PeopleSeen
from cloud.ingest.decision import BatchRead, HealthRead, Message, Refused, decide, read, read_people
from contract.events import Crossing, Direction
from contract.messages import Arrived, Health, Live, Person, Unread, encode, encode_batch, encode_event

EPOCH = "ab" * 16


def _event(number: int) -> Crossing:
    return Crossing(at=number, line="door", direction=Direction.IN)


def _batch(first: int, count: int, oldest: int = 1) -> Arrived:
    events = tuple(_event(number) for number in range(first, first + count))
    return Arrived(store="s", node="n", epoch=EPOCH, first=first, oldest=oldest, events=events)


def _message(payload: bytes, topic: str = "aisle/s/n/events") -> Message:
    return Message(topic=topic, payload=payload, received_ms=5)


def _bytes(*, store: str = "s", node: str = "n", first: int = 1, events: list[bytes] | None = None) -> bytes:
    body = events or [encode_event(_event(1))]
    return encode_batch(store=store, node=node, epoch=EPOCH, first=first, oldest=1, events=body)


def test_the_next_batch_is_taken_whole() -> None:
    decision = decide(_batch(4, 3), 3)
    assert (decision.first, len(decision.events), decision.missing, decision.through) == (4, 3, 0, 6)


def test_what_is_stored_already_is_skipped() -> None:
    decision = decide(_batch(1, 5), 3)
    assert [event.at for event in decision.events if isinstance(event, Crossing)] == [4, 5]
    assert (decision.first, decision.through) == (4, 5)


def test_a_batch_that_is_stored_whole_changes_nothing() -> None:
    decision = decide(_batch(1, 3), 7)
    assert (decision.events, decision.missing, decision.through) == ((), 0, 7)


def test_a_batch_after_a_gap_sends_the_node_back() -> None:
    decision = decide(_batch(9, 2), 3)
    assert (decision.events, decision.missing, decision.through) == ((), 0, 3)


def test_a_gap_that_is_gone_for_good_is_counted_as_missing() -> None:
    decision = decide(_batch(9, 2, oldest=9), 3)
    assert (decision.missing, decision.first, len(decision.events), decision.through) == (5, 9, 2, 10)


def test_where_only_the_gaps_beginning_is_gone_the_node_goes_back_to_its_rest() -> None:
    decision = decide(_batch(9, 2, oldest=6), 3)
    assert (decision.missing, decision.events, decision.through) == (2, (), 5)


def test_an_oldest_above_the_batch_itself_loses_nothing() -> None:
    decision = decide(_batch(4, 2, oldest=100), 3)
    assert (decision.missing, len(decision.events), decision.through) == (0, 2, 5)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 8)), max_size=60),
    st.booleans(),
)
def test_however_batches_arrive_each_event_is_taken_once_and_in_order(
    total: int, deliveries: list[tuple[int, int]], deletes: bool
) -> None:
    """Batches are lost, doubled and reordered; the node deletes only what is receipted, so nothing goes missing."""
    through, taken, oldest = 0, list[int](), 1
    for wanted, count in deliveries:
        first = max(min(wanted, total), oldest)
        decision = decide(_batch(first, min(count, total - first + 1), oldest), through)
        taken += range(decision.first, decision.first + len(decision.events))
        assert decision.missing == 0
        assert decision.through >= through
        through = decision.through
        if deletes:
            oldest = min(through + 1, total)
    assert taken == list(range(1, through + 1))


def test_a_batch_of_the_topics_own_node_is_read() -> None:
    reading = read(_message(_bytes()), "s")
    assert isinstance(reading, BatchRead)
    assert reading.batch.events == (_event(1),)


@pytest.mark.parametrize(("store", "node"), [("s", "other"), ("other", "n")])
def test_a_batch_that_names_somebody_else_is_forged(store: str, node: str) -> None:
    reading = read(_message(_bytes(store=store, node=node)), "s")
    assert isinstance(reading, Refused)
    assert "its topic is of s/n" in reading.reason


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("aisle/s/n/events", b""),
        ("aisle/s/n/events", b"\xff\xfe"),
        ("aisle/s/n/events", b"[" * 200_000),
        ("aisle/s/n/events", b"{" + b" " * 300_000),
        ("aisle/s/n/health", b"{}"),
        ("aisle/other/n/events", b"{}"),
        ("aisle/s/n/receipt", b"{}"),
        ("$SYS/broker", b"{}"),
    ],
)
def test_a_poison_message_is_refused_with_its_reason(topic: str, payload: bytes) -> None:
    reading = read(_message(payload, topic), "s")
    assert isinstance(reading, Refused)
    assert reading.reason.isprintable()


def test_a_batch_beyond_the_highest_sequence_is_refused() -> None:
    events = [encode_event(_event(1))] * 2
    assert isinstance(read(_message(_bytes(first=2**53 - 1, events=events)), "s"), BatchRead)
    assert isinstance(read(_message(_bytes(first=2**53, events=events)), "s"), Refused)


def test_an_event_that_is_not_understood_keeps_its_place() -> None:
    reading = read(_message(_bytes(events=[b'{"kind":"smell","at":1}', encode_event(_event(2))])), "s")
    assert isinstance(reading, BatchRead)
    assert [type(event) for event in reading.batch.events] == [Unread, Crossing]


def test_health_is_of_its_topics_node() -> None:
    health = Health(
        at=1, epoch=EPOCH, program="x", produced=1, pending=1, dropped=0, oldest_ms=0, refused_receipts=0,
        rss_mb=1.0, readers={}, cameras={},
    )  # fmt: skip
    reading = read(_message(encode(health), "aisle/s/n/health"), "s")
    assert isinstance(reading, HealthRead)
    assert (reading.node, reading.health) == ("n", health)


def test_live_people_are_read_and_anything_else_is_nobody() -> None:
    live = Live(at=3, camera="c", people=(Person(x=1.0, y=2.0),))
    seen = PeopleSeen(node="n", camera="c", at_ms=3, people=(Person(x=1.0, y=2.0),))
    assert read_people(_message(encode(live), "aisle/s/n/live"), "s") == seen
    assert read_people(_message(b"{}", "aisle/s/n/live"), "s") is None
    assert read_people(_message(encode(live), "aisle/other/n/live"), "s") is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_and_no_topic_raise(payload: bytes, topic: str) -> None:
    for path in (topic, "aisle/s/n/events", "aisle/s/n/health"):
        read(_message(payload, path), "s")
    read_people(_message(payload, "aisle/s/n/live"), "s")

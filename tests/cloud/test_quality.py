"""Whether the data can be trusted: everything that happens to an event is counted, and the books are the page's."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.manage.period import span_of
from cloud.manage.quality import nodes, strips, summed, without_content
from cloud.store import arrivals
from cloud.store.accounts import Account
from cloud.store.arrivals import LATE_MS, Arrivals, Books
from cloud.store.sums import HOUR_MS
from cloud.web.manage.quality import gather, quality_router
from contract.events import Crossing, Direction, Stay
from contract.messages import encode_batch, encode_event
from tests.cloud.entered import cookie, session
from tests.cloud.morning import (
    MINUTE,
    NOON_MS,
    SEOUL,
    Node,
    Town,
    bus_of_nobody,
    entries,
    plan,
    serving,
    stays,
    town,
    watched,
)

SECRET = "kim-min-su"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An hour at two nodes: one in good order, one with events late, repeated, not understood and gone."""
    with town(tmp_path_factory.mktemp("quality"), floor=plan()) as place:
        left = place.node("left")
        left.tell([*watched(["tea"], ["cam-a"], minutes=range(-60, 0)), *entries(7, at=NOON_MS - MINUTE)])
        left.tell(stays("tea", [3600], at=NOON_MS - 60 * MINUTE))  # an hour long and over just now: not late
        left.well()
        right = place.node("right")
        right.tell(entries(10, at=NOON_MS - MINUTE))
        right.tell(entries(3, at=NOON_MS - LATE_MS - 10 * MINUTE))
        again(right, 4)
        strange(right)
        gone(right, 5)
        right.well(produced=right.told + 2, pending=2, oldest_ms=1_000)
        yield place


def again(node: Node, count: int) -> None:
    """The first events once more, as after a receipt that was lost."""
    told, node.told = node.told, 0
    node.tell(entries(count, at=NOON_MS - MINUTE))
    node.told = told


def strange(node: Node) -> None:
    """An event that nobody understands, with a name in it."""
    raw = json.dumps({"kind": SECRET, "at": NOON_MS, SECRET: SECRET}).encode()
    send(node, [raw], oldest=1)


def gone(node: Node, count: int) -> None:
    """The node has lost some events for good, and says so with the next."""
    node.told += count
    send(node, [encode_event(Crossing(at=NOON_MS, line="door", direction=Direction.IN))], oldest=node.told + 1)


def send(node: Node, events: list[bytes], *, oldest: int) -> None:
    first = node.told + 1
    batch = encode_batch(store="daon", node=node.name, epoch=node.epoch, first=first, oldest=oldest, events=events)
    message = Message(topic=f"aisle/daon/{node.name}/events", payload=batch, received_ms=node.clock.now_ms)
    store_readings(node.store, [read(message, "daon")])
    node.told += len(events)


@pytest.fixture(scope="module")
def page(place: Town) -> str:
    with serving(place, quality_router) as site:
        return httpx.get(f"{site.url}/manage/quality?lang=en", headers=cookie(session(site, place.password))).text


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_late_repeated_quarantined_and_missing_events_are_counted_by_node(place: Town) -> None:
    with place.store.reading() as connection:
        left, right = arrivals.between(connection, NOON_MS - HOUR_MS, NOON_MS + HOUR_MS)
    assert (left.stored, left.repeated, left.quarantined, left.missing) == (60 + 60 + 7 + 1, 0, 0, 0)
    assert left.late == 2 * 55  # minutes that were over five minutes or more before they were told
    assert right == Arrivals(node="right", stored=14, late=3, carried=0, repeated=4, quarantined=1, missing=5)


def test_the_page_says_what_became_of_every_event(page: str) -> None:
    told = words(page)
    assert "produced 128 = stored 128 + quarantined 0 + waiting 0 + dropped 0 + difference 0 ✓" in told
    assert (
        "produced 22 = stored 14 + quarantined 1 + waiting 2 + dropped 0 + difference 5 (of it gone at the node 5)"
        in told
    )
    assert "late 3 repeated 4 missing 5" in told


def test_the_quarantine_never_shows_what_came(page: str) -> None:
    assert SECRET not in page
    assert "an event in its place" in page
    assert re.search(r"<td>\d+</td></tr>", page)  # how many bytes


def test_a_camera_that_told_nothing_is_hatched_and_its_gap_named(page: str) -> None:
    told = words(page)
    assert "cam-a: seen" in page
    assert "cam-b: seen 0.0 % of the time" in page
    assert "Nothing from" in told


def test_books_of_a_day_are_the_difference_of_two_moments(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        node = place.node("left")
        node.tell(entries(10, at=NOON_MS))
        node.well(produced=15, pending=5)
        place.clock.now_ms += 24 * HOUR_MS
        node.tell(entries(20, at=NOON_MS + 24 * HOUR_MS))
        node.well()
        with place.store.reading() as connection:
            (first,) = arrivals.books(connection, NOON_MS - HOUR_MS, NOON_MS + 12 * HOUR_MS)
            (second,) = arrivals.books(connection, NOON_MS + 12 * HOUR_MS, NOON_MS + 36 * HOUR_MS)
    assert (first.change.produced, first.change.stored, first.change.pending) == (15, 10, 5)
    assert (second.change.produced, second.change.stored, second.change.pending) == (15, 20, -5)
    assert second.now.pending == second.now.difference == 0


def test_a_longer_time_shows_the_books_of_each_day(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        node = place.node("left")
        for day in range(3):
            node.tell(entries(10 + day, at=place.clock.now_ms))
            node.well()
            place.clock.now_ms += 24 * HOUR_MS
        place.clock.now_ms -= 24 * HOUR_MS
        desk = place.desk(bus_of_nobody())
        span = span_of("7d", now_ms=place.clock.now_ms, zone=SEOUL)
        days = gather(desk, span).days
        (today,) = gather(desk, span_of("today", now_ms=place.clock.now_ms, zone=SEOUL)).nodes
    assert [(it.books.produced, it.books.stored) for it in days[:4]] == [(12, 12), (11, 11), (10, 10), (0, 0)]
    assert len(days) == 7
    assert today.books.produced == 12


counts = st.integers(0, 1_000)
accounts = st.builds(
    lambda stored, quarantined, pending, dropped, difference: Account(
        produced=stored + quarantined + pending + dropped + difference,
        stored=stored,
        quarantined=quarantined,
        pending=pending,
        dropped=dropped,
        missing=0,
        difference=difference,
    ),
    counts,
    counts,
    counts,
    counts,
    counts,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), accounts, accounts), max_size=8))
def test_the_equation_holds_for_every_node_log_and_time(told: list[tuple[str, Account, Account]]) -> None:
    books = [
        Books(node=node, epoch=str(at), begun_ms=0, then=then, now=now) for at, (node, then, now) in enumerate(told)
    ]
    for it in nodes((), books, {}):
        for book in (it.books, *(epoch.change for epoch in it.epochs)):
            sums = book.stored + book.quarantined + book.pending + book.dropped + book.difference
            assert book.produced == sums
    assert summed([it.change for it in books]).produced == sum(it.now.produced - it.then.produced for it in books)


@settings(max_examples=100, deadline=None)
@given(
    seen=st.dictionaries(st.integers(0, 30), st.integers(0, HOUR_MS), max_size=20),
    hours=st.integers(1, 30),
    late_ms=st.integers(0, 2 * HOUR_MS),
)
def test_a_strip_has_a_cell_for_every_hour_that_has_begun_and_none_for_others(
    seen: dict[int, int], hours: int, late_ms: int
) -> None:
    covered = {("a", at * HOUR_MS): ms for at, ms in seen.items()}
    now_ms = hours * HOUR_MS + late_ms
    (strip,) = strips({"a": None}, covered, from_ms=0, to_ms=hours * HOUR_MS, now_ms=now_ms)
    assert [cell.at_ms for cell in strip.cells] == [at * HOUR_MS for at in range(hours)]
    assert all((cell.share is None) == (cell.at_ms // HOUR_MS not in seen) for cell in strip.cells)
    assert all(cell.share is None or 0 <= cell.share <= 1 for cell in strip.cells)
    assert strip.gaps == ()  # with one camera alone nobody knows better


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (f"Invalid value '{SECRET}' - at `$.kind`", "Invalid value … - at `$.kind`"),
        (f"Object contains unknown field `{SECRET}`", "Object contains unknown field …"),
        (f"Object contains unknown field `{SECRET}` `x`", "Object contains unknown field …"),
        ("Expected `int`, got `str` - at `$.at`", "Expected `int`, got `str` - at `$.at`"),
        ("x" * 500, "x" * 160),
    ],
)
def test_a_reason_keeps_its_sense_and_loses_strangers_words(reason: str, shown: str) -> None:
    assert without_content(reason) == shown


def test_an_event_that_lasts_is_late_only_after_its_end() -> None:
    long = Stay(zone="tea", at=0, for_ms=3_600_000)
    assert arrivals.late([long], 3_600_000 + LATE_MS - 1) == 0
    assert arrivals.late([long], 3_600_000 + LATE_MS) == 1

"""What a transaction of the ingest leaves in the database, and what it tells."""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.facts import HealthStored, RollupsChanged, TapStored
from cloud.ingest.decision import BatchRead, read
from cloud.ingest.intake import Stored, as_misfits, store_readings
from cloud.ingest.replay import replay
from cloud.manage.insight import Window
from cloud.store import heat, quarantine
from cloud.store.accounts import EpochAccount, accounts, latest
from cloud.store.connection import Store
from cloud.store.sums import STAY_EDGES_MS
from contract.events import (
    Cause,
    Crossing,
    Device,
    DeviceChanged,
    Direction,
    Event,
    Heat,
    Occupancy,
    Party,
    Queue,
    Removal,
    Run,
    Stay,
    Tap,
    Wait,
)
from contract.messages import decode_event
from tests.cloud.wire import EPOCH, ID, STORE, any_event, batch, health, health_reading, message, reading, tap
from tests.programs import program


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, new_store_id=ID)
    yield store
    store.close()


def _account(store: Store) -> EpochAccount:
    with store.reading() as connection:
        (account,) = accounts(connection)
    return account


def _kept(store: Store) -> list[Event]:
    with store.reading() as connection:
        return [decode_event(body.encode()) for (body,) in connection.execute("SELECT body FROM events")]


def _through(stored: Stored) -> int:
    (addressed,) = stored.receipts
    return addressed.receipt.through


def _count(store: Store, table: str) -> int:
    with store.reading() as connection:
        found: int = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    return found


def test_a_batch_is_stored_whole_and_receipted(store: Store) -> None:
    sent: list[Event] = [tap(1), Crossing(at=2, line="door", direction=Direction.IN)]
    stored = store_readings(store, [reading(sent)])
    assert _kept(store) == sent
    (addressed,) = stored.receipts
    assert (addressed.node, addressed.receipt.store_id, addressed.receipt.epoch) == ("n1", ID, EPOCH)
    assert addressed.receipt.through == 2


def test_a_batch_that_comes_twice_counts_once(store: Store) -> None:
    store_readings(store, [reading([tap(1), tap(2)])])
    again = store_readings(store, [reading([tap(1), tap(2)]), reading([tap(2), tap(3)], first=2)])
    assert (again.events, again.repeated, _through(again)) == (1, 3, 3)
    assert [event.at for event in _kept(store)] == [1, 2, 3]
    assert _count(store, "taps") == 3


def test_an_ingest_that_forgets_what_it_stored_is_caught_by_the_database(store: Store) -> None:
    """The control of the test above: with its account set back, the same batch cannot be stored a second time."""
    store_readings(store, [reading([tap(1), tap(2)])])
    with store.atomic() as connection:
        connection.execute("UPDATE epochs SET through = 0, stored = 0")
    with pytest.raises(sqlite3.IntegrityError, match=r"events\.epoch, events\.sequence"):
        store_readings(store, [reading([tap(1), tap(2)])])
    assert _count(store, "taps") == 2


def test_a_batch_after_a_gap_leaves_nothing_and_the_receipt_says_where_to_go_back_to(store: Store) -> None:
    store_readings(store, [reading([tap(1)])])
    after = store_readings(store, [reading([tap(5)], first=5)])
    assert (after.events, after.gaps, _through(after)) == (0, 1, 1)
    assert _count(store, "events") == 1


def test_what_is_gone_for_good_is_missing_and_the_log_goes_on(store: Store) -> None:
    store_readings(store, [reading([tap(1)])])
    store_readings(store, [reading([tap(5)], first=5, oldest=5)])
    account = _account(store)
    assert (account.through, account.stored, account.missing, account.difference) == (5, 2, 3, 3)


def test_nodes_and_epochs_are_accounted_apart(store: Store) -> None:
    store_readings(store, [reading([tap(1)]), reading([tap(1), tap(2)], node="n2")])
    with store.reading() as connection:
        assert [(it.node, it.stored) for it in accounts(connection)] == [("n1", 1), ("n2", 2)]


def test_an_event_that_is_not_understood_is_kept_in_its_place_and_receipted(store: Store) -> None:
    strange = b'{"kind":"smell","at":1}'
    stored = store_readings(store, [reading([tap(1), strange, tap(3)])])
    assert (_through(stored), stored.events, stored.quarantined) == (3, 2, 1)
    with store.reading() as connection:
        (kept,) = quarantine.each(connection)
    assert (kept.misfit.raw, kept.misfit.place and kept.misfit.place.sequence) == (strange, 2)
    assert "smell" in kept.misfit.reason
    assert _account(store).difference == 0


def test_a_message_that_is_not_understood_is_kept_and_nobody_is_receipted(store: Store) -> None:
    stored = store_readings(store, [read(message(b"poison"), STORE), reading([tap(1)], node="n2")])
    assert (stored.refused, stored.events) == (1, 1)
    assert [addressed.node for addressed in stored.receipts] == ["n2"]
    with store.reading() as connection:
        (kept,) = quarantine.each(connection)
        assert quarantine.counts(connection).messages == 1
    assert (kept.misfit.raw, kept.misfit.place, kept.misfit.topic) == (b"poison", None, "aisle/seoul/n1/events")


def test_quarantine_keeps_no_more_bytes_than_its_cap_and_counts_the_rest(store: Store) -> None:
    strange = [b'{"kind":"smell","at":%d}' % number for number in range(10)]
    store_readings(store, [reading(strange)], quarantine_cap=1_000)
    with store.reading() as connection:
        counts = quarantine.counts(connection)
        kept = len(list(quarantine.each(connection)))
    assert counts.kept_bytes <= 1_000
    assert 0 < kept < 10
    assert kept + counts.full_events == 10
    assert _account(store).quarantined == 10


def test_facts_are_told_of_what_is_new_alone(store: Store) -> None:
    stored = store_readings(store, [reading([tap(7), Stay(at=1, zone="z", for_ms=1)])])
    assert stored.facts == (
        TapStored(id=1, node="n1", reader="counter", tag="0" * 32, at_ms=7, received_ms=1_000),
        RollupsChanged(node="n1", events=2),
    )
    assert store_readings(store, [reading([tap(7)])]).facts == ()


def test_a_taps_id_is_never_used_again(store: Store) -> None:
    store_readings(store, [reading([tap(1), tap(2)])])
    with store.atomic() as connection:
        connection.execute("DELETE FROM taps")
    (fact, _) = store_readings(store, [reading([tap(3)], first=3)]).facts
    assert isinstance(fact, TapStored)
    assert fact.id == 3


def test_health_is_kept_as_the_latest_and_by_the_minute(store: Store) -> None:
    for minute in (0, 0, 1, 20_000):
        said = health(produced=minute, pending=0)
        stored = store_readings(store, [health_reading(said, received_ms=minute * 60_000)])
        assert stored.facts == (HealthStored(node="n1"),)
    with store.reading() as connection:
        (last,) = latest(connection)
    assert '"produced":20000' in last.body
    assert _count(store, "health_minutes") == 1


def test_older_health_changes_nothing(store: Store) -> None:
    store_readings(store, [health_reading(health(produced=9, pending=9), received_ms=500)])
    store_readings(store, [health_reading(health(produced=1, pending=1), received_ms=400)])
    assert _account(store).said_produced == 9


@pytest.mark.parametrize(
    ("produced", "pending", "dropped", "stored", "expected"),
    [
        (10, 10, 0, 0, 0),  # nothing has come yet
        (10, 4, 0, 6, 0),  # half
        (10, 4, 0, 10, 0),  # the rest came after the node spoke
        (10, 4, 0, 15, 0),  # and more
        (12, 4, 2, 6, 0),  # two never had a number
        (10, 4, 0, 3, 3),  # the node deleted three that are not here
    ],
)
def test_what_nobody_can_account_for_is_the_difference(
    store: Store, produced: int, pending: int, dropped: int, stored: int, expected: int
) -> None:
    if stored:
        store_readings(store, [reading([tap(number) for number in range(stored)])])
    store_readings(store, [health_reading(health(produced=produced, pending=pending, dropped=dropped))])
    account = _account(store)
    assert account.difference == expected
    total = account.stored + account.quarantined + account.pending + account.said_dropped + account.difference
    assert account.produced == total


def test_hostile_figures_cannot_overflow_the_sums(store: Store) -> None:
    most = 2**43
    flood: list[Event] = [Stay(at=0, zone="z", for_ms=most) for _ in range(500)]
    flood[0] = Occupancy(at=0, zone="z", span_ms=most, covered_ms=most, person_ms=most, peak=2**53)
    for first in range(1, 3_001, 500):
        store_readings(store, [reading(flood, first=first)])
    with store.reading() as connection:
        (longest,) = connection.execute("SELECT MAX(stayed_ms) FROM stay_sums").fetchone()
    assert longest == 2**53


def test_why_a_camera_was_blind_is_kept_beside_its_loss(store: Store) -> None:
    dark = DeviceChanged(at=1, device=Device.CAMERA, name="c", ok=False, reason="night", cause=Cause.DARK)
    older = DeviceChanged(at=2, device=Device.CAMERA, name="c", ok=False, reason="gone")
    store_readings(store, [reading([dark, older])])
    with store.reading() as connection:
        found = connection.execute("SELECT cause FROM device_changes ORDER BY sequence").fetchall()
    assert found == [("dark",), (None,)]


def test_parties_queues_and_seen_cells_are_summed_once_they_are_understood(store: Store) -> None:
    told: list[Event] = [
        Party(at=1, line="door", direction=Direction.IN, size=2),
        Queue(at=1, zone="q", span_ms=60_000, covered_ms=60_000, waiting_ms=5_000, peak=1),
        Heat(at=1, camera="c", span_ms=1, covered_ms=1, cell_mm=250, cells=(), seen=(Run(0, 0, 4, 9),)),
    ]
    first = reading(told)
    assert isinstance(first, BatchRead)
    store_readings(store, [as_misfits(first, "a cloud that did not know them yet")])
    assert _count(store, "party_sizes") == 0
    replay(store, STORE)
    replay(store, STORE)
    assert [_count(store, table) for table in ("party_sizes", "queue_sums", "seen_hours")] == [2, 2, 1]
    with store.reading() as connection:
        assert connection.execute("SELECT went_in FROM party_sizes WHERE span_ms = 60000").fetchone() == (1,)
        (sheet,) = heat.read(connection, 0, 60_000)
    assert sheet.runs.tolist() == [(0, 0, 4, 9)]


def test_quarantine_is_stored_once_it_is_understood(store: Store) -> None:
    first = reading([tap(1), Stay(at=2, zone="z", for_ms=5)])
    assert isinstance(first, BatchRead)
    store_readings(store, [as_misfits(first, "an error of ours")])
    assert (_account(store).stored, _account(store).quarantined) == (0, 2)
    done = replay(store, STORE)
    assert (done.understood, done.left) == (2, 0)
    assert (_account(store).stored, _account(store).quarantined, _account(store).difference) == (2, 0, 0)
    assert (_count(store, "taps"), _count(store, "stay_sums"), _count(store, "quarantine")) == (1, 2, 0)
    with store.reading() as connection:
        assert quarantine.counts(connection).kept_bytes == 0


def test_quarantine_that_is_still_not_understood_stays(store: Store) -> None:
    store_readings(store, [reading([b'{"kind":"smell"}'])])
    done = replay(store, STORE)
    assert (done.understood, done.left, _account(store).quarantined) == (0, 1, 1)


def _quarantined(store: Store, raw: bytes, version: int = 1) -> None:
    with store.atomic() as connection:
        topic = f"aisle/{STORE}/n1/events"
        misfit = quarantine.Misfit(received_ms=7, topic=topic, version=version, reason="then", raw=raw)
        quarantine.keep(connection, misfit)


def test_a_whole_message_is_replayed_as_if_it_had_just_come(store: Store) -> None:
    _quarantined(store, batch([tap(1), tap(2)]))
    _quarantined(store, batch([tap(2), tap(3)], first=2))
    _quarantined(store, batch([tap(9)], first=9))
    done = replay(store, STORE)
    assert (done.understood, done.left) == (2, 1)
    assert [event.at for event in _kept(store)] == [1, 2, 3]
    assert _account(store).difference == 0


def test_what_came_in_another_version_waits_for_a_program_that_knows_it(store: Store) -> None:
    _quarantined(store, batch([tap(1)]), version=2)
    assert replay(store, STORE).left == 1
    assert _count(store, "events") == 0


def _recount(events: list[Event], span_ms: int) -> Counter[tuple[str, str, int]]:
    """Each kind, by hand and without the program's own sums."""
    found: Counter[tuple[str, str, int]] = Counter()
    for event in events:
        at = event.at - event.at % span_ms
        match event:
            case Tap():
                found["taps", event.reader, at] += 1
            case Removal():
                found["held", event.reader, at] += event.held_ms
            case Crossing():
                found[event.direction.value, event.line, at] += 1
            case Stay():
                found["stayed", event.zone, at] += event.for_ms
                found["over_5s", event.zone, at] += event.for_ms >= 5_000
                reached = sum(edge <= event.for_ms for edge in STAY_EDGES_MS)
                found[f"bin {reached}", event.zone, at] += 1
            case Occupancy():
                found["covered", event.zone, at] += event.covered_ms
                found["peak", event.zone, at] = max(found["peak", event.zone, at], event.peak)
            case Heat():
                found["person", event.camera, at] += sum(cell.person_ms for cell in event.cells)
            case Party():
                found[f"party of {event.size} {event.direction}", event.line, at] += 1
            case Queue():
                found["waiting", event.zone, at] += event.waiting_ms
                found["queue seen", event.zone, at] += event.covered_ms
                found["longest queue", event.zone, at] = max(found["longest queue", event.zone, at], event.peak)
            case Wait():
                found[event.outcome.value, event.zone, at] += 1
                found["waited", event.zone, at] += event.for_ms
                reached = sum(edge <= event.for_ms for edge in STAY_EDGES_MS)
                found[f"wait bin {reached}", event.zone, at] += 1
            case _:
                pass
    return +found


def _warm(events: list[Event], window: Window) -> Counter[tuple[str, int, int, int]]:
    found: Counter[tuple[str, int, int, int]] = Counter()
    for event in events:
        if isinstance(event, Heat) and window.first <= event.at // 60_000 < window.end:
            for cell in event.cells:
                found[event.camera, event.cell_mm, cell.x, cell.y] += cell.person_ms
    return +found


def _seen(events: list[Event], window: Window) -> Counter[tuple[str, int, int, int]]:
    """For how long each cell was seen."""
    found: Counter[tuple[str, int, int, int]] = Counter()
    for event in events:
        if isinstance(event, Heat) and window.first <= event.at // 60_000 < window.end:
            for run in event.seen:
                for step in range(run.cells):
                    found[event.camera, event.cell_mm, run.x + step, run.y] += run.covered_ms
    return +found


def _sums(connection: sqlite3.Connection, span_ms: int) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    for figure, name, column, table in (
        ("taps", "reader", "taps", "tap_sums"),
        ("held", "reader", "held_ms", "tap_sums"),
        ("in", "line", "went_in", "crossing_sums"),
        ("out", "line", "went_out", "crossing_sums"),
        ("stayed", "zone", "stayed_ms", "stay_sums"),
        ("over_5s", "zone", "over_5s", "stay_sums"),
        ("covered", "zone", "covered_ms", "occupancy_sums"),
        ("peak", "zone", "peak", "occupancy_sums"),
        ("person", "camera", "person_ms", "camera_sums"),
        ("waiting", "zone", "waiting_ms", "queue_sums"),
        ("queue seen", "zone", "covered_ms", "queue_sums"),
        ("longest queue", "zone", "peak", "queue_sums"),
        ("served", "zone", "served", "wait_sums"),
        ("left", "zone", "gone", "wait_sums"),
        ("cut", "zone", "cut", "wait_sums"),
        ("waited", "zone", "waited_ms", "wait_sums"),
    ):
        sql = f"SELECT {name}, at_ms, {column} FROM {table} WHERE span_ms = ?"
        for whose, at_ms, value in connection.execute(sql, (span_ms,)):
            found[figure, whose, at_ms] += value
    for what, sql in (
        ("bin", "SELECT zone, at_ms, bin, stays FROM stay_lengths WHERE span_ms = ?"),
        ("wait bin", "SELECT zone, at_ms, bin, waits FROM wait_lengths WHERE span_ms = ?"),
    ):
        for zone, at_ms, place, count in connection.execute(sql, (span_ms,)):
            found[f"{what} {place}", zone, at_ms] += count
    for line, at_ms, size, went_in, went_out in connection.execute(
        "SELECT line, at_ms, size, went_in, went_out FROM party_sizes WHERE span_ms = ?", (span_ms,)
    ):
        found[f"party of {size} in", line, at_ms] += went_in
        found[f"party of {size} out", line, at_ms] += went_out
    return +found


@settings(max_examples=60, deadline=None)
@given(st.lists(any_event, min_size=1, max_size=40), st.lists(st.integers(1, 10), min_size=1, max_size=8))
def test_sums_equal_a_recount_of_the_events(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event], cuts: list[int]
) -> None:
    """However the events are cut into batches and transactions, and with every batch sent twice."""
    store = Store(tmp_path_factory.mktemp("sums"), new_store_id=ID)
    first = 1
    while first <= len(events):
        size = cuts[first % len(cuts)]
        one = reading(events[first - 1 : first - 1 + size], first=first)
        store_readings(store, [one, one])
        first += size
    assert _kept(store) == events
    with store.reading() as connection:
        for span_ms in (60_000, 3_600_000):
            assert _sums(connection, span_ms) == _recount(events, span_ms)
        for first_minute, end_minute in ((0, 240), (10, 240), (10, 50), (30, 149)):
            window = Window(first=first_minute, end=end_minute)
            cells: Counter[tuple[str, int, int, int]] = Counter()
            sheets = heat.read(connection, 60_000 * first_minute, 60_000 * end_minute)
            for sheet in sheets:
                for x, y, person_ms in sheet.cells.tolist():
                    cells[sheet.camera, sheet.cell_mm, x, y] += person_ms
            assert +cells == _warm(events, window)
            seen: Counter[tuple[str, int, int, int]] = Counter()
            for sheet in sheets:
                for x, y, count, covered_ms in sheet.runs.tolist():
                    for step in range(count):
                        seen[sheet.camera, sheet.cell_mm, x + step, y] += covered_ms
            assert +seen == _seen(events, window)
    store.close()


_KILLED = """
import pathlib, sys
from cloud.ingest.intake import store_readings
from cloud.store.connection import Store
from tests.cloud.wire import ID, reading, tap
store = Store(pathlib.Path(sys.argv[1]), new_store_id=ID)
first = 1
while True:
    told = store_readings(store, [reading([tap(n) for n in range(first, first + 7)], first=first)])
    first = told.receipts[0].receipt.through + 1
    print(first - 1, flush=True)
"""


def test_what_was_receipted_survives_kill_9_and_the_sums_agree(tmp_path: Path) -> None:
    with program(sys.executable, "-c", _KILLED, tmp_path, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        receipted = 0
        while receipted < 300:
            receipted = int(writer.stdout.readline())
        writer.kill()
        told = [int(line) for line in writer.stdout.read().split()]
    store = Store(tmp_path, new_store_id="0" * 32)
    account = _account(store)
    assert account.through >= max([receipted, *told]) >= 300
    assert account.through == account.stored == _count(store, "events") == _count(store, "taps")
    with store.reading() as connection:
        (summed,) = connection.execute("SELECT SUM(taps) FROM tap_sums WHERE span_ms = 60000").fetchone()
    assert summed == account.stored
    store.close()

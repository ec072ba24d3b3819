"""Which plan was valid when: versions, their times, and drafts of them that nobody overwrites unseen."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.store import catalogue, migrations, plan_drafts, plans
from cloud.store.connection import Store
from cloud.web.manage.reading import morning
from contract.plan import ZoneKind, encode_plan
from tests.cloud.morning import MINUTE, NOON_MS, bus_of_nobody, plan, stays, town, watched

DAY = 86_400_000


def save(store: Store, metres: float, at: int) -> plans.Version:
    with store.atomic() as connection:
        return plans.save(
            connection, msgspec.structs.replace(plan(), width_m=metres), by="kim", note=f"{metres}", now_ms=at
        )


def width_at(store: Store, at: int) -> float | None:
    with store.reading() as connection:
        found = plans.plan_at(connection, at)
    return None if found is None else found.width_m


def test_history_is_drawn_on_the_version_that_was_valid_then(store: Store) -> None:
    assert width_at(store, DAY) is None
    save(store, 8, 10 * DAY)
    save(store, 9, 20 * DAY)
    save(store, 10, 30 * DAY)
    assert [width_at(store, at * DAY) for at in (0, 9, 10, 19, 20, 29, 30, 99)] == [8, 8, 8, 8, 9, 9, 10, 10]
    assert width_at(store, -5) == 8
    with store.reading() as connection:
        third, second, first = plans.versions(connection)
        now = plans.plan_now(connection)
    assert (first.from_ms, first.until_ms, second.until_ms, third.until_ms) == (0, 20 * DAY, 30 * DAY, None)
    assert (third.version, third.by, third.note, third.saved_ms) == (3, "kim", "10", 30 * DAY)
    assert now is not None
    assert now.version == 3


def test_a_clock_that_was_set_back_does_not_let_versions_swap(store: Store) -> None:
    save(store, 8, 10 * DAY)
    save(store, 9, 20 * DAY)
    save(store, 10, 15 * DAY)
    assert width_at(store, 17 * DAY) == 8
    assert width_at(store, 20 * DAY) == 10


def test_a_file_that_says_nothing_new_is_no_version(store: Store) -> None:
    with store.atomic() as connection:
        first = plans.take(connection, plan(), by="", note="", now_ms=DAY)
        same = plans.take(connection, plan(), by="", note="", now_ms=2 * DAY)
        other = plans.take(
            connection, msgspec.structs.replace(plan(), width_m=9, version=7), by="", note="", now_ms=3 * DAY
        )
    assert (first.version, same.version, other.version) == (1, 1, 7)  # a file's own higher number is kept
    assert save(store, 10, 4 * DAY).version == 8


@pytest.fixture(scope="module")
def shelf() -> Iterator[sqlite3.Connection]:
    """A database that examples share; each empties it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection)
    yield connection
    connection.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(1, 1_000)), min_size=1, max_size=12), st.data())
def test_at_every_moment_the_newest_version_begun_by_then_is_valid(
    shelf: sqlite3.Connection, saved: list[tuple[int, int]], data: st.DataObject
) -> None:
    shelf.execute("DELETE FROM plans")
    for at, metres in saved:
        plans.save(shelf, msgspec.structs.replace(plan(), width_m=metres), by="", note="", now_ms=at)
    asked = data.draw(st.integers(0, 10**13))
    latest = 0
    begun = []
    for number, (at, metres) in enumerate(saved):
        latest = max(latest, at) if number else 0
        begun.append((latest, metres))
    expected = [metres for from_ms, metres in begun if from_ms <= asked][-1]
    found = plans.plan_at(shelf, asked)
    assert found is not None
    assert found.width_m == expected
    assert [one.from_ms for one in plans.versions(shelf)][::-1] == [from_ms for from_ms, _ in begun]


def test_a_store_of_before_keeps_its_plan_as_valid_from_the_beginning(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "aisle.db", isolation_level=None)
    before = tuple(step for step in migrations.STEPS if not step.name.startswith("plan"))
    migrations.migrate(connection, before)
    connection.execute("INSERT INTO plans VALUES (4, ?)", (encode_plan(plan()).decode(),))
    connection.close()
    store = Store(tmp_path, new_store_id="0" * 32)
    assert width_at(store, 1) == 8
    with store.reading() as connection:
        (only,) = plans.versions(connection)
    assert (only.version, only.from_ms, only.saved_ms, only.by) == (4, 0, None, "")
    store.close()


def test_a_new_plan_makes_prepared_pages_stale(store: Store) -> None:
    with store.reading() as connection:
        before = catalogue.stamp(connection)
    save(store, 9, DAY)
    with store.reading() as connection:
        assert catalogue.stamp(connection) > before


def test_a_draft_is_changed_only_by_who_saw_its_last_state(store: Store) -> None:
    def put(seen: int, body: str) -> plan_drafts.Draft | None:
        with store.atomic() as connection:
            return plan_drafts.put_draft(connection, "kim", seen=seen, base=1, body=body, now_ms=DAY)

    first = put(0, "a")
    assert first is not None
    assert put(0, "lost") is None
    second = put(first.number, "b")
    assert second is not None
    assert put(first.number, "lost") is None
    with store.atomic() as connection:
        plan_drafts.drop_draft(connection, "kim")
    assert put(second.number, "lost") is None
    again = put(0, "c")
    assert again is not None
    assert again.number > second.number  # an old window cannot take it for its own


def test_a_picture_that_nothing_uses_is_forgotten_after_a_day(store: Store) -> None:
    with store.atomic() as connection:
        kept, gone = (
            plan_drafts.put_image(connection, body, kind="image/png", width=1, height=1, now_ms=0)
            for body in (b"kept", b"gone")
        )
        plans.save(connection, plan(), by="", note="", now_ms=0, backdrop=f'{{"image":"{kept}"}}')
        plan_drafts.put_image(connection, b"new", kind="image/png", width=1, height=1, now_ms=2 * DAY)
    with store.reading() as connection:
        assert plan_drafts.image(connection, kept) is not None
        assert plan_drafts.image(connection, gone) is None


def test_nothing_of_a_staff_zone_is_among_the_shoppers_figures(tmp_path: Path) -> None:
    tea, cake = plan().zones
    staff = msgspec.structs.replace(cake, kind=ZoneKind.STAFF)
    with town(tmp_path, floor=msgspec.structs.replace(plan(), zones=(tea, staff))) as place:
        place.node("left").tell([*watched(["tea", "cake"], ["cam-a"], minutes=range(-15, 0))])
        place.node("left").tell(stays("cake", [30] * 20, at=NOON_MS - 5 * MINUTE))
        found = morning(place.desk(bus_of_nobody()), "15m")
    assert found is not None
    assert [row.id for row in found.report.zones] == ["tea"]
    assert {funnel.zone for funnel in found.report.funnels} == {None, "tea"}

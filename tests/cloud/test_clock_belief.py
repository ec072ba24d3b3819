"""A wrong clock erases nobody, and a right one forgets everything in time."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.believed import Belief, Doubt
from cloud.shop.pruning import Pruning
from cloud.store import beliefs, heat_sweep, shoppers
from cloud.store.connection import Store
from cloud.store.migrations import STEPS, migrate
from tests.cloud.planting import Planter
from tests.cloud.shop import NOON_MS, Shop

HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass(slots=True)
class World:
    """True time, the clock's error, and programs that come and go over one store."""

    store: Store
    now_ms: int = NOON_MS
    wrong_ms: int = 0

    def clock(self) -> int:
        return self.now_ms + self.wrong_ms

    def program(self) -> Pruning:
        """A program that starts now."""
        begun_ms = self.now_ms
        return Pruning(
            store=self.store,
            clock=self.clock,
            since_boot=lambda: self.now_ms - begun_ms,
            random=bytes,
        )

    def run(self, pruning: Pruning, hours: int) -> None:
        """Rounds at once and after each of the hours."""
        pruning.round()
        for _ in range(hours):
            self.now_ms += HOUR
            pruning.round()

    def member(self) -> None:
        with self.store.atomic() as connection:
            Planter(f"{self.now_ms}").shopper(connection, at_ms=self.now_ms)

    def members(self) -> int:
        with self.store.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM profiles").fetchone()[0])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = Store(tmp_path, new_store_id="0" * 32)
    try:
        yield World(store)
    finally:
        store.close()


def belief_of(store: Store) -> Belief | None:
    with store.reading() as connection:
        return beliefs.read(connection)


def test_a_start_with_a_wrong_clock_erases_no_member(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.member()
    world.run(world.program(), 5)
    world.wrong_ms = 120 * DAY
    world.run(world.program(), 23)
    assert world.members() == 2, "two phones of one member"
    assert len([line for line in caplog.messages if "was expected" in line]) == 1
    assert "the clock says 2027-03-21 08:00" in caplog.text

    world.wrong_ms = 0
    world.run(world.program(), 1)
    assert world.members() == 2
    assert belief_of(world.store) == Belief(at_ms=world.now_ms)
    assert "is believed again" in caplog.text


def test_the_program_itself_erases_no_member_by_a_wrong_clock(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with shop.store.atomic() as connection:
        shoppers.begin(connection, handle="h" * 22, language="ko", now_ms=shop.clock.now_ms)

    def left() -> int:
        with shop.store.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM profiles").fetchone()[0])

    async def live(until: str) -> None:
        async with shop.app.router.lifespan_context(shop.app):
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                with shop.store.reading() as connection:
                    row = connection.execute("SELECT doubted_ms FROM clock_belief").fetchone()
                if row is not None and (row[0] is not None) == (until == "doubted"):
                    return
                await asyncio.sleep(0.01)
            raise AssertionError(f"the clock was not {until} in time")

    asyncio.run(live("believed"))
    shop.clock.now_ms += 120 * DAY
    asyncio.run(live("doubted"))
    assert left() == 1


def test_a_clock_that_stood_for_a_day_is_believed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever starts a store that was off for four months has not to do anything."""
    world.member()
    world.run(world.program(), 0)
    world.now_ms += 120 * DAY
    pruning = world.program()
    world.run(pruning, 23)
    assert world.members() == 2
    world.run(pruning, 1)
    assert world.members() == 0
    assert "is believed again" in caplog.text


def test_what_was_due_by_the_time_before_is_forgotten_while_the_clock_is_doubted(world: World) -> None:
    world.member()
    world.now_ms += 90 * DAY - 5 * HOUR
    world.run(world.program(), 0)
    world.wrong_ms = 30 * DAY
    pruning = world.program()
    world.run(pruning, 5)
    assert world.members() == 2
    world.run(pruning, 1)
    assert world.members() == 0


def test_a_clock_that_leaps_while_the_program_runs_is_doubted_too(world: World) -> None:
    world.member()
    pruning = world.program()
    world.run(pruning, 3)
    world.wrong_ms = 400 * DAY
    world.run(pruning, 20)
    world.wrong_ms = 800 * DAY
    world.run(pruning, 20)
    assert world.members() == 2, "each leap begins the day anew"


def test_a_clock_that_was_ahead_for_long_and_is_put_right_is_believed_after_a_day(world: World) -> None:
    world.run(world.program(), 0)
    world.wrong_ms = 50 * DAY
    pruning = world.program()
    world.run(pruning, 30)
    world.wrong_ms = 0
    world.run(pruning, 2)
    with world.store.reading() as connection:
        assert beliefs.erasing_ms(connection, world.now_ms) == world.now_ms, "an earlier clock may erase at once"
    world.run(pruning, 24)
    assert belief_of(world.store) == Belief(at_ms=world.now_ms)
    world.member()
    world.wrong_ms = 120 * DAY
    world.run(pruning, 20)
    assert world.members() == 2, "a second time it is doubted again"


def test_no_heat_goes_by_a_doubted_clock(world: World) -> None:
    world.run(world.program(), 0)
    with world.store.atomic() as connection:
        connection.execute("INSERT INTO camera_sums VALUES (?, 'front', ?, 0, 0, 0)", (HOUR, NOON_MS - HOUR))
        connection.execute(
            """INSERT INTO heat_minutes (camera, at_ms, epoch, sequence, cell_mm, cells)
               VALUES ('front', ?, 1, 1, 500, x'')""",
            (NOON_MS - HOUR,),
        )
        world.wrong_ms = 120 * DAY
        assert heat_sweep.sweep(connection, world.clock()).minutes == 0
    world.run(world.program(), 24)
    with world.store.atomic() as connection:
        assert heat_sweep.sweep(connection, world.clock()).minutes == 1


def test_a_store_from_before_begins_with_the_last_time_it_has_a_trace_of() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    at = next(index for index, step in enumerate(STEPS) if step.name == "beliefs-1")
    migrate(connection, STEPS[:at])
    shoppers.begin(connection, handle="h" * 22, language="ko", now_ms=NOON_MS - DAY)
    connection.execute("INSERT INTO nodes VALUES (1, 'n1', 0)")
    connection.execute("INSERT INTO epochs (key, node, epoch, begun_ms, through, stored) VALUES (1, 1, 'e', 0, 1, 1)")
    connection.execute("INSERT INTO events VALUES (1, 1, ?, '{}')", (NOON_MS,))
    migrate(connection)
    assert beliefs.read(connection) == Belief(at_ms=NOON_MS)
    assert beliefs.hear(connection, NOON_MS + 120 * DAY, None).doubt == Doubt(clock_ms=NOON_MS + 120 * DAY)


def test_a_new_store_believes_its_first_clock(world: World) -> None:
    assert belief_of(world.store) is None
    world.run(world.program(), 0)
    assert belief_of(world.store) == Belief(at_ms=NOON_MS)


@dataclass(slots=True)
class Bench:
    """True time over a database that outlives each program; what a program may erase by after each of its rounds."""

    connection: sqlite3.Connection
    now_ms: int = NOON_MS

    def run(self, *, hours: int, wrong_ms: int = 0) -> Iterator[int]:
        ran_ms = None
        for hour in range(hours + 1):
            self.now_ms += HOUR if hour else 0
            clock_ms = self.now_ms + wrong_ms
            yield beliefs.hear(self.connection, clock_ms, ran_ms).erasing_ms(clock_ms)
            ran_ms = HOUR


def bench() -> Bench:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in beliefs.STEPS[0].statements[:1]:
        connection.execute(statement)
    return Bench(connection)


runs = st.tuples(st.integers(0, 24 * 20), st.integers(0, 60))  # hours off, then hours on


@settings(max_examples=200, deadline=None)
@given(days=st.lists(runs, min_size=1, max_size=12))
def test_a_right_clock_erases_all_that_is_due_and_after_a_long_rest_a_day_later(days: list[tuple[int, int]]) -> None:
    """Not a moment late where the program was off for a day at most; and what was due before a rest goes at once."""
    it = bench()
    list(it.run(hours=0))
    last_ms, woke_ms = it.now_ms, 0
    for off, on in days:
        it.now_ms += off * HOUR
        woke_ms = it.now_ms if off > 24 else woke_ms
        for hour, may_ms in enumerate(it.run(hours=on)):
            assert last_ms + (HOUR if hour else 0) <= may_ms <= it.now_ms
            assert may_ms == it.now_ms or it.now_ms - woke_ms < DAY
            last_ms = may_ms


@settings(max_examples=300, deadline=None)
@given(
    days=st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 60), st.sampled_from([0, 0, 0, 120, 400, -30, -20_000])),
        min_size=1,
        max_size=12,
    )
)
def test_no_clock_erases_ahead_of_time_unless_it_stood_wrong_for_a_day(days: list[tuple[int, int, int]]) -> None:
    """Clocks that leap, stand and run rightly, over restarts; one that is right for a day erases all that is due."""
    it = bench()
    list(it.run(hours=0))
    wrong, since_ms, fooled = 0, it.now_ms, False
    for off, on, wrong_days in days:
        it.now_ms += off * HOUR
        if wrong_days != wrong or off > 24:
            wrong, since_ms = wrong_days, it.now_ms
        for may_ms in it.run(hours=on, wrong_ms=wrong * DAY):
            if it.now_ms - since_ms >= DAY:
                fooled = wrong > 0
                assert wrong or may_ms == it.now_ms
            assert may_ms <= it.now_ms or fooled

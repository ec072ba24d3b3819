import itertools
import math
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.counting import minutes
from edge.counting.minutes import NUDGE, SLIVER, Minute, Minutes
from edge.delivery import dating


def times(some: Iterable[Minute]) -> list[tuple[float, float]]:
    return [(each.began, each.ends) for each in some]


def test_minutes_end_where_the_wall_clock_says() -> None:
    # The monotonic clock says 100 when the wall clock shows 30 s past a minute.
    running = minutes.until(Minutes(ahead=30.0 - 100.0 % 60.0), 100.0)

    assert times(running.open) == [(100.0, 130.0)]
    assert [m.ends for m in minutes.until(running, 200.0).open] == [130.0, 190.0, 250.0]


def test_a_wall_clock_that_is_set_moves_only_minutes_that_have_not_begun() -> None:
    running = minutes.until(Minutes(ahead=0.0), 10.0)
    moved = minutes.until(Minutes(open=running.open, ahead=20.0), 70.0)

    assert times(moved.open) == [(10.0, 60.0), (60.0, 100.0)]


def test_what_is_complete_is_taken_out_once() -> None:
    running = minutes.until(Minutes(), 130.0)
    assert times(running.open) == [(130.0, 180.0)]

    later, done = minutes.due(minutes.until(running, 245.0), 240.0)

    assert times(done) == [(130.0, 180.0), (180.0, 240.0)]
    assert minutes.due(later, 240.0)[1] == ()


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1e6), st.floats(-1e9, 1e9), st.floats(0, 600), st.floats(0, 300))
def test_the_parts_of_a_time_add_up_and_minutes_join(began: float, ahead: float, after: float, long: float) -> None:
    running = minutes.until(minutes.until(Minutes(ahead=ahead), began), began + after + long)

    parts = minutes.split(running, began + after, began + after + long)

    assert sum(last - first for _, first, last in parts) == pytest.approx(long, abs=1e-6)
    assert all(a.ends == b.began for a, b in itertools.pairwise(running.open))
    assert all(0 < m.ends - m.began <= minutes.MINUTE + 1e-3 for m in running.open)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1e5), st.integers(0, 30_000_000), st.integers(0, 2_000).filter(lambda us: us != 500))
@example(0.0, 29_833_334, 700)
def test_a_minute_is_told_as_the_one_in_which_its_time_lies_however_little_of_the_one_before_is_left(
    began: float, minute: int, left_us: int
) -> None:
    """Sums are booked by their beginning in whole ms; two readings of a clock may be some 100 microseconds apart.

    Exactly half a millisecond is what a float of the time since 1970 cannot tell from a little less.
    """
    ahead = minute * minutes.MINUTE - left_us / 1e6 - began

    first, *_ = minutes.until(Minutes(ahead=ahead), began).open

    booked = round((first.began + ahead) * 1000) // 60_000
    lies = math.floor(((first.began + first.ends) / 2 + ahead) / minutes.MINUTE)
    assert booked == lies


steps = st.lists(st.tuples(st.integers(1, 200_000), st.integers(-1_999, 0)), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 59_999), steps, st.sampled_from([60.0, 10.0, 1.0]))
@example(0, [(20_000, -1_500), (100_000, 0)], 60.0)  # before, the first was told as the one before it
@example(0, [(60_001, -1_500), (100_000, 0)], 60.0)  # set back just after it was over
@example(0, [(500, -1_999), (9_000, 0)], 1.0)
def test_a_clock_that_is_nudged_books_no_minute_early_and_none_twice(
    first_ms: int, nudged: list[tuple[int, int]], period: float
) -> None:
    """Each minute is told once by its own wall time, after that is over, whenever the clock was nudged by 2 s or less.

    Each nudge is taken back before the next, so that they are not more than that together.
    """
    settling, noon = 4.2, 1_790_000_040.0
    begin = noon + first_ms / 1000
    watched, now, booked = minutes.until(Minutes(ahead=begin, period=period), 0.0), 0.0, list[float]()
    for wait_ms, nudge_ms in nudged:
        for ahead in (begin, begin + nudge_ms / 1000):
            now += wait_ms / 1000
            watched = minutes.until(watched, now)  # a sighting came before the clock was read again
            watched, done = minutes.due(minutes.until(replace(watched, ahead=ahead), now), now - settling)
            for each in done:
                told = minutes.told(watched, each, each.ends)
                booked.append(round((told.at + ahead) * 1000) // round(period * 1000))
                assert (booked[-1] + 1) * period <= now + ahead
    assert booked == sorted(set(booked))
    assert not booked or booked[0] == (begin + SLIVER) // period


def test_what_is_a_nudge_dates_nothing_anew() -> None:
    assert NUDGE * 1000 == dating.STEP_MS


def test_a_clock_that_is_set_back_by_more_begins_its_minutes_anew() -> None:
    running = minutes.until(Minutes(), 0.0)

    back = minutes.until(replace(running, ahead=-25.0), 60.0)

    assert times(back.open) == [(0.0, 60.0), (60.0, 85.0)]
    assert minutes.told(back, back.open[0], 60.0).at == 0.0

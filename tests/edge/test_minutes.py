import itertools
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.counting import minutes
from edge.counting.minutes import Minute, Minutes


def test_minutes_end_where_the_wall_clock_says() -> None:
    # The monotonic clock says 100 when the wall clock shows 30 s past a minute.
    running = minutes.until(Minutes(ahead=30.0 - 100.0 % 60.0), 100.0)

    assert running.open == (Minute(began=100.0, ends=130.0),)
    assert [m.ends for m in minutes.until(running, 200.0).open] == [130.0, 190.0, 250.0]


def test_a_wall_clock_that_is_set_moves_only_minutes_that_have_not_begun() -> None:
    running = minutes.until(Minutes(ahead=0.0), 10.0)
    moved = minutes.until(Minutes(open=running.open, ahead=20.0), 70.0)

    assert moved.open == (Minute(began=10.0, ends=60.0), Minute(began=60.0, ends=100.0))


def test_what_is_complete_is_taken_out_once() -> None:
    running = minutes.until(Minutes(), 130.0)
    assert running.open == (Minute(began=130.0, ends=180.0),)

    later, done = minutes.due(minutes.until(running, 245.0), 240.0)

    assert done == (Minute(began=130.0, ends=180.0), Minute(began=180.0, ends=240.0))
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

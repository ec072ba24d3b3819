"""What is left of somebody's time without that on floor of a gap."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.unseen import Unseen

steps = st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30)


@settings(max_examples=200, deadline=None)
@given(steps, st.integers(-5, 40), st.integers(0, 60))
def test_each_second_of_a_time_is_left_exactly_where_it_was_seen(
    walked: list[tuple[bool, int]], began: int, length: int
) -> None:
    unseen, at, hidden = Unseen(), 0, set[int]()
    for own, seconds in walked:
        if not own:
            unseen.add(1, at, at + seconds, oldest=-math.inf)
            hidden |= set(range(at, at + seconds))
        at += seconds

    left = [range(int(first), int(last)) for first, last in unseen.without(1, began, began + length)]

    assert all(left)
    assert [second for part in left for second in part] == [
        second for second in range(began, began + length) if second not in hidden
    ]


def test_what_no_open_minute_asks_for_is_forgotten_and_so_is_an_ended_track() -> None:
    unseen = Unseen()
    for began in range(0, 100, 10):
        unseen.add(1, began, began + 5, oldest=began - 15)

    assert list(unseen.without(1, 0, 30)) == [(0, 30)]
    assert list(unseen.without(1, 80, 100)) == [(85, 90), (95, 100)]

    unseen.forget(1)
    assert not unseen.tracks

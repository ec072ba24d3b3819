import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import paths
from edge.tracking.paths import LONGEST_LEG, End, Leg, Paths
from edge.tracking.people import Fix
from edge.tracking.tracks import Ended, Tracks, Update
from tests.edge.walkers import even


def update(at: float, *fixes: Fix, ended: Sequence[Ended] = (), missed: Sequence[int] = ()) -> Update:
    return Update(tracks=Tracks(at=at), fixes=fixes, ended=tuple(ended), missed=tuple(missed))


def fix(at: float, x: float = 0.0, y: float = 0.0, track: int = 1, since: float = 0.2, spread: float = 0.05) -> Fix:
    return Fix(track=track, at=at, x=x, y=y, spread=even(spread), since=since)


def test_who_appears_and_vanishes_was_there_half_a_frame_before_and_after() -> None:
    seen = paths.walk({}, update(1.0, fix(1.0)))
    stood = paths.walk(seen.paths, update(1.2, fix(1.2)))
    missed = paths.walk(stood.paths, update(1.4, missed=[1]))
    gone = paths.walk(missed.paths, update(4.0, ended=[Ended(track=1, last_at=1.2)]))

    (end,) = gone.ends
    assert end.leg.began == 1.2
    assert end.leg.ended == pytest.approx(1.3)
    assert paths.total([*seen.legs, *stood.legs, *gone.legs, end.leg]) == pytest.approx(0.4)
    assert not gone.paths


def test_time_out_of_sight_counts_on_the_straight_way_once_somebody_is_found_again() -> None:
    seen = paths.walk({}, update(1.0, fix(1.0)))
    hidden = paths.walk(seen.paths, update(2.0, missed=[1]))
    found = paths.walk(hidden.paths, update(3.0, fix(3.0, x=1.0)))

    assert not hidden.legs
    assert paths.total(found.legs) == pytest.approx(2.0)
    assert [leg.middle[0] for leg in found.legs] == sorted(leg.middle[0] for leg in found.legs)
    assert max(leg.end[0] - leg.start[0] for leg in found.legs) <= LONGEST_LEG + 1e-9


def test_a_place_that_is_metres_unsure_is_no_part_of_a_way() -> None:
    seen = paths.walk({}, update(1.0, fix(1.0)))
    unsure = paths.walk(seen.paths, update(2.0, fix(2.0, x=9.0, spread=2.0)))
    found = paths.walk(unsure.paths, update(3.0, fix(3.0, x=1.0)))

    assert not unsure.legs
    assert not unsure.ends
    assert paths.total(found.legs) == pytest.approx(2.0)
    assert all(0.0 <= leg.middle[0] <= 1.0 for leg in found.legs)


def test_who_walks_off_to_where_places_are_unsure_is_gone_from_the_figures_until_they_come_back() -> None:
    state = paths.walk({}, update(1.0, fix(1.0))).paths
    ends: list[End] = []
    for second in range(2, 60):
        walked = paths.walk(state, update(second, fix(second, x=9.0, spread=2.0)))
        state = walked.paths
        ends += walked.ends
    back = paths.walk(state, update(60.0, fix(60.0, x=1.0)))
    gone = paths.walk(back.paths, update(63.0, ended=[Ended(track=1, last_at=60.0)]))
    still_unsure = paths.walk({}, update(63.0, ended=[Ended(track=2, last_at=60.0)]))

    (end,) = ends
    assert (end.leg.began, end.leg.ended) == (1.0, 1.5)
    assert paths.total(back.legs) == pytest.approx(0.1)
    assert len(gone.ends) == 1
    assert not still_unsure.ends


def test_a_lost_camera_adds_no_time() -> None:
    seen = paths.walk({}, update(1.0, fix(1.0)))
    missed = paths.walk(seen.paths, update(1.2, missed=[1]))

    (end,) = paths.cut(missed.paths)

    assert end.leg.seconds == 0.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=30))
def test_legs_join_without_a_seam_and_sum_up_to_the_time_from_first_to_last(
    frames: list[tuple[bool, float, float]],
) -> None:
    state: Paths = {}
    legs: list[Leg] = []
    for number, (seen, x, y) in enumerate(frames):
        fixes = [fix(number * 0.2, x, y, since=0.2 if number else 0.0)] if seen else []
        walked = paths.walk(state, update(number * 0.2, *fixes))
        state = walked.paths
        legs += walked.legs
    times = [number * 0.2 for number, (seen, _, _) in enumerate(frames) if seen]

    assert all((a.ended, a.end) == (b.began, b.start) for a, b in itertools.pairwise(legs))
    if times:
        before_first = 0.1 if times[0] else 0.0
        assert paths.total(legs) == pytest.approx(times[-1] - times[0] + before_first)

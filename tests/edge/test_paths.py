import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.tracking import paths
from edge.tracking.paths import LONGEST_LEG, Leg, Paths
from edge.tracking.people import Fix
from edge.tracking.tracks import Ended, Tracks, Update


def update(at: float, *fixes: Fix, ended: Sequence[Ended] = (), missed: Sequence[int] = ()) -> Update:
    return Update(tracks=Tracks(at=at), fixes=fixes, ended=tuple(ended), missed=tuple(missed))


def fix(at: float, x: float = 0.0, y: float = 0.0, track: int = 1, since: float = 0.2) -> Fix:
    return Fix(track=track, at=at, x=x, y=y, spread=0.05, since=since)


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

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting import stays
from edge.counting.stays import Border, Presence, Stay, Time
from edge.floor import shapes
from edge.floor.shapes import Point, Zone
from edge.tracking.paths import LONGEST_LEG, Leg
from tests.edge.walkers import even

SHELF = Zone(id="shelf", corners=((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)))


def followed(places: list[Point], every: float, border: Border | None = None) -> tuple[list[Stay], list[Time]]:
    """What a walk through these places tells, one each `every` seconds, ended at the last."""
    border = border or Border()
    depths = shapes.depth(np.array(SHELF.corners), np.array(places)).tolist()
    presence, told, times = Presence(), [], []
    for n in range(len(places) - 1):
        leg = Leg(
            track=1, began=n * every, ended=(n + 1) * every, start=places[n], end=places[n + 1], spread=even(0.05)
        )
        follow = stays.follow(presence, SHELF, leg, (depths[n], depths[n + 1]), border)
        presence = follow.presence
        told += [follow.stay] if follow.stay else []
        times += [follow.time] if follow.time else []
    last = Leg(track=1, began=leg.ended, ended=leg.ended, start=places[-1], end=places[-1], spread=even(0.05))
    follow = stays.end(presence, SHELF, last, border)
    told += [follow.stay] if follow.stay else []
    times += [follow.time] if follow.time else []
    return told, times


def visit(rate: int) -> list[Point]:
    """In through one side at 2 s, a stand, out through the other at 10 s."""
    inwards = np.linspace((-2.0, 1.0), (1.0, 1.0), 3 * rate + 1)
    stand = np.repeat([(1.0, 1.0)], 6 * rate, axis=0)
    outwards = np.linspace((1.0, 1.0), (4.0, 1.0), 3 * rate + 1)
    return [tuple(p) for p in np.concatenate([inwards, stand, outwards[1:]]).tolist()]


@pytest.mark.parametrize("rate", [2, 5, 10, 30])
def test_a_stay_runs_from_border_to_border_however_often_one_looks(rate: int) -> None:
    (stay,), times = followed(visit(rate), 1 / rate)

    assert stay.entered == pytest.approx(2.0)
    assert stay.left == pytest.approx(10.0)
    assert not stay.cut
    assert sum(time.ended - time.began for time in times) == pytest.approx(8.0)


def sway(seed: int) -> list[Point]:
    """Half a minute on the border, as noise sees it ten times a second."""
    random = np.random.default_rng(seed)
    return [(0.0 + x, 1.0) for x in random.normal(0, 0.07, 300).tolist()]


def test_swaying_on_the_border_is_not_many_stays() -> None:
    assert max(len(followed(sway(seed), 0.1)[0]) for seed in range(10)) <= 1


def test_without_the_hysteresis_it_would_be_many() -> None:
    bare = Border(width=0.0, inertia=0.0, shortest=0.0)

    assert min(len(followed(sway(seed), 0.1, bare)[0]) for seed in range(10)) > 20


def test_a_step_out_and_back_does_not_cut_a_stay_in_two() -> None:
    out = [(1.0, 1.0)] * 30 + [(-0.1, 1.0)] * 5 + [(1.0, 1.0)] * 30

    (stay,), times = followed(out, 0.1)

    assert stay.left - stay.entered == pytest.approx(6.4)
    assert sum(time.ended - time.began for time in times) == pytest.approx(6.4)


def test_who_is_lost_inside_has_a_stay_that_is_cut() -> None:
    (stay,), _ = followed([(1.0, 1.0)] * 50, 0.1)

    assert stay.cut
    assert stay.entered == 0.0
    assert stay.left == pytest.approx(4.9)


def test_who_passes_through_in_less_than_a_second_has_no_stay() -> None:
    assert not followed([(-2.0, 1.0), (-1.0, 1.0), (1.0, 1.0), (3.0, 1.0), (5.0, 1.0)], 0.4)[0]


def test_who_stands_just_inside_the_border_is_in_after_a_second() -> None:
    (stay,), _ = followed([(-1.0, 1.0), *[(0.05, 1.0)] * 40], 0.1)

    assert stay.left - stay.entered > 3.9


def test_a_narrow_zone_has_a_narrow_border() -> None:
    aisle = Zone(id="aisle", corners=((0.0, 0.0), (4.0, 0.0), (4.0, 0.3), (0.0, 0.3)))

    assert stays.width(SHELF, Border()) == 0.2
    assert 0.05 < stays.width(aisle, Border()) < 0.15


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 3), st.floats(-1, 3)), min_size=2, max_size=8),
    st.sampled_from([0.05, 0.2, 1.0]),
)
def test_times_never_overlap_and_stays_are_made_of_them(stops: list[Point], every: float) -> None:
    fine = [tuple(p) for a, b in itertools.pairwise(stops) for p in np.linspace(a, b, 20).tolist()]
    everything = Border(shortest=0.0)

    told, times = followed(fine, every, everything)

    assert all(a.ended <= b.began + 1e-9 for a, b in itertools.pairwise(times))
    assert all(stay.entered <= stay.left for stay in told)
    assert all(a.left <= b.entered for a, b in itertools.pairwise(told))
    assert sum(t.ended - t.began for t in times) == pytest.approx(sum(s.left - s.entered for s in told))
    assert everything.width >= LONGEST_LEG  # so that no leg jumps over the border's band

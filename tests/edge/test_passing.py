"""Tracks through each cell of the floor: once a visit, and however often the camera looks."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.heat import Cell, Heat
from edge.counting.minutes import Minute
from edge.counting.noted import HeatNoted, Noted
from edge.counting.passing import AWAY, Passing
from edge.counting.watch import Watch
from edge.inputs import Sighting
from edge.tracking.paths import Leg
from tests.edge.walkers import Eye, Pinhole, Walker, even, sightings

CAMERA = Pinhole()


def legs(stops: Sequence[tuple[float, float, float]], *, rate: float, track: int = 1) -> list[Leg]:
    """The straight ways between looks at somebody who goes evenly from stop to stop (s, m, m)."""
    walker = Walker(stops=stops)
    began, ended = stops[0][0], stops[-1][0]
    times = [began + step / rate for step in range(math.floor((ended - began) * rate) + 1)]
    if times[-1] < ended:
        times.append(ended)
    places = [walker.at(time) or (stops[-1][1], stops[-1][2]) for time in times]
    return [
        Leg(track=track, began=a, ended=b, start=start, end=end, spread=even(0.1))
        for a, b, start, end in zip(times, times[1:], places, places[1:], strict=False)
    ]


def counted(*walks: Iterable[Leg], cell: float = 0.25) -> Counter[Cell]:
    passing = Passing(cell=cell)
    return Counter(entry.cell for walk in walks for entry in passing.follow(list(walk)))


def told(noted: Iterable[Noted]) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    for each in noted:
        if isinstance(each, HeatNoted):
            found.update({(cell.x, cell.y): cell.tracks for cell in each.cells if cell.tracks})
    return found


def watched(frames: Iterable[Sighting], *, until: float) -> list[Noted]:
    watch = Watch(floors={"cam": CAMERA.floor()}, cell_mm=250)
    noted = watch.tick(0.0, 1000.0)
    for sighting in frames:
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, 1000.0 + sighting.at)
    return [*noted, *watch.close(until)]


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_a_straight_walk_is_one_track_in_each_cell_of_its_way(rate: int) -> None:
    walker = Walker(stops=[(0, -2.125, 2.125), (5, 2.125, 2.125)])
    found = told(watched(sightings([walker], seconds=6, rate=rate), until=80.0))
    # At its ends somebody is seen for the first and the last time somewhere within a look's way.
    sure = range(math.floor((-2.125 + 0.85 / rate) / 0.25) + 1, math.floor((2.125 - 0.85 / rate) / 0.25))
    assert {(x, 8): found[x, 8] for x in sure} == {(x, 8): 1 for x in sure}
    assert set(found.values()) == {1}
    assert {y for _, y in found} == {8}


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_twelve_noisy_walkers_are_about_twelve_tracks_at_every_rate(rate: int) -> None:
    walkers = [Walker(stops=[(4 * n, -2.4, 1.9), (4 * n + 4, 2.4, 1.9)]) for n in range(12)]
    frames = sightings(walkers, seconds=60, rate=rate, eye=Eye(blur=0.01, missed=0.05))
    found = told(watched(frames, until=120.0))
    through = [sum(found[x, y] for y in range(4, 12)) for x in range(-6, 6)]
    # The noise takes some of them over a border between two rows, which both count.
    assert min(through) >= 11
    assert sum(through) / len(through) <= 18


def test_a_jump_between_looks_passes_the_cells_on_its_way() -> None:
    assert counted(legs([(0, 0.125, 0.125), (1, 2.125, 0.125)], rate=1)) == {(x, 0): 1 for x in range(9)}


def test_who_stands_on_a_border_enters_both_cells_once() -> None:
    shaking = [(step / 10, 0.25 + (0.05 if step % 2 else -0.05), 0.125) for step in range(600)]
    assert counted(legs(shaking, rate=10)) == {(0, 0): 1, (1, 0): 1}


def test_who_comes_back_after_a_while_is_a_second_track_through_the_cell() -> None:
    there = [(0.0, 0.1, 0.1), (1.0, 2.1, 0.1)]
    for away, times in ((AWAY - 2, 1), (AWAY + 2, 2)):
        again = [*there, (1.0 + away, 2.1, 0.1), (2.0 + away, 0.1, 0.1)]
        assert counted(legs(again, rate=5))[2, 0] == times


def test_a_corner_that_is_cut_by_a_hand_is_not_passed() -> None:
    assert counted(legs([(0, -0.5, 0.53), (1, 0.53, -0.5)], rate=3))[0, 0] == 0


def test_a_track_that_has_ended_is_forgotten() -> None:
    passing = Passing(cell=0.25)
    passing.follow(legs([(0, 0, 0), (1, 1, 0)], rate=2))
    assert passing.followed == 1
    passing.forget(1)
    assert passing.followed == 0


def test_a_cell_entered_at_the_end_of_a_minute_is_told_though_no_time_is_left_in_it() -> None:
    heat, minute = Heat(cell=0.25), Minute(began=0.0, ends=60.0, wall=0.0, over=60.0)
    heat.enter(minute, 1, (3, 4))
    (cell,) = heat.take(minute)
    assert (cell.x, cell.y, cell.person_ms, cell.tracks) == (3, 4, 0, 1)
    assert heat.take(minute) == ()


@settings(max_examples=100, deadline=None)
@given(
    stops=st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=2, max_size=6),
    pieces=st.integers(1, 9),
)
def test_cutting_a_way_into_more_legs_changes_nothing(stops: list[tuple[float, float]], pieces: int) -> None:
    timed = [(float(place), *stop) for place, stop in enumerate(stops)]
    whole = legs(timed, rate=1)
    cut = [
        Leg(
            track=1,
            began=leg.began + step * leg.seconds / pieces,
            ended=leg.began + (step + 1) * leg.seconds / pieces,
            start=_at(leg, step / pieces),
            end=_at(leg, (step + 1) / pieces),
            spread=even(0.1),
        )
        for leg in whole
        for step in range(pieces)
    ]
    one, other = counted(whole), counted(cut)
    differ = {cell for cell in one.keys() | other.keys() if one[cell] != other[cell]}
    assert not {cell for cell in differ if not _narrow(whole, cell)}


def _at(leg: Leg, share: float) -> tuple[float, float]:
    (a, b), (c, d) = leg.start, leg.end
    return a + share * (c - a), b + share * (d - b)


def _narrow(whole: Sequence[Leg], cell: Cell) -> bool:
    """Whether rounding alone decides: the way or the time in the cell is just what is needed, or on its border."""
    way = time = 0.0
    for leg in whole:
        steps = [_at(leg, step / 2000) for step in range(2001)]
        share = sum(cell == (math.floor(x / 0.25), math.floor(y / 0.25)) for x, y in steps) / 2001
        way += share * math.dist(leg.start, leg.end)
        time += share * leg.seconds
    return abs(way - 0.0625) < 0.01 or abs(time - 0.25) < 0.01 or way < 0.01

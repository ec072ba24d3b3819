"""Who waits in a queue: those who stand or shuffle there, from when they came to a stand, and how it ended."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.counting import minutes
from edge.counting.encounters import Customs, Encounters, Ground
from edge.counting.minutes import Minutes, until
from edge.counting.noted import Noted, OccupancyNoted, QueueNoted, WaitNoted
from edge.counting.queues import End, Standing
from edge.floor.shapes import Line, Zone
from edge.tracking import paths
from edge.tracking.paths import LONGEST_LEG, Leg
from tests.edge.walkers import even

QUEUE = Zone(id="queue", corners=((0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0)))
TILL = Zone(id="till", corners=((4.0, 0.0), (6.0, 0.0), (6.0, 2.0), (4.0, 2.0)))
SHOP = Ground(zones=(QUEUE, TILL), queues=frozenset({"queue"}), tills=frozenset({"till"}))
RATES = [2, 5, 10]

Stop = tuple[float, float, float]  # at (s), x, y
# Comes at 2 s, stands from 4 s on, moves up twice, goes to the till at 24 s and away at 40 s.
CUSTOMER: Sequence[Stop] = [
    (0, -2, 1), (4, 2, 1), (12, 2, 1), (13, 2.6, 1), (20, 2.6, 1), (21, 3.3, 1), (24, 3.3, 1),
    (26, 5, 1), (40, 5, 1), (44, 9, 1),
]  # fmt: skip


def legs(stops: Sequence[Stop], rate: float, *, track: int = 1, error: float = 0.05) -> list[Leg]:
    """The way through these stops as a tracker tells it that looks `rate` times a second and errs a little."""
    at, x, y = np.array(stops).T
    times = np.arange(at[0], at[-1] + 1e-9, 1 / rate)
    slips = np.random.default_rng(track).normal(0, error, (len(times), 2)) if error else np.zeros((len(times), 2))
    places = np.column_stack([np.interp(times, at, x), np.interp(times, at, y)]) + slips
    way = [(float(t), (float(px), float(py))) for t, (px, py) in zip(times, places, strict=True)]
    found = []
    for (began, start), (ended, end) in itertools.pairwise(way):
        pieces = max(1, int(np.hypot(end[0] - start[0], end[1] - start[1]) / LONGEST_LEG) + 1)
        cuts = [
            (began + s * (ended - began), (start[0] + s * (end[0] - start[0]), start[1] + s * (end[1] - start[1])))
            for s in np.linspace(0, 1, pieces + 1).tolist()
        ]
        found += [
            Leg(track=track, began=a, ended=b, start=p, end=q, spread=even(0.05))
            for (a, p), (b, q) in itertools.pairwise(cuts)
        ]
    return found


def told(ways: Sequence[Sequence[Leg]], ground: Ground = SHOP) -> list[Noted]:
    """What these ways tell, in order of time, ending where each does; the whole is one minute from 0 s on."""
    encounters, noted = Encounters(ground, Customs()), []
    minute = until(Minutes(), 0.0)
    for leg in sorted((leg for way in ways for leg in way), key=lambda leg: leg.ended):
        noted += encounters.follow([leg], minute, [True])
    for way in ways:
        last = way[-1]
        standing = Leg(
            track=last.track, began=last.ended, ended=last.ended, start=last.end, end=last.end, spread=last.spread
        )
        noted += encounters.part([paths.End(leg=standing, velocity=(0.0, 0.0))], minute, [True])
    covered = {zone.id: 60.0 for zone in ground.zones}
    return [*noted, *encounters.take(minutes.told(minute, minute.open[0], 60.0), covered)]


def waits(noted: Sequence[Noted]) -> list[WaitNoted]:
    return [each for each in noted if isinstance(each, WaitNoted)]


def queue(noted: Sequence[Noted]) -> QueueNoted:
    (found,) = [each for each in noted if isinstance(each, QueueNoted)]
    return found


@pytest.mark.parametrize("rate", RATES)
def test_who_stands_shuffles_and_goes_to_the_till_waited_and_was_served(rate: int) -> None:
    noted = told([legs(CUSTOMER, rate)])

    (wait,) = waits(noted)
    assert wait.end is End.SERVED
    assert wait.began == pytest.approx(4.0, abs=1.2)
    assert wait.ended == pytest.approx(24.8, abs=0.6)
    assert queue(noted).waiting_s == pytest.approx(wait.ended - wait.began, abs=0.1)
    assert queue(noted).peak == 1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("speed", [0.6, 1.2])
def test_who_walks_through_never_waits(rate: int, speed: float) -> None:
    through = legs([(0, -2, 1), (10 / speed, 8, 1)], rate)

    noted = told([through])

    assert not waits(noted)
    assert queue(noted).waiting_s == 0
    assert sum(each.person_s for each in noted if isinstance(each, OccupancyNoted)) > 0


def test_who_goes_elsewhere_left_and_who_is_lost_from_sight_is_cut() -> None:
    gave_up = legs([(0, -2, 1), (4, 2, 1), (20, 2, 1), (24, 2, -4), (40, 2, -4)], 5)
    lost = legs([(0, -2, 1), (4, 2, 1), (20, 2, 1)], 5)
    gone = legs([(0, -2, 1), (4, 2, 1), (20, 2, 1), (23, 2, -3)], 5)

    assert [wait.end for wait in waits(told([gave_up]))] == [End.LEFT]
    assert [wait.end for wait in waits(told([lost]))] == [End.CUT]
    assert [wait.end for wait in waits(told([gone]))] == [End.CUT]


@pytest.mark.parametrize("rate", RATES)
def test_who_walks_from_a_queue_out_of_the_door_left_however_soon_the_sight_of_them_ends(rate: float) -> None:
    door = Line(id="door", a=(-2.0, 3.0), b=(-2.0, -3.0))
    shop = dataclasses.replace(SHOP, lines=(door,))
    out = [(0.0, -3.0, 1.0), (5.0, 2.0, 1.0), (20.0, 2.0, 1.0), (25.0, -3.5, 1.0)]

    for error in (0.0, 0.05):
        assert [wait.end for wait in waits(told([legs(out, rate, error=error)], shop))] == [End.LEFT]
    assert [wait.end for wait in waits(told([legs(CUSTOMER, rate)], shop))] == [End.SERVED]
    inside = [*out[:3], (22.0, -0.5, 1.0)]
    assert [wait.end for wait in waits(told([legs(inside, rate)], shop))] == [End.CUT]


def test_where_no_till_is_in_sight_nobody_knows_how_a_wait_ended() -> None:
    blind = Ground(zones=(QUEUE,), queues=frozenset({"queue"}))

    assert [wait.end for wait in waits(told([legs(CUSTOMER, 5)], blind))] == [End.CUT]


def test_a_step_out_and_back_is_one_wait_whose_time_outside_is_not_waited_in_the_zone() -> None:
    for_gum = [
        (0, -2, 1),
        (4, 2, 1),
        (14, 2, 1),
        (16, 2, -1),
        (18, 2, -1),
        (20, 2, 1),
        (30, 2, 1),
        (33, 5, 1),
        (40, 5, 1),
    ]

    noted = told([legs(for_gum, 5)])

    (wait,) = waits(noted)
    assert wait.end is End.SERVED
    assert wait.ended - wait.began == pytest.approx(28, abs=1.5)
    assert queue(noted).waiting_s == pytest.approx(wait.ended - wait.began - 4.0, abs=1.0)


def test_the_peak_is_those_who_wait_at_once_and_not_who_passes_meanwhile() -> None:
    behind = [(at + 3, x - 1, y) for at, x, y in CUSTOMER[:7]] + [(30.0, 2.3, 1.0), (33.0, 5.0, 1.0)]
    passing = [(10, -2, 0.5), (16, 8, 0.5)]

    noted = told([legs(CUSTOMER, 5), legs(behind, 5, track=2), legs(passing, 5, track=3)])

    assert queue(noted).peak == 2
    assert len(waits(noted)) == 2


walks = st.lists(st.tuples(st.floats(0.5, 8), st.floats(-2, 8), st.floats(-2, 4)), min_size=2, max_size=8)


@settings(max_examples=40, deadline=None)
@given(walks, st.sampled_from(RATES))
@example([(4.304365194618071, 0.0, 0.0), (1.8125, 0.0, 0.0), (2.0, 0.0, 1.0), (1.0, -1.0, 0.0)], 2)  # along the border
def test_waiting_is_part_of_being_in_the_zone_and_waits_are_made_of_it(
    walk: list[tuple[float, float, float]], rate: int
) -> None:
    at, stops = 0.0, []
    for seconds, x, y in walk:
        at += seconds
        stops.append((at, x, y))
    if stops[-1][0] - stops[0][0] < 1.0:
        return

    noted = told([legs(stops, rate, error=0.0)])

    (zone,) = [each for each in noted if isinstance(each, OccupancyNoted) and each.zone == "queue"]
    waited = waits(noted)
    assert queue(noted).waiting_s <= zone.person_s + 1e-6
    assert queue(noted).peak <= zone.peak
    assert queue(noted).waiting_s <= sum(wait.ended - wait.began for wait in waited) + 1e-6
    assert all(wait.ended - wait.began >= Standing().window - 1e-6 for wait in waited)
    assert all(a.ended <= b.began + 1e-9 for a, b in itertools.pairwise(waited))


def test_without_a_window_everybody_who_walks_through_would_wait() -> None:
    hasty = Customs(standing=Standing(window=0.0))
    encounters, noted = Encounters(SHOP, hasty), []
    minute = until(Minutes(), 0.0)
    for leg in legs([(0, -2, 1), (8, 6, 1), (20, 12, 1)], 5):
        noted += encounters.follow([leg], minute, [True])

    assert waits(noted)

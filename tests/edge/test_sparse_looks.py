"""A camera that looks seldom misses people, and says so: its covered time falls as its count does."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.attention import Attention
from edge.camera import pace
from edge.camera.pace import Look
from edge.camera.settings import USUAL_LEAST, Settings
from edge.counting.encounters import Ground
from edge.counting.noted import CrossingNoted, HeatNoted, Noted
from edge.counting.watch import ANSWERS, Watch
from edge.floor.shapes import Line
from edge.inputs import Sighting
from edge.tracking.rules import Rules
from tests.edge.walkers import Eye, Pinhole, Walker, sightings

MISSED = 0.15  # of the boxes: a detector's usual share of people whom it overlooks
PEOPLE, EVERY = 60, 6.0  # people, and s from one to the next
TAKES = PEOPLE * EVERY


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The share of the people who were counted, and that of the time that counts as covered."""

    counted: float
    covered: float


def passers_by() -> list[Walker]:
    """People who walk across the picture one after the other, near and far, over a line in its middle."""
    lanes = (1.5, 2.5, 3.5)
    return [
        Walker(stops=[(EVERY * k, -2.2, lanes[k % 3]), (EVERY * k + 3.4, 2.2, lanes[k % 3])]) for k in range(PEOPLE)
    ]


def told(seen: Iterable[Sighting]) -> list[Noted]:
    watch = Watch(floors={"cam": Pinhole().floor()}, ground=Ground(lines=[Line(id="middle", a=(0, 0.5), b=(0, 6))]))
    noted: list[Noted] = []
    at = 0.0
    for sighting in seen:
        at = sighting.at
        noted += [*watch.see(sighting), *watch.tick(at, at)]
    return [*noted, *watch.close(at)]


def covered(noted: list[Noted]) -> float:
    return sum(each.covered_s for each in noted if isinstance(each, HeatNoted))


def outcome(rate: float) -> Outcome:
    noted = told(sightings(passers_by(), seconds=TAKES, rate=rate, eye=Eye(blur=0.02, missed=MISSED)))
    count = sum(isinstance(each, CrossingNoted) for each in noted)
    return Outcome(counted=count / PEOPLE, covered=covered(noted) / TAKES)


@pytest.mark.parametrize("rate", [1.25, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5])
def test_what_a_seldom_look_misses_is_not_told_as_covered(rate: float) -> None:
    found = outcome(rate)
    assert found.counted < 1.0
    assert found.covered <= found.counted + 0.1


@pytest.mark.parametrize("rate", [1.6, 2.0, USUAL_LEAST, 5.0])
def test_looks_that_miss_hardly_anybody_cover_everything(rate: float) -> None:
    found = outcome(rate)
    assert found.counted >= 0.95
    assert found.covered == pytest.approx(1.0)


def test_a_picture_at_rest_whose_boxes_are_told_again_is_covered() -> None:
    (standing,) = sightings([Walker(stops=[(0, 0, 3), (0.1, 0, 3)])], seconds=0.0, rate=1.0)
    noted = told(replace(standing, at=k / USUAL_LEAST) for k in range(round(TAKES * USUAL_LEAST) + 1))
    assert covered(noted) == pytest.approx(TAKES)


def test_a_quick_machine_looks_often_enough_for_a_full_cover_whatever_goes_on() -> None:
    limits = Settings(name="door", source="/dev/video0").limits
    idle = pace.measured(pace.begin(0.0, 0.0), 1.0, 0.01, looked=Look(cpu_s=0.01))
    assert all(pace.interval(pace.told(idle, each), limits) < ANSWERS for each in Attention)


def test_the_slowest_rate_leaves_most_of_the_time_uncovered() -> None:
    assert ANSWERS * pace.SLOWEST < 0.5
    assert outcome(pace.SLOWEST).covered < 0.5


@settings(max_examples=50, deadline=None)
@example([1.9, 2.5])
@given(st.lists(st.floats(0.05, 4.0), min_size=1, max_size=40))
def test_no_look_covers_more_than_it_answers_for_and_none_more_than_there_was(waits: list[float]) -> None:
    times = [0.0, *itertools.accumulate(waits)]
    waited = [later - at for at, later in itertools.pairwise(times)]  # as the sums were rounded
    noted = told(Sighting(camera="cam", at=at, width=960, height=540, boxes=()) for at in times)
    whole = covered(noted)
    assert whole <= sum(min(wait, ANSWERS) for wait in waited) + 1e-6
    assert whole == pytest.approx(sum(min(wait, ANSWERS) for wait in waited if wait <= Rules().patience), abs=1e-6)

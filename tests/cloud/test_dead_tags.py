"""A dead tag is told of the same day; a living one that is not tapped for a while is not, as often as stated."""

import itertools
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.dead_tags import FALSE_DAYS, LEAST_TAPS, Day, Dead, Watched, dead, silence

NINE_TEN_MS = 1_795_219_800_000
STEADY = tuple(Day(stops=200, taps=15 + at % 3) for at in range(28))


def alive(days: int, luck: np.random.Generator, *, rate: float = 0.08, spread: float = 0.25) -> list[Day]:
    """Days at one tag that lives; its rate differs from day to day."""
    stops = luck.poisson(150, days)
    rates = rate * luck.gamma(1 / spread**2, spread**2, days)
    return [Day(stops=int(s), taps=int(t)) for s, t in zip(stops, luck.poisson(stops * rates), strict=True)]


def longest(days: Sequence[Day], luck: np.random.Generator) -> list[int]:
    """The silences of these days in stops, taps falling on any stop of their day."""
    at, places = 0, list[int]()
    for day in days:
        places += sorted(at + int(stop) for stop in luck.integers(0, max(1, day.stops), day.taps))
        at += day.stops
    return [after - before for before, after in itertools.pairwise(places)]


def false_alarms(*, seeds: int, days: int, tags: int, chance_of: float | None = None) -> float:
    """False alarms of a living store in FALSE_DAYS; with `chance_of` by one fixed chance for all silences."""
    found = 0
    for seed in range(seeds):
        luck = np.random.default_rng(seed)
        pasts = [alive(28, luck) for _ in range(tags)]
        for past in pasts:
            others = [Watched(name=f"t{at}", past=tuple(it), tapped_ms=1, stops=0) for at, it in enumerate(pasts[1:])]
            for stops in longest(alive(days, luck), luck):
                it = Watched(name="tag", past=tuple(past), tapped_ms=1, stops=stops)
                if chance_of is not None:
                    found += silence(past, stops) < chance_of
                elif silence(past, stops) < 0.01:
                    found += bool(dead([it, *others]))
    return found / seeds / days * FALSE_DAYS


def test_a_tag_that_nobody_taps_among_many_who_stop_is_told_of() -> None:
    (told,) = dead([Watched(name="A-12", past=STEADY, tapped_ms=NINE_TEN_MS, stops=143)])
    assert (told.name, told.stops, told.since_ms) == ("A-12", 143, NINE_TEN_MS)
    assert round(told.usually) == 11


def test_an_hour_without_a_tap_is_no_alarm() -> None:
    assert dead([Watched(name="A-12", past=STEADY, tapped_ms=NINE_TEN_MS, stops=40)]) == ()


@pytest.mark.parametrize(
    "watched",
    [
        Watched(name="new", past=(), tapped_ms=None, stops=900),
        Watched(name="never", past=(Day(stops=900, taps=0),) * 28, tapped_ms=None, stops=900),
        Watched(name="seldom", past=(Day(stops=900, taps=LEAST_TAPS - 1),), tapped_ms=1, stops=9_000),
        Watched(name="unseen", past=(Day(stops=0, taps=9),) * 28, tapped_ms=1, stops=0),
    ],
)
def test_where_nobody_can_say_what_is_usual_there_is_no_alarm(watched: Watched) -> None:
    assert dead([watched]) == ()


def test_a_living_store_has_no_more_false_alarms_than_stated() -> None:
    found = false_alarms(seeds=6, days=60, tags=12)
    print(f"false alarms in {FALSE_DAYS} days at 12 living tags: {found:.2f}; stated: at most 1")
    assert found <= 1


def test_the_gate_catches_a_chance_that_forgets_how_many_silences_there_are() -> None:
    assert false_alarms(seeds=2, days=60, tags=12, chance_of=0.01) > 1


def first_alarm(past: tuple[Day, ...], others: list[Watched]) -> int:
    """After how many stops without a tap there is an alarm."""
    asked = range(9_999)
    return bisect_left(
        asked, True, key=lambda n: bool(dead([Watched(name="x", past=past, tapped_ms=1, stops=n), *others]))
    )


def test_a_dead_tag_is_told_of_after_about_a_days_stops() -> None:
    luck = np.random.default_rng(1)
    stops = []
    for _ in range(30):
        past = tuple(alive(28, luck))
        others = [Watched(name=f"t{at}", past=tuple(alive(28, luck)), tapped_ms=1, stops=0) for at in range(11)]
        stops.append(first_alarm(past, others))
    median = sorted(stops)[15]
    print(f"told of after {median} stops (median), {max(stops)} at most; a day has 150 stops and 12 taps of this tag")
    assert median <= 150


@settings(max_examples=200, deadline=None)
@given(
    past=st.lists(st.builds(Day, stops=st.integers(0, 500), taps=st.integers(0, 60)), max_size=40),
    stops=st.integers(0, 5_000),
    more=st.integers(0, 500),
)
def test_a_silence_grows_less_likely_with_every_stop(past: list[Day], stops: int, more: int) -> None:
    assert silence(past, 0) == 1.0
    assert 0 <= silence(past, stops + more) <= silence(past, stops) <= 1


@settings(max_examples=100, deadline=None)
@given(
    past=st.lists(st.builds(Day, stops=st.integers(0, 500), taps=st.integers(0, 60)), min_size=1, max_size=30),
    stops=st.integers(0, 5_000),
    more=st.integers(0, 500),
)
def test_an_alarm_lasts_until_the_next_tap(past: list[Day], stops: int, more: int) -> None:
    def told(stops: int) -> tuple[Dead, ...]:
        return dead([Watched(name="x", past=tuple(past), tapped_ms=1, stops=stops)])

    assert bool(told(stops)) <= bool(told(stops + more))

"""What changed between two periods: visible where it is more than chance, empty where it is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.difference import Basis, Side, difference, places_difference, student
from cloud.manage.heat import UNSEEN
from cloud.manage.places import Map, PlaceKind
from cloud.manage.raster import SAME, WITHHELD

K = 5
SHAPE = (40, 50)


def stays(chance: np.random.Generator, rate: float, hours: float, *, mean_s: float = 3.0) -> Side:
    """Tracks that come independently, each with an exponential time in its cell."""
    tracks = chance.poisson(rate * hours, SHAPE).astype(float)
    value = np.where(tracks > 0, chance.gamma(np.maximum(tracks, 1e-9), mean_s), 0.0)
    return side(value, tracks, hours)


def side(value: np.ndarray, tracks: np.ndarray, hours: float, **more: object) -> Side:
    given = {"people": tracks, "counted": True, "seen": np.full(value.shape, 100, np.uint8)}
    return Side(value=value, tracks=tracks, hours=np.full(value.shape, hours), **{**given, **more})  # type: ignore[arg-type]  # any of its fields


@pytest.mark.parametrize("rate", [6, 20, 200])
def test_where_nothing_changed_at_most_one_cell_in_twenty_says_it_did(rate: float) -> None:
    chance = np.random.default_rng(4)
    told = [difference(stays(chance, rate, 3), stays(chance, rate, 5), top=100, k=1, spread=2.0) for _ in range(5)]
    share = sum(one.shown for one in told) / sum(one.compared for one in told)
    assert 0.01 < share <= 0.06


def test_a_planted_rise_is_seen_where_it_is_and_nowhere_else() -> None:
    chance = np.random.default_rng(5)
    before, now = stays(chance, 60, 4), stays(chance, 60, 4)
    value, tracks = now.value.copy(), now.tracks.copy()
    value[10:20, 10:20] *= 2
    tracks[10:20, 10:20] *= 2
    told = difference(side(value, tracks, 4), before, top=400, k=K, spread=2.0)
    there = told.marks[10:20, 10:20]
    assert (there == 100).mean() > 0.9
    assert (told.levels[10:20, 10:20][there == 100] > 128).all()
    elsewhere = np.delete(told.marks, np.s_[10:20], axis=0)
    assert (elsewhere == 100).mean() < 0.06
    assert (told.levels[told.marks == SAME] == 128).all()


def test_the_same_rate_in_a_shorter_time_is_no_change() -> None:
    flat = np.full(SHAPE, 1.0)
    told = difference(side(300 * flat, 100 * flat, 10), side(30 * flat, 10 * flat, 1), top=50, k=K, spread=2.0)
    assert told.shown == 0
    assert set(told.marks.ravel()) == {SAME}


def test_a_byte_is_its_difference_within_half_a_step() -> None:
    flat = np.full(SHAPE, 1.0)
    told = difference(side(9000 * flat, 4000 * flat, 1), side(3000 * flat, 4000 * flat, 1), top=8000, k=K, spread=2.0)
    assert told.marks[0, 0] == 100
    assert (int(told.levels[0, 0]) - 128) / 127 * told.top == pytest.approx(6000, abs=told.top / 254)


def test_days_that_differ_much_hide_a_change_that_tracks_alone_would_show() -> None:
    flat = np.full(SHAPE, 1.0)
    wild = np.stack([flat * value for value in (100, 900, 300, 1100, 600)])
    hours = np.ones_like(wild)
    more = {"days": (wild, hours)}
    now = side(wild.sum(axis=0), 1000 * flat, 5, **more)
    then = side(wild.sum(axis=0) * 0.8, 800 * flat, 5, days=(wild * 0.8, hours))
    told = difference(now, then, top=500, k=K, spread=2.0)
    assert told.basis is Basis.DAYS
    assert told.shown == 0
    alone = difference(side(now.value, now.tracks, 5), side(then.value, then.tracks, 5), top=500, k=K, spread=2.0)
    assert alone.basis is Basis.TRACKS
    assert alone.shown == alone.compared == told.compared


def test_cells_with_few_people_in_either_period_are_withheld() -> None:
    flat = np.full(SHAPE, 1.0)
    told = difference(side(900 * flat, 900 * flat, 1), side(4 * flat, 4 * flat, 1), top=900, k=K, spread=2.0)
    assert set(told.marks.ravel()) == {WITHHELD}
    assert told.compared == 0


def test_what_one_period_did_not_see_is_unseen() -> None:
    flat = np.full(SHAPE, 1.0)
    blind = side(900 * flat, 900 * flat, 1, seen=np.full(SHAPE, UNSEEN, np.uint8))
    assert set(difference(blind, side(flat, 9 * flat, 1), top=9, k=K, spread=2.0).marks.ravel()) == {UNSEEN}


def test_without_counted_tracks_no_difference_is_told_from_chance() -> None:
    flat = np.full(SHAPE, 1.0)
    old = side(9000 * flat, 0 * flat, 1, people=K * flat, counted=False)
    told = difference(old, side(flat, 9 * flat, 1), top=9, k=K, spread=2.0)
    assert (told.basis, told.shown) == (Basis.NONE, 0)


def places() -> Map:
    weights = np.zeros((2, 4, 8))
    weights[0, 1, 1:3], weights[1, 1, 5:7] = 0.5, 0.5
    return Map(keys=((PlaceKind.TAG, "a"), (PlaceKind.TAG, "b")), weights=weights)


def test_taps_differ_place_by_place() -> None:
    told = places_difference(places(), (np.array([80.0, 30.0]), 10.0), (np.array([20.0, 28.0]), 10.0), top=100, k=K)
    assert (told.compared, told.shown) == (2, 1)
    assert told.marks[1, 1] == 100
    assert told.marks[1, 5] == SAME
    assert (int(told.levels[1, 1]) - 128) / 127 * 100 == pytest.approx(6 * 0.5 / 0.0625, abs=0.5)


def test_few_taps_in_one_period_withhold_their_place() -> None:
    told = places_difference(places(), (np.array([80.0, 30.0]), 9.0), (np.array([3.0, 30.0]), 9.0), top=100, k=K)
    assert told.marks[1, 1] == WITHHELD
    assert told.compared == 1


@settings(max_examples=50, deadline=None)
@given(freedom=st.integers(4, 60))
def test_the_quantile_is_students(freedom: int) -> None:
    """Against the known values at a few places, and falling between them."""
    assert student(freedom) >= student(freedom + 1) > 1.96
    known = {4: 2.776, 6: 2.447, 10: 2.228, 20: 2.086, 60: 2.000}
    if freedom in known:
        assert student(freedom) == pytest.approx(known[freedom], rel=0.01)

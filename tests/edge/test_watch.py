import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.crossings import Direction
from edge.counting.encounters import Ground
from edge.counting.noted import CrossingNoted, HeatNoted, Noted, OccupancyNoted, PartyNoted, StayNoted
from edge.counting.watch import Watch
from edge.floor.shapes import Line, Zone
from edge.inputs import Sighting
from edge.tracking.rules import Rules
from tests.edge.walkers import Eye, Pinhole, Walker, sightings

CAMERA = Pinhole()
SHELF = Zone(id="shelf", corners=((-0.8, 1.2), (0.8, 1.2), (0.8, 2.8), (-0.8, 2.8)))
# Its left, on a plan with y down, is the side of smaller x.
DOOR = Line(id="door", a=(-1.3, 3.0), b=(-1.3, 0.0))
RATES = [2, 5, 10, 30]
# Enters at 2.8 s over the door's line, is at the shelf from 3.4 s to 13.2 s, and leaves.
CUSTOMER = Walker(stops=[(0, -2.2, 1.9), (2, -1.7, 2), (5, 0, 2), (12, 0, 2), (15, 2, 2), (17, 2.2, 3)])


def made(**changed: object) -> Watch:
    ground = Ground(zones=(SHELF,), lines=(DOOR,))
    return Watch(**{"floors": {"cam": CAMERA.floor()}, "ground": ground, **changed})  # type: ignore[arg-type]  # any subset of the keywords


def watched(frames: Iterable[Sighting], watch: Watch | None = None, until: float = 80.0) -> list[Noted]:
    """All that is noted when the wall clock is 1,000 s ahead and the loop ticks at each frame."""
    watch = watch or made()
    noted = watch.tick(0.0, 1000.0)
    for sighting in frames:
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, 1000.0 + sighting.at)
    return [*noted, *watch.close(until)]


def heat(noted: Sequence[Noted]) -> float:
    return sum(cell.person_ms for each in noted if isinstance(each, HeatNoted) for cell in each.cells) / 1000


@pytest.mark.parametrize("rate", RATES)
def test_a_customer_is_the_same_however_often_the_camera_looks(rate: int) -> None:
    noted = watched(sightings([CUSTOMER], seconds=20, rate=rate, eye=Eye(blur=0.02, missed=0.05)))

    (crossing,) = [each for each in noted if isinstance(each, CrossingNoted)]
    (stay,) = [each for each in noted if isinstance(each, StayNoted)]
    people = sum(each.person_s for each in noted if isinstance(each, OccupancyNoted))
    assert crossing.direction is Direction.IN
    assert crossing.at == pytest.approx(2.7, abs=0.3)
    assert stay.left - stay.entered == pytest.approx(9.6, abs=0.4)
    assert not stay.cut
    assert people == pytest.approx(stay.left - stay.entered, abs=0.01)
    assert heat(noted) == pytest.approx(17.0, rel=0.05)


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_far_off_where_places_are_metres_unsure_nobody_crosses_or_stays(rate: int) -> None:
    low = Pinhole(width=1920, height=1080, focus=1536.0, y=0.0, up=1.5, tilt=0.0)
    ground = Ground(
        zones=(Zone(id="far", corners=((-3.0, 72.0), (3.0, 72.0), (3.0, 88.0), (-3.0, 88.0))),),
        lines=(Line(id="far", a=(-4.0, 80.0), b=(4.0, 80.0)),),
    )
    standing = Walker(stops=[(0, 0, 80), (30, 0, 80.1)])

    for seed in range(3):
        frames = sightings([standing], seconds=30, rate=rate, camera=low, eye=Eye(blur=0.045), seed=seed)
        noted = watched(frames, Watch(floors={"cam": low.floor()}, ground=ground))
        assert not [each for each in noted if isinstance(each, CrossingNoted | StayNoted)]
        assert heat(noted) == 0.0


# Two who walk and stand in the middle of half-metre cells.
BROWSERS = [
    Walker(stops=[(0, -2.2, 1.9), (2, -1.7, 2), (5, 0.25, 2.25), (12, 0.25, 2.25), (15, 2, 2), (17, 2.2, 3)]),
    Walker(stops=[(3, 1.5, 0.5), (9, -0.75, 4.75), (19, -0.75, 4.75), (24, 2, 5.5)]),
]


@pytest.mark.parametrize("rate", [2, 5, 10, 25])
def test_heat_lies_in_the_right_cells_however_often_the_camera_looks(rate: int) -> None:
    true: Counter[tuple[int, int]] = Counter()
    for walker in BROWSERS:
        for step in range(2400):
            place = walker.at(step / 100)
            if place is not None:
                true[math.floor(place[0] / 0.5), math.floor(place[1] / 0.5)] += 10

    told: Counter[tuple[int, int]] = Counter()
    for each in watched(sightings(BROWSERS, seconds=26, rate=rate), made(cell_mm=500)):
        if isinstance(each, HeatNoted):
            told.update({(cell.x, cell.y): cell.person_ms for cell in each.cells})

    misplaced = sum(abs(told[cell] - true[cell]) for cell in told | true) / 2
    assert misplaced <= 0.03 * true.total()


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_who_stands_on_a_line_for_ten_seconds_crosses_it_once_at_most_and_may_come_back(rate: int) -> None:
    x = DOOR.a[0]
    standing = Walker(stops=[(0, x - 1.2, 2), (2, x, 2), (12, x, 2), (14, x - 1.2, 2), (16, x + 1.2, 2)])

    for seed in range(3):
        noted = watched(sightings([standing], seconds=18, rate=rate, eye=Eye(blur=0.03, missed=0.1), seed=seed))
        crossings = [each for each in noted if isinstance(each, CrossingNoted)]
        on_it = [each for each in crossings if each.at < 14.5]
        assert len(on_it) in {0, 2}  # gone over it and come back, or never
        assert [each.direction for each in crossings[len(on_it) :]] == [Direction.IN]


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_a_couple_is_one_party_and_a_stranger_behind_them_another(rate: int) -> None:
    inwards = [(0, -2.6, 1.5), (5, 1.0, 1.5), (8, 1.5, 3.5), (14, 1.5, 3.5), (17, -0.5, 5.5)]
    crowd = [
        Walker(stops=inwards),
        Walker(stops=[(at, x - 0.6, y + 0.5) for at, x, y in inwards], tall=1.6),
        Walker(stops=[(at + 3, x, y) for at, x, y in inwards[:2]] + [(12, 1.8, 0.5), (20, 1.8, 0.5)], tall=1.8),
    ]

    noted = watched(sightings(crowd, seconds=22, rate=rate, eye=Eye(blur=0.02, missed=0.05)))

    assert sorted(each.size for each in noted if isinstance(each, PartyNoted)) == [1, 2]
    assert sum(isinstance(each, CrossingNoted) for each in noted) == 3


def test_every_minute_is_told_once_and_covered_time_is_the_time_that_was_seen() -> None:
    noted = watched(sightings([CUSTOMER], seconds=150, rate=2), until=150.0)

    minutes = [each for each in noted if isinstance(each, HeatNoted)]
    assert [each.at for each in minutes] == [0.0, 20.0, 80.0, 140.0]  # the wall clock began at 1,000 s
    assert sum(each.span_s for each in minutes) == pytest.approx(150.0)
    assert [each.covered_s for each in minutes] == pytest.approx([20.0, 60.0, 60.0, 10.0])
    assert [(each.at, each.span_s) for each in minutes] == [
        (each.at, each.span_s) for each in noted if isinstance(each, OccupancyNoted)
    ]


def test_the_first_minute_ends_with_the_wall_clocks_though_a_camera_was_told_of_before_the_time() -> None:
    watch = made()
    noted = watch.lost("cam", 6.9)  # its process was started
    noted += watch.tick(7.0, 1007.0)
    for sighting in sightings([CUSTOMER], seconds=70, rate=5, begin=7.2):
        noted += [*watch.see(sighting), *watch.tick(sighting.at, 1000.0 + sighting.at)]
    noted += watch.close(77.2)
    spans = [(each.at, each.at + each.span_s) for each in noted if isinstance(each, HeatNoted)]
    assert spans == [pytest.approx((7.0, 20.0)), pytest.approx((20.0, 77.2))]


def test_a_shorter_period_is_cut_at_its_multiples_and_holds_the_same() -> None:
    frames = sightings([CUSTOMER], seconds=20, rate=5)

    short = watched(frames, made(period_s=10.0), until=40.0)

    assert [each.at for each in short if isinstance(each, HeatNoted)] == [0.0, 10.0, 20.0, 30.0]
    assert heat(short) == pytest.approx(heat(watched(frames)), abs=0.01)
    with pytest.raises(ValueError, match=r"a period of 7\.0 s; allowed are those that divide a minute"):
        made(period_s=7.0)


def test_a_wall_clock_set_back_a_little_books_each_minute_once_and_as_itself() -> None:
    watch, noted = made(), list[tuple[float, Noted]]()
    watch.tick(0.0, 1020.0)
    for sighting in sightings([replace(CUSTOMER, stops=[(0, 0, 2), (200, 0, 2)])], seconds=200, rate=2):
        ahead = 1020.0 if sighting.at < 50 else 1018.5
        told = [*watch.see(sighting), *watch.tick(sighting.at, ahead + sighting.at)]
        noted += [(ahead, each) for each in told]

    for kind in (HeatNoted, OccupancyNoted):
        sums = [(ahead + each.at, each) for ahead, each in noted if isinstance(each, kind)]
        assert [at for at, _ in sums] == [1020.0, 1080.0, 1140.0]
        assert [each.span_s for _, each in sums] == pytest.approx([60.0, 61.5, 60.0])
        assert [each.covered_s for _, each in sums] == pytest.approx([60.0, 61.5, 60.0])
    assert watch.late_s == 0.0


def test_a_lost_camera_is_a_gap_and_cuts_the_stay_at_the_last_sight() -> None:
    frames = sightings([replace(CUSTOMER, stops=CUSTOMER.stops[:4])], seconds=12, rate=5)
    watch = made()
    noted = watched([frame for frame in frames if frame.at <= 8.0], watch, until=9.0)

    noted_later = watch.tick(9.0, 1009.0) + watch.close(60.0)

    (stay,) = [each for each in noted if isinstance(each, StayNoted)]
    assert stay.cut
    assert stay.left == pytest.approx(8.0)
    (first,) = [each for each in noted if isinstance(each, OccupancyNoted)]
    assert first.covered_s == pytest.approx(8.0)
    assert all(each.covered_s == 0.0 for each in noted_later if isinstance(each, OccupancyNoted))
    assert not watch.positions("cam")


def test_a_gap_between_sightings_is_not_covered_and_nobody_is_followed_over_it() -> None:
    frames = sightings([CUSTOMER], seconds=20, rate=5)
    noted = watched([frame for frame in frames if not 6.0 < frame.at < 10.0], until=20.0)

    stays = [each for each in noted if isinstance(each, StayNoted)]
    assert [stay.cut for stay in stays] == [True, False]
    assert stays[0].left == pytest.approx(6.0)
    assert stays[1].entered >= 9.9
    covered = sum(each.covered_s for each in noted if isinstance(each, HeatNoted))
    assert covered == pytest.approx(16.0)
    assert heat(noted) == pytest.approx(13.0, rel=0.05)


def test_a_picture_of_another_shape_is_a_gap_with_its_reason_until_it_fits_again() -> None:
    frames = sightings([CUSTOMER], seconds=10, rate=5)
    watch = made()
    for frame in frames[:30]:
        watch.see(frame)

    noted = watch.see(replace(frames[30], width=500, height=500))

    assert [each for each in noted if isinstance(each, StayNoted) and each.cut]
    assert "calibrate again" in watch.misfits["cam"]
    watch.see(replace(frames[31], width=1920, height=1080, boxes=()))
    assert not watch.misfits


def test_sightings_out_of_order_are_passed_over_and_counted() -> None:
    first, second, third = sightings([CUSTOMER], seconds=1, rate=2)
    watch = made()
    for sighting in (first, third, second, third):
        watch.see(sighting)

    assert watch.passed_over["cam"] == 2


def test_positions_are_those_of_confirmed_people_now() -> None:
    frames = sightings([CUSTOMER, Walker(stops=[(0, 2, 5), (9, 1, 5)])], seconds=8, rate=5)
    watch = made()
    for frame in frames:
        watch.see(frame)

    assert sorted(watch.positions("cam")) == [
        pytest.approx((0.0, 2.0), abs=0.1),
        pytest.approx((1.1, 5.0), abs=0.15),
    ]


walks = st.lists(
    st.lists(st.tuples(st.floats(0.5, 6), st.floats(-1.5, 1.5), st.floats(0.5, 5)), min_size=2, max_size=5),
    min_size=1,
    max_size=2,
)


@settings(max_examples=15, deadline=None)
@given(walks, st.sampled_from([2, 5]), st.integers(0, 100))
def test_heat_never_exceeds_the_person_time_in_view_and_nothing_comes_late(
    walks: list[list[tuple[float, float, float]]], rate: int, seed: int
) -> None:
    walkers = []
    for walk in walks:
        at, stops = 1.0, []
        before = walk[0][1:]
        for seconds, x, y in walk:
            at += max(seconds, math.dist(before, (x, y)) / 1.5)  # nobody runs
            before = (x, y)
            stops.append((at, x, y))
        walkers.append(Walker(stops=stops))
    watch = made()

    noted = watched(sightings(walkers, seconds=40, rate=rate, eye=Eye(blur=0.02), seed=seed), watch)

    present = sum(walker.stops[-1][0] - walker.stops[0][0] for walker in walkers)
    # Half a frame at either end; and who stands where another stood a moment ago is taken for the same person.
    mistaken = (len(walkers) - 1) * Rules().patience
    assert heat(noted) <= present + len(walkers) * 2 / rate + mistaken + 0.1
    assert watch.late_s == pytest.approx(0.0, abs=1e-6)
    occupied = sum(each.person_s for each in noted if isinstance(each, OccupancyNoted))
    assert occupied <= heat(noted) + 1e-3 + len(walkers) * 0.5

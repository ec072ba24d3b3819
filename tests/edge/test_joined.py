"""Several cameras of one node: a crowd that walks through all of them is counted once, and one blind eye is one gap."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from edge.counting import coverage
from edge.counting.encounters import Ground
from edge.counting.noted import CrossingNoted, HeatNoted, Noted, OccupancyNoted, StayNoted
from edge.counting.watch import Watch
from edge.floor.ownership import Region, Sharing, Sight
from edge.floor.shapes import Line, Zone
from edge.inputs import Sighting
from tests.edge.walkers import Eye, Pinhole, Walker, sightings

# Two cameras over one hall, 8 m apart, that face each other; between them both see the same 3 m of floor.
SOUTH, NORTH = Pinhole(y=-4.0, focus=560), Pinhole(y=10.0, heading=-math.pi / 2, focus=560)
CAMERAS = {"south": SOUTH, "north": NORTH}
HALL = ((-4.0, -1.5), (4.0, -1.5), (4.0, 7.5), (-4.0, 7.5))
SHARING = Sharing([Sight(camera=name, floor=eye.floor(), sees=HALL) for name, eye in CAMERAS.items()], cell=0.25)
REGIONS = SHARING.without(frozenset())
# Both lie across the border at y = 3.
MIDDLE = Zone(id="middle", corners=((-2.5, 1.5), (2.5, 1.5), (2.5, 4.5), (-2.5, 4.5)))
WALL = Line(id="wall", a=(-3.0, 3.0), b=(3.0, 3.0))
GROUND = Ground(zones=(MIDDLE,), lines=(WALL,))

# Five people through both cameras' floor, each 1.5 m from the next and not in step, one of them there and back.
CROWD = [
    Walker(stops=[(2.1 * n, -2.2 + 1.5 * n, -2.5), (9 + 2.1 * n, -2.2 + 1.5 * n, 8.5)], tall=1.6 + 0.05 * n)
    for n in range(4)
] + [Walker(stops=[(0, 3.2, 8.5), (8, 2.0, 1.0), (16, 3.2, 8.5)])]
CROSSINGS, STAYS, UNTIL = 6, 6, 18


def present(walkers: Sequence[Walker], owned: Sequence[Region]) -> float:
    """The person-seconds that these people really spent on floor that somebody answers for."""
    places = [place for walker in walkers for step in range(100 * UNTIL) if (place := walker.at(step / 100))]
    return sum(int(region.holds(np.array(places)).sum()) for region in owned) / 100


def seen(
    walkers: Sequence[Walker], *, seconds: float, rate: float = 5.0, cameras: Mapping[str, Pinhole] = CAMERAS
) -> list[Sighting]:
    """What the cameras tell, in order of time: each sees those who are in its picture, a part of a frame apart."""
    frames = []
    for number, (name, camera) in enumerate(cameras.items()):
        late = number / rate / 3
        moved = [replace(w, stops=[(at - late, x, y) for at, x, y in w.stops]) for w in walkers]
        eye = Eye(blur=0.02, missed=0.05)
        told = sightings(moved, seconds=seconds, rate=rate, camera=camera, eye=eye, seed=number)
        frames += [replace(each, camera=name, at=each.at + late) for each in told]
    return sorted(frames, key=lambda each: each.at)


def made(owned: Mapping[str, Region] | None = REGIONS, cameras: Sequence[str] = tuple(CAMERAS)) -> Watch:
    floors = {name: CAMERAS[name].floor() for name in cameras}
    return Watch(floors=floors, regions=owned, ground=GROUND)


def watched(frames: Sequence[Sighting], watch: Watch, until: float = 60.0) -> list[Noted]:
    noted = watch.tick(0.0, 1020.0)
    for sighting in frames:
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, 1020.0 + sighting.at)
    return [*noted, *watch.close(until)]


def crossings(noted: Sequence[Noted]) -> int:
    return sum(isinstance(each, CrossingNoted) for each in noted)


def heat(noted: Sequence[Noted]) -> float:
    return sum(cell.person_ms for each in noted if isinstance(each, HeatNoted) for cell in each.cells) / 1000


def test_the_cameras_share_the_hall_and_the_zone_lies_over_their_border() -> None:
    middles = np.array([[0.1, 2.0], [0.1, 4.0]])

    assert REGIONS["south"].holds(middles).tolist() == [True, False]
    assert REGIONS["north"].holds(middles).tolist() == [False, True]
    assert all(REGIONS[name].reaches(np.array([[0.1, 3.0]])) for name in CAMERAS)


@pytest.mark.parametrize("rate", [2, 5, 10])
def test_a_crowd_that_walks_through_two_cameras_is_counted_once(rate: int) -> None:
    watch = made()

    noted = watched(seen(CROWD, seconds=UNTIL, rate=rate), watch)

    assert crossings(noted) == CROSSINGS
    stays = [each for each in noted if isinstance(each, StayNoted)]
    assert len(stays) == STAYS
    assert not any(stay.cut for stay in stays)
    assert heat(noted) == pytest.approx(present(CROWD, list(REGIONS.values())), rel=0.05)
    occupied = sum(each.person_s for each in noted if isinstance(each, OccupancyNoted))
    assert occupied == pytest.approx(sum(stay.left - stay.entered for stay in stays), abs=0.1)
    assert not watch.passed_over.total()
    assert watch.late_s == pytest.approx(0.0, abs=1e-6)


def test_each_camera_for_itself_would_count_the_same_crowd_double() -> None:
    frames = seen(CROWD, seconds=UNTIL)

    both = [
        note
        for name in CAMERAS
        for note in watched([each for each in frames if each.camera == name], made(None, [name]))
    ]

    assert crossings(both) >= 1.7 * CROSSINGS
    assert heat(both) > 1.3 * present(CROWD, list(REGIONS.values()))


def test_every_cell_is_told_by_its_owner_alone_and_heat_lies_in_cells_that_are_told_as_seen() -> None:
    noted = watched(seen(CROWD, seconds=UNTIL), made())

    told: dict[tuple[int, int], str] = {}
    for each in noted:
        if isinstance(each, HeatNoted):
            own = {(strip.x + step, strip.y) for strip, _ in each.seen for step in range(strip.cells)}
            assert {(cell.x, cell.y) for cell in each.cells} <= own
            assert all(told.setdefault(cell, each.camera) == each.camera for cell in own)
    assert set(told.values()) == set(CAMERAS)


def test_a_camera_lost_in_the_middle_is_a_gap_in_its_own_cells_only() -> None:
    standing = [Walker(stops=[(0, -1.0, 2.0), (40, -1.0, 2.0)]), Walker(stops=[(0, 1.0, 5.0), (40, 1.0, 5.0)])]
    frames = seen(standing, seconds=40)
    watch = made()

    noted = watch.tick(0.0, 1020.0)
    for sighting in frames:
        if sighting.camera == "north" and sighting.at > 15.0:
            continue
        if sighting.at > 15.0 and not noted_loss(noted):
            noted += watch.lost("north", sighting.at)
        noted += watch.see(sighting)
    assert not watch.positions("north")
    assert len(watch.positions("south")) == 1
    noted += watch.close(40.0)

    covered = {
        name: sum(each.covered_s for each in noted if isinstance(each, HeatNoted) and each.camera == name)
        for name in CAMERAS
    }
    assert covered["south"] == pytest.approx(40.0, abs=0.3)
    assert covered["north"] == pytest.approx(15.0, abs=0.3)
    stays = [each for each in noted if isinstance(each, StayNoted)]
    assert [(stay.cut, round(stay.left)) for stay in stays] == [(True, 40)]
    # The zone lies by half in the cells of each: half of it went on being covered.
    zone = sum(each.covered_s for each in noted if isinstance(each, OccupancyNoted))
    assert zone == pytest.approx((covered["south"] + covered["north"]) / 2, rel=0.05)
    by_camera = {each.camera: 0.0 for each in noted if isinstance(each, HeatNoted)}
    for each in noted:
        if isinstance(each, HeatNoted):
            by_camera[each.camera] += sum(cell.person_ms for cell in each.cells) / 1000
    assert by_camera["south"] == pytest.approx(40.0, abs=0.5)
    assert by_camera["north"] == pytest.approx(15.0, abs=0.5)


def test_who_stands_in_sight_on_floor_that_nobody_answers_for_is_in_no_figure_and_goes_on() -> None:
    # A little over the border at y = 3, and back on covered floor from 30.6 s on: in the zone all the time.
    stander = Walker(stops=[(0, 0.0, 3.4), (30, 0.0, 3.4), (32, 0.0, 2.0), (40, 0.0, 2.0)])
    watch = made()

    noted = watch.tick(0.0, 1020.0)
    for sighting in seen([stander], seconds=40):
        if sighting.camera == "south" or sighting.at <= 15.0:
            noted += [*watch.see(sighting), *watch.tick(sighting.at, 1020.0 + sighting.at)]
        elif sighting.at < 15.3:
            noted += watch.lost("north", 15.1)
    noted += watch.close(40.0)

    occupied = sum(each.person_s for each in noted if isinstance(each, OccupancyNoted))
    assert occupied == pytest.approx(heat(noted), abs=0.1)
    assert occupied == pytest.approx(15.0 + 9.4, abs=0.5)
    (stay,) = [each for each in noted if isinstance(each, StayNoted)]
    assert stay.left - stay.entered == pytest.approx(40.0, abs=0.5)
    assert not watch.remembered


def test_what_another_camera_sees_of_a_lost_ones_floor_it_answers_for_until_that_one_is_back() -> None:
    # Beyond the border at y = 3 but for a step over it and back, while the camera that owns the floor there is lost.
    stops = [(0, 0.0, 3.6), (20, 0.0, 3.6), (22, 0.0, 2.0), (24, 0.0, 2.0), (26, 0.0, 3.6), (50, 0.0, 3.6)]
    walker = Walker(stops=stops)
    lost, back = 15.0, 35.0
    floors = {name: eye.floor() for name, eye in CAMERAS.items()}
    watch = Watch(floors=floors, regions=REGIONS, rest=SHARING.without, ground=GROUND)

    noted = watch.tick(0.0, 1020.0)
    for sighting in seen([walker], seconds=50):
        if sighting.camera == "south" or not lost < sighting.at < back:
            noted += [*watch.see(sighting), *watch.tick(sighting.at, 1020.0 + sighting.at)]
        elif sighting.at < lost + 0.3:
            noted += watch.lost("north", sighting.at)
    noted += watch.close(50.0)

    assert crossings(noted) == 2
    assert heat(noted) == pytest.approx(50.0, abs=1.0)
    (stay,) = [each for each in noted if isinstance(each, StayNoted)]
    assert stay.left - stay.entered == pytest.approx(50.0, abs=0.5)
    (zone,) = [each for each in noted if isinstance(each, OccupancyNoted)]
    assert zone.person_s == pytest.approx(50.0, abs=1.0)
    alone = SHARING.without(frozenset({"north"}))
    south = coverage.shares(MIDDLE, alone, cell=0.25)["south"]
    assert south > coverage.shares(MIDDLE, REGIONS, cell=0.25)["south"] + 0.3
    assert zone.covered_s == pytest.approx(30.0 + 20.0 * south, abs=0.5)
    by = {each.camera: each for each in noted if isinstance(each, HeatNoted)}
    seconds = {
        name: {(strip.x + step, strip.y): told for strip, told in one.seen for step in range(strip.cells)}
        for name, one in by.items()
    }
    cell = (0, 14)  # of (0.1, 3.6)
    assert seconds["north"][cell] == pytest.approx(30.0, abs=0.5)
    assert seconds["south"][cell] == pytest.approx(20.0, abs=0.5)
    assert seconds["north"][cell] + seconds["south"][cell] <= 50.0


def noted_loss(noted: Sequence[Noted]) -> bool:
    return any(isinstance(each, StayNoted) and each.cut for each in noted)


def test_a_camera_that_just_falls_silent_is_a_gap_from_its_last_sighting_on() -> None:
    frames = [each for each in seen(CROWD, seconds=30) if each.camera == "south" or each.at <= 4.0]

    noted = watched(frames, made(), until=30.0)

    covered = dict.fromkeys(CAMERAS, 0.0)
    for each in noted:
        if isinstance(each, HeatNoted):
            covered[each.camera] += each.covered_s
    assert covered["north"] == pytest.approx(4.0, abs=0.3)
    assert covered["south"] == pytest.approx(30.0, abs=0.3)


def test_a_misfit_of_one_camera_does_not_disturb_the_other() -> None:
    frames = seen(CROWD, seconds=UNTIL)
    bad = [replace(each, width=500, height=500) if each.camera == "north" else each for each in frames]
    watch = made()

    noted = watched(bad, watch)

    assert set(watch.misfits) == {"north"}
    south = sum(each.covered_s for each in noted if isinstance(each, HeatNoted) and each.camera == "south")
    assert south == pytest.approx(UNTIL, abs=0.3)
    alone = watched([each for each in frames if each.camera == "south"], made(REGIONS, ["south"]))
    assert heat(noted) == pytest.approx(heat(alone), rel=0.02)


def test_a_zone_of_which_one_camera_sees_a_part_is_covered_for_that_part() -> None:
    alone = made(REGIONS, ["south"])
    frames = [each for each in seen(CROWD, seconds=UNTIL) if each.camera == "south"]

    noted = watched(frames, alone, until=UNTIL)

    assert made().in_sight["middle"] == pytest.approx(1.0)
    assert 0.4 < alone.in_sight["middle"] < 0.6
    zone = sum(each.covered_s for each in noted if isinstance(each, OccupancyNoted))
    assert zone == pytest.approx(alone.in_sight["middle"] * UNTIL, rel=0.02)


def test_several_cameras_without_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="2 cameras share a floor and nobody says which of it is whose"):
        made(None)


def test_a_camera_that_the_floor_does_not_know_can_be_lost_without_harm() -> None:
    assert not made().lost("cellar", 1.0)

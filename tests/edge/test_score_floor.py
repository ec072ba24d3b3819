"""Lines, zones, true ways and what the counts are compared with."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.settings import SettingsError
from edge.counting.crossings import Direction
from edge.floor.plane import from_matrix
from edge.floor.shapes import Line, ShapeError, Zone
from edge.score import bootstrap, drawn, onfloor, trueevents, truepaths
from edge.score.drawn import Drawn, Unit
from edge.score.happened import Crossed, Happened, Spent, Stayed
from edge.score.motchallenge import Row, TruthError
from edge.score.pairing import paired
from edge.score.truepaths import Spot, TruePath
from tests.edge.walkers import Pinhole

DOOR = Line(id="door", a=(0, 0), b=(4, 0))  # y below 0 is its left side, with y down
ROOM = Zone(id="room", corners=((0, 0), (4, 0), (4, 4), (0, 4)))
IN, OUT = Direction.IN, Direction.OUT


def walk(*places: tuple[float, float], seconds: float = 0.5, slack: float = 0.1) -> TruePath:
    return TruePath(
        at=np.arange(len(places), dtype=np.float64) * seconds,
        places=np.array(places, np.float64),
        slack=np.full(len(places), slack),
        step=seconds,
    )


def ways(path: TruePath, line: Line = DOOR) -> list[tuple[Direction, float]]:
    return [(crossed.direction, crossed.at) for crossed in trueevents.crossings(path, line)]


def test_a_crossing_has_its_direction_and_the_moment_between_two_places() -> None:
    assert ways(walk((2, -1), (2, 3))) == [(IN, 0.125)]
    assert ways(walk((2, 3), (2, -1))) == [(OUT, 0.375)]


def test_whoever_sways_on_the_line_crosses_it_once_when_they_leave_it() -> None:
    swaying = [(2.0, 0.05 * (-1) ** k) for k in range(20)]

    assert ways(walk((2, -1), *swaying, (2, -1))) == []
    assert [way for way, _ in ways(walk((2, -1), *swaying, (2, 1)))] == [IN]


def test_whoever_walks_round_the_end_of_a_line_does_not_cross_it() -> None:
    assert ways(walk((2, -1), (5, -1), (5, 1), (2, 1))) == []


def test_there_and_back_are_two_crossings() -> None:
    assert [way for way, _ in ways(walk((2, -1), (2, 1), (2, -1)))] == [IN, OUT]


def test_a_stay_runs_from_border_to_border_and_a_short_step_outside_does_not_end_it() -> None:
    path = walk((-1, 2), (1, 2), (2, 2), (-1, 2), (1, 2), (2, 2), (3, 2), (9, 2))

    (stay,) = trueevents.stays(path, ROOM)

    assert (stay.began, stay.ended) == (0.25, 3.25)
    # 0.25 to 1.25 and 1.75 to 3.25: what was outside is no time inside.
    assert sum(each.person_s for each in trueevents.spent(path, ROOM)) == pytest.approx(2.5)


def test_who_only_passes_by_does_not_stay_and_their_time_counts() -> None:
    path = walk((-1, 2), (1, 2), (5, 2))

    assert trueevents.stays(path, ROOM) == ()
    assert sum(each.person_s for each in trueevents.spent(path, ROOM)) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 6), st.floats(-2, 6)), min_size=2, max_size=40))
def test_going_the_same_way_back_crosses_a_line_the_other_way(places: list[tuple[float, float]]) -> None:
    long = Line(id="long", a=(-100, 0), b=(100, 0))  # past its ends a rounding error would decide
    there = [way for way, _ in ways(walk(*places), long)]
    back = [way for way, _ in ways(walk(*reversed(places)), long)]

    assert [IN if way is OUT else OUT for way in reversed(there)] == back
    assert all(one is not two for one, two in itertools.pairwise(there))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=30), st.floats(0.1, 1.0))
def test_the_time_in_a_zone_and_outside_is_the_time_in_view(places: list[tuple[float, float]], seconds: float) -> None:
    path = walk(*places, seconds=seconds)
    everywhere = Zone(id="all", corners=((-10, -10), (10, -10), (10, 10), (-10, 10)))

    spent = sum(each.person_s for each in trueevents.spent(path, everywhere))

    assert spent == pytest.approx(len(places) * seconds)
    assert sum(each.person_s for each in trueevents.spent(path, ROOM)) <= spent + 1e-9


def test_a_person_who_is_away_for_long_came_back() -> None:
    spots = [Spot(frame=frame, id=1, x=0, y=0) for frame in (1, 2, 20, 60)]
    times = {frame: frame / 10 for frame in range(1, 61)}

    assert [len(path.at) for path in truepaths.paths(spots, times, step=0.1)] == [3, 1]
    assert [len(path.at) for path in truepaths.paths(spots, times, step=2.0)] == [4]


def test_feet_are_at_the_bottom_of_a_box_in_pixels_or_on_the_floor() -> None:
    row = Row(frame=3, id=7, left=100, top=40, width=20, height=60)
    floor = from_matrix([[0.01, 0, 0], [0, 0.01, 0], [0, 0, 1]], width=640, height=480)

    (pixel,) = truepaths.at_feet([row], None)
    (place,) = truepaths.at_feet([row], floor)

    assert (pixel.x, pixel.y, pixel.slack) == (110, 100, 3)
    assert (place.x, place.y, place.slack) == pytest.approx((1.1, 1.0, truepaths.SLACK_M))


def test_exact_places_are_read_with_and_without_a_head_line(tmp_path: Path) -> None:
    for head in ("frame,id,x,y\n", ""):
        path = tmp_path / "places.csv"
        path.write_text(f"{head}1,2,0.5,-1e1\n\n2,2,1,2\n", "utf-8")
        assert truepaths.read(path) == (Spot(frame=1, id=2, x=0.5, y=-10), Spot(frame=2, id=2, x=1, y=2))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1,2,3", "line 2: 3 columns"),
        ("1,2,x,4", "line 2: '1,2,x,4'; wanted are two whole numbers, then metres"),
        ("0,2,3,4", "line 2: frames begin at 1"),
        ("1,2,nan,4", "line 2: frames begin at 1, places are finite"),
        ("9,9,3,4", "line 2: id 9 is in frame 9 already"),
    ],
)
def test_a_wrong_place_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(f"9,9,1,1\n{line}\n", "utf-8")

    with pytest.raises(TruthError, match=rf"places.csv: {told}"):
        truepaths.read(path)


FILE = """
[[line]]
id = "door"
a = [0, 0]
b = [4, 0]
[[zone]]
id = "room"
polygon = [[0, 0], [4, 0], [4, 4], [0, 4]]
"""


def test_lines_and_zones_are_read(tmp_path: Path) -> None:
    path = tmp_path / "floor.toml"
    path.write_text(FILE, "utf-8")
    assert drawn.read(path) == Drawn(unit=Unit.METRES, lines=(DOOR,), zones=(ROOM,))

    path.write_text(f'unit = "px"{FILE}', "utf-8")
    assert drawn.read(path).unit is Unit.PIXELS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"no \[\[line\]\] and no \[\[zone\]\]"),
        ('unit = "ft"' + FILE, "unit = 'ft'"),
        (FILE + FILE, "line 'door' is there twice"),
        (FILE.replace('id = "door"', 'id = ""'), "the id of a line is empty"),
        (FILE.replace('id = "room"', 'id = " "'), "the id of a zone is empty"),
        (FILE.replace("[4, 4], [0, 4]", "[0, 4], [4, 4]"), "zone 'room': the border crosses itself"),
        (FILE.replace("b = [4, 0]", "b = [0, 0]"), "line 'door': its ends are less than"),
        (FILE.replace("a = [0, 0]", "c = 1"), "line"),
        ("line = 1", "line"),
        ("[[line", "not TOML"),
    ],
)
def test_a_wrong_file_of_lines_and_zones_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "floor.toml"
    path.write_text(text, "utf-8")

    with pytest.raises((SettingsError, ShapeError), match=rf"floor.toml.*{told}"):
        drawn.read(path)


def test_lines_and_zones_that_the_picture_shows_nothing_of_are_named() -> None:
    camera = Pinhole()
    here = Line(id="here", a=(-1, 2), b=(1, 2))
    through = Line(id="through", a=(-90, 2), b=(90, 2))
    zones = tuple(
        Zone(id=name, corners=((-half, near - half), (half, near - half), (half, near + half), (-half, near + half)))
        for name, near, half in (("small", 2, 0.2), ("all around", 2, 300), ("behind", -40, 5))
    )

    told = drawn.nowhere(
        Drawn(lines=(here, through, Line(id="in cm", a=(-100, 200), b=(-60, 200))), zones=zones), camera.floor()
    )

    assert told == (
        "line 'in cm', zone 'behind' lie nowhere in the picture, so that nobody counts there: "
        "drawn for another floor, or in another unit?"
    )
    assert drawn.nowhere(Drawn(lines=(here, through), zones=zones[:2]), camera.floor()) is None


def test_a_line_of_pixels_keeps_its_sides_on_a_floor_that_is_mirrored() -> None:
    """Who crosses inwards by their foot's pixel does so by their place, whichever way the floor's y runs."""
    line = Line(id="door", a=(100, 200), b=(500, 260))
    for y in (0.01, -0.01):
        floor = from_matrix([[0.01, 0.001, 0], [0, y, 0], [0, 0.0005, 1]], width=640, height=480)
        rows = [Row(frame=k, id=1, left=290, top=120 + 20 * k, width=20, height=50) for k in range(1, 8)]
        times = {k: k / 10 for k in range(1, 8)}
        (pixels,) = truepaths.paths(truepaths.at_feet(rows, None), times, step=0.1)
        (metres,) = truepaths.paths(truepaths.at_feet(rows, floor), times, step=0.1)
        (placed,) = drawn.on_floor(Drawn(unit=Unit.PIXELS, lines=(line,)), floor).lines

        assert [way for way, _ in ways(pixels, line)] == [way for way, _ in ways(metres, placed)] == [IN]


def test_a_pixel_above_the_horizon_is_no_place_on_a_floor() -> None:
    floor = from_matrix([[0.01, 0, 0], [0, 0.01, 0], [0, 0.01, -1]], width=640, height=480)

    with pytest.raises(ShapeError, match=r"zone 'sky': the pixel \(0, 0\) is above the horizon"):
        drawn.on_floor(Drawn(unit=Unit.PIXELS, zones=(Zone(id="sky", corners=((0, 0), (9, 0), (9, 9))),)), floor)


# What the counts are compared with


def crossed(*at: float, way: Direction = IN) -> tuple[Crossed, ...]:
    return tuple(Crossed(line="door", direction=way, at=each) for each in at)


CUT = bootstrap.blocks(np.arange(0.0, 60.0, 0.5))


def judged(truth: Happened, counted: Happened) -> onfloor.OnFloor:
    return onfloor.judged(truth, counted, lines=["door"], zones=["room"], cut=CUT)


def test_missed_and_invented_crossings_make_up_for_each_other_in_the_error_alone() -> None:
    found = judged(
        Happened(crossings=(*crossed(1, 10, 20), *crossed(30, way=OUT))),
        Happened(crossings=(*crossed(1.4, 10.2, 40),)),
    )

    inward, outward = found.lines["door"][IN], found.lines["door"][OUT]
    assert (inward.truth, inward.counted, inward.error, inward.missed, inward.invented) == (3, 3, 0, 1, 1)
    assert (outward.error, outward.missed, outward.invented) == (1, 1, 0)
    assert found.crossing_error is not None
    assert found.crossing_error.low <= 1 <= found.crossing_error.high


def test_a_recording_without_an_error_does_not_prove_that_none_will_come() -> None:
    found = judged(Happened(crossings=crossed(1, 10)), Happened(crossings=crossed(1, 10)))

    assert found.crossing_error is not None
    assert found.crossing_error.low == 0
    assert found.crossing_error.high == pytest.approx(3.69, abs=0.01)


def test_a_stay_in_two_pieces_is_one_with_an_error_and_one_invented() -> None:
    found = judged(
        Happened(stays=(Stayed(zone="room", began=0, ended=20), Stayed(zone="room", began=30, ended=35))),
        Happened(stays=(Stayed(zone="room", began=0, ended=12), Stayed(zone="room", began=13, ended=20))),
    )

    room = found.zones["room"]
    assert (room.truth, room.counted, room.missed, room.invented) == (2, 2, 1, 1)
    assert room.errors == (8.0,)


def test_person_seconds_are_off_by_their_difference() -> None:
    found = judged(
        Happened(spent=tuple(Spent(zone="room", at=at, person_s=1.0) for at in range(60))),
        Happened(spent=tuple(Spent(zone="room", at=at + 2.5, person_s=4.5) for at in range(0, 60, 5))),
    )

    room = found.zones["room"]
    assert (room.person_s_truth, room.person_s_counted) == pytest.approx((60, 54))
    assert found.person_s_error is not None
    assert (found.person_s_error.low, found.person_s_error.high) == pytest.approx((0.1, 0.1))


def test_nothing_drawn_and_nothing_happened_have_no_intervals() -> None:
    found = judged(Happened(), Happened())

    assert (found.crossing_error, found.person_s_error, found.dwell_error) == (None, None, None)
    assert found.zones["room"].person_s_truth == 0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 50), max_size=15), st.lists(st.floats(0, 50), max_size=15), st.floats(0.1, 5))
def test_pairs_are_near_and_each_moment_has_one_at_most(first: list[float], second: list[float], within: float) -> None:
    pairs = paired(first, second, within=within)

    assert all(abs(first[one] - second[two]) <= within for one, two in pairs)
    assert len({one for one, _ in pairs}) == len({two for _, two in pairs}) == len(pairs)
    free = [at for n, at in enumerate(first) if n not in {one for one, _ in pairs}]
    rest = [at for n, at in enumerate(second) if n not in {two for _, two in pairs}]
    assert not any(math.fabs(a - b) <= within for a in free for b in rest)
    assert len(paired(second, first, within=within)) == len(pairs)

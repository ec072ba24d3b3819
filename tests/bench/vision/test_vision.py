"""The comparison's own judge of counts, on walks whose answer is known; and that the page is what a run makes."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.inputs import Box, Sighting
from edge.score.precision import Precision
from tests.bench.vision import kept, neutral, processes, report, results, trial
from tests.bench.vision.clip import Clip
from tests.bench.vision.contenders import contenders
from tests.bench.vision.neutral import Line, Scene, Way, Zone

LINE = Line(id="door", a=(0.0, 0.0), b=(4.0, 0.0))
ZONE = Zone(id="shelf", corners=np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]))
SCENE = Scene(lines=(LINE,), zones=(ZONE,))
UNITS = np.eye(3)  # a pixel is a metre
PAGE = processes.ROOT / "edge" / "COMPARISON.md"


def way(*points: tuple[float, float], period: float = 0.1) -> Way:
    return Way(times=np.arange(len(points), dtype=np.float64) * period, places=np.array(points, dtype=np.float64))


def straight(start: tuple[float, float], end: tuple[float, float], seconds: float, period: float) -> Way:
    count = round(seconds / period) + 1
    return Way(times=np.arange(count, dtype=np.float64) * period, places=np.linspace(start, end, count))


def counted(*walked: Way, period: float = 0.1) -> neutral.Counted:
    return neutral.count(walked, SCENE, period=period)


def test_a_walk_over_a_line_is_one_crossing_at_the_place_and_time_where_it_was_met() -> None:
    (crossing,) = counted(straight((2, -2), (2, 2), 4, 0.5), period=0.5).crossings
    assert (crossing.line, crossing.forward) == ("door", True)
    assert crossing.at == pytest.approx(2.0)


def test_who_walks_round_the_lines_end_crosses_nothing() -> None:
    assert counted(straight((5, -2), (5, 2), 4, 0.5)).crossings == ()


def test_jitter_on_a_line_is_no_crossing() -> None:
    assert counted(way(*[(2.0, 0.2 * (-1) ** k) for k in range(100)])).crossings == ()


def test_there_and_back_are_two_crossings_in_two_directions() -> None:
    told = counted(way((2, -1), (2, 1), (2, -1)))
    assert [each.forward for each in told.crossings] == [True, False]


def test_errors_of_counts_make_good_for_each_other_but_single_crossings_do_not() -> None:
    walk = way((2, -1), (2, 1))
    early, late = counted(walk), counted(Way(times=walk.times + 60, places=walk.places))
    assert neutral.crossing_error(early, late) == 0
    assert neutral.crossings_wrong(early, late) == 2
    assert neutral.crossing_error(early, counted()) == neutral.crossings_wrong(early, counted()) == 1


@pytest.mark.parametrize("period", [0.1, 0.2, 0.3, 0.5])
def test_person_seconds_and_stays_do_not_depend_on_how_often_somebody_is_seen(period: float) -> None:
    told = counted(straight((-2, 2), (6, 2), 6, period), period=period)
    assert told.person_s["shelf"] == pytest.approx(3, abs=0.15)
    (stay,) = told.stays
    assert stay.left - stay.entered == pytest.approx(3, abs=0.15)


def test_a_step_out_does_not_end_a_stay_and_a_pass_is_none() -> None:
    aside = [(2.0, 2.0)] * 20 + [(5.0, 2.0)] * 5 + [(2.0, 2.0)] * 20
    assert len(counted(way(*aside)).stays) == 1
    assert counted(straight((-4, 2), (8, 2), 1.2, 0.1)).stays == ()


def test_a_stay_that_nobody_told_counts_with_its_whole_length() -> None:
    truth = counted(way(*[(2.0, 2.0)] * 100))
    assert neutral.dwell_error(counted(), truth) == pytest.approx(10, abs=0.2)
    assert neutral.dwell_error(truth, truth) == 0
    assert neutral.zone_error(counted(), truth) == 1


def test_the_feet_of_a_box_are_the_middle_of_its_bottom_on_the_floor() -> None:
    double = np.diag([2.0, 2.0, 1.0])
    (told,) = neutral.ways([[11, 1, 0, 0, 2, 4], [1, 1, 1, 0, 3, 4]], double, frames_per_second=10)
    assert told.times.tolist() == [0.1, 1.1]
    assert told.places.tolist() == [[4, 8], [2, 8]]


@settings(max_examples=50, deadline=None)
@given(points=st.lists(st.tuples(st.floats(-6, 6), st.floats(-6, 6)), min_size=2, max_size=30))
def test_crossings_of_an_endless_line_take_turns_in_direction(points: list[tuple[float, float]]) -> None:
    endless = Scene(lines=(Line(id="all", a=(-100.0, 0.0), b=(100.0, 0.0)),), zones=())
    told = [each.forward for each in neutral.count([way(*points)], endless, period=0.1).crossings]
    assert all(first != second for first, second in itertools.pairwise(told))
    sure = [y > 0 for _, y in points if abs(y) >= neutral.SURE]
    assert len(told) == sum(first != second for first, second in itertools.pairwise(sure))


@pytest.mark.parametrize("rate", [10.0, 10 / 3, 2.0])
def test_every_library_has_a_pinned_environment_an_adapter_and_a_grid(rate: float) -> None:
    for contender in contenders(0.4):
        assert processes.versions(contender.environment)
        assert (processes.HERE / "adapters" / f"{contender.adapter}.py").is_file()
        assert len(contender.grid(rate)) >= 6


def clip(score: float) -> Clip:
    """One frame with one box."""
    box = Box(x1=0, y1=0, x2=10, y2=20, score=score)
    return Clip(
        looks=((1, Sighting(camera="c", at=0.1, width=100, height=100, boxes=(box,))),),
        truth=[[1, 1, 0, 0, 10, 20]],
        matrix=UNITS,
        assumed=UNITS,
        people=(),
        detect_ms=1.0,
        detected=Precision(average=1.0, area=1.0, average_all=1.0, precision=1.0, recall=1.0),
        width=100,
        height=100,
    )


def test_what_a_library_did_is_kept_for_the_same_boxes_floor_and_settings_alone() -> None:
    first, second = contenders(0.4)[:2]
    key = kept.key(first, clip(0.9), SCENE)
    assert kept.key(first, clip(0.9), SCENE) == key
    assert kept.key(first, clip(0.8), SCENE) != key
    assert kept.key(second, clip(0.9), SCENE) != key
    assert kept.key(first, clip(0.9), Scene(lines=(), zones=(ZONE,))) != key
    assert kept.key(contenders(0.5)[0], clip(0.9), SCENE) != key


def figures(mota: float) -> trial.Figures:
    return trial.Figures(
        mota=mota,
        idf1=70.0,
        hota=50.0,
        switches=9.0,
        crossing_error=4.0,
        crossings_wrong=6.0,
        zone_error=3.0,
        dwell_error=0.1,
        worst_crossing_error=5.0,
    )


def run(library: float) -> results.Results:
    """A run in which a library has the MOTA given and Aisle 80."""
    names = {results.AISLE: 80.0, results.OWN: 80.0, "other, its best": library}
    return results.Results(
        date="2026-01-01",
        commit="abc",
        machine="2 cores",
        load="idle",
        model="m",
        average_precision=0.95,
        average_precision_area=0.95,
        scene=results.Scene(frames=10, seconds=1, people=1, boxes=10, crossings=104, person_s=5, stays=2),
        rows=tuple(
            trial.Row(name=name, settings="s", rate=10 / step, figures=figures(mota))
            for name, mota in names.items()
            for step in (1, 2, 3, 5)
        ),
        costs=(results.Cost(name=results.AISLE, people=10, ms=1.0, ratio=1.2),),
        pipeline=results.Pipeline(rate=3.3, decode_percent=5, beyond_percent=10, detect_ms=15),
        versions={"other": "1.0"},
        absent=(),
    )


def test_the_page_says_where_a_library_is_better() -> None:
    assert "other, its best 90.0 (Aisle 80.0)" in report.page(run(90.0))
    assert "Nowhere" in report.page(run(70.0))


def test_an_aim_that_is_missed_is_told() -> None:
    told = {aim.what: aim.holds for aim in results.aims(run(70.0))}
    assert told["update over ByteTrack's, 10 people"] is False
    assert told["MOTA at 2 a second, %"] is True
    assert told["false counts in an empty hour"] is None
    assert "**no**" in report.page(run(70.0))


def test_the_published_page_names_its_versions_and_has_a_figure_of_everybody_at_every_rate() -> None:
    page = PAGE.read_text("utf-8")
    for environment, package in (("norfair", "norfair"), ("roboflow", "trackers"), ("motmetrics", "motmetrics")):
        assert f"| {package} | {processes.versions(environment)[package]} |" in page
    for rate in ("10", "5", "3.3", "2"):
        _, section = page.split(f"## {rate} detections a second\n", 1)
        lines = [line.split(" | ") for line in section.split("\n## ")[0].splitlines() if line.startswith("| ")]
        named = {cells[0].strip("| *"): cells[1:] for cells in lines[2:]}
        assert results.AISLE in named
        assert results.OWN in named
        for contender in contenders(0.4):
            if f"- {contender.environment} " in page:  # its environment could not be made where the page was
                continue
            assert re.fullmatch(r"-?\d+\.\d", named[f"{contender.name}, its best"][0])

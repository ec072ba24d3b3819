"""`aisle-edge calibrate`, and the calls beneath it that an editor makes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calibration import Calibration, Request, State
from contract.plan import Camera, Pair, Plan, Point, Title, encode_plan
from edge.calibrate.calls import calibrated
from tests.edge.clicked import CAMERA, GRID, drawn, pairs

PAIRS = tuple(Pair(*pair.pixel, *pair.place) for pair in drawn(pairs(click=1.0)))
SEES = (Point(-2.4, -4), Point(2.4, -4), Point(2.4, 2), Point(-2.4, 2))


HEAD = "width = 640\nheight = 480\n"


def request(count: int, **more: Any) -> Request:
    return Request(width=CAMERA.width, height=CAMERA.height, pairs=PAIRS[:count], sees=SEES, **more)


def test_points_that_come_one_by_one_are_answered_each_time() -> None:
    # Corners first: four in a row would lie on one line.
    order = [PAIRS[i] for i in (0, 3, 12, 15, 5, 10, 6)]
    answers = [calibrated(msgspec.structs.replace(request(0), pairs=tuple(order[:count]))) for count in range(8)]

    assert [each.state for each in answers] == [State.WAITING] * 4 + [State.FITTED] * 4
    assert all(each.warp is not None and each.warp.grid for each in answers[4:])  # it can be drawn from four on
    assert [each.error_cm is None for each in answers[4:]] == [True, False, False, False]
    assert [each.worst is None for each in answers[4:]] == [True, True, False, False]
    assert "error is not known" in answers[4].warnings[0]


def test_an_answer_crosses_a_wire() -> None:
    answer = calibrated(request(16))

    assert msgspec.json.decode(msgspec.json.encode(answer), type=Calibration) == answer


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-3000, 3000, width=32)] * 4), max_size=7))
def test_whatever_points_are_set_there_is_an_answer(points: list[tuple[float, float, float, float]]) -> None:
    answer = calibrated(Request(width=640, height=480, pairs=tuple(Pair(*point) for point in points)))

    assert (answer.state is State.FITTED) == (answer.refusal is None)


def test_a_warp_takes_the_pixels_of_its_grid_to_whole_metres() -> None:
    warp = calibrated(request(16)).warp
    assert warp is not None
    pixels = np.array([pixel for line in warp.grid for pixel in line])

    away = pixels - np.array(warp.centre)
    straight = warp.centre + away / (1 + warp.strength * ((away / warp.unit) ** 2).sum(axis=1, keepdims=True))
    mapped = np.column_stack([straight, np.ones(len(straight))]) @ np.array(warp.matrix).T
    places = mapped[:, :2] / mapped[:, 2:]

    assert warp.grid_m == 1
    assert np.abs(places - places.round()).min(axis=1).max() < 0.02


def test_people_far_away_are_placed_worse_than_people_near() -> None:
    answer = calibrated(request(16))

    assert answer.near is not None
    assert answer.far is not None
    assert 0 < answer.near.calibration_cm < answer.far.calibration_cm < answer.far.person_cm
    assert answer.near.person_cm < answer.far.person_cm


def test_a_camera_that_hangs_elsewhere_than_the_plan_says_is_told() -> None:
    here = calibrated(request(16, at=Point(0, 4), height_m=3.0))
    there = calibrated(request(16, at=Point(0, 8), height_m=3.0))

    assert here.warnings == ()
    assert "the plan says (0, 8), 3 m" in there.warnings[0]


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """`aisle-edge calibrate …`."""
    command = [sys.executable, "-c", "from edge.cli import main; main()", "calibrate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module", name="plan")
def a_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wrong = list(PAIRS)
    wrong[10] = Pair(wrong[10].u, wrong[10].v, wrong[10].x + 0.3, wrong[10].y)
    title = Title(ko="문", en="Door")
    camera = Camera(
        id="door-cam",
        node="door",
        width=CAMERA.width,
        height=CAMERA.height,
        at=Point(0, 4),
        height_m=3,
        look_at=Point(0, 0),
        field_of_view_deg=90,
        sees=SEES,
        pairs=tuple(wrong),
    )
    whole = Plan(
        store="s",
        title=title,
        version=1,
        width_m=6,
        depth_m=8,
        zones=(),
        lines=(),
        shelves=(),
        tags=(),
        readers=(),
        cameras=(camera,),
    )
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_bytes(encode_plan(whole))
    return path


def test_the_command_names_the_worst_point_and_ends_with_one_object(plan: Path) -> None:
    outcome = run("--plan", plan, "--camera", "door-cam")

    assert outcome.returncode == 0, outcome.stderr
    lines = outcome.stdout.splitlines()
    worst = [line for line in lines if "<- worst" in line]
    assert len(worst) == 1
    assert worst[0].split()[0] == "11"
    assert any("pair 11 is most likely wrong: without it the others err by" in line for line in lines)
    assert any(line.startswith("lens: taken as straight") for line in lines)
    assert any(line.startswith("far floor") for line in lines)
    last = json.loads(lines[-1])
    assert last["calibration"]["worst"] == 11
    assert last["calibration"]["points"][10]["error_cm"] == pytest.approx(30, abs=6)
    assert len(last["pairs"]) == len(GRID)


def test_pairs_of_a_file_give_what_the_plans_pairs_give(plan: Path, tmp_path: Path) -> None:
    rows = json.loads(plan.read_bytes())["cameras"][0]["pairs"]
    (tmp_path / "pairs.csv").write_text("u,v,x,y\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows))
    (tmp_path / "pairs.toml").write_text(f"width = {CAMERA.width}\nheight = {CAMERA.height}\npairs = {rows}\n")

    csv = run("--pairs", tmp_path / "pairs.csv", "--size", f"{CAMERA.width}x{CAMERA.height}")
    toml = run("--pairs", tmp_path / "pairs.toml")

    assert csv.returncode == 0, csv.stderr
    assert csv.stdout == toml.stdout
    points = json.loads(csv.stdout.splitlines()[-1])["calibration"]["points"]
    assert points[10]["error_cm"] == pytest.approx(30, abs=6)


@pytest.mark.parametrize(
    ("name", "text", "more", "told"),
    [
        ("p.csv", "u,v,x,y\n1,2,3,4\n", [], "give --size WxH"),
        ("p.csv", "1,2,3,4\n", ["--size", "640x480"], "line 1: the header is u,v,x,y"),
        ("p.csv", "u,v,x,y\n1,2,3,4\n1,2,3\n", ["--size", "640x480"], "line 3: '1,2,3'; allowed are four numbers"),
        ("p.csv", "u,v,x,y\n1,2,3,4\n", ["--size", "640x480"], "1 of at least 4 pairs"),
        ("p.csv", "u,v,x,y\n", ["--size", "640"], "allowed is WIDTHxHEIGHT"),
        ("p.csv", "u,v,x,y\n", ["--size", "640x480", "--camera", "a"], "--camera names a camera of a plan"),
        ("p.toml", "width = 640\npairs = []\n", [], "height"),
        ("p.toml", "width = 640\nheight =\n", [], "p.toml"),
        (
            "p.toml",
            f"{HEAD}pairs = [[1, 2, 3]]\n",
            [],
            "pair 1 is [1, 2, 3]; allowed are four numbers, u",
        ),
        ("p.toml", f"{HEAD}pairs = [[1, 2, 'x', 4]]\n", [], "pair 1: x is 'x': Expected `float`"),
        (
            "p.toml",
            f"{HEAD}pairs = [[1, 2, 3, 4], [1, 2, nan, 4]]\n",
            [],
            "p.toml: pair 2: x is nan, which is no",
        ),
        ("p.csv", "u,v,x,y\n1,2,3,4\n1,nan,3,4\n", ["--size", "640x480"], "pair 2: v is nan, which is no place"),
        ("p.csv", "u,v,x,y\n-inf,2,3,4\n", ["--size", "640x480"], "pair 1: u is -inf, which is no place; it must be"),
        ("p.csv", "u,v,x,y\n1,2,3,1e999\n", ["--size", "640x480"], "pair 1: y is inf, which is no place"),
        ("p.csv", "u,v,x,y\n1,2,3000,4\n", ["--size", "640x480"], "pair 1: x is 3000.0: Expected `float` <= 1000.0"),
        ("p.toml", "width = 4\nheight = 480\npairs = []\n", [], "width"),
    ],
)
def test_input_that_is_no_use_is_told_and_ends_with_2(
    tmp_path: Path, name: str, text: str, more: list[str], told: str
) -> None:
    (tmp_path / name).write_text(text)

    outcome = run("--pairs", tmp_path / name, *more)

    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_camera_that_the_plan_does_not_have_and_a_file_that_is_not_there_are_told(plan: Path) -> None:
    unknown, missing = run("--plan", plan, "--camera", "till-cam"), run("--plan", plan.with_name("none.json"))

    assert (unknown.returncode, missing.returncode) == (2, 2)
    assert "no camera 'till-cam'; its cameras are door-cam" in unknown.stderr
    assert "none.json: No such file" in missing.stderr

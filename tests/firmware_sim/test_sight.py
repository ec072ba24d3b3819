"""The scenarios of sight: what they show, and that their truth is exact."""

import hashlib
import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.plan import Plan, decode_plan
from contract.settings import SettingsError
from edge.floor import plane
from edge.score import drawn, homography, motchallenge, truepaths
from firmware_sim.camera.film import FrameRateError, film_scene
from firmware_sim.camera.optics import Vector, optics_of, project
from firmware_sim.camera.painter import Seen
from firmware_sim.camera.reel import to_floor
from firmware_sim.camera.scene import SceneView
from firmware_sim.sight.plan import camera_of, plan_of
from firmware_sim.sight.scenario import FOLDER, Cargo, Scene, names, read_scene, scene
from firmware_sim.sight.walkers import Crowd, Play, Walker
from firmware_sim.town.geometry import Spot, side, spot
from firmware_sim.town.scenario import ScenarioError
from firmware_sim.town.world import STEP_MS

SEED = 7
CALM = scene("calm")


def view_of(setting: Scene) -> SceneView:
    return SceneView(setting, setting.room.cameras[0], SEED)


VIEW = view_of(CALM)


def lived(setting: Scene, until_ms: int, seed: int = SEED) -> list[Crowd]:
    play = Play(setting, seed)
    crowds = [play.dawn()]
    while crowds[-1].now < until_ms:
        crowds.append(play.after(crowds[-1]))
    return crowds


FIRST = next(crowd.there[0] for crowd in lived(CALM, 3_000) if crowd.there)
ALONG = Spot(1000, 0)


def someone(at: Spot, facing: Spot = ALONG) -> Walker:
    return replace(FIRST, at=at, facing=facing, walked_mm=0)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


# The truth


def under(seen: Seen) -> tuple[float, float]:
    """The floor, m, that the middle of a box's lower edge shows."""
    across, along, scale = to_floor(VIEW.optics) @ ((seen.left + seen.right) / 2, seen.bottom, 1.0)
    return across / scale, along / scale


@settings(max_examples=50, deadline=None)
@given(x=st.integers(600, 5_600), y=st.integers(3_200, 5_600), turn=st.floats(0, math.tau))
def test_a_box_of_who_stands_ends_at_their_shoes(x: int, y: int, turn: float) -> None:
    facing = Spot(round(1000 * math.cos(turn)), round(1000 * math.sin(turn)))
    ((_, seen),) = VIEW.truth((someone(Spot(x, y), facing),))
    across, along = under(seen)
    # The place is between the feet: the nearer toe is up to a shoe's length nearer to the camera, which looks along -x.
    assert -0.08 < across - x / 1000 < 0.36
    assert abs(along - y / 1000) < 0.25


def test_a_box_of_who_walks_ends_at_the_nearer_foot() -> None:
    off = []
    for crowd in lived(CALM, 12_000)[::2]:
        for number, seen in VIEW.truth(crowd.there):
            at = next(walker.at for walker in crowd.there if walker.number == number)
            if at.x > 500 and seen.bottom < 470:
                off.append(np.subtract(under(seen), (at.x / 1000, at.y / 1000)))
    nearer, aside = np.array(off).T
    assert len(off) > 60
    assert 0.05 < float(np.median(nearer)) < 0.4, "half a stride and a shoe"
    assert nearer.max() < 0.75
    assert abs(float(np.median(aside))) < 0.1


@settings(max_examples=60, deadline=None)
@given(x=st.floats(0.2, 7.5), y=st.floats(0.5, 6.5))
def test_the_homography_leads_from_a_pixel_to_the_place_that_it_shows(x: float, y: float) -> None:
    pixel = project(VIEW.optics, Vector(x, y, 0.0))
    assert pixel is not None
    across, along, scale = to_floor(VIEW.optics) @ (pixel.u, pixel.v, 1.0)
    assert math.hypot(across / scale - x, along / scale - y) < 1e-6


def crossings(crowds: list[Crowd], a: Spot, b: Spot) -> dict[int, int]:
    """How often each walker changed sides of the line from a to b, endless."""
    sides: dict[int, list[bool]] = {}
    for crowd in crowds:
        for walker in crowd.there:
            sides.setdefault(walker.number, []).append(side(a, b, walker.at) > 0)
    return {number: sum(one != two for one, two in pairwise(run)) for number, run in sides.items()}


def test_everybody_crosses_the_entrance_as_often_as_their_way_does() -> None:
    line = CALM.room.lines[0]
    crowds = lived(CALM, 60_000)
    here = {walker.number for walker in crowds[-1].walkers}
    found = crossings(crowds, spot(line.a), spot(line.b))
    gone = [number for number in found if number not in here]
    assert len(gone) >= 3
    assert all(found[number] == 2 for number in gone), "every way goes in once and out once"
    assert all(found[number] <= 2 for number in here)


@pytest.mark.parametrize("name", ["crowd", "children", "trolleys", "occlusion"])
def test_nobody_walks_through_furniture_or_stands_still_for_ever(name: str) -> None:
    setting = scene(name)
    play = Play(setting, SEED)
    for crowd in lived(setting, 20_000):
        assert all(play.floor.open_at(walker.at) for walker in crowd.there)
        assert all(walker.stuck_ms < 12_000 for walker in crowd.there)


# The same seed


def film(folder: Path, name: str = "rain", seed: int = SEED) -> dict[str, str]:
    film_scene(scene(name), seed=seed, length_ms=2_000, fps=1.0, out=folder)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = film(tmp_path / "a"), film(tmp_path / "b"), film(tmp_path / "c", seed=8)
    assert first == again
    assert set(first) == {"video.avi", "gt.txt", "places.csv", "homography.txt", "floor.toml", "plan.json"}
    assert first["places.csv"] != other["places.csv"]
    assert first["video.avi"] != other["video.avi"]


# What is written


def test_the_files_are_what_a_scorer_reads(tmp_path: Path) -> None:
    frames = film_scene(CALM, seed=SEED, length_ms=6_000, fps=5.0, out=tmp_path)
    floor = homography.read(tmp_path / "homography.txt", width=640, height=480)
    places = {(one.frame, one.id): (one.x, one.y) for one in truepaths.read(tmp_path / "places.csv")}
    boxes = motchallenge.read(tmp_path / "gt.txt")
    assert frames == 30
    assert {line.id for line in drawn.read(tmp_path / "floor.toml").lines} == {"entrance", "aisle"}
    whole = [row for row in boxes if places[row.frame, row.id][0] > 0.5]
    feet = np.array([(row.left + row.width / 2, row.top + row.height) for row in whole])
    away = np.linalg.norm(plane.project(floor, feet) - [places[row.frame, row.id] for row in whole], axis=1)
    assert len(away) > 10
    assert float(np.median(away)) < 0.4, "half a stride and a shoe"


def test_two_cameras_film_the_same_people_from_two_sides(tmp_path: Path) -> None:
    film_scene(scene("overlap"), seed=SEED, length_ms=6_000, fps=1.0, out=tmp_path)
    till, wall = tmp_path / "till", tmp_path / "wall"
    assert (till / "places.csv").read_text() == (wall / "places.csv").read_text()
    assert (till / "gt.txt").read_text() != (wall / "gt.txt").read_text()
    plan = decode_plan((tmp_path / "plan.json").read_bytes())
    assert [camera.id for camera in plan.cameras] == ["till", "wall"]
    assert all(len(camera.pairs) >= 4 for camera in plan.cameras)


def test_frames_lie_on_the_steps_of_the_clock_or_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FrameRateError, match="7 frames a second: allowed are 20"):
        film_scene(CALM, seed=SEED, length_ms=1_000, fps=7.0, out=tmp_path)


# What is to be seen


@pytest.mark.parametrize("name", names())
def test_a_scenario_that_comes_along_can_be_read_and_played(name: str) -> None:
    setting = scene(name)
    came = lived(setting, 20_000)[-1].came
    assert setting.scenario.name == name
    assert (came > 0) == bool(setting.scenario.streams)
    plan: Plan = plan_of(setting)
    assert {line.id for line in plan.lines} == {"entrance", "aisle"}


def test_a_mirror_shows_who_stands_before_it_and_counts_them_once() -> None:
    setting = scene("mirror")
    view, body = view_of(setting), someone(Spot(4_400, 5_900))
    with_them, without = view.draw((body,), 1, 0.0), view.draw((), 1, 0.0)
    optics = optics_of(camera_of(setting, setting.room.cameras[0]))
    image = project(optics, Vector(4.4, 8.1, 1.2))  # as far behind the mirror, y = 7, as they stand before it
    assert image is not None
    there = np.s_[int(image.v) - 6 : int(image.v) + 6, int(image.u) - 4 : int(image.u) + 4]
    assert difference(with_them[there], without[there]) > 20
    assert [number for number, _ in view.truth((body,))] == [body.number]


def test_a_screen_changes_while_nobody_is_there() -> None:
    view = view_of(scene("posters"))
    assert difference(view.draw((), 1, 1.0), view.draw((), 1, 4.0)) > 0.3
    assert view.truth(()) == ()


def test_a_mannequin_is_nobody_and_hides_who_stands_behind_it() -> None:
    setting = scene("mannequin")
    view, at = view_of(setting), setting.scenario.mannequins[1].at
    behind = someone(Spot(round(at.x * 1000) - 500, round(at.y * 1000)))
    ((number, seen),) = view.truth((behind,))
    ((_, bare),) = VIEW.truth((behind,))
    assert number == behind.number
    assert seen.visible < bare.visible - 0.3


def test_a_trolley_hides_the_legs_of_who_pushes_it() -> None:
    walker = someone(Spot(4_000, 4_200))
    ((_, bare),) = VIEW.truth((walker,))
    ((_, pushing),) = VIEW.truth((replace(walker, pushes=Cargo.TROLLEY),))
    assert bare.visible > 0.95
    assert 0.3 < pushing.visible < 0.85


def test_children_are_small_and_their_heads_are_large() -> None:
    people = {walker.number: walker for crowd in lived(scene("children"), 20_000) for walker in crowd.there}
    heights = [walker.look.height_mm for walker in people.values() if walker.look.child]
    assert len(heights) >= 3
    assert all(900 <= height <= 1_300 for height in heights)
    child = replace(someone(Spot(5_000, 4_600)), look=replace(FIRST.look, height_mm=1_000, child=True))
    grown = replace(child, look=replace(child.look, child=False))
    ((_, small),), ((_, like),) = VIEW.truth((child,)), VIEW.truth((grown,))
    assert small.bottom - small.top == pytest.approx(like.bottom - like.top, rel=0.05)


def test_an_evening_is_darker_and_noisier() -> None:
    dim = view_of(scene("dim"))
    pictures = [view.draw((), 1, 0.0).astype(int) for view in (VIEW, dim)]
    again = [view.draw((), 2, 0.0).astype(int) for view in (VIEW, dim)]
    assert pictures[1].mean() < 0.55 * pictures[0].mean()
    assert np.abs(pictures[1] - again[1]).mean() > 2 * np.abs(pictures[0] - again[0]).mean()


def test_the_light_on_an_empty_floor_changes() -> None:
    view = view_of(scene("empty"))
    pictures = [view.draw((), 1, at).astype(int) for at in (0.0, 1.5, 13.0, 40.0)]
    assert all(np.abs(one - two).mean() > 1 for one, two in pairwise(pictures))
    assert all(view.truth(crowd.there) == () for crowd in lived(scene("empty"), 10 * STEP_MS))


def test_rain_runs_down_the_pane() -> None:
    view = view_of(scene("rain"))
    first, later = view.draw((), 1, 0.0), view.draw((), 1, 1.0)
    assert np.abs(first.astype(int) - later.astype(int)).max() > 60
    assert difference(first, VIEW.draw((), 1, 0.0)) > 5


# What is wrong with a file is said


def test_an_unknown_scenario_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ScenarioError, match=r"'fog' is not known; there are calm, children, crowd"):
        scene("fog")


@pytest.mark.parametrize(
    ("line", "wrong", "says"),
    [
        ("at_most = 3", "at_most = 0", "at_most = 0"),
        ('"round"]', '"round", "attic"]', "'attic' is no way of the room"),
        ('room = "shop"', 'room = "shop"\nfog = 3', "fog"),
    ],
)
def test_a_wrong_key_of_a_scenario_is_named(tmp_path: Path, line: str, wrong: str, says: str) -> None:
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "shop.toml").write_text((FOLDER / "rooms" / "shop.toml").read_text())
    (tmp_path / "calm.toml").write_text((FOLDER / "calm.toml").read_text().replace(line, wrong))
    with pytest.raises((ScenarioError, SettingsError), match=says):
        read_scene(tmp_path / "calm.toml")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--scenario", "fog"], "there are calm, children"),
        (["--scenario", "calm", "--camera", "shop"], "--camera goes with --store"),
        (["--store", "."], "--store needs --camera ID"),
        (["--scenario", "calm", "--fps", "7"], "allowed are 20"),
        (["--scenario", "calm", "--store", "."], "not allowed with argument"),
    ],
)
def test_a_film_that_cannot_be_made_is_refused_in_words(asked: list[str], says: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("aisle-sim")
    done = subprocess.run(
        [program, "film", "--seconds", "1", "--out", tmp_path, *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert says in done.stderr

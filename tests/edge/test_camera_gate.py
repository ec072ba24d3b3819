from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera import gate
from edge.camera.gate import Gate, Verdict
from edge.score import motchallenge
from tests.footage import pets_truth, pets_video

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 384, 288
SENSOR = np.random.default_rng(0).normal(0, 1, (2 * HEIGHT, 2 * WIDTH, 3)).astype(np.float32)
WITHIN_S = 1.0  # of a visit, in which the gate must have opened


def room(seed: int = 1) -> Picture:
    """A shop without people: shelves of all greys."""
    blocks = np.random.default_rng(seed).integers(60, 190, (12, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST), np.uint8)


def with_person(image: Picture, x: float, *, tall: int = 36, level: int = 40, y: int = 180) -> Picture:
    """An ellipse as large as a person who is far away."""
    drawn = image.copy()
    cv2.ellipse(drawn, (round(x), y), (tall // 5, tall // 2), 0, 0, 360, (level, level, level), -1)
    return drawn


def noisy(image: Picture, sigma: float, seed: int) -> Picture:
    """The sensor's noise: another part of one field for each picture."""
    down, right = np.random.default_rng(seed).integers(0, (HEIGHT, WIDTH))
    part = SENSOR[down : down + HEIGHT, right : right + WIDTH]
    return np.asarray(cv2.addWeighted(image, 1.0, part, sigma, 0.0, dtype=cv2.CV_8UC3), np.uint8)


@dataclass
class Door:
    """A gate before which pictures pass, and what it said to each."""

    shown: NDArray[np.bool_]
    state: Gate | None = None
    anybody: bool = False

    def pass_by(self, image: Picture, at: float) -> Verdict:
        self.state, verdict = gate.look(self.state, gate.small(image), at, shown=self.shown, anybody=self.anybody)
        return verdict


def open_door(image: Picture) -> Door:
    return Door(shown=np.ones(gate.small(image).shape, np.bool_))


def settled(door: Door, image: Picture, *, sigma: float = 3.0, seconds: float = 10.0, step: float = 0.2) -> float:
    """Let the door see the same scene; returns when that ended."""
    for index in range(round(seconds / step)):
        door.pass_by(noisy(image, sigma, index), index * step)
    return seconds


@pytest.mark.parametrize("sigma", [0.0, 3.0, 12.0])
def test_a_scene_at_rest_lets_the_detector_rest_whatever_the_sensors_noise(sigma: float) -> None:
    image, door = room(), open_door(room())
    settled(door, image, sigma=sigma, seconds=20)

    verdicts = [door.pass_by(noisy(image, sigma, 1000 + step), 20 + step / 5) for step in range(100)]

    assert verdicts.count(Verdict.REST) >= 90
    assert set(verdicts) <= {Verdict.REST, Verdict.CONFIRM}


@pytest.mark.parametrize("sigma", [1.0, 5.0])
@pytest.mark.parametrize("step", [0.1, 0.5])
@pytest.mark.parametrize("speed", [9.0, 36.0, 120.0])
def test_somebody_who_walks_in_opens_the_gate_within_a_second(sigma: float, step: float, speed: float) -> None:
    image, door = room(), open_door(room())
    start = settled(door, image, sigma=sigma)

    for index in range(round(WITHIN_S / step)):
        picture = with_person(image, 12 + speed * index * step)
        if door.pass_by(noisy(picture, sigma, 500 + index), start + index * step) is Verdict.LOOK:
            return
    pytest.fail("it stayed shut")


def test_somebody_too_faint_for_the_gate_is_looked_for_all_the_same() -> None:
    """The negative control of the test above: a gate that never opens on its own still confirms."""
    image, door = room(), open_door(room())
    start = settled(door, image)

    verdicts = [
        door.pass_by(noisy((image + 1).astype(np.uint8), 3.0, 700 + step), start + step / 5) for step in range(60)
    ]

    assert Verdict.LOOK not in verdicts
    assert verdicts.count(Verdict.CONFIRM) >= 2


def test_boxes_that_are_told_again_are_confirmed_before_the_tracker_gives_anybody_up() -> None:
    image, door = with_person(room(), 180), open_door(room())
    door.anybody = True
    start = settled(door, image)

    looks = [start + s / 5 for s in range(100) if door.pass_by(noisy(image, 3, s), start + s / 5) is not Verdict.REST]

    assert len(looks) >= 9
    assert np.diff(looks).max() <= 2.2


def test_a_person_who_creeps_is_not_taken_for_the_scene_at_rest() -> None:
    """A pixel of the picture a second, slower than the average forgets."""
    image, door = room(), open_door(room())
    door.anybody = True
    x, start = 120.0, settled(door, with_person(room(), 120, tall=90))
    looked_at = x

    for index in range(150):
        x += 0.25
        verdict = door.pass_by(noisy(with_person(image, x, tall=90), 2, index), start + index / 5)
        looked_at = x if verdict is not Verdict.REST else looked_at
        assert x - looked_at <= 7  # a box told again is never farther off than a fifth of its width


def test_light_that_drifts_moves_nobody_and_light_that_jumps_is_looked_at_once() -> None:
    image, door = room(), open_door(room())
    start = settled(door, image)
    drift = [
        door.pass_by(noisy((image * (1 - step / 400)).astype(np.uint8), 3, step), start + step / 5)
        for step in range(100)
    ]
    dark = (image * 0.35).astype(np.uint8)
    jump = [door.pass_by(noisy(dark, 3, 900 + step), start + 20 + step / 5) for step in range(20)]

    assert drift.count(Verdict.REST) >= 85
    assert jump[0] in {Verdict.LIGHT, Verdict.LOOK}
    assert jump.count(Verdict.REST) >= 17


@pytest.mark.parametrize(("width", "height"), [(16, 4_000), (1, 1), (640, 480), (4_000, 16), (1080, 1920)])
def test_a_picture_of_any_shape_is_made_small(width: int, height: int) -> None:
    """A broken stream may claim to be a line of pixels: it must not take the memory of a thousand pictures."""
    small = gate.small(np.full((height, width, 3), 90, np.uint8))

    assert small.shape[1] == gate.WIDTH
    assert small.size <= 4 * gate.WIDTH**2
    assert small.min() == small.max() == 90


def test_what_moves_behind_a_mask_opens_nothing() -> None:
    image, door = room(), open_door(room())
    door.shown[:, 96:] = False
    start = settled(door, image)

    masked = [door.pass_by(noisy(with_person(image, 240 + 5 * s), 3, s), start + s / 5) for s in range(20)]
    beside = [door.pass_by(noisy(with_person(image, 12 + 5 * s), 3, s), start + 5 + s / 5) for s in range(5)]

    assert Verdict.LOOK not in masked
    assert Verdict.LOOK in beside


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.integers(0, 3), st.booleans()), min_size=1, max_size=40))
def test_a_gate_never_rests_longer_than_it_may(steps: list[tuple[float, int, bool]]) -> None:
    pictures = [np.full((9, 16), 40 * level, np.float32) for level in range(4)]
    shown = np.ones((9, 16), np.bool_)
    state, at, looked = None, 0.0, 0.0
    for elapsed, level, anybody in steps:
        at += elapsed
        state, verdict = gate.look(state, pictures[level], at, shown=shown, anybody=anybody)
        if verdict is Verdict.REST:
            assert at - looked < (gate.CONFIRMS_S if anybody else gate.EMPTY_S)
        else:
            looked = at


def entries(step: int, *, least: float, pictures: list[gate.Real], windows: int) -> tuple[int, int, float]:
    """Visits to windows of real footage that begin after two quiet seconds, those missed, and the share at rest."""
    rows = motchallenge.read(pets_truth())
    random = np.random.default_rng(1)
    visits = missed = rests = looks = 0
    for _ in range(windows):
        width, height = random.integers(60, 200, 2)
        x, y = random.integers(0, 768 - width), random.integers(60, 576 - height)
        inside = np.zeros(len(pictures) + 1)
        for row in rows:
            across = min(row.left + row.width, x + width) - max(row.left, x)
            down = min(row.top + row.height, y + height) - max(row.top, y)
            share = max(0.0, across) * max(0.0, down) / (row.width * row.height)
            inside[row.frame] = max(inside[row.frame], share)
        shown = np.zeros(pictures[0].shape, np.bool_)
        shown[y // 4 : (y + height) // 4, x // 4 : (x + width) // 4] = True
        state, opened, quiet = None, [], 0
        for index in range(0, len(pictures), step):
            state, verdict = gate.look(state, pictures[index], index / 10, shown=shown, anybody=inside[index + 1] > 0.3)
            looks, rests = looks + 1, rests + (verdict is Verdict.REST)
            opened += [index] if verdict in {Verdict.LOOK, Verdict.LIGHT} else []
        for index, share in enumerate(inside[1:]):
            if share > 0.5 and quiet >= 20:
                visits += 1
                missed += not any(index <= at <= index + 10 * least for at in opened)
            quiet = quiet + 1 if share == 0 else 0 if share > 0.5 else quiet
    return visits, missed, rests / looks


def test_the_first_second_of_a_visit_is_never_missed_on_real_footage(tmp_path_factory: pytest.TempPathFactory) -> None:
    capture = cv2.VideoCapture(str(pets_video(tmp_path_factory.mktemp("pets"))))
    pictures = []
    while capture.grab():
        pictures.append(gate.small(np.asarray(capture.retrieve()[1], np.uint8)))

    visits, missed, rest = entries(5, least=WITHIN_S, pictures=pictures, windows=15)
    _, blind, _ = entries(5, least=0.0, pictures=[np.zeros_like(one) for one in pictures], windows=5)

    assert visits >= 20
    assert missed == 0
    assert rest >= 0.25  # though somebody is in the window for half of the time
    assert blind > 0  # the negative control: a gate that sees nothing misses visits

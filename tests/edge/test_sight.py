"""Whether a camera sees, on real footage and drawn, spoilt in all the ways that cameras are."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Cause
from edge.camera import alignment, sight
from edge.camera.sharpness import sharpness
from edge.camera.sight import Sight
from tests import footage
from tests.edge.spoilt import (
    EVERY_S,
    MENDED_S,
    SPOILT_S,
    Image,
    Spoil,
    blurred,
    drawn,
    hand,
    lit,
    noisy,
    paper,
    upside_down,
    warped,
)

WITHIN_S = 10.0  # a spoilt camera must be told


def curve(gamma: float) -> Image:
    return np.asarray(255 * (np.arange(256) / 255) ** gamma, np.uint8)


SPOILT: list[tuple[str, Spoil, Cause]] = [
    ("shifted by 8 px", warped(8), Cause.MOVED),
    ("shifted by 20 px", warped(20, 5), Cause.MOVED),
    ("shifted by 40 px", warped(40), Cause.MOVED),
    ("tilted by 8 px", warped(0, 8), Cause.MOVED),
    ("turned by 2 degrees", warped(turn=2), Cause.MOVED),
    ("nearer by 3 %", warped(scale=1.03), Cause.MOVED),
    ("looking elsewhere", upside_down, Cause.MOVED),
    ("a little out of focus", blurred(2.5), Cause.BLURRED),
    ("out of focus", blurred(5), Cause.BLURRED),
    ("far out of focus", blurred(12), Cause.BLURRED),
    ("behind paper", paper, Cause.BLOCKED),
    ("behind a hand", hand, Cause.BLOCKED),
    ("black", lit(0), Cause.DARK),
    ("at night without light", lit(0.07), Cause.DARK),
]


def a_crowd(image: Image, at: float) -> Image:
    """Nine people side by side before the camera, who sway."""
    shown, (height, width) = image.copy(), image.shape[:2]
    for number in range(9):
        left = round(number * width / 9 + 20 * math.sin(at + number))
        top = round(height * (0.4 - 0.1 * ((number * 7) % 3)))
        colour = [int(each) for each in np.random.default_rng(number).integers(20, 200, 3)]
        cv2.rectangle(shown, (left, top), (left + width // 9 - 4, height), colour, -1)
        cv2.circle(shown, (left + width // 18, top), 30, (120, 150, 190), -1)
    return shown


def somebody_close(image: Image, at: float) -> Image:
    """For two seconds a coat hides nearly all."""
    if not 20 <= at < 22:
        return image
    shown = image.astype(np.float32)
    shown[:, : round(image.shape[1] * 0.95)] = (60, 40, 90)
    return noisy(shown, 3, at)


def a_passing_shadow(image: Image, at: float) -> Image:
    shown, right = image.copy(), int(at * 20) % image.shape[1]
    shown[:, max(0, right - 200) : right] //= 2
    return shown


def goods_put_elsewhere(image: Image, at: float) -> Image:
    shown, (height, width) = image.copy(), image.shape[:2]
    if at > 20:
        shown[height // 2 :, : width // 3] = image[height // 2 :, : width // 3][:, ::-1]
    return shown


NOT_SPOILT: list[tuple[str, Spoil]] = [
    ("a crowd", lambda image, at: a_crowd(image, at) if at > 20 else image),
    ("somebody close for two seconds", somebody_close),
    ("the light switched off and on", lambda image, at: lit(0.35)(image, at) if int(at) // 5 % 2 else image),
    ("brightness that drifts", lambda image, at: lit(0.5 + 0.7 * abs(math.sin(at / 20)))(image, at)),
    ("contrast that changes", lambda image, at: curve(1 + at / 40)[image]),
    ("a shadow", a_passing_shadow),
    ("goods put elsewhere", goods_put_elsewhere),
    ("noise", lambda image, at: noisy(image, 10 if at > 20 else 2, at)),
    ("infrared at night", lambda image, at: np.repeat(image[:, :, 1:2], 3, 2) if at > 20 else image),
    ("a screw that gave by 2 px", lambda image, at: warped(2)(image, at) if at > 20 else image),
]


@cache
def real(video: Path) -> Sequence[Image]:
    """PETS09-S2L1 at one picture a second, 80 s."""
    capture, pictures, number = cv2.VideoCapture(str(video)), [], 0
    while capture.grab():
        if number % 10 == 0:
            pictures.append(np.asarray(capture.retrieve()[1], np.uint8))
        number += 1
    return pictures


@pytest.fixture(name="video", params=["drawn", "real"])
def footage_to_spoil(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Where the real footage lies; None for the drawn one."""
    return None if request.param == "drawn" else footage.pets_video(tmp_path_factory.getbasetemp())


def pictures_of(video: Path | None) -> Sequence[Image]:
    return drawn() if video is None else real(video)


@cache
def used_to(video: Path | None) -> Sight:
    """The sight of a camera that has shown this footage until it is spoilt."""
    state, pictures = Sight(), pictures_of(video)
    for number in range(int(SPOILT_S / EVERY_S)):
        state = sight.look(state, pictures[number], number * EVERY_S, still_s=4)
        assert state.blind is None
    return state


def told(
    pictures: Sequence[Image], spoil: Spoil, until: float, *, state: Sight | None = None, since: float = 0.0
) -> list[tuple[float, Cause | None]]:
    """When the sight of a camera that shows these changed, and to what."""
    state, changes = state or Sight(), list[tuple[float, Cause | None]]()
    for number, picture in enumerate(pictures):
        at = number * EVERY_S
        if not since <= at < until:
            continue
        state = sight.look(state, spoil(picture, at), at, still_s=4)
        cause = None if state.blind is None else state.blind.cause
        if cause is not (changes[-1][1] if changes else None):
            changes.append((at, cause))
    return changes


@pytest.mark.parametrize(("spoil", "cause"), [pytest.param(s, c, id=name) for name, s, c in SPOILT])
def test_a_spoilt_camera_is_told_within_ten_seconds_and_well_once_it_is_mended(
    video: Path | None, spoil: Spoil, cause: Cause
) -> None:
    def shown(image: Image, at: float) -> Image:
        return spoil(image, at) if SPOILT_S <= at < MENDED_S else image

    changes = told(pictures_of(video), shown, MENDED_S + 6, state=used_to(video), since=SPOILT_S)

    assert changes[0][1] is cause
    assert SPOILT_S < changes[0][0] <= SPOILT_S + WITHIN_S
    assert changes[-1][1] is None
    assert MENDED_S < changes[-1][0] <= MENDED_S + 5


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in NOT_SPOILT])
def test_people_light_and_goods_are_no_spoilt_camera(video: Path | None, spoil: Spoil) -> None:
    assert told(pictures_of(video), spoil, 46) == []


def test_eighty_seconds_of_real_people_are_no_spoilt_camera(tmp_path_factory: pytest.TempPathFactory) -> None:
    pictures = real(footage.pets_video(tmp_path_factory.getbasetemp()))

    assert len(pictures) == 80
    assert told(pictures, lambda image, _: image, 80) == []


def test_a_room_that_grows_dark_is_told_dark_and_nothing_else() -> None:
    changes = told(drawn(), lambda image, at: lit(max(0.0, 1 - at / 40))(image, at), 60)

    assert [cause for _, cause in changes] == [Cause.DARK]


def test_a_camera_that_starts_behind_paper_is_told_and_learns_its_scene_after() -> None:
    def shown(image: Image, at: float) -> Image:
        return paper(image, at) if at < 10 else warped(40 if at > 30 else 0)(image, at)

    assert [cause for _, cause in told(drawn(), shown, 45)] == [Cause.BLOCKED, None, Cause.MOVED]


def noise(seed: int) -> Image:
    return np.random.default_rng(seed).integers(50, 200, (16, 16, 3), dtype=np.uint8)


def test_a_picture_that_never_changes_is_frozen_until_it_does() -> None:
    state, causes = Sight(), []
    for at in range(60):
        state = sight.look(state, noise(0), at / 10, still_s=4)
        causes.append(state.blind and state.blind.cause)

    assert not any(causes[:40])
    assert causes[-1] is Cause.FROZEN
    state = sight.look(state, noise(0), 100.0, still_s=4)
    assert state.blind is not None  # a new connection to the same frozen camera
    assert sight.look(state, noise(1), 101.0, still_s=4).blind is None


def test_one_pixel_that_flickers_is_a_living_camera() -> None:
    state = Sight()
    for step in range(40):
        image = noise(0)
        image[3, 3, 0] = step
        state = sight.look(state, image, step / 10, still_s=1)
        assert state.blind is None


def test_an_empty_shop_in_which_only_the_pictures_clock_runs_all_night_is_a_living_camera() -> None:
    """A codec takes the noise of a still scene away: what is left of hours is the clock."""
    shop = np.asarray(cv2.resize(noise(0), (320, 240), interpolation=cv2.INTER_LINEAR), np.uint8)
    state = Sight()
    for minute in range(600):
        image = shop.copy()
        cv2.putText(image, f"{minute // 60:02}:{minute % 60:02}", (200, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0))
        state = sight.look(state, image, 60.0 * minute, still_s=4)
        assert state.blind is None


def test_what_is_in_doubt_is_known_before_it_is_told() -> None:
    state = Sight()
    for number, picture in enumerate(drawn()[:19]):
        at = number * EVERY_S
        state = sight.look(state, paper(picture, at) if at >= SPOILT_S else picture, at, still_s=4)
        assert state.in_doubt == (at >= SPOILT_S)
    assert state.blind is None


@settings(max_examples=40, deadline=None)
@given(right=st.integers(-14, 14), down=st.integers(-14, 14))
def test_a_shift_is_measured_as_far_as_it_went(right: int, down: int) -> None:
    scene = np.asarray(cv2.blur(np.random.default_rng(1).integers(0, 255, (200, 260)).astype(np.float32), (5, 5)))
    before, now = scene[20:164, 20:212], scene[20 - down : 164 - down, 20 - right : 212 - right]

    had, has = (alignment.field(np.ascontiguousarray(each, np.float32)) for each in (before, now))
    lies = alignment.compare(had, has, alignment.tiles((144, 192)))

    assert lies.agreeing >= 0.8 * lies.textured
    assert lies.moved == pytest.approx(math.hypot(right, down), abs=1.0)


def test_another_scene_has_no_place_in_the_learnt_one() -> None:
    scenes = np.random.default_rng(2).integers(0, 255, (2, 144, 192)).astype(np.float32)
    before, now = (alignment.field(np.asarray(cv2.blur(scene, (5, 5)), np.float32)) for scene in scenes)

    lies = alignment.compare(before, now, alignment.tiles((144, 192)))

    assert lies.agreeing < 0.3 * lies.textured
    assert lies.still < 0.12 * lies.textured


def test_the_wider_an_edge_the_less_sharp_it_is_however_bright() -> None:
    picture = drawn()[0]
    sharp = [float(np.nanmedian(sharpness(blurred(sigma)(picture, 0)))) for sigma in (0.5, 1, 2, 4)]

    assert sharp == sorted(sharp, reverse=True)
    dim = float(np.nanmedian(sharpness((picture // 2).astype(np.uint8))))
    assert dim == pytest.approx(float(np.nanmedian(sharpness(picture))), rel=0.25)
    assert np.isnan(sharpness(np.zeros((8, 8, 3), np.uint8))).all()

"""Whether a part of a camera's picture is covered: by what stays there, and never by people, lamps or goods."""

import math
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.events import Cause
from edge.camera import sight
from edge.camera.sight import SETTLED, Sight
from tests import footage
from tests.edge.spoilt import Image, Spoil, drawn, noisy, upside_down

COVERED_S = float(SETTLED + 1)
MENDED_S = 50.0
NOTHING: list[tuple[float, Cause | None]] = []


@pytest.fixture(name="video", params=["drawn", "real"])
def footage_to_cover(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Where the real footage lies; None for the drawn one."""
    return None if request.param == "drawn" else footage.pets_video(tmp_path_factory.getbasetemp())


@cache
def pictures_of(video: Path | None) -> list[Image]:
    """One a second, there and back again, so that they can go round."""
    there = list(drawn())
    if video is not None:
        capture, there = cv2.VideoCapture(str(video)), []
        while capture.grab():
            if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) % 10 == 1:
                there.append(np.asarray(capture.retrieve()[1], np.uint8))
    return there + there[-2:0:-1]


def told(video: Path | None, spoil: Spoil, seconds: float) -> list[tuple[float, Cause | None]]:
    """When what is told changed, in seconds since a camera that knows its scene is spoilt, and to what."""
    state, changes = used_to(video), list[tuple[float, Cause | None]]()
    pictures = pictures_of(video)
    for second in range(int(seconds)):
        at = COVERED_S + second
        state = sight.look(state, spoil(pictures[int(at) % len(pictures)], float(second)), at, still_s=4)
        cause = None if state.blind is None else state.blind.cause
        if cause is not (changes[-1][1] if changes else None):
            changes.append((float(second), cause))
    return changes


@cache
def used_to(video: Path | None) -> Sight:
    state, pictures = Sight(), pictures_of(video)
    for second in range(int(COVERED_S)):
        state = sight.look(state, pictures[second % len(pictures)], float(second), still_s=4)
    assert state.is_well
    return state


def tape(image: Image, at: float) -> Image:
    return noisy(np.full(image.shape, 14, np.float32), 2, at)


def plain(image: Image, _: float) -> Image:
    """As a codec leaves tape: without any noise."""
    return np.full_like(image, 30)


def paper(image: Image, at: float) -> Image:
    """Lit from above."""
    fading = np.linspace(190, 150, len(image), dtype=np.float32)[:, None, None]
    return noisy(np.broadcast_to(fading, image.shape), 8, at)


@cache
def corrugated(height: int, width: int) -> Image:
    grain = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 60, (height, width)), (0, 0), 2)
    waves = np.arange(width) // 9 % 2 * 10
    return np.asarray(np.clip(np.array((80, 120, 160)) + (grain + waves)[..., None], 0, 255), np.uint8)


def cardboard(image: Image, at: float) -> Image:
    return noisy(corrugated(*image.shape[:2]), 4, at)


def photo(image: Image, at: float) -> Image:
    height, width = image.shape[:2]
    return noisy(np.asarray(cv2.resize(upside_down(drawn()[0], at), (width, height)), np.uint8), 3, at)


def over(share: float, side: str) -> tuple[slice, slice]:
    """Rows and columns, in hundredths of the picture."""
    much = round(100 * share)
    edge = round((100 - 100 * math.sqrt(share)) / 2)
    whole = slice(0, 100)
    return {
        "left": (whole, slice(0, much)),
        "right": (whole, slice(100 - much, 100)),
        "top": (slice(0, much), whole),
        "bottom": (slice(100 - much, 100), whole),
        "middle": (slice(edge, 100 - edge), slice(edge, 100 - edge)),
    }[side]


def covered(cover: Spoil, share: float, side: str) -> Spoil:
    def spoil(image: Image, at: float) -> Image:
        height, width = image.shape[:2]
        rows, columns = over(share, side)
        part = (
            slice(rows.start * height // 100, rows.stop * height // 100),
            slice(columns.start * width // 100, columns.stop * width // 100),
        )
        shown = image.copy()
        shown[part] = cover(image, at)[part]
        return shown

    return spoil


SIDES = ("left", "middle")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("cover", [tape, plain, paper, cardboard], ids=lambda cover: cover.__name__)
def test_what_hides_three_fifths_of_the_picture_is_told_within_a_minute_until_it_is_gone(
    video: Path | None, cover: Spoil, side: str
) -> None:
    spoil = covered(cover, 0.6, side)
    changes = told(video, lambda image, at: spoil(image, at) if at < MENDED_S else image, MENDED_S + 6)

    assert [cause for _, cause in changes] == [Cause.BLOCKED, None]
    assert MENDED_S < changes[1][0] <= MENDED_S + 5


@pytest.mark.parametrize("side", SIDES)
def test_a_sharp_photo_over_three_fifths_is_told_as_a_cover_or_as_another_scene(video: Path | None, side: str) -> None:
    changes = told(video, covered(photo, 0.6, side), MENDED_S)

    assert changes
    assert changes[-1][1] in {Cause.BLOCKED, Cause.MOVED}


@pytest.mark.parametrize("side", SIDES)
def test_tape_over_nine_tenths_is_told_as_soon_as_tape_over_all(video: Path | None, side: str) -> None:
    changes = told(video, covered(plain, 0.9, side), 20)

    assert [cause for _, cause in changes] == [Cause.BLOCKED]
    assert changes[0][0] <= 10


def somebody_close(image: Image, at: float) -> Image:
    """A coat that hides half of the picture, on somebody who shifts from foot to foot."""
    shown, (height, width) = image.copy(), image.shape[:2]
    middle = round(width / 2 + 12 * math.sin(0.7 * at))
    cv2.rectangle(shown, (middle - width // 4, height // 7), (middle + width // 4, height), (60, 45, 70), -1)
    for button in range(4):
        cv2.circle(shown, (middle, height * (button + 2) // 6), 12, (120, 100, 130), -1)
    cv2.circle(shown, (middle, height // 7), width // 8, (120, 150, 190), -1)
    return noisy(shown, 3, at)


def a_crowd(image: Image, at: float) -> Image:
    """Nine people side by side before the camera, who sway."""
    shown, (height, width) = image.copy(), image.shape[:2]
    for number in range(9):
        left = round(number * width / 9 + 20 * math.sin(0.6 * at + number))
        top = round(height * (0.35 - 0.1 * ((number * 7) % 3)))
        colour = [int(each) for each in np.random.default_rng(number).integers(20, 200, 3)]
        cv2.rectangle(shown, (left, top), (left + width // 9 - 4, height), colour, -1)
        cv2.circle(shown, (left + width // 18, top), width // 27, (120, 150, 190), -1)
    return shown


def lamps_going_off(image: Image, at: float) -> Image:
    """Five in a row, one after another; each lights a little of what the others do, and at last a sign is on."""
    on = np.array([at < 20 * (number + 1) for number in range(5)], np.float32)
    lit = np.maximum((on + 0.12 * (on.sum() - on)) / 1.48, 0.25)
    across = np.interp(np.linspace(0, 4, image.shape[1]), np.arange(5), lit).astype(np.float32)
    return noisy(image * across[None, :, None], 3, at)


def sunlight(image: Image, at: float) -> Image:
    """A patch, too bright to see anything in, that wanders across."""
    across, down = np.arange(image.shape[1])[None, :], np.arange(image.shape[0])[:, None]
    far = np.hypot(across - image.shape[1] * at / 120, down - image.shape[0] * 0.6) / (image.shape[1] * 0.12)
    return noisy(image + (260 * np.exp(-(far**2) / 2))[..., None].astype(np.float32), 2, at)


@pytest.mark.parametrize(
    "spoil",
    [somebody_close, a_crowd, lamps_going_off, sunlight, covered(upside_down, 0.2, "left")],
    ids=("somebody close", "a crowd", "lamps going off", "sunlight", "a shelf rearranged"),
)
def test_people_lamps_sun_and_goods_cover_nothing(video: Path | None, spoil: Spoil) -> None:
    assert told(video, spoil, 120) == NOTHING


def test_so_much_rearranged_is_learnt_within_hours_and_tape_within_a_day_is_not(
    video: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day = 600.0  # looks, so that nobody waits for it
    monkeypatch.setattr(sight, "COVER_MEMORY", int(a_day))

    assert told(video, covered(upside_down, 0.6, "left"), a_day / 4)[-1][1] is None
    assert told(video, covered(tape, 0.6, "left"), a_day)[-1][1] is Cause.BLOCKED

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera import things
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.eyes import Eyes, Seen
from edge.camera.mask import Mask
from edge.camera.scale import Patch, Size
from edge.camera.settings import Settings as CaptureSettings
from edge.camera.things import Things
from edge.inputs import Box
from edge.score import motchallenge
from firmware_sim.camera.film import film_scene
from firmware_sim.sight.scenario import Scene, scene
from models import load_passport, verified_bytes

MODEL = "person-nanodet-g-256x320-int8"
TALL, TALLEST = 120.0, 200.0
MANNEQUIN = Box(x1=100, y1=80, x2=140, y2=80 + TALL, score=0.8)
RATE = 0.5  # looks a second
LONG = round(RATE * things.STILL_S) + 1


def shaken(box: Box, by: float, random: np.random.Generator) -> Box:
    """The box with each edge off by so much of its height, as a standard deviation."""
    x1, y1, x2, y2 = (edge + random.normal(0, by * TALL) for edge in (box.x1, box.y1, box.x2, box.y2))
    return Box(x1=x1, y1=y1, x2=x2, y2=y2, score=box.score)


def never(_: Box) -> bool:
    return False


def learnt(looks: Sequence[tuple[Box, ...]], stirred: Callable[[Box], bool] = never) -> Things:
    known: Things = ()
    for number, boxes in enumerate(looks):
        known = things.learn(known, boxes, number / RATE, stirred=stirred)
    return known


def test_what_never_moves_is_left_out_after_ten_minutes_and_not_before() -> None:
    random = np.random.default_rng(1)
    looks = [(shaken(MANNEQUIN, 0.01, random),) for _ in range(LONG)]

    assert things.spare(learnt(looks[:-1]), (MANNEQUIN,)) == (MANNEQUIN,)
    assert things.spare(learnt(looks), (MANNEQUIN,)) == ()


def test_somebody_who_stands_and_sways_stays_a_person() -> None:
    random = np.random.default_rng(2)

    known = learnt([(shaken(MANNEQUIN, 0.04, random),) for _ in range(2 * LONG)])

    assert not any(spot.is_thing for spot in known)


def test_somebody_who_sits_upright_and_turns_leaves_stays_a_person() -> None:
    """Their box keeps as even as a thing's, but the picture stirs in three of five looks."""
    random = np.random.default_rng(4)
    looks = [(shaken(MANNEQUIN, 0.01, random),) for _ in range(2 * LONG)]

    known = learnt(looks, stirred=lambda _: bool(random.random() < 0.6))

    assert not any(spot.is_thing for spot in known)


def test_people_who_pass_before_a_mannequin_do_not_make_it_a_person() -> None:
    random = np.random.default_rng(3)
    passer = Box(x1=105, y1=90, x2=160, y2=240, score=0.9)
    looks = [(passer,) if number % 40 >= 34 else (shaken(MANNEQUIN, 0.01, random),) for number in range(LONG)]

    assert things.spare(learnt(looks), (MANNEQUIN, passer)) == (passer,)


def test_who_stands_where_a_thing_stood_is_a_person_once_it_is_long_gone() -> None:
    known = learnt([(MANNEQUIN,)] * LONG)
    soon, late = things.STILL_S + 60, things.STILL_S + things.GONE_S + 60

    assert things.spare(things.learn(known, (MANNEQUIN,), soon, stirred=never), (MANNEQUIN,)) == ()
    assert things.spare(things.learn(known, (MANNEQUIN,), late, stirred=never), (MANNEQUIN,)) == (MANNEQUIN,)


def standing(x: float, y: float, tall: float, score: float) -> Box:
    return Box(x1=x, y1=y, x2=x + tall / 3, y2=y + tall, score=score)


any_box = st.builds(standing, st.floats(0, 600), st.floats(0, 400), st.floats(20, TALLEST), st.floats(0.3, 1))


@settings(max_examples=15, deadline=None)
@given(st.lists(any_box, max_size=6), st.lists(any_box, max_size=6))
def test_only_boxes_that_are_where_a_thing_is_are_left_out_and_the_others_keep_their_order(
    still: list[Box], seen: list[Box]
) -> None:
    known = learnt([tuple(still)] * LONG)

    told = things.spare(known, seen)

    kept = [box for box in seen if box in told]
    assert list(told) == kept
    for box in seen:
        near = [max(abs(box.x1 - one.x1), abs(box.y1 - one.y1), abs(box.y2 - one.y2)) for one in still]
        if box not in told:
            assert min(near) <= things.EVEN * TALLEST + things.PIXELS


class Sleeper:
    """A detector that sees the same in every picture."""

    net = Size(width=320, height=256)

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        assert image.size
        assert patches
        return (MANNEQUIN,)


def test_a_picture_at_rest_proves_nothing_of_who_is_in_it() -> None:
    """Somebody asleep far away moves no pixel: that the detector was not asked is no look at them."""
    picture = np.random.default_rng(1).integers(0, 255, (216, 384, 3), dtype=np.uint8)
    eyes = Eyes(Sleeper(), mask=Mask(), people=())

    told = [eyes.see(picture, number / 4) for number in range(round(6 * things.STILL_S))]

    assert all(len(each.boxes) == 1 for each in told)


@pytest.fixture(scope="module", name="shop")
def shop_with_mannequins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Path]:
    """Eleven minutes of the drawn shop with two mannequins, a picture every two seconds."""
    folder, setting = tmp_path_factory.mktemp("mannequins"), scene("mannequin")
    film_scene(setting, seed=1, length_ms=660_000, fps=0.5, out=folder)
    return setting, folder


def looks(folder: Path) -> Iterator[Seen]:
    passport = load_passport(MODEL)
    eyes = Eyes(Detector(passport, verified_bytes(passport), Settings()), mask=Mask(), people=())
    with closing(Capture(CaptureSettings(name="film", source=str(folder / "video.avi")))) as film:
        number = 0
        while film.grab():
            yield eyes.see(film.picture(), 2.0 * number)
            number += 1


def test_mannequins_are_no_people_once_the_camera_has_seen_them_for_a_while(shop: tuple[Scene, Path]) -> None:
    setting, folder = shop
    people = [row.frame for row in motchallenge.read(folder / "gt.txt")]

    seen = list(looks(folder))

    before, after = seen[:290], seen[-24:]
    truth = sum(frame > len(seen) - 24 for frame in people)
    assert len(setting.scenario.mannequins) == 2
    assert sum(each.things for each in before) == 0
    assert sum(each.things for each in after) > 24  # of 48: people hide them, and the detector blinks
    assert sum(len(each.boxes) for each in after) > 0.6 * truth

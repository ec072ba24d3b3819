import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera import choice
from edge.camera.detector import Detector
from edge.camera.detector import Settings as DetectorSettings
from models import ModelRefused, load_passport, verified_bytes

times = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=5)


def test_the_quicker_model_wins_by_its_least_time_and_a_tie_goes_to_the_more_accurate() -> None:
    assert choice.quickest({"fp16": [0.020, 0.021], "int8": [0.200, 0.011]}, {}).kind == "int8"
    slower = choice.quickest({"fp16": [0.090, 0.020], "int8": [0.021, 0.022]}, {})
    assert slower.kind == "fp16"
    assert slower.reason == "fp16, the quickest here (fp16 20.0 ms, int8 21.0 ms; processor time of a look)"
    assert choice.quickest({"fp16": [0.02], "int8": [0.02]}, {}).kind == "fp16"


@pytest.mark.parametrize(("prices", "winner"), [((0.02, 0.01), "int8"), ((0.01, 0.02), "fp16")])
def test_the_model_that_is_quicker_here_is_the_one_that_stays(prices: tuple[float, float], winner: str) -> None:
    """A processor on which either of the two is made the quicker one, by its clock."""
    price, spent, made = dict(zip(choice.KINDS, prices, strict=True)), 0.0, []

    def make(kind: choice.Kind) -> Detector:
        made.append(kind)
        passport = load_passport(choice.passport_of(kind))
        return Detector(passport, verified_bytes(passport), DetectorSettings())

    def clock() -> float:
        nonlocal spent
        spent += price[made[-1]] / 2  # read before and after each look
        return spent

    detector, chosen = choice.chosen(make, clock)

    assert chosen.kind == winner
    assert made[-1] == winner
    assert detector.detect(np.full((480, 640, 3), 90, np.uint8)) == ()


@settings(max_examples=100, deadline=None)
@given(times, times, st.floats(0, 5))
def test_what_else_runs_on_the_machine_does_not_change_the_choice(
    whole: list[float], halved: list[float], stolen: float
) -> None:
    """A run that was held up takes longer and is not the least any more."""
    calm = choice.quickest({"fp16": whole, "int8": halved}, {})
    busy = choice.quickest({"fp16": [*whole, max(whole) + stolen], "int8": [max(halved) + stolen, *halved]}, {})

    assert calm.kind == busy.kind


def detector(kind: choice.Kind) -> Detector:
    passport = load_passport(choice.passport_of(kind))
    return Detector(passport, verified_bytes(passport), DetectorSettings())


@pytest.mark.parametrize("broken", choice.KINDS)
def test_a_model_that_is_refused_leaves_the_camera_to_the_other(broken: choice.Kind) -> None:
    def make(kind: choice.Kind) -> Detector:
        if kind == broken:
            raise ModelRefused("it has other outputs")
        return detector(kind)

    clock = itertools.count()

    _, chosen = choice.chosen(make, lambda: next(clock))

    assert chosen.kind != broken
    assert f"{broken} refused: it has other outputs" in chosen.reason


def test_two_refused_models_refuse_the_camera() -> None:
    def make(kind: choice.Kind) -> Detector:
        raise ModelRefused(f"{kind} is broken")

    with pytest.raises(ModelRefused, match="fp16 is broken; int8 is broken"):
        choice.chosen(make)

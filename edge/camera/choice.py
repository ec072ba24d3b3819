"""Which of the models a camera runs: the quicker one on this machine, by a few runs of each at start."""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.camera.detector import Detector
from edge.memory import give_back
from models import ModelRefused

Kind: TypeAlias = Literal["int8", "fp16"]

KINDS: Final[tuple[Kind, ...]] = ("fp16", "int8")  # the usual winner last: it is in memory then
RUNS: Final = 5  # of each: what else runs on the machine only ever adds to a run, so that the least is the truth
PICTURE: Final = (480, 640, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A model and why it was chosen."""

    kind: Kind
    reason: str  # in words, with every time


def passport_of(kind: Kind) -> str:
    """The name of the model's passport."""
    return f"person-nanodet-g-256x320-{kind}"


def quickest(times: Mapping[Kind, Sequence[float]], refused: Mapping[Kind, str]) -> Choice:
    """The choice by processor times of runs, in s; int8 only where it wins, as it costs some accuracy.

    On a processor without integer dot products it may be the slower one. `refused` are kinds that cannot run, with
    the reason; at least one must have times.
    """
    least = {kind: min(took) for kind, took in times.items()}
    kind = min(least, key=lambda each: (least[each], KINDS.index(each)))
    told = [f"{each} {least[each] * 1000:.1f} ms" for each in KINDS if each in least]
    told += [f"{each} refused: {why}" for each, why in refused.items()]
    return Choice(kind=kind, reason=f"{kind}, the quickest here ({', '.join(told)}; processor time of a look)")


def chosen(make: Callable[[Kind], Detector], spent: Callable[[], float] = time.thread_time) -> tuple[Detector, Choice]:
    """The detector that `make` makes of the quickest kind, the only one that stays in memory.

    `spent` is the processor time so far of those threads that run the model, s. A kind that is refused leaves the
    camera to the other; ModelRefused when both are.
    """
    # Of random bytes, without numpy.random: that would stay in memory for this alone.
    picture = np.frombuffer(random.Random(1).randbytes(math.prod(PICTURE)), np.uint8).reshape(PICTURE)
    times: dict[Kind, list[float]] = {}
    refused: dict[Kind, str] = {}
    detector, made = None, None
    for kind in KINDS:
        detector = None  # before the next is loaded, not after
        give_back()
        try:
            detector, made = make(kind), kind
        except ModelRefused as wrong:
            refused[kind] = str(wrong)
            continue
        times[kind] = _timed(detector, picture, spent)
    if not times:
        raise ModelRefused("; ".join(refused.values()))
    choice = quickest(times, refused)
    if detector is None or made != choice.kind:
        detector = None
        give_back()
        detector = make(choice.kind)
    return detector, choice


def _timed(detector: Detector, picture: NDArray[np.uint8], spent: Callable[[], float]) -> list[float]:
    """Of RUNS looks, after one in which caches fill."""
    detector.detect(picture)
    took = []
    for _ in range(RUNS):
        began = spent()
        detector.detect(picture)
        took.append(spent() - began)
    return took

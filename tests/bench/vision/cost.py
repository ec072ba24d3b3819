"""What one update costs: processor time on the same drawn boxes, every tracker's turn beside the reference's."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tests.bench.vision.clip import Clip
from tests.bench.vision.contenders import Settings
from tests.bench.vision.processes import Process

RATE: Final = 10.0
WARM_UP: Final = 20  # updates in which tracks are born
LENGTH: Final = 50  # updates of a turn
TURNS: Final = 5
STATURE: Final = 1.7  # m
SPEED: Final = 0.8  # m/s
JITTER: Final = 0.03  # of a box's height


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Medians over the turns."""

    ms: float  # CPU, an update
    ratio: float  # over the reference's turn just before


def crowd(clip: Clip, people: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Sightings of so many people who walk about on the clip's floor, each with a box in every frame."""
    random = np.random.default_rng(seed)
    inverse = np.linalg.inv(clip.matrix)
    corners = np.array([[-13.0, -13.0], [-3.0, -3.0]])
    places = random.uniform(corners[0], corners[1], (people, 2))
    headings = random.uniform(0, 2 * np.pi, people)
    told = []
    for number in range(WARM_UP + LENGTH):
        headings += random.normal(0, 0.2, people)
        places = places + SPEED / RATE * np.column_stack([np.cos(headings), np.sin(headings)])
        out = (places < corners[0]) | (places > corners[1])
        headings[out.any(axis=1)] += np.pi
        places = places.clip(*corners)
        pixels = np.column_stack([places, np.ones(people)]) @ inverse.T
        feet = pixels[:, :2] / pixels[:, 2:]
        size = np.full(people, 80.0) * random.normal(1, JITTER, people)
        feet = feet + random.normal(0, JITTER / 2, (people, 2)) * size[:, None]
        boxes = np.column_stack(
            [feet[:, 0] - size / 5, feet[:, 1] - size, feet[:, 0] + size / 5, feet[:, 1], np.full(people, 0.8)]
        )
        told.append({"frame": number + 1, "at": number / RATE, "boxes": boxes.round(2).tolist()})
    return told


def cost(
    ask: Callable[[list[dict[str, Any]]], list[float]],
    reference: Callable[[list[dict[str, Any]]], list[float]],
    sightings: list[dict[str, Any]],
) -> Spent:
    """The costs of `ask` beside those of `reference`; both answer with the CPU milliseconds of each update."""
    pairs = [
        (statistics.median(ask(sightings)[WARM_UP:]), statistics.median(reference(sightings)[WARM_UP:]))
        for _ in range(TURNS)
    ]
    return Spent(
        ms=statistics.median(ms for ms, _ in pairs),
        ratio=statistics.median(ms / other for ms, other in pairs),
    )


def asking(library: Process, tracker: str, settings: Settings, clip: Clip) -> Callable[..., list[float]]:
    """A function that has one library follow some sightings."""

    def ask(sightings: list[dict[str, Any]]) -> list[float]:
        answer = library.ask(
            {
                "tracker": tracker,
                "settings": settings.values,
                "least": settings.least,
                "rate": RATE,
                "width": clip.width,
                "height": clip.height,
                "sightings": sightings,
            }
        )
        took: list[float] = answer["cpu_ms"]
        return took

    return ask

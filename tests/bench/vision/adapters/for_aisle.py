"""Aisle's tracker, asked as every other one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.floor import plane
from edge.inputs import Box, Sighting
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View
from tests.bench.vision.adapters.serving import Told, Tracking, serve


def make(job: dict[str, Any]) -> Tracking:
    width, height = job["width"], job["height"]
    view = View(floor=plane.from_matrix(np.array(job["settings"]["matrix"]), width=width, height=height))
    rules = Rules()
    state = tracks.Tracks()

    def step(at: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        nonlocal state
        found = tuple(Box(x1=x1, y1=y1, x2=x2, y2=y2, score=score) for x1, y1, x2, y2, score in boxes)
        sighting = Sighting(camera="c", at=at, width=width, height=height, boxes=found)
        state = tracks.update(state, sighting, view, rules).tracks
        people = tracks.seen(state, view.floor)
        return [(each.track, each.box.x1, each.box.y1, each.box.x2, each.box.y2) for each in people]

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

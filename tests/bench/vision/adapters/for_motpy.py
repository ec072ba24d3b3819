"""motpy's tracker (MIT)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from motpy import Detection, MultiObjectTracker  # type: ignore[import-not-found]  # in an environment of its own

from tests.bench.vision.adapters.serving import Told, Tracking, serve


def make(job: dict[str, Any]) -> Tracking:
    tracker = MultiObjectTracker(dt=1 / job["rate"], **job["settings"])

    def step(_: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        tracks = tracker.step([Detection(box=np.array(box[:4]), score=box[4]) for box in boxes])
        seen = {each.id for each in tracker.trackers if each.staleness == 0}
        return [(each.id, *np.asarray(each.box).tolist()) for each in tracks if each.id in seen]

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

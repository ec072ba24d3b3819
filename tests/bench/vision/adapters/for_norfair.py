"""norfair's tracker (BSD-3-Clause)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from norfair import Detection, Tracker  # type: ignore[import-not-found]  # lives in an environment of its own

from tests.bench.vision.adapters.serving import Told, Tracking, serve


def by_feet(detection: Any, tracked: Any) -> float:
    """The distance that a well-known video recorder gives norfair: feet and sizes, in sizes of the box expected."""
    size = np.maximum(tracked.estimate[1] - tracked.estimate[0], 1.0)
    other = np.maximum(detection.points[1] - detection.points[0], 1.0)
    feet = np.array([detection.points[:, 0].mean(), detection.points[1, 1]])
    expected = np.array([tracked.estimate[:, 0].mean(), tracked.estimate[1, 1]])
    ratios = np.maximum(size / other, other / size) - 1
    return float(np.linalg.norm([*((feet - expected) / size), *ratios]))


def make(job: dict[str, Any]) -> Tracking:
    settings = dict(job["settings"])
    if settings["distance_function"] == "feet":
        settings["distance_function"] = by_feet
    tracker = Tracker(**settings)

    def step(_: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        detections = [Detection(points=np.array([box[:2], box[2:4]]), scores=np.array([box[4]] * 2)) for box in boxes]
        fresh = {id(detection) for detection in detections}
        objects = tracker.update(detections=detections)
        return [(each.id, *each.estimate.ravel().tolist()) for each in objects if id(each.last_detection) in fresh]

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

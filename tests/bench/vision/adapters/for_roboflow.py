"""roboflow's trackers (Apache-2.0)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import supervision as sv  # type: ignore[import-not-found]  # lives in an environment of its own
import trackers  # type: ignore[import-not-found]  # the same

from tests.bench.vision.adapters.serving import Told, Tracking, serve

KINDS = {
    "bytetrack": trackers.ByteTrackTracker,
    "ocsort": trackers.OCSORTTracker,
    "sort": trackers.SORTTracker,
    "cbiou": trackers.CBIoUTracker,
}


def make(job: dict[str, Any]) -> Tracking:
    tracker = KINDS[job["tracker"]](frame_rate=job["rate"], **job["settings"])

    def step(_: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        table = np.array(boxes, dtype=np.float32).reshape(-1, 5)
        detections = sv.Detections(
            xyxy=table[:, :4], confidence=table[:, 4], class_id=np.zeros(len(table), dtype=np.int_)
        )
        told = tracker.update(detections)
        if told.tracker_id is None:
            return []
        pairs = zip(told.tracker_id.tolist(), told.xyxy.tolist(), strict=True)
        return [(name, *corners) for name, corners in pairs if name >= 0]  # -1 is nobody yet

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

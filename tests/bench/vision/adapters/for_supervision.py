"""supervision's ByteTrack (MIT), in the last version that has it."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import supervision as sv  # type: ignore[import-not-found]  # lives in an environment of its own

from tests.bench.vision.adapters.serving import Told, Tracking, serve


def make(job: dict[str, Any]) -> Tracking:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its own end
        tracker = sv.ByteTrack(frame_rate=job["rate"], **job["settings"])

    def step(_: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        table = np.array(boxes, dtype=np.float32).reshape(-1, 5)
        detections = sv.Detections(
            xyxy=table[:, :4], confidence=table[:, 4], class_id=np.zeros(len(table), dtype=np.int_)
        )
        told = tracker.update_with_detections(detections)
        return [(name, *corners) for name, corners in zip(told.tracker_id.tolist(), told.xyxy.tolist(), strict=True)]

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

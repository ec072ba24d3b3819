"""mesopic's tracker (MIT) as its engine drives it; it needs Python 3.12."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from mesopic.tracker.bytetrack import ByteTrackTracker  # type: ignore[import-not-found]  # an environment of its own
from mesopic.types import DecodedFrame, Detection  # type: ignore[import-not-found]  # the same

from tests.bench.vision.adapters.serving import Told, Tracking, serve

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = np.zeros((1, 1, 3), np.uint8)  # the tracker never looks at the picture


def make(job: dict[str, Any]) -> Tracking:
    tracker = ByteTrackTracker(**job["settings"])

    def step(at: float, boxes: Sequence[Sequence[float]]) -> list[Told]:
        frame = DecodedFrame(
            camera_id="c",
            ts=BEGAN + timedelta(seconds=at),
            image=NOTHING,
            width=job["width"],
            height=job["height"],
        )
        found = [Detection(box=tuple(round(side) for side in box[:4]), score=box[4]) for box in boxes]
        seen = {each.track_id for each in tracker.update(frame, found) if each.time_since_update == 0}
        # It publishes feet alone; the boxes that the judge needs are in its records.
        return [(each.track_id, *each.box.tolist()) for each in tracker._tracks if each.track_id in seen]

    return Tracking(step)


if __name__ == "__main__":
    serve(make)

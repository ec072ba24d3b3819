"""Everything in a frame except the model, over the model: `python -m tests.bench.bench_frame [VIDEO HOMOGRAPHY]`.

The rest is scaling, letter-boxing, suppression, the line to the node and back, and the tracker; the aim is at
most 0.15. Both are timed within the same frames, in processor time, which a busy machine changes least.
"""

import argparse
import json
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2

from edge import lines
from edge.camera import settings
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.inputs import Sighting
from edge.score import homography
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View
from models import load_passport, verified_bytes
from tests.footage import PACKAGED, TRUTH

AIM: Final = 0.15
WARM_UP: Final = 10  # frames in which caches fill


class TimedSession:
    """Stands in the session's place and notes how long the model took for the last picture."""

    def __init__(self, session: object) -> None:
        self._session = session
        self.took = 0.0

    def run(self, *arguments: object) -> object:
        started = time.thread_time()
        answer = self._session.run(*arguments)  # type: ignore[attr-defined]  # onnxruntime ships no types
        self.took = time.thread_time() - started
        return answer


def measure(kind: str, video: Path, matrix: Path, frames: int) -> dict[str, float]:
    """Median milliseconds of the model and of all else, and the ratio of their sums."""
    passport = load_passport(f"person-nanodet-g-256x320-{kind}")
    detector = Detector(passport, verified_bytes(passport), Settings())
    session = detector._session = TimedSession(detector._session)
    state, rules, floor = tracks.Tracks(), Rules(), None
    model: list[float] = []
    rest: list[float] = []
    with closing(Capture(settings.Settings(name="bench", source=str(video)))) as capture:
        while capture.grab() and len(model) < WARM_UP + frames:
            at, image = capture.shown_at(), capture.picture()
            height, width = image.shape[:2]
            floor = floor or homography.read(matrix, width=width, height=height)
            started = time.thread_time()
            sighting = Sighting(camera="c", at=at, width=width, height=height, boxes=detector.detect(image))
            heard = lines.decode(lines.encode(sighting))
            assert isinstance(heard, Sighting)
            state = tracks.update(state, heard, View(floor=floor), rules).tracks
            rest.append(time.thread_time() - started - session.took)
            model.append(session.took)
    model, rest = model[WARM_UP:], rest[WARM_UP:]
    return {
        "model_ms": round(statistics.median(model) * 1000, 2),
        "rest_ms": round(statistics.median(rest) * 1000, 2),
        "ratio": round(statistics.median(rest) / statistics.median(model), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("homography", type=Path, nargs="?", default=TRUTH / "homography_px_to_m.txt")
    parser.add_argument("--frames", type=int, default=300)
    asked = parser.parse_args()
    for path in (asked.video, asked.homography):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its homography")
    cv2.setNumThreads(1)
    figures = {kind: measure(kind, asked.video, asked.homography, asked.frames) for kind in ("int8", "fp16")}
    print(json.dumps({"aim": AIM, "ratio": figures["int8"]["ratio"], **figures}))


if __name__ == "__main__":
    main()

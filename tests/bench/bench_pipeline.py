"""A camera's whole way at 3.3 detections a second, in per cent of one core: `python -m tests.bench.bench_pipeline`.

What a node does with a file in its own time, beyond decoding it: gate, detector, the line to the node and back,
tracker. Processor time of the process, the video decoded once more without anything else, over the video's length.
The last line is one JSON object; `ratio` is the share of one core, and the aim is at most 0.12.
"""

import argparse
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2

from edge import lines
from edge.camera import choice, settings
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.replay import survey
from edge.inputs import Sighting
from edge.score import homography
from edge.tracking import tracks
from edge.tracking.rules import Rules
from edge.tracking.view import View
from models import load_passport, verified_bytes
from tests.footage import PACKAGED, TRUTH

AIM: Final = 0.12
RATE: Final = 10 / 3  # looks a second


def opened(video: Path) -> Capture:
    return Capture(settings.Settings(name="bench", source=str(video)))


def decoding(video: Path, rate: float) -> tuple[float, float]:
    """Processor time of decoding the video as the node does, converting the frames to look at alone; its length, s."""
    began, due, at = time.process_time(), 0.0, 0.0
    with closing(opened(video)) as capture:
        while capture.grab():
            at = capture.shown_at()
            if at >= due - capture.period / 2:
                due += 1 / rate
                capture.picture()
    return time.process_time() - began, at


def piping(video: Path, matrix: Path, kind: choice.Kind, rate: float) -> tuple[float, int, int]:
    """Processor time of the whole way, the looks and those of them in which the detector ran."""
    passport = load_passport(choice.passport_of(kind))
    detector = Detector(passport, verified_bytes(passport), Settings())
    eyes = Eyes(detector, mask=Mask(), people=survey(video, detector))
    state, view = tracks.Tracks(), None
    looks = ran = 0
    due = 0.0
    began = time.process_time()
    with closing(opened(video)) as capture:
        while capture.grab():
            at = capture.shown_at()
            if at < due - capture.period / 2:
                continue
            due += 1 / rate
            image = capture.picture()
            height, width = image.shape[:2]
            view = view or View(floor=homography.read(matrix, width=width, height=height))
            seen = eyes.see(image, at)
            looks, ran = looks + 1, ran + (seen.effort > 0)
            told = lines.encode(Sighting(camera="c", at=at, width=width, height=height, boxes=seen.boxes))
            heard = lines.decode(told)
            assert isinstance(heard, Sighting)
            state = tracks.update(state, heard, view, Rules()).tracks
    return time.process_time() - began, looks, ran


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("homography", type=Path, nargs="?", default=TRUTH / "homography_px_to_m.txt")
    parser.add_argument("--rate", type=float, default=RATE)
    asked = parser.parse_args()
    for path in (asked.video, asked.homography):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its homography")
    cv2.setNumThreads(1)
    decoded, length = decoding(asked.video, asked.rate)
    figures: dict[str, dict[str, float]] = {}
    kinds: tuple[choice.Kind, ...] = ("int8", "fp16")
    for kind in kinds:
        spent, looks, ran = piping(asked.video, asked.homography, kind, asked.rate)
        figures[kind] = {
            "ratio": round((spent - decoded) / length, 4),
            "ms_per_look": round(1000 * (spent - decoded) / looks, 2),
            "looks": looks,
            "detections": ran,
        }
    decode = {"decode_ratio": round(decoded / length, 4), "rate": round(asked.rate, 2)}
    print(json.dumps({"aim": AIM, "ratio": figures["int8"]["ratio"], **decode, **figures}))


if __name__ == "__main__":
    main()

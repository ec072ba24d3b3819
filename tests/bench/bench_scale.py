"""What choosing the size of people brings, on real people made near and far: `python -m tests.bench.bench_scale`.

Near: windows of the footage blown up; far: several frames shrunk and laid side by side. Recall and precision at the
passport's threshold and an IoU of 0.5, of the whole picture alone and of the patches that `edge.camera.scale` chooses
after a survey of other frames. `sizes` is recall by height in the net's input, from which scale's bounds are taken.
The last line is one JSON object; `ratio` is the people found with patches over those found without, near and far.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera import scale, settings
from edge.camera.capture import Capture
from edge.camera.detector import Detector, Settings
from edge.camera.scale import Patch, Size
from edge.inputs import Box
from edge.score import motchallenge
from edge.tracking.overlap import iou
from models import load_passport, verified_bytes
from tests.footage import PACKAGED, TRUTH

NEAR: Final = (2.5, 3.5, 4.5, 5.5)  # times larger
FAR: Final = (2, 3)  # frames side by side, across and down
EVERY: Final = 40  # of the frames
TALL: Final = (16, 20, 25, 30, 40, 60, 80, 100, 120, 130, 140, 150, 160, 170, 180, 200, 230)  # px in the net's input
SAME: Final = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture and the boxes [n, 4] of everybody who is whole in it."""

    image: NDArray[np.uint8]
    truth: Array
    partly: Array  # boxes of people who are cut: finding them is neither right nor wrong


def footage(video: Path, truth: Path) -> Iterator[tuple[NDArray[np.uint8], Array]]:
    people = defaultdict(list)
    for row in motchallenge.read(truth):
        people[row.frame].append((row.left, row.top, row.left + row.width, row.top + row.height))
    frame = 0
    with closing(Capture(settings.Settings(name="bench", source=str(video)))) as capture:
        while capture.grab():
            frame += 1
            if frame % EVERY == 1:
                yield capture.picture(), np.array(people[frame], np.float64).reshape(-1, 4)


def enlarged(image: NDArray[np.uint8], boxes: Array, times: float) -> Iterator[Scene]:
    """For each of three people the part of the picture round them, so many times larger, in the picture's size."""
    height, width = image.shape[:2]
    for box in boxes[:3]:
        left = float(np.clip((box[0] + box[2]) / 2 - width / times / 2, 0, width - width / times))
        top = float(np.clip((box[1] + box[3]) / 2 - height / times / 2, 0, height - height / times))
        warp = np.array([[times, 0, -left * times], [0, times, -top * times]])
        drawn = np.asarray(cv2.warpAffine(image, warp, (width, height), flags=cv2.INTER_CUBIC), np.uint8)
        moved = (boxes - (left, top, left, top)) * times
        shown = moved.clip(0, (width, height, width, height))
        area, whole = _area(shown), _area(moved)
        yield Scene(image=drawn, truth=moved[area >= 0.98 * whole], partly=shown[(area > 0) & (area < 0.98 * whole)])


def side_by_side(frames: list[tuple[NDArray[np.uint8], Array]], count: int) -> Iterator[Scene]:
    """Frames shrunk and laid out, `count` across and down, in pictures of one frame's size."""
    for start in range(0, len(frames) - count * count + 1, count * count):
        height, width = frames[0][0].shape[:2]
        image, boxes = np.zeros((height, width, 3), np.uint8), []
        for place, (picture, truth) in enumerate(frames[start : start + count * count]):
            x, y = place % count * (width // count), place // count * (height // count)
            size = (width // count, height // count)
            image[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            boxes.append(truth / count + (x, y, x, y))
        yield Scene(image=image, truth=np.concatenate(boxes), partly=np.empty((0, 4)))


def _area(boxes: Array) -> Array:
    area: Array = (boxes[:, 2] - boxes[:, 0]).clip(0) * (boxes[:, 3] - boxes[:, 1]).clip(0)
    return area


def judged(detector: Detector, scenes: list[Scene], patches: tuple[Patch, ...], threshold: float) -> dict[str, float]:
    """Recall and precision over the scenes."""
    truth = found = right = wrong = 0
    for scene in scenes:
        told = [box for box in detector.detect(scene.image, patches) if box.score >= threshold]
        boxes = corners(told)
        matches, free = 0, np.ones(len(scene.truth), np.bool_)
        stray = []
        for box in boxes:
            covered = np.where(free, iou(scene.truth, box[None])[:, 0], 0.0)
            if len(covered) and covered.max() >= SAME:
                free[int(covered.argmax())] = False
                matches += 1
            else:
                stray.append(box)
        excused = iou(np.array(stray).reshape(-1, 4), scene.partly).max(axis=1, initial=0.0) > 0.1 if stray else []
        truth, right, found = truth + len(scene.truth), right + matches, found + len(boxes)
        wrong += len(stray) - int(np.sum(excused))
    return {
        "people": truth,
        "recall": round(right / truth, 3),
        "precision": round(right / max(1, right + wrong), 3),
        "runs": len(patches),
    }


def corners(boxes: list[Box]) -> Array:
    return np.array([(b.x1, b.y1, b.x2, b.y2) for b in boxes], np.float64).reshape(-1, 4)


def compared(detector: Detector, scenes: list[Scene], threshold: float) -> dict[str, dict[str, float]]:
    """The whole picture alone against the patches that surveys of every fourth scene lead to, on the other scenes."""
    size = Size(width=scenes[0].image.shape[1], height=scenes[0].image.shape[0])
    surveyed = [box for scene in scenes[::4] for box in detector.detect(scene.image, scale.survey(size, detector.net))]
    patches = scale.chosen(scale.seen(surveyed, size), size, detector.net)
    rest = [scene for index, scene in enumerate(scenes) if index % 4]
    return {
        "whole": judged(detector, rest, (scale.whole(size, detector.net),), threshold),
        "chosen": judged(detector, rest, patches, threshold),
    }


def by_size(detector: Detector, frames: list[tuple[NDArray[np.uint8], Array]], threshold: float) -> dict[int, float]:
    """Recall of people who stand alone, each scaled to every height of TALL, at random places of the net's input."""
    random, net = np.random.default_rng(1), detector.net
    hits: dict[int, list[bool]] = defaultdict(list)
    for image, boxes in frames:
        alone = np.flatnonzero((iou(boxes, boxes) > 0.05).sum(axis=1) == 1)
        for box in boxes[alone]:
            for tall in TALL:
                zoom = tall / (box[3] - box[1])
                middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
                place = random.uniform((60, tall / 2), (net.width - 60, net.height - tall / 2))
                source, reach = image, zoom
                if zoom < 0.5:  # averaged first, as the detector does it
                    source = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
                    reach = 2 * zoom
                shift = place - middle * zoom
                warp = np.array([[reach, 0, shift[0]], [0, reach, shift[1]]])
                drawn = np.asarray(cv2.warpAffine(source, warp, (net.width, net.height)), np.uint8)
                wanted = box * zoom + np.tile(shift, 2)
                told = [found for found in detector.detect(drawn) if found.score >= threshold]
                hits[tall].append(bool((iou(wanted[None], corners(told)) >= SAME).any()))
    return {tall: round(float(np.mean(hits[tall])), 2) for tall in TALL}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("truth", type=Path, nargs="?", default=TRUTH / "gt.txt")
    asked = parser.parse_args()
    for path in (asked.video, asked.truth):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its truth")
    cv2.setNumThreads(1)
    passport = load_passport("person-nanodet-g-256x320-int8")
    detector = Detector(passport, verified_bytes(passport), Settings())
    frames = list(footage(asked.video, asked.truth))
    scenes = {f"{times:g} times nearer": [s for f in frames[::3] for s in enlarged(*f, times)] for times in NEAR}
    scenes |= {f"{count} times farther": list(side_by_side(frames * count, count)) for count in FAR}
    scenes["as filmed"] = [Scene(image=image, truth=truth, partly=np.empty((0, 4))) for image, truth in frames]
    figures = {name: compared(detector, made, passport.threshold) for name, made in scenes.items()}
    ratios = {name: round(made["chosen"]["recall"] / made["whole"]["recall"], 2) for name, made in figures.items()}
    print(json.dumps({"ratio": ratios, **figures, "sizes": by_size(detector, frames, passport.threshold)}))


if __name__ == "__main__":
    main()

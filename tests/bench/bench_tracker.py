"""What following people costs for one sighting: `python -m tests.bench.bench_tracker`.

A drawn crowd of 10 and of 50 walks before a pinhole camera, ten sightings a second. The tracker's time is held
against the least that any tracker does: the overlap of each box with each box of the sighting before, and the exact
matching of these, with no motion, no floor, no memory of anybody unseen and no births or ends. `ratio` is the
tracker's time over that at 50 people; both see the same boxes in turns, in processor time, of which the lower
quartile is taken: a busy machine only ever adds. What other libraries cost on the same footage, `bench-vision` tells.
"""

import json
import math
import time
from typing import Final

import numpy as np

from edge.inputs import Sighting
from edge.tracking import tracks
from edge.tracking.assignment import assign
from edge.tracking.overlap import iou
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View
from tests.edge.walkers import Eye, Pinhole, Walker, sightings

CAMERA: Final = Pinhole(up=6, tilt=math.radians(35), y=-8, focus=500)
APART: Final = (1.2, 1.6)  # m, across and ahead, between those who begin next to each other
SECONDS: Final = 30
WARM_UP: Final = 20  # sightings
LEAST_OVERLAP: Final = 0.1


def crowd(count: int) -> list[Sighting]:
    """That many people who stroll up to 2 m each way, rows of ten behind each other."""
    random = np.random.default_rng(count)
    walkers = []
    for number in range(count):
        x, y = (number % 10) * APART[0] - 6, (number // 10) * APART[1] - 2
        across, ahead = random.uniform(-2, 2, 2).tolist()
        walkers.append(Walker(stops=[(0, x, y), (SECONDS, x + across, y + ahead)]))
    return sightings(walkers, seconds=SECONDS, rate=10, camera=CAMERA, eye=Eye(blur=0.02, missed=0.05))


def measure(frames: list[Sighting]) -> dict[str, float]:
    """Milliseconds for a sighting, of the tracker and of the bare matching."""
    state, rules, view = Tracks(), Rules(), View(floor=CAMERA.floor())
    tracker: list[float] = []
    bare: list[float] = []
    before = np.empty((0, 4))
    for sighting in frames:
        started = time.thread_time()
        state = tracks.update(state, sighting, view, rules).tracks
        tracker.append(time.thread_time() - started)
        started = time.thread_time()
        boxes = np.array([(box.x1, box.y1, box.x2, box.y2) for box in sighting.boxes])
        assign(1 - iou(before, boxes), 1 - LEAST_OVERLAP)
        bare.append(time.thread_time() - started)
        before = boxes
    tracker_s, bare_s = (float(np.percentile(took[WARM_UP:], 25)) for took in (tracker, bare))
    return {
        "followed": sum(one.confirmed for one in state.people),
        "tracker_ms": round(tracker_s * 1000, 3),
        "bare_ms": round(bare_s * 1000, 3),
        "ratio": round(tracker_s / bare_s, 2),
    }


def main() -> None:
    few, many = (measure(crowd(count)) for count in (10, 50))
    print(json.dumps({"ratio": many["ratio"], "people_10": few, "people_50": many}))


if __name__ == "__main__":
    main()

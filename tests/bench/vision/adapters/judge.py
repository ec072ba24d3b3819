"""motmetrics (MIT), the judge of all: a job is `{"truth", "found", "frames"}` with rows frame, id, x1, y1, x2, y2."""

import json
import sys
from collections import defaultdict
from typing import Any

import motmetrics  # type: ignore[import-not-found]  # lives in an environment of its own
import numpy as np

FARTHEST = 0.5  # 1 - IoU
FIGURES = ("mota", "idf1", "num_switches", "num_misses", "num_false_positives", "num_objects")


def judged(job: dict[str, Any]) -> dict[str, float]:
    """MOTChallenge's figures of one result."""
    truth, found = _by_frame(job["truth"]), _by_frame(job["found"])
    accumulator = motmetrics.MOTAccumulator()
    for frame in job["frames"]:
        true_ids, true_boxes = truth.get(frame, ([], np.empty((0, 4))))
        ids, boxes = found.get(frame, ([], np.empty((0, 4))))
        distances = motmetrics.distances.iou_matrix(true_boxes, boxes, max_iou=FARTHEST)
        accumulator.update(true_ids, ids, distances, frameid=frame)
    table = motmetrics.metrics.create().compute(accumulator, metrics=list(FIGURES), return_dataframe=False)
    return {figure: float(table[figure]) for figure in FIGURES}


def _by_frame(rows: list[list[float]]) -> dict[int, tuple[list[int], Any]]:
    """Ids and boxes (left, top, width, height) of each frame."""
    groups = defaultdict(list)
    for row in rows:
        groups[int(row[0])].append(row)
    return {frame: ([int(row[1]) for row in group], _sized(np.array(group)[:, 2:6])) for frame, group in groups.items()}


def _sized(corners: Any) -> Any:
    return np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(judged(json.loads(line))), flush=True)

"""The people who are followed, row by row in arrays."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.tracking.motion import Bodies

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Rows: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Row i is person i; never changed in place."""

    ids: Rows  # [n], each given once
    bodies: Bodies  # [n]
    tall: Array  # [n], metres: the stature as known so far
    tall_var: Array  # [n], m²
    boxes: Array  # [n, 4]: x1, y1, x2, y2 in pixels, as last seen by whichever camera that was
    scores: Array  # [n], of that box
    slim: Array  # [n]: width over height of the boxes so far
    seen: Array  # [n], s: when last measured
    last: Array  # [n, 2], floor metres: where that was
    hits: Rows  # [n]: sure boxes so far
    looked: Array  # [n], s: when a camera that could have seen them last looked
    looks: Rows  # [n]: such looks so far, the first among them
    absent: Array  # [n], s: for how long they should have shown since `seen`, had they been there
    first: Array  # [n], s: when first measured
    confirmed: Flags  # [n]: told to the outside

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Rows | Flags) -> "People":
        """These rows alone."""
        return People(
            ids=self.ids[rows],
            bodies=Bodies(mean=self.bodies.mean[rows], cov=self.bodies.cov[rows]),
            tall=self.tall[rows],
            tall_var=self.tall_var[rows],
            boxes=self.boxes[rows],
            scores=self.scores[rows],
            slim=self.slim[rows],
            seen=self.seen[rows],
            last=self.last[rows],
            hits=self.hits[rows],
            looked=self.looked[rows],
            looks=self.looks[rows],
            absent=self.absent[rows],
            first=self.first[rows],
            confirmed=self.confirmed[rows],
        )


def nobody() -> People:
    """No rows."""
    return People(
        ids=np.empty(0, dtype=np.intp),
        bodies=Bodies(mean=np.empty((0, 4)), cov=np.empty((0, 4, 4))),
        tall=np.empty(0),
        tall_var=np.empty(0),
        boxes=np.empty((0, 4)),
        scores=np.empty(0),
        slim=np.empty(0),
        seen=np.empty(0),
        last=np.empty((0, 2)),
        hits=np.empty(0, dtype=np.intp),
        looked=np.empty(0),
        looks=np.empty(0, dtype=np.intp),
        absent=np.empty(0),
        first=np.empty(0),
        confirmed=np.empty(0, dtype=np.bool_),
    )


def joined(first: People, second: People) -> People:
    """The rows of `first`, then those of `second`."""
    if not len(second):
        return first
    return People(
        ids=np.concatenate([first.ids, second.ids]),
        bodies=Bodies(
            mean=np.concatenate([first.bodies.mean, second.bodies.mean]),
            cov=np.concatenate([first.bodies.cov, second.bodies.cov]),
        ),
        tall=np.concatenate([first.tall, second.tall]),
        tall_var=np.concatenate([first.tall_var, second.tall_var]),
        boxes=np.concatenate([first.boxes, second.boxes]),
        scores=np.concatenate([first.scores, second.scores]),
        slim=np.concatenate([first.slim, second.slim]),
        seen=np.concatenate([first.seen, second.seen]),
        last=np.concatenate([first.last, second.last]),
        hits=np.concatenate([first.hits, second.hits]),
        looked=np.concatenate([first.looked, second.looked]),
        looks=np.concatenate([first.looks, second.looks]),
        absent=np.concatenate([first.absent, second.absent]),
        first=np.concatenate([first.first, second.first]),
        confirmed=np.concatenate([first.confirmed, second.confirmed]),
    )

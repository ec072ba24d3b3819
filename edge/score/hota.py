"""HOTA: how well boxes are found and how long they keep their track's name, both in one figure.

J. Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", International Journal of
Computer Vision 129 (2021), sections 5 and 6.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.score.frames import Overlaps
from edge.tracking.assignment import assign

Array: TypeAlias = NDArray[np.float64]

# The overlaps (IoU) at which a box counts as found: 0.05, 0.10 … 0.95; HOTA is the mean over them.
BOUNDS: Final = np.arange(1, 20) / 20
_ROUNDING: Final = 1e-9  # an IoU that is a bound but for its last bits reaches it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hota:
    """What the frames add up to, a row for each frame and a column for each of BOUNDS.

    `found` counts true positives, `wrong` misses and false positives together; `kept` is the sum, over the true
    positives, of the share of both whole tracks in which they are together (A(c) of the paper). All [frames, 19].
    """

    found: Array
    wrong: Array
    kept: Array

    @property
    def hota(self) -> float:
        """The geometric mean of detection and association, averaged over BOUNDS; 0 to 1."""
        return float(hota(self.found.sum(0), self.wrong.sum(0), self.kept.sum(0)))

    @property
    def detection(self) -> float:
        """DetA: of what is true or told, the share that agrees; averaged over BOUNDS."""
        return float(_share(self.found.sum(0), self.found.sum(0) + self.wrong.sum(0)).mean())

    @property
    def association(self) -> float:
        """AssA: of the time of a person and their track, the share together; averaged over BOUNDS."""
        return float(_share(self.kept.sum(0), self.found.sum(0)).mean())


def hota(found: Array, wrong: Array, kept: Array) -> Array:
    """HOTA of sums [..., 19]: sqrt(DetA x AssA) = sqrt(kept / (found + wrong)), averaged over the last axis."""
    mean: Array = np.sqrt(_share(kept, found + wrong)).mean(axis=-1)
    return mean


def measured(frames: Iterable[Overlaps]) -> Hota:
    """The figures of the frames. In each, the pairs are those that help the association most (section 6)."""
    looks = [_Look(frame=frame) for frame in frames]
    persons = _numbered(person for look in looks for person in look.frame.truth)
    tracks = _numbered(track for look in looks for track in look.frame.found)
    for look in looks:
        look.rows = np.array([persons[person] for person in look.frame.truth], np.intp)
        look.columns = np.array([tracks[track] for track in look.frame.found], np.intp)
    times = _times(looks, len(persons), len(tracks))
    alike = _alike(looks, times)
    for look in looks:
        look.pairs = _pairs(look, alike)
    return _added(looks, times)


@dataclass(slots=True, kw_only=True)
class _Look:
    """One frame, with the numbers of its persons and tracks and its matched pairs (row, column of its IoU)."""

    frame: Overlaps
    rows: NDArray[np.intp] = None  # type: ignore[assignment]  # set before it is read
    columns: NDArray[np.intp] = None  # type: ignore[assignment]  # set before it is read
    pairs: Sequence[tuple[int, int]] = ()


def _numbered(names: Iterable[int]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for name in names:
        numbers.setdefault(name, len(numbers))
    return numbers


def _times(looks: Sequence[_Look], persons: int, tracks: int) -> Array:
    """In how many frames each person and each track are, added: [persons, tracks]."""
    of_persons, of_tracks = np.zeros(persons), np.zeros(tracks)
    for look in looks:
        of_persons[look.rows] += 1
        of_tracks[look.columns] += 1
    times: Array = of_persons[:, None] + of_tracks[None, :]
    return times


def _alike(looks: Sequence[_Look], times: Array) -> Array:
    """How much each person and each track belong together over all frames, 0 to 1, before anybody is matched."""
    together = np.zeros_like(times)
    for look in looks:
        iou = look.frame.iou
        either = iou.sum(axis=0, keepdims=True) + iou.sum(axis=1, keepdims=True) - iou
        together[np.ix_(look.rows, look.columns)] += _share(iou, either)
    return together / np.maximum(times - together, 1e-12)


def _pairs(look: _Look, alike: Array) -> list[tuple[int, int]]:
    """The matching of one frame with the most overlap, weighted by how much the two belong together."""
    return assign(-alike[np.ix_(look.rows, look.columns)] * look.frame.iou, 0.0)


def _added(looks: Sequence[_Look], times: Array) -> Hota:
    matched = [_matched(look) for look in looks]
    together = np.zeros((*times.shape, len(BOUNDS)))
    for look, hits in zip(looks, matched, strict=True):
        for (row, column), hit in zip(look.pairs, hits, strict=True):
            together[look.rows[row], look.columns[column]] += hit
    kept_share = together / np.maximum(times[..., None] - together, 1.0)
    found, wrong, kept = (np.zeros((len(looks), len(BOUNDS))) for _ in range(3))
    for index, (look, hits) in enumerate(zip(looks, matched, strict=True)):
        found[index] = hits.sum(axis=0)
        wrong[index] = len(look.rows) + len(look.columns) - 2 * found[index]
        for (row, column), hit in zip(look.pairs, hits, strict=True):
            kept[index] += hit * kept_share[look.rows[row], look.columns[column]]
    return Hota(found=found, wrong=wrong, kept=kept)


def _matched(look: _Look) -> Array:
    """Which pairs overlap enough at each bound: [pairs, 19] of 0 and 1."""
    overlap = np.array([look.frame.iou[pair] for pair in look.pairs]).reshape(-1, 1)
    return (overlap >= BOUNDS - _ROUNDING).astype(np.float64)


def _share(part: Array, whole: Array) -> Array:
    """`part` / `whole`, 0 where there is nothing."""
    shares: Array = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
    return shares

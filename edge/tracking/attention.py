"""How closely one camera's people must be watched, from where they are on the floor."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.attention import Attention
from edge.floor.shapes import Line
from edge.tracking.tracks import Tracks
from edge.tracking.view import Region

# Between two looks at 3 a second a brisk walker (2 m/s) goes 0.7 m, and places err by some 0.3 m: a line that is
# nearer than both may be crossed unseen.
NEAR_LINE: Final = 1.0  # m
# Two people who walk towards each other at 1.4 m/s come nearer by 0.9 m between two such looks: if they are not much
# farther apart, whose box is whose is a question.
NEAR_OTHERS: Final = 1.2  # m
STALE_S: Final = 2.5  # tracks that nobody updated for so long say nothing of now


def attention(tracks: Tracks, lines: Sequence[Line], now: float, *, region: Region | None = None) -> Attention:
    """How closely the people of `tracks` must be watched at `now`, by the camera that answers for `region`.

    Somebody who is not confirmed yet wants a second look soon. None for `region` is all of the floor.
    """
    if tracks.at is None or now - tracks.at > STALE_S:
        return Attention.NOBODY
    places = np.array([(one.body.x, one.body.y) for one in tracks.people]).reshape(-1, 2)
    mine = np.ones(len(places), dtype=np.bool_) if region is None else region.reaches(places)
    if not mine.any():
        return Attention.NOBODY
    proven = all(one.confirmed for one, here in zip(tracks.people, mine, strict=True) if here)
    if not proven or _beside(places, mine) or _at_a_line(places[mine], lines):
        return Attention.BUSY
    return Attention.CALM


def _beside(places: NDArray[np.float64], mine: NDArray[np.bool_]) -> bool:
    """Whether one of `places` that are `mine` has another of `places` within NEAR_OTHERS."""
    away = np.linalg.norm(places[mine, None] - places[None], axis=2)
    return bool(((away < NEAR_OTHERS).sum(axis=1) > 1).any())  # everybody is near themselves


def _at_a_line(places: NDArray[np.float64], lines: Sequence[Line]) -> bool:
    """Whether one of `places` is within NEAR_LINE of one of the lines, their ends included."""
    if not lines:
        return False
    starts, ends = np.array([line.a for line in lines]), np.array([line.b for line in lines])
    along = ends - starts
    from_start = places[:, None] - starts
    share = ((from_start * along).sum(axis=2) / (along * along).sum(axis=1)).clip(0, 1)
    away = np.linalg.norm(from_start - share[:, :, None] * along, axis=2)
    return bool((away < NEAR_LINE).any())

"""Which parts of a picture the detector looks at, and how large, so that people have a size that it knows.

NanoDet-g finds nine people in ten while they are 25 to 130 px tall in its input, and few between 135 and 175 px,
where two of its grids meet: measured on real people scaled to each size (`tests/bench/bench_scale.py`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.inputs import Box

SMALL: Final = 25.0  # px tall in the net's input: below, half of the people are missed
LARGE: Final = 125.0
FAR: Final = 32.0  # what a tile makes of the smallest people: some way above SMALL
# The share of people at either end who may be missed for a look that costs a fraction: an expected size is a guess.
TAIL: Final = 0.08
MOST_TILES: Final = 3  # beside the whole picture: each costs one run of the model
WORTH: Final = 1.3  # a tile that makes people less than so much larger is not worth its run
WIDE: Final = 0.6  # a person's width over height, arms and bags included
SURE: Final = 0.4  # the score of a box that tells how tall people are
ENOUGH: Final = 60  # boxes from which the sizes of people are known without a calibration

_Share = Annotated[float, msgspec.Meta(ge=-8, le=8)]


class Expected(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Somebody who stands at a place of the picture, in shares of its width and height."""

    x: _Share  # of the foot point
    y: _Share
    tall: Annotated[float, msgspec.Meta(gt=0, le=8)]  # of its height


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a picture or of the net's input, px."""

    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A part of the picture, px, that one run of the model sees, `zoom` input px a picture px."""

    left: int
    top: int
    width: int
    height: int
    zoom: float


def whole(picture: Size, net: Size) -> Patch:
    """All of the picture, as large as the input takes it."""
    zoom = min(net.height / picture.height, net.width / picture.width)
    return Patch(left=0, top=0, width=picture.width, height=picture.height, zoom=zoom)


def chosen(people: Sequence[Expected], picture: Size, net: Size) -> tuple[Patch, ...]:
    """The patches in which nearly all of `people` are of a size that the detector knows, the whole picture first.

    It is shrunk where people are too large, and joined by overlapping tiles where others are too small. Nobody
    expected: the whole picture. A pure function: the node's camera and `aisle-edge score` look alike.
    """
    plain = whole(picture, net)
    if not people:
        return (plain,)
    tall = np.array([one.tall for one in people]) * picture.height
    largest = float(np.quantile(tall, 1 - TAIL))
    near = Patch(
        left=0,
        top=0,
        width=picture.width,
        height=picture.height,
        zoom=plain.zoom if largest * plain.zoom <= LARGE else LARGE / largest,
    )
    small = tall * near.zoom < SMALL
    if small.mean() <= TAIL:
        return (near,)
    return (near, *_tiles([one for one, far in zip(people, small, strict=True) if far], picture, net, near.zoom))


def _tiles(people: Sequence[Expected], picture: Size, net: Size, zoom: float) -> tuple[Patch, ...]:
    """Tiles over all of `people`, who are too small at `zoom`; none when they would not become much larger."""
    tall = np.array([one.tall for one in people]) * picture.height
    wanted = min(FAR / float(np.quantile(tall, TAIL)), LARGE / float(tall.max()))
    left, right, top, bottom = _span(people, picture)
    margin = math.ceil(float(tall.max()))
    for count in range(1, MOST_TILES + 1):
        # The widest person lies whole in one of two neighbours.
        overlap = math.ceil(WIDE * margin)
        width = math.ceil((right - left + (count - 1) * overlap) / count)
        reached = min(wanted, net.width / width, net.height / (bottom - top))
        if reached >= wanted or count == MOST_TILES or reached >= net.height / (bottom - top):
            break
    if reached < WORTH * zoom:
        return ()
    starts = [round(left + index * (right - left - width) / max(1, count - 1)) for index in range(count)]
    return tuple(Patch(left=start, top=top, width=width, height=bottom - top, zoom=reached) for start in starts)


def _span(people: Sequence[Expected], picture: Size) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of the part of the picture in which all of `people` show, with some room."""
    x, y = np.array([one.x for one in people]) * picture.width, np.array([one.y for one in people]) * picture.height
    tall = np.array([one.tall for one in people]) * picture.height
    left, right = (x - WIDE * tall).min(), (x + WIDE * tall).max()
    top, bottom = (y - 1.2 * tall).min(), (y + 0.2 * tall).max()
    return (
        max(0, math.floor(left)),
        min(picture.width, math.ceil(right)),
        max(0, math.floor(top)),
        min(picture.height, math.ceil(bottom)),
    )


def survey(picture: Size, net: Size) -> tuple[Patch, ...]:
    """The patches of a look that finds people of any size: whole, half as large, and two by two twice as large."""
    plain = whole(picture, net)
    half = Patch(left=0, top=0, width=picture.width, height=picture.height, zoom=plain.zoom / 2)
    width, height = math.ceil(picture.width * 0.55), math.ceil(picture.height * 0.55)
    zoom = min(net.height / height, net.width / width)
    corners = [(x, y) for y in (0, picture.height - height) for x in (0, picture.width - width)]
    return (plain, half, *(Patch(left=x, top=y, width=width, height=height, zoom=zoom) for x, y in corners))


def seen(boxes: Iterable[Box], picture: Size) -> tuple[Expected, ...]:
    """Where people stand and how tall they show, by boxes of surveys, where there is no calibration."""
    return tuple(
        Expected(
            x=round((box.x1 + box.x2) / 2 / picture.width, 4),
            y=round(box.y2 / picture.height, 4),
            tall=round((box.y2 - box.y1) / picture.height, 4),
        )
        for box in boxes
        if box.score >= SURE and box.y2 - box.y1 >= 1
    )


def cut(boxes: NDArray[np.float64], patch: Patch, picture: Size) -> NDArray[np.bool_]:
    """Which of `boxes` [n, 4] (picture px) end at an edge of `patch` that is no edge of the picture.

    They show a part of somebody whom a neighbour shows whole.
    """
    slack = 2 / patch.zoom
    edges = (
        (patch.left > 0) & (boxes[:, 0] < patch.left + slack),
        (patch.top > 0) & (boxes[:, 1] < patch.top + slack),
        (patch.left + patch.width < picture.width) & (boxes[:, 2] > patch.left + patch.width - slack),
        (patch.top + patch.height < picture.height) & (boxes[:, 3] > patch.top + patch.height - slack),
    )
    ended: NDArray[np.bool_] = np.any(edges, axis=0)
    return ended

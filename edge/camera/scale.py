"""Which parts of a picture the detector looks at, and how large, so that people have a size that it knows.

NanoDet-g finds nine people in ten while they are 25 to 130 px tall in its input, and few between 135 and 175 px,
where two of its grids meet: measured on real people scaled to each size (`tests/bench/bench_scale.py`).
"""

import dataclasses
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
# Expected sizes are guesses. So many of the largest may be too large: they come near, and pass by the next size.
TALL_TAIL: Final = 0.05
# So many may be too small: the far end of a floor is few people for runs of the model that the near ones pay for.
SMALL_TAIL: Final = 0.2
MOST_TILES: Final = 4  # each costs one run of the model
MOST_CLOSE: Final = 24  # likewise, once at the start: a second or two of a small computer
FINEST: Final = SMALL / FAR  # input px a picture px: of whom the picture has fewer px than FAR there is little to find
WORTH: Final = 1.3  # a tile that makes people less than so much larger is not worth its run
WIDE: Final = 0.6  # a person's width over height, arms and bags included
SURE: Final = 0.4  # the score of a box that tells how tall people are
SEAM: Final = 2.0  # input px: a box that ends so near to a tile's edge is cut by it
ENOUGH: Final = 20  # sure boxes, from which the sizes of people are known without a calibration

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
    """The patches in which nearly all of `people` are of a size that the detector knows.

    First the whole picture, in which also those show whom nobody expected, shrunk where people are too large; then
    overlapping tiles where they are too small. Nobody expected: the whole picture. A pure function: the node's camera
    and `aisle-edge score` look alike.
    """
    plain = whole(picture, net)
    if not people:
        return (plain,)
    tall = _tall(people, picture)
    largest = float(np.quantile(tall, 1 - TALL_TAIL, method="higher"))
    near = dataclasses.replace(plain, zoom=min(plain.zoom, LARGE / largest))
    small = tall * near.zoom < SMALL
    if small.mean() <= SMALL_TAIL:
        return (near,)
    tiles = _tiles([one for one, far in zip(people, small, strict=True) if far], picture, net)
    if tiles[0].zoom < WORTH * near.zoom:
        return (near,)
    return (near, *tiles)


def _tiles(people: Sequence[Expected], picture: Size, net: Size) -> tuple[Patch, ...]:
    """The fewest tiles over all of `people` that make them as large as is wanted, or the best that MOST_TILES do."""
    tall = _tall(people, picture)
    wanted = min(FAR / float(np.quantile(tall, SMALL_TAIL)), LARGE / float(tall.max()))
    # Whoever stands on a seam is whole in one tile, and ends clear of both edges.
    overlap = math.ceil(1.2 * float(tall.max()) + 2 * SEAM / whole(picture, net).zoom)
    return _fewest(_span(people, picture), overlap, net, zoom=wanted, most=MOST_TILES)


def _fewest(span: Patch, overlap: int, net: Size, *, zoom: float, most: int) -> tuple[Patch, ...]:
    """The fewest tiles over `span` that have the zoom that is wanted, or the best that so many do."""
    grids = [(across, down) for across in range(1, most + 1) for down in range(1, most // across + 1)]
    made = [_grid(span, grid, overlap, net, zoom) for grid in grids]
    return min(made, key=lambda tiles: (-round(tiles[0].zoom, 3), len(tiles)))


def _grid(span: Patch, grid: tuple[int, int], overlap: int, net: Size, most: float) -> tuple[Patch, ...]:
    """`span` in so many tiles across and down; neighbours share `overlap` px: whoever stands there is whole in one."""
    across, down = grid
    width = min(span.width, math.ceil((span.width + (across - 1) * overlap) / across))
    height = min(span.height, math.ceil((span.height + (down - 1) * overlap) / down))
    zoom = min(most, net.width / width, net.height / height)
    return tuple(
        Patch(
            left=span.left + round(x * (span.width - width) / max(1, across - 1)),
            top=span.top + round(y * (span.height - height) / max(1, down - 1)),
            width=width,
            height=height,
            zoom=zoom,
        )
        for y in range(down)
        for x in range(across)
    )


def _tall(people: Sequence[Expected], picture: Size) -> NDArray[np.float64]:
    return np.array([one.tall for one in people]) * picture.height


def _span(people: Sequence[Expected], picture: Size) -> Patch:
    """The part of the picture in which all of `people` show, with some room around them; its zoom is 1."""
    x, y = np.array([one.x for one in people]) * picture.width, np.array([one.y for one in people]) * picture.height
    tall = _tall(people, picture)
    left, right = max(0.0, (x - WIDE * tall).min()), min(float(picture.width), (x + WIDE * tall).max())
    top, bottom = max(0.0, (y - 1.2 * tall).min()), min(float(picture.height), (y + 0.2 * tall).max())
    corner = math.floor(left), math.floor(top)
    return Patch(
        left=corner[0],
        top=corner[1],
        width=max(1, math.ceil(right) - corner[0]),
        height=max(1, math.ceil(bottom) - corner[1]),
        zoom=1.0,
    )


def survey(picture: Size, net: Size) -> tuple[Patch, ...]:
    """The patches of a look that finds people of any size: whole, half as large, and two by two twice as large."""
    plain = whole(picture, net)
    half = Patch(left=0, top=0, width=picture.width, height=picture.height, zoom=plain.zoom / 2)
    width, height = math.ceil(picture.width * 0.55), math.ceil(picture.height * 0.55)
    zoom = min(net.height / height, net.width / width)
    corners = [(x, y) for y in (0, picture.height - height) for x in (0, picture.width - width)]
    return (plain, half, *(Patch(left=x, top=y, width=width, height=height, zoom=zoom) for x, y in corners))


def closer(people: Sequence[Expected], picture: Size, net: Size) -> tuple[Patch, ...]:
    """What is worth adding to surveys that found `people`: tiles over all of the picture, larger than theirs.

    None where enough were found, and large enough that the surveys will not have missed those who are smaller.
    """
    if len(people) >= ENOUGH and small(people, picture, net) <= SMALL_TAIL:
        return ()
    zoom = _largest(picture, net)
    overlap = math.ceil(SMALL / zoom)  # whoever was too small until now is whole in one tile
    tiles = _fewest(whole(picture, net), overlap, net, zoom=FINEST, most=MOST_CLOSE)
    return tiles if tiles[0].zoom >= WORTH * zoom else ()


def small(people: Sequence[Expected], picture: Size, net: Size) -> float:
    """The share of `people` who show so small that a survey misses half of their size."""
    return float(np.mean(_tall(people, picture) * _largest(picture, net) < SMALL)) if people else 0.0


def _largest(picture: Size, net: Size) -> float:
    return max(patch.zoom for patch in survey(picture, net))


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


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """How tall people usually show, px."""

    px: float  # in the picture
    input_px: float  # in the net's input, where that has them largest
    enough_px: float  # in the picture, with which the detector would know them

    @property
    def advice(self) -> str | None:
        """What to do where that is too small, in words; None where it is not."""
        if self.input_px >= SMALL:
            return None
        return (
            f"people are about {self.px:.0f} px tall here, of which the detector sees {self.input_px:.0f}: with fewer "
            f"than {SMALL:.0f} it misses half of them. They should be about {self.enough_px:.0f} px tall: hang the "
            "camera nearer, or give it a longer lens"
        )


def usual(people: Sequence[Expected], patches: Sequence[Patch], picture: Size, net: Size) -> Usual | None:
    """The medians over `people` looked at in `patches`; None where there are none."""
    if not people:
        return None
    tall = _tall(people, picture)
    x, y = np.array([(one.x, one.y) for one in people]).clip(0, 1).T * [[picture.width], [picture.height]]
    zooms = [
        np.where(
            (patch.left <= x)
            & (x <= patch.left + patch.width)
            & (patch.top <= (y - tall).clip(0))
            & (y <= patch.top + patch.height),
            patch.zoom,
            0.0,
        )
        for patch in patches
    ]
    best = np.max(zooms, axis=0)
    largest = max(float(np.median(best)), _largest(picture, net))  # tiles would make them so large
    return Usual(
        px=round(float(np.median(tall)), 1),
        input_px=round(float(np.median(tall * best)), 1),
        enough_px=round(SMALL / largest, 1),
    )


def cut(boxes: NDArray[np.float64], patch: Patch, picture: Size) -> NDArray[np.bool_]:
    """Which of `boxes` [n, 4] (picture px) end at an edge of `patch` that is no edge of the picture.

    They show a part of somebody whom a neighbour shows whole.
    """
    slack = SEAM / patch.zoom
    edges = (
        (patch.left > 0) & (boxes[:, 0] < patch.left + slack),
        (patch.top > 0) & (boxes[:, 1] < patch.top + slack),
        (patch.left + patch.width < picture.width) & (boxes[:, 2] > patch.left + patch.width - slack),
        (patch.top + patch.height < picture.height) & (boxes[:, 3] > patch.top + patch.height - slack),
    )
    ended: NDArray[np.bool_] = np.any(edges, axis=0)
    return ended

"""A still for calibrating: everybody in it painted over, made small, a JPEG in memory.

What cannot be sure is not shown: the boxes are the detector's at its most sensitive, those of everybody whom the
node follows and whatever moved between two pictures, all grown by a margin; the masked parts of the picture too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.orders import MOST_STILL
from edge.camera import gate, scale
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.scale import Patch, Size
from edge.stills import Around

Image: TypeAlias = NDArray[np.uint8]
Boxes: TypeAlias = NDArray[np.float64]  # [n, 4]: x1, y1, x2, y2 in shares of the picture
Flags: TypeAlias = NDArray[np.bool_]

MOST: Final = 1280  # px of the longer side
# Of a JPEG's squares (ITU-T T.81, A.2, with colours of half the size): a square that is painted whole is one colour
# after decoding too, and none of its neighbours' edges ring into it. Only its outermost pixels may take on some of the
# neighbours' colour, as decoders smooth that over two.
BLOCK: Final = 16
SMOOTHED: Final = 2  # px
COLOUR: Final = (150, 60, 110)  # blue, green, red: a violet that no floor has
# Proposals of the detector from this score on are painted. In drawn crowds it leaves nobody of whom a third shows,
# where the passport's own threshold does; a tenth would paint an empty aisle whole (measured).
SENSITIVE: Final = 0.15
WIDER: Final = 0.15  # of a box's width, on each side: arms and bags
TALLER: Final = 0.1  # of its height
ROOM: Final = 0.01  # of the picture, beside both
APART_S: Final = 0.4  # between the two pictures in which motion is looked for: a slow step is then some pixels
MOVED: Final = 10.0  # levels of 255 of the small picture, in which noise is averaged away
MOST_PAINTED: Final = 0.6  # of the picture: of more there is too little floor left to point at
MISSED: Final = 0.2  # of somebody's box that must be proposed again
_QUALITIES: Final = (88, 75, 60, 40)


class NoStill(Exception):
    """There is none; the message says why, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """Who was found: what the detector proposes now, what it told last, and whom the node follows."""

    proposed: Boxes
    told: Boxes
    followed: Sequence[Around]


class Proposes(Protocol):
    """What finds all that may be a part of a person."""

    @property
    def net(self) -> Size:
        """Of its input."""
        ...

    def proposals(self, image: Image, patches: Sequence[Patch], *, threshold: float) -> Boxes:
        """In a BGR picture [H, W, 3] by a look at each of the patches, [n, 4] in its pixels."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Makes stills of one camera's pictures."""

    detector: Proposes
    eyes: Eyes
    mask: Mask

    def __call__(self, earlier: Image, image: Image, followed: Sequence[Around]) -> bytes:
        """The still of a picture, of which `earlier` was taken APART_S before. Raises NoStill."""
        height, width = image.shape[:2]
        size, net = Size(width=width, height=height), self.detector.net
        patches = {*scale.survey(size, net), *scale.closer((), size, net), *self.eyes.patches}
        whole = (width, height, width, height)
        proposed = self.detector.proposals(image, tuple(patches), threshold=SENSITIVE) / whole
        told = np.array([(box.x1, box.y1, box.x2, box.y2) for box in self.eyes.told]).reshape(-1, 4) / whole
        return jpeg(earlier, image, Finds(proposed=proposed, told=told, followed=followed), self.mask)


def jpeg(earlier: Image, image: Image, finds: Finds, mask: Mask) -> bytes:
    """The still of a BGR picture [H, W, 3], of which `earlier` was taken APART_S before. Raises NoStill."""
    small = _scaled(image)
    height, width = small.shape[:2]
    squares = _masked(mask, (height, width))
    proposed = _squares(finds.proposed, (height, width))
    squares |= proposed | _squares(finds.told, (height, width))
    for one in finds.followed:
        theirs = _squares(np.array([[one.x1, one.y1, one.x2, one.y2]]), (height, width))
        if one.now and theirs.any() and proposed[theirs].mean() < MISSED:
            raise NoStill("the detector does not find somebody whom it saw a moment ago: try again")
        squares |= theirs
    squares |= _moved(earlier, image, (height, width))
    if squares.mean() > MOST_PAINTED:
        raise NoStill(
            f"{squares.mean():.0%} of the picture would be painted over: try again when fewer people are there"
        )
    return _encoded(_painted(small, squares))


def _scaled(image: Image) -> Image:
    height, width = image.shape[:2]
    share = min(1.0, MOST / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    # A copy also where nothing is to be scaled: what is painted must not be the frame itself.
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8).copy()


def _grid(size: tuple[int, int]) -> tuple[int, int]:
    return -(-size[0] // BLOCK), -(-size[1] // BLOCK)


def _squares(boxes: Boxes, size: tuple[int, int]) -> Flags:
    """The squares of a picture of that height and width that the boxes, grown, lie in."""
    found = np.zeros(_grid(size), np.bool_)
    if not len(boxes):
        return found
    across, down = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    aside, above = WIDER * across + ROOM, TALLER * down + ROOM
    edges = np.column_stack([boxes[:, 0] - aside, boxes[:, 1] - above, boxes[:, 2] + aside, boxes[:, 3] + above])
    pixels = edges * (size[1], size[0], size[1], size[0]) + (-SMOOTHED, -SMOOTHED, SMOOTHED, SMOOTHED)
    places = pixels / BLOCK
    first, last = np.floor(places[:, :2]).clip(min=0).astype(int), np.ceil(places[:, 2:]).clip(min=0).astype(int)
    for (x1, y1), (x2, y2) in zip(first.tolist(), last.tolist(), strict=True):
        found[y1:y2, x1:x2] = True
    return found


def _masked(mask: Mask, size: tuple[int, int]) -> Flags:
    rows, columns = _grid(size)
    if not mask.polygons:
        return np.zeros((rows, columns), np.bool_)
    hidden = ~mask.shown(columns * 4, rows * 4)
    return np.asarray(hidden.reshape(rows, 4, columns, 4).any(axis=(1, 3)))


def _moved(earlier: Image, image: Image, size: tuple[int, int]) -> Flags:
    """The squares in which the two pictures differ by more than noise, and those beside them."""
    if earlier.shape != image.shape:
        raise NoStill("the camera changed the size of its pictures: try again")
    before, now = gate.small(earlier), gate.small(image)
    away = np.abs(now - before - np.median(now - before))
    grown = cv2.dilate((away > MOVED).astype(np.uint8), np.ones((3, 3), np.uint8))
    rows, columns = _grid(size)
    shown = cv2.resize(grown, (columns * BLOCK, rows * BLOCK), interpolation=cv2.INTER_NEAREST)
    return np.asarray(shown.reshape(rows, BLOCK, columns, BLOCK).any(axis=(1, 3)))


def _painted(image: Image, squares: Flags) -> Image:
    height, width = image.shape[:2]
    image[squares.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[:height, :width]] = COLOUR
    return image


def _encoded(image: Image) -> bytes:
    for quality in _QUALITIES:
        whole, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if whole and len(data) <= MOST_STILL:
            return data.tobytes()
    raise NoStill(f"the picture does not fit into {MOST_STILL} bytes")

"""Which camera answers for which cell of the floor: the one that tells most surely where somebody there stands."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import plane, shapes
from edge.floor.plane import Floor
from edge.floor.shapes import Point, ShapeError

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

MARGIN: Final = 0.75
"""m over its border at which a camera goes on with somebody: what a person walks between two looks, and some error."""
STATURE: Final = 1.65  # m, of people in a shop, shoes on
# The edges of a detector's box jump by this share of its height, and by a pixel however small it is.
SHARE: Final = 0.045
PIXEL: Final = 1.0  # px
# A place less sure than this is no place: it is near the horizon, where one pixel is metres of floor.
FARTHEST: Final = 1.5  # m
# Errors are compared in steps of this, so that two kinds of processor that round the last digit differently agree.
STEP: Final = 1e-4  # m
MOST_FLOOR: Final = 4_000.0
"""m² of the rectangle round what one camera sees. More is a slip of the pen or a wrong unit: people 40 m away are a
few pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One camera of the plan: its calibrated floor, and what of it the plan lets it see.

    ShapeError when `sees`, a polygon in floor metres, or one of `masks`, polygons in the calibrated picture's
    pixels in which nobody is looked for, makes no polygon, or when `sees` is larger than MOST_FLOOR.
    """

    camera: str
    floor: Floor
    sees: tuple[Point, ...]
    masks: tuple[tuple[Point, ...], ...] = ()

    def __post_init__(self) -> None:
        shapes.Zone(id=f"seen by {self.camera}", corners=self.sees)
        for number, mask in enumerate(self.masks):
            shapes.Zone(id=f"mask {number} of {self.camera}", corners=mask)
        width, depth = np.ptp(np.array(self.sees), axis=0).tolist()
        if width * depth > MOST_FLOOR:
            raise ShapeError(
                f"{self.camera}: what it sees is {width:.0f} m by {depth:.0f} m, allowed are {MOST_FLOOR:.0f} m²; "
                "are its corners in metres?"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """`cells` cells in a row, from (`x`, `y`) along x, counted in cell widths from the plan's origin."""

    x: int
    y: int
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """The cells that one camera owns; made by `regions`. No cell is in two cameras' regions."""

    cell: float  # m, the width of a cell
    x: int  # the cell in the corner of the two masks below, in cell widths from the plan's origin
    y: int
    own: Flags  # [rows, columns]
    near: Flags  # [rows, columns]: its own, and those within the margin of one of them

    def holds(self, places: Array) -> Flags:
        """Which of `places` [n, 2] in floor metres lie in a cell of this camera, [n]."""
        return self._looked_up(self.own, places)

    def reaches(self, places: Array) -> Flags:
        """Which of `places` [n, 2] lie in such a cell or within the margin of one, [n]."""
        return self._looked_up(self.near, places)

    @property
    def cells(self) -> int:
        """How many cells the camera owns."""
        return int(self.own.sum())

    def strips(self) -> tuple[Strip, ...]:
        """The cells that it owns, each once."""
        return tuple(strip for strip, _ in seen([(self, 0.0)]))

    def _looked_up(self, mask: Flags, places: Array) -> Flags:
        with np.errstate(invalid="ignore"):
            cells = np.floor(places / self.cell) - (self.x, self.y)
            within = ((cells >= 0) & (cells < mask.shape[::-1])).all(axis=1)
        found = np.zeros(len(places), dtype=np.bool_)
        columns, rows = cells[within].astype(np.intp).T
        found[within] = mask[rows, columns]
        return found


def seen(parts: Sequence[tuple[Region, float]]) -> tuple[tuple[Strip, float], ...]:
    """The cells of one camera's regions, each once with the seconds of all `parts` that have it.

    The cells of the first part are named even where those are 0.
    """
    first = parts[0][0]
    seconds = np.sum([region.own * spent for region, spent in parts], axis=0)
    marked = np.where(first.own | (seconds > 0), seconds, -1.0)
    found: list[tuple[Strip, float]] = []
    for row, line in enumerate(marked):
        edges = np.flatnonzero(np.diff(np.concatenate([[-1.0], line, [-1.0]])))
        for begins, ends in itertools.pairwise(edges.tolist()):
            if line[begins] >= 0:
                found.append((Strip(x=first.x + begins, y=first.y + row, cells=ends - begins), float(line[begins])))
    return tuple(found)


Rest: TypeAlias = Callable[[frozenset[str]], Mapping[str, Region]]
"""The regions of the other cameras while these see nothing."""


class Sharing:
    """A floor cut into cells `cell` metres wide, to be shared out among the cameras that have it in sight."""

    def __init__(self, sights: Sequence[Sight], *, cell: float, margin: float = MARGIN) -> None:
        """ValueError for a cell without width."""
        if not cell > 0:
            raise ValueError(f"a cell of {cell} m; allowed are widths above 0")
        self._cell, self._margin = cell, margin
        self._patches = [_patch(sight, cell, margin) for sight in sorted(sights, key=lambda sight: sight.camera)]

    def without(self, away: frozenset[str]) -> Mapping[str, Region]:
        """The region of each camera but those `away`, which see nothing: what they owned is the next best one's."""
        patches = [patch for patch in self._patches if patch.camera not in away]
        return {patch.camera: _region(patch, patches, self._cell, self._margin) for patch in patches}


def regions(sights: Sequence[Sight], *, cell: float, margin: float = MARGIN) -> Mapping[str, Region]:
    """Each camera's region of a floor cut into cells `cell` metres wide; the same for everybody who asks.

    A cell is in a camera's sight when its middle is: within what the plan lets it see, in the picture, in no mask,
    and where the place of somebody's feet is known to FARTHEST. Of the cameras that have it in sight the one with the
    smallest expected error, its calibration's included, owns it; of equals the one whose name sorts first.
    ValueError for a cell without width.
    """
    return Sharing(sights, cell=cell, margin=margin).without(frozenset())


def error(floor: Floor, places: Array) -> Array:
    """The expected error in m [n] of somebody's place who stands at `places` [n, 2]; inf where feet cannot be seen.

    First order: the root of the trace of J diag(σ²) Jᵀ with the homography's Jacobian J and the noise of a box as
    tall as a person is there (Hartley and Zisserman, "Multiple View Geometry", section 5.2.1).
    """
    pixels = plane.unproject(floor, places)
    slopes = plane.jacobian(floor, pixels)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        noise = np.hypot(SHARE * _box_heights(floor, places, pixels, slopes), PIXEL)
        spread = noise * np.sqrt((slopes**2).sum(axis=(1, 2)))
        seen = plane.sees(floor, places) & np.isfinite(spread) & (spread < FARTHEST)
    return np.where(seen, spread, np.inf)


def _box_heights(floor: Floor, places: Array, pixels: Array, slopes: Array) -> Array:
    """How many pixels tall somebody at each of the places shows, [n]."""
    if floor.rise is None:  # a metre across the picture is as many pixels as a metre up
        across: Array = STATURE / np.linalg.norm(slopes[:, :, 0], axis=1)
        return across
    heads = plane.heads(floor, places, np.full(len(places), STATURE))
    tall: Array = np.hypot(*(heads - pixels).T)
    return tall


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Patch:
    """The errors of one camera over a rectangle of cells, in steps of STEP; inf where it does not see the cell."""

    camera: str
    x: int
    y: int
    errors: Array  # [rows, columns]


def _patch(sight: Sight, cell: float, margin: float) -> _Patch:
    corners = np.array(sight.sees)
    rim = math.ceil(margin / cell)
    low = np.floor(corners.min(axis=0) / cell).astype(int) - rim
    high = np.ceil(corners.max(axis=0) / cell).astype(int) + rim
    columns, rows = (high - low).tolist()
    x, y = low.tolist()
    middles = (np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=2).reshape(-1, 2) + (x, y) + 0.5) * cell
    errors = np.full(len(middles), np.inf)
    inside = shapes.inside(corners, middles)
    errors[inside] = _unmasked(sight, middles[inside])
    return _Patch(camera=sight.camera, x=x, y=y, errors=np.round(errors.reshape(rows, columns) / STEP))


def _unmasked(sight: Sight, places: Array) -> Array:
    """The expected errors at `places`, in one look and by the calibration's own doubt; inf where it sees nobody."""
    doubt = np.nan_to_num(np.trace(plane.calibration_cov(sight.floor, places), axis1=1, axis2=2))
    errors: Array = np.sqrt(error(sight.floor, places) ** 2 + doubt)
    errors[errors >= FARTHEST] = np.inf
    pixels = plane.unproject(sight.floor, places)
    for mask in sight.masks:
        errors[shapes.inside(np.array(mask), pixels)] = np.inf
    return errors


def _region(patch: _Patch, patches: Sequence[_Patch], cell: float, margin: float) -> Region:
    """`patches` are sorted by name: against those before it a camera must be better, against those after as good."""
    own = np.isfinite(patch.errors)
    before = True
    for other in patches:
        if other is patch:
            before = False
            continue
        mine, theirs = _shared(patch, other)
        if mine is None or theirs is None:
            continue
        rivals = other.errors[theirs]
        own[mine] &= patch.errors[mine] < rivals if before else patch.errors[mine] <= rivals
    return Region(cell=cell, x=patch.x, y=patch.y, own=own, near=_widened(own, margin / cell))


_Window: TypeAlias = tuple[slice, slice]


def _shared(first: _Patch, second: _Patch) -> tuple[_Window | None, _Window | None]:
    """The cells that two patches have in common, as a window of each."""
    low_x, low_y = max(first.x, second.x), max(first.y, second.y)
    high_x = min(first.x + first.errors.shape[1], second.x + second.errors.shape[1])
    high_y = min(first.y + first.errors.shape[0], second.y + second.errors.shape[0])
    if low_x >= high_x or low_y >= high_y:
        return None, None
    windows = [
        (slice(low_y - patch.y, high_y - patch.y), slice(low_x - patch.x, high_x - patch.x))
        for patch in (first, second)
    ]
    return windows[0], windows[1]


def _widened(own: Flags, cells: float) -> Flags:
    """The cells whose middle is at most `cells` cell widths from the middle of one of `own`."""
    reach = math.floor(cells + 1e-9)
    rows, columns = own.shape
    near = own.copy()
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            if math.hypot(down, right) > cells + 1e-9:
                continue
            to = _overlap(rows, down), _overlap(columns, right)
            of = _overlap(rows, -down), _overlap(columns, -right)
            near[to] |= own[of]
    return near


def _overlap(length: int, shift: int) -> slice:
    """Where a row of that length still lies once it is moved by `shift`."""
    return slice(max(0, shift), max(0, length + min(0, shift)))

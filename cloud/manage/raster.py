"""The floor as arrays: cameras' cells laid on one grid, smoothed, and written as bytes."""

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cloud.manage.heat import CELL_M, SIGMA_M, UNSEEN, inside
from contract.plan import Plan, Point

Values: TypeAlias = NDArray[np.float64]
Bytes: TypeAlias = NDArray[np.uint8]

WITHHELD: Final = 254
"""In a grid of marks or of a frame's bytes: fewer than k people."""
SAME: Final = 253
"""In a difference's marks: the 95 % interval includes 0."""
TOP_LEVEL: Final = 253
"""The highest byte of a frame that is a value."""
RADIUS: Final = 3
"""Cells that the smoothing kernel reaches; the grid keeps as many around the floor, so that no edge is darker."""

CELL: Final = np.dtype([("x", "<i2"), ("y", "<i2"), ("person_ms", "<i8")])
RUN: Final = np.dtype([("x", "<i2"), ("y", "<i2"), ("cells", "<u2"), ("covered_ms", "<i8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many cells of CELL_M a floor has."""

    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """All of them."""
        return self.columns * self.rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """What one camera told over some time, on its own cells of `cell_mm`.

    `cells` are of the type CELL, `tracks` one count a cell in their order, `runs` of the type RUN. A cell may be in
    it several times: then it stands for the sum. No `runs` where the camera does not tell which cells are its own.
    """

    camera: str
    cell_mm: int
    cells: NDArray[np.void]
    tracks: NDArray[np.int64]
    runs: NDArray[np.void]


def together(sheets: Sequence[Sheet]) -> Sheet:
    """One camera's sheets of one cell width as one, with all of their rows. At least one sheet."""
    return Sheet(
        camera=sheets[0].camera,
        cell_mm=sheets[0].cell_mm,
        cells=_rows(CELL, [sheet.cells for sheet in sheets]),
        tracks=np.concatenate([sheet.tracks for sheet in sheets]),
        runs=_rows(RUN, [sheet.runs for sheet in sheets]),
    )


def summed(sheets: Sequence[Sheet]) -> Sheet:
    """As `together`, with every cell and every run once."""
    whole = together(sheets)
    _, first, which = np.unique(_key(whole.cells, "x", "y"), return_index=True, return_inverse=True)
    cells, tracks = whole.cells[first], np.zeros(len(first), np.int64)
    cells["person_ms"] = 0
    np.add.at(cells["person_ms"], which, whole.cells["person_ms"])
    np.add.at(tracks, which, whole.tracks)
    _, first, which = np.unique(_key(whole.runs, "x", "y", "cells"), return_index=True, return_inverse=True)
    runs = whole.runs[first]
    runs["covered_ms"] = 0
    np.add.at(runs["covered_ms"], which, whole.runs["covered_ms"])
    return replace(whole, cells=cells, tracks=tracks, runs=runs)


def _rows(kind: np.dtype[np.void], tables: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
    """Tables of one kind, one after another: by their bytes, as numpy's own way compares their columns each time."""
    return np.frombuffer(b"".join(table.tobytes() for table in tables), kind)


def _key(table: NDArray[np.void], *names: str) -> NDArray[np.int64]:
    """Some 16-bit columns as one number a row."""
    key = np.zeros(len(table), np.int64)
    for name in names:
        key = (key << 16) | (table[name].astype(np.int64) & 0xFFFF)
    return key


def size_of(plan: Plan) -> Size:
    """The grid that covers the plan."""
    return Size(columns=math.ceil(plan.width_m / CELL_M), rows=math.ceil(plan.depth_m / CELL_M))


def stay(sheets: Iterable[Sheet], size: Size) -> Values:
    """People·seconds per m², [rows, columns], not smoothed, with RADIUS cells around the floor."""
    return _merged(sheets, size, lambda sheet: sheet.cells["person_ms"] / 1000, density=True) / CELL_M**2


def passing(sheets: Iterable[Sheet], size: Size) -> Values:
    """Tracks per m, the tracks through a cell over its width: as `stay`."""
    return _merged(sheets, size, lambda sheet: sheet.tracks / (sheet.cell_mm / 1000), density=False)


def tracks(sheets: Iterable[Sheet], size: Size) -> Values:
    """Tracks through each cell, counting a coarser camera's for each cell of ours in it: as `stay`."""
    return _merged(sheets, size, lambda sheet: sheet.tracks.astype(np.float64), density=False)


def smoothed(grid: Values) -> Values:
    """The grid under a Gaussian of SIGMA_M, cut at RADIUS cells, over its last two axes; what leaves it is lost."""
    for axis in (-2, -1):
        views = _shifted(grid, axis, RADIUS)
        total = np.zeros_like(grid)
        for weight, view in zip(_kernel(), views, strict=True):
            total += weight * view
        grid = total
    return grid


def floor_only(grid: Values) -> Values:
    """The grid without what lies around the floor."""
    return grid[..., RADIUS:-RADIUS, RADIUS:-RADIUS]


def busiest_near(grid: Values) -> Values:
    """For each cell the highest of it and of the eight around it, over the last two axes."""
    for axis in (-2, -1):
        first, *rest = _shifted(grid, axis, 1)
        highest = first.copy()
        for view in rest:
            np.maximum(highest, view, out=highest)
        grid = highest
    return grid


def covered(sheets: Iterable[Sheet], size: Size) -> Values:
    """For how many ms each cell was seen by the camera that answers for it, [rows, columns] of the floor alone."""
    total = np.zeros((size.rows, size.columns))
    widths: dict[int, list[NDArray[np.void]]] = {}
    for sheet in sheets:
        widths.setdefault(sheet.cell_mm, []).append(sheet.runs)
    for cell_mm, tables in widths.items():
        columns, rows, low_x, low_y = _reach(cell_mm, size)
        runs, width = _rows(RUN, tables), columns + 1
        first = np.clip(runs["x"].astype(np.int64) - low_x, 0, columns)
        last = np.clip(runs["x"].astype(np.int64) + runs["cells"] - low_x, 0, columns)
        row = runs["y"].astype(np.int64) - low_y
        held = (row >= 0) & (row < rows)
        ms = runs["covered_ms"][held].astype(np.float64)
        places = np.concatenate((row[held] * width + first[held], row[held] * width + last[held]))
        steps = np.bincount(places, weights=np.concatenate((ms, -ms)), minlength=rows * width)
        seen: Values = np.cumsum(steps.astype(np.float64).reshape(rows, width), axis=1)[:, :columns]
        total += floor_only(_spread(seen, cell_mm, size, density=False))
    return total


def field(polygon: Sequence[Point], size: Size) -> NDArray[np.bool_]:
    """The cells whose middle lies in a polygon, [rows, columns]."""
    return _field(tuple(polygon), size)


def levels(values: Values, top: float, highest: int = 255) -> Bytes:
    """Each value as a byte: 0 is nothing, `highest` is `top` or more; the error is half a step at most."""
    return np.clip(np.rint(values * (highest / top)), 0, highest).astype(np.uint8)


def seen_ms(plan: Plan, sheets: Sequence[Sheet], coverage: Mapping[str, float], expected_ms: int) -> Values:
    """For how many ms of `expected_ms` each cell was seen, [rows, columns].

    Cell by cell where cameras tell it; else their share of the window (`coverage`, 0 to 1) for all of the floor that
    the plan draws them to see. Of both the better counts.
    """
    size = size_of(plan)
    telling = {sheet.camera for sheet in sheets if len(sheet.runs)}
    seen = np.minimum(covered(sheets, size), expected_ms)
    for camera in plan.cameras:
        if camera.id not in telling:
            place = field(camera.sees, size)
            seen[place] = np.maximum(seen[place], coverage.get(camera.id, 0.0) * expected_ms)
    return seen


def percents(seen: Values, expected_ms: int) -> Bytes:
    """The share of the window in which each cell was seen in whole percent, or UNSEEN."""
    shares = np.rint(100 * seen / max(expected_ms, 1))
    return np.where(seen > 0, np.clip(shares, 0, 100), UNSEEN).astype(np.uint8)


def _merged(sheets: Iterable[Sheet], size: Size, figure: Callable[[Sheet], Values], *, density: bool) -> Values:
    """All cameras on one grid. Those that tell which cells are their own add up, as each person is told by one of them;
    of the others the highest counts, as a person seen twice is not two.
    """
    told = list(sheets)
    telling = {sheet.camera for sheet in told if len(sheet.runs)}
    total = np.zeros((size.rows + 2 * RADIUS, size.columns + 2 * RADIUS))
    for sheet in _by_width(sheet for sheet in told if sheet.camera in telling):
        total += _spread(_dense(sheet, figure(sheet), size), sheet.cell_mm, size, density=density)
    for camera in sorted({sheet.camera for sheet in told} - telling):
        layer = np.zeros_like(total)
        for sheet in _by_width(sheet for sheet in told if sheet.camera == camera):
            layer += _spread(_dense(sheet, figure(sheet), size), sheet.cell_mm, size, density=density)
        np.maximum(total, layer, out=total)
    return total


def joined(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The same floor in fewer sheets: what cameras tell that say which cells are their own adds up, and may be one."""
    telling = {sheet.camera for sheet in sheets if len(sheet.runs)}
    return [
        *_by_width(sheet for sheet in sheets if sheet.camera in telling),
        *(sheet for sheet in sheets if sheet.camera not in telling),
    ]


def _by_width(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The sheets of each cell width as one, whichever camera's they are."""
    widths: dict[int, list[Sheet]] = {}
    for sheet in sheets:
        widths.setdefault(sheet.cell_mm, []).append(sheet)
    return [same[0] if len(same) == 1 else together(same) for same in widths.values()]


def _dense(sheet: Sheet, figures: Values, size: Size) -> Values:
    """The sheet's figures in their places; what lies farther out is no part of the picture."""
    columns, rows, low_x, low_y = _reach(sheet.cell_mm, size)
    x = sheet.cells["x"].astype(np.int64) - low_x
    y = sheet.cells["y"].astype(np.int64) - low_y
    held = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    flat = np.bincount(y[held] * columns + x[held], weights=figures[held], minlength=rows * columns)
    return flat.astype(np.float64).reshape(rows, columns)


def _shifted(grid: Values, axis: int, reach: int) -> list[Values]:
    """The grid moved by -reach to reach cells along one of its last two axes, with zeros where nothing was."""
    sides = [(0, 0)] * grid.ndim
    sides[axis] = (reach, reach)
    padded, length = np.pad(grid, sides), grid.shape[axis]
    steps = [slice(step, step + length) for step in range(2 * reach + 1)]
    return [padded[..., step, :] if axis == -2 else padded[..., step] for step in steps]


@functools.cache
def _kernel() -> tuple[float, ...]:
    weights = [math.exp(-((step * CELL_M / SIGMA_M) ** 2) / 2) for step in range(-RADIUS, RADIUS + 1)]
    return tuple(weight / sum(weights) for weight in weights)


def _reach(cell_mm: int, size: Size) -> tuple[int, int, int, int]:
    """The camera's cells that lie on our grid and around it: columns, rows, and the first column and row."""
    ratio = CELL_M * 1000 / cell_mm
    low = math.floor(-RADIUS * ratio)
    columns, rows = (math.ceil((count + RADIUS) * ratio) - low for count in (size.columns, size.rows))
    return columns, rows, low, low


def _spread(dense: Values, cell_mm: int, size: Size, *, density: bool) -> Values:
    """A camera's dense cells on our grid and around it. `density`: amounts that are shared out by area; else values
    that hold all over a cell, of which ours gets the mean.
    """
    if cell_mm == CELL_M * 1000:
        return dense
    down = _overlap(cell_mm, size.rows, density=density)
    across = _overlap(cell_mm, size.columns, density=density)
    shared: Values = down @ dense @ across.T
    return shared


@functools.lru_cache(maxsize=64)
def _overlap(cell_mm: int, count: int, *, density: bool) -> Values:
    """[ours, theirs] along one axis: which share of a camera's cell lies in ours, or of ours in the camera's."""
    ratio = cell_mm / (CELL_M * 1000)  # their width in our cells
    low = math.floor(-RADIUS / ratio)
    theirs = np.arange(low, math.ceil((count + RADIUS) / ratio))
    ours = np.arange(-RADIUS, count + RADIUS)
    ends = np.minimum.outer(ours + 1, (theirs + 1) * ratio)
    length = np.clip(ends - np.maximum.outer(ours, theirs * ratio), 0, None)
    shares: Values = length / ratio if density else length
    return shares


@functools.lru_cache(maxsize=256)
def _field(polygon: tuple[Point, ...], size: Size) -> NDArray[np.bool_]:
    cells = [
        inside(Point((x + 0.5) * CELL_M, (y + 0.5) * CELL_M), polygon)
        for y in range(size.rows)
        for x in range(size.columns)
    ]
    found = np.array(cells, dtype=np.bool_).reshape(size.rows, size.columns)
    found.setflags(write=False)
    return found

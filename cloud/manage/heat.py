"""Where people were, as numbers on the floor: people·seconds per m² cell by cell, and how well each was seen."""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contract.plan import Plan, Point

CELL_M = 0.25
"""The grid that pages draw; a report on a coarser or finer grid is spread over it."""
SIGMA_M = 0.25
"""Width of the smoothing kernel: about how well a camera places a person's feet on the floor."""
UNSEEN = 255
"""In `Grid.seen`: no camera looked at this cell, or none had a second of covered time."""

_RADIUS = 3
_LADDER = (1.0, 2.0, 4.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """People × time in one cell of one camera's own grid; `x`, `y` count cells of `cell_mm` from the plan's origin."""

    camera: str
    cell_mm: int
    x: int
    y: int
    person_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """`cells` cells in a row along x, for each of which one camera answers and really saw it for `covered_ms`."""

    camera: str
    cell_mm: int
    x: int
    y: int
    cells: int
    covered_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How well a window was seen.

    `coverage` gives for each camera the share of the window's `expected_ms` that it really saw; `strips` what some
    of them told cell by cell. Of a camera that is in no strip, its share holds for all of the floor that the plan
    lets it see.
    """

    coverage: Mapping[str, float]
    strips: Sequence[Strip] = ()
    expected_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The floor row by row from the plan's upper left corner.

    `values`: people·seconds per m². `seen`: for each cell the share of the window in percent (0 to 100) in which the
    camera that saw it best was covered, or UNSEEN.
    """

    columns: int
    rows: int
    cell_m: float
    values: tuple[float, ...]
    seen: bytes


def gather(spots: Iterable[Spot], plan: Plan, sight: Sight) -> Grid:
    """The window's picture.

    Of two cameras that see the same floor and do not tell whose it is, the higher value counts: a person seen twice
    is not two. Where they tell it, each person is told by one of them, and the values add up.
    """
    columns, rows = math.ceil(plan.width_m / CELL_M), math.ceil(plan.depth_m / CELL_M)
    sharing = {strip.camera for strip in sight.strips}
    by_camera: dict[str, dict[tuple[int, int], float]] = {}
    for spot in spots:
        _spread(by_camera.setdefault("" if spot.camera in sharing else spot.camera, {}), spot)
    most: dict[tuple[int, int], float] = {}
    for cells in by_camera.values():
        for place, seconds in cells.items():
            most[place] = max(seconds, most.get(place, 0.0))
    values = [0.0] * (columns * rows)
    for (x, y), seconds in smoothed(most).items():
        if 0 <= x < columns and 0 <= y < rows:
            values[y * columns + x] = seconds / CELL_M**2
    return Grid(columns=columns, rows=rows, cell_m=CELL_M, values=tuple(values), seen=seen_in(plan, sight))


def seen_in(plan: Plan, sight: Sight) -> bytes:
    """`Grid.seen` of a window, cell by cell where cameras tell it, and by the plan's drawing where not."""
    columns, rows = math.ceil(plan.width_m / CELL_M), math.ceil(plan.depth_m / CELL_M)
    sharing = {strip.camera for strip in sight.strips}
    drawn = {camera: share for camera, share in sight.coverage.items() if camera not in sharing}
    seen = bytearray(seen_by(plan, drawn))
    covered: dict[tuple[int, int], float] = {}
    for strip in sight.strips:
        _cover(covered, strip)
    for (x, y), covered_ms in covered.items():
        if covered_ms and 0 <= x < columns and 0 <= y < rows:
            place = y * columns + x
            percent = min(100, round(100 * covered_ms / max(sight.expected_ms, 1)))
            seen[place] = percent if seen[place] == UNSEEN else max(percent, seen[place])
    return bytes(seen)


def seen_by(plan: Plan, coverage: Mapping[str, float]) -> bytes:
    """`Grid.seen` of a window by the plan's drawing of what each camera sees."""
    columns, rows = math.ceil(plan.width_m / CELL_M), math.ceil(plan.depth_m / CELL_M)
    seen = bytearray([UNSEEN]) * (columns * rows)
    for camera in sorted(plan.cameras, key=lambda one: coverage.get(one.id, 0.0)):
        percent = min(100, round(100 * coverage.get(camera.id, 0.0)))
        for cell in _cells_in(camera.sees, columns, rows) if coverage.get(camera.id) else ():
            seen[cell] = percent
    return bytes(seen)


def smoothed(cells: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """The cells under a Gaussian of `SIGMA_M`, cut at three cells; their sum stays what it was."""
    weights = [math.exp(-((step * CELL_M / SIGMA_M) ** 2) / 2) for step in range(-_RADIUS, _RADIUS + 1)]
    kernel = [weight / sum(weights) for weight in weights]
    across: dict[tuple[int, int], float] = {}
    for (x, y), value in cells.items():
        for step, weight in enumerate(kernel, -_RADIUS):
            across[x + step, y] = across.get((x + step, y), 0.0) + value * weight
    result: dict[tuple[int, int], float] = {}
    for (x, y), value in across.items():
        for step, weight in enumerate(kernel, -_RADIUS):
            result[x, y + step] = result.get((x, y + step), 0.0) + value * weight
    return result


def levels(values: Sequence[float], top: float) -> bytes:
    """Each value as a byte: 0 is nothing, 255 is `top` or more; the error is at most half of top / 255."""
    return bytes(min(255, round(255 * value / top)) for value in values)


def scale(values: Iterable[float], before: float = 0.0) -> float:
    """The colour scale's upper end: the 97th percentile of what is not zero, up to 1, 2 or 4 × a power of ten.

    It never falls below `before`, so that a picture does not change its colours each time somebody walks away.
    """
    touched = sorted(value for value in values if value > 0)
    if not touched:
        return before or _LADDER[0]
    return max(before, rung(touched[min(len(touched) - 1, int(0.97 * len(touched)))]))


def rung(wanted: float) -> float:
    """The least of 1, 2, 4 × a power of ten that reaches `wanted`; 1 at least."""
    if wanted <= _LADDER[0]:
        return _LADDER[0]
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * step for step in _LADDER if power * step >= wanted * (1 - 1e-9))


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon, by the parity of the edges to its right; on an edge either may be said."""
    odd = False
    for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (a.y > point.y) != (b.y > point.y) and point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x:
            odd = not odd
    return odd


def _spread(cells: dict[tuple[int, int], float], spot: Spot) -> None:
    """Shares a cell of the camera's grid out among the cells of ours that it covers, by area."""
    if spot.cell_mm == CELL_M * 1000:
        cells[spot.x, spot.y] = cells.get((spot.x, spot.y), 0.0) + spot.person_ms / 1000
        return
    size = spot.cell_mm / 1000 / CELL_M
    spans = [_overlaps(place * size, (place + 1) * size) for place in (spot.x, spot.y)]
    for x, width in spans[0]:
        for y, height in spans[1]:
            share = width * height / size**2
            cells[x, y] = cells.get((x, y), 0.0) + share * spot.person_ms / 1000


def _cover(cells: dict[tuple[int, int], float], strip: Strip) -> None:
    """Adds a strip's covered time to the cells of ours that it covers, in so far as it covers them."""
    size = strip.cell_mm / 1000 / CELL_M
    down = _overlaps(strip.y * size, (strip.y + 1) * size)
    for x, width in _overlaps(strip.x * size, (strip.x + strip.cells) * size):
        for y, height in down:
            cells[x, y] = cells.get((x, y), 0.0) + width * height * strip.covered_ms


def _overlaps(low: float, high: float) -> list[tuple[int, float]]:
    """The unit cells that [low, high) touches, each with the length that lies in it."""
    cells = range(math.floor(low), math.ceil(high))
    return [(cell, min(high, cell + 1) - max(low, cell)) for cell in cells]


@functools.lru_cache(maxsize=256)
def _cells_in(polygon: tuple[Point, ...], columns: int, rows: int) -> tuple[int, ...]:
    """The cells whose middle lies in a polygon; a camera's view changes with the plan alone."""
    return tuple(
        y * columns + x
        for y in range(rows)
        for x in range(columns)
        if inside(Point((x + 0.5) * CELL_M, (y + 0.5) * CELL_M), polygon)
    )

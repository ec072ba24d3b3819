"""Small charts as points of an SVG line, gaps left open."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.manage.node_history import runs

WIDE, HIGH = 100, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A line over a day; `lines` are its stretches as SVG points in a box of WIDE × HIGH. `now` None: silent now."""

    lines: tuple[str, ...]
    low: float
    high: float
    now: float | None


def chart(values: Sequence[float | None], *, floor: float = 0.0, ceiling: float | None = None) -> Chart | None:
    """The chart of some values, from `floor` to `ceiling` or their highest; None where nothing was told."""
    told = [value for value in values if value is not None]
    if not told:
        return None
    bottom = min(floor, *told)
    top = max(ceiling if ceiling is not None else 0.0, max(told) * 1.08, bottom + 1e-9)
    step = WIDE / max(1, len(values) - 1)

    def at(x: float, value: float) -> str:
        return f"{min(max(x, 0.0), float(WIDE)):.1f},{HIGH - HIGH * (value - bottom) / (top - bottom):.1f}"

    drawn = ([(place * step, value) for place, value in run] for run in runs(values))
    lines = tuple(" ".join(at(x, value) for x, value in _seen(points)) for points in drawn)
    return Chart(lines=lines, low=min(told), high=max(told), now=values[-1])


def _seen(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A stretch of one value alone is a short dash, for a point has no length."""
    (x, value), *more = points
    return points if more else [(x - 0.5, value), (x + 0.5, value)]

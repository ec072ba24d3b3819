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

    def at(place: float, value: float) -> str:
        return f"{place * step:.1f},{HIGH - HIGH * (value - bottom) / (top - bottom):.1f}"

    lines = tuple(" ".join(at(place, value) for place, value in _drawn(run)) for run in runs(values))
    return Chart(lines=lines, low=min(told), high=max(told), now=values[-1])


def _drawn(run: Sequence[tuple[int, float]]) -> Sequence[tuple[float, float]]:
    """A stretch of one value alone is a short dash, for a point has no length."""
    return run if len(run) > 1 else [(run[0][0] - 0.4, run[0][1]), (run[0][0] + 0.4, run[0][1])]

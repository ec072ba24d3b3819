"""A sparkline as the path of a small drawing: the points of now over those that they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100.0, 24.0
_EDGE = 2.0  # so that a line at the top is not cut in half


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """Two paths of an SVG of WIDTH × HEIGHT; empty where there is nothing to draw. `dots`: points that stand alone."""

    now: str
    then: str
    dots: tuple[tuple[str, str], ...]


def spark(now: Sequence[float | None], then: Sequence[float | None]) -> Spark:
    """Both on one scale, from the lowest to the highest of them; a gap where a point is None.

    Nothing where less than half of the way from its first point is known: dots tell no course.
    """
    known = [value for value in (*now, *then) if value is not None]
    first = next((index for index, value in enumerate(now) if value is not None), len(now))
    steps = sum(now[index] is not None and now[index + 1] is not None for index in range(len(now) - 1))
    if not steps or 2 * steps < len(now) - 1 - first:
        return Spark(now="", then="", dots=())
    low, high = min(known), max(known)
    last = max(len(now), len(then)) - 1

    def place(index: int, value: float) -> tuple[str, str]:
        up = (value - low) / (high - low) if high > low else 0.5
        return f"{WIDTH * index / last:.1f}", f"{HEIGHT - _EDGE - up * (HEIGHT - 2 * _EDGE):.1f}"

    def path(values: Sequence[float | None]) -> str:
        steps: list[str] = []
        drawing = False
        for index, value in enumerate(values):
            if value is not None:
                steps.append(f"{'L' if drawing else 'M'}{' '.join(place(index, value))}")
            drawing = value is not None
        return "".join(steps)

    alone = [
        place(index, value)
        for index, value in enumerate(now)
        if value is not None and _gap(now, index - 1) and _gap(now, index + 1)
    ]
    return Spark(now=path(now), then=path(then), dots=tuple(alone))


def _gap(values: Sequence[float | None], index: int) -> bool:
    return not 0 <= index < len(values) or values[index] is None

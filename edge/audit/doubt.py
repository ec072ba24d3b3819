"""Whether clicks and crossings that hardly match would match well if one thing were otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from contract.events import Direction
from edge.audit.compare import Watched, compared
from edge.audit.moments import Moment

FEWEST: Final = 5  # clicks, below which anything may match by chance
LIKELY: Final = 0.6  # of the clicks that have to match then, and
TIMES: Final = 2  # so many times as many as do
FARTHEST_S: Final = 120.0  # between two clocks: by more nobody reads the time off them


def told(watched: Watched, crossings: Sequence[Moment], *, within: float) -> str | None:
    """What to ask somebody whose clicks match otherwise only; None where they match, or nothing explains them."""
    clicks = len(watched.clicks)
    if clicks < FEWEST:
        return None
    matched = compared(watched, crossings, within=within).total.matched
    best, asked = max(_otherwise(watched, crossings, within), key=lambda one: one[0])
    if best < max(LIKELY * clicks, TIMES * matched):
        return None
    return f"{matched} of {clicks} clicks match; {best} would {asked}"


def _otherwise(watched: Watched, crossings: Sequence[Moment], within: float) -> Iterator[tuple[int, str]]:
    """How many clicks would match, and if what."""
    other = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
    turned = [replace(each, direction=other[each.direction]) for each in crossings]
    yield (
        compared(watched, turned, within=within).total.matched,
        "with in and out exchanged: is the line drawn from the other end, or was it watched from its other side?",
    )
    steps = int(FARTHEST_S / within)
    for late in (within * step for step in range(-steps, steps + 1) if step):
        audit = compared(watched, [replace(each, at=each.at + late) for each in crossings], within=within)
        apart = late + (audit.late_s or 0.0)
        when = f"{abs(apart):.0f} s {'earlier' if apart > 0 else 'later'}"
        yield audit.total.matched, f"some {when}: is one of the clocks off?"

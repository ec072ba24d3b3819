"""A node's count beside a person's."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from contract.events import Direction
from edge.audit.moments import ClicksError, Moment
from edge.score import confidence
from edge.score.pairing import paired


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share, and between which values it lies with 95 % confidence."""

    share: float | None  # null of nothing
    low: float
    high: float


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One line in one direction, or all of them."""

    line: str | None  # null for all
    direction: Direction | None
    counted: int
    clicked: int
    matched: int
    missed: int  # clicks that no crossing belongs to
    invented: int  # crossings that no click belongs to
    found: Share  # of what the person saw, the share that the node counted
    right: Share  # of what the node counted, the share that the person saw
    error: int  # counted - clicked
    error_low: float  # 95 %: of other stretches of this length
    error_high: float


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison."""

    ways: tuple[Way, ...]
    total: Way
    error_percent: float | None  # of the clicks; null without any
    error_percent_low: float | None
    error_percent_high: float | None
    seconds: float  # that the person watched
    late_s: float | None  # median of how much later than its crossing a click came
    best_low: float  # what share a node without a single miss could be shown to find with so many clicks
    unseen: int  # events that left the node's log before they could be read; 0 from a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """From when to when the person watched (wall time, s), and what they clicked."""

    began: float
    ended: float
    clicks: tuple[Moment, ...]


def compared(watched: Watched, crossings: Sequence[Moment], *, within: float, unseen: int = 0) -> Audit:
    """The comparison. ClicksError where clicks do not say which of several lines they are of.

    A crossing just outside the time that was watched may be the one of a click near its edge; otherwise it is
    nobody's business.
    """
    near = [each for each in crossings if watched.began - within <= each.at <= watched.ended + within]
    clicks = _placed(watched.clicks, near)
    keys = sorted({(each.line or "", each.direction) for each in (*clicks, *near)})
    found = [_Pairing.of(key, clicks, near, watched, within) for key in keys]
    total = _way(
        None, None, sum(p.counted for p in found), sum(p.clicked for p in found), sum(p.matched for p in found)
    )
    late = [delay for pairing in found for delay in pairing.late]
    clicked = total.clicked
    return Audit(
        ways=tuple(_way(p.line or None, p.direction, p.counted, p.clicked, p.matched) for p in found),
        total=total,
        error_percent=_percent(total.error, clicked),
        error_percent_low=_percent(total.error_low, clicked),
        error_percent_high=_percent(total.error_high, clicked),
        seconds=round(watched.ended - watched.began, 1),
        late_s=round(statistics.median(late), 2) if late else None,
        best_low=round(confidence.share(clicked, clicked).low, 4),
        unseen=unseen,
    )


def _placed(clicks: Sequence[Moment], crossings: Sequence[Moment]) -> list[Moment]:
    """The clicks, each with its line: where none is said, the only one that there is."""
    lines = sorted({each.line for each in (*clicks, *crossings) if each.line is not None})
    if any(click.line is None for click in clicks) and len(lines) > 1:
        raise ClicksError(f"several lines are counted here: say which one was watched, --line {' or '.join(lines)}")
    only = lines[0] if lines else None
    return [click if click.line is not None else replace(click, line=only) for click in clicks]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairing:
    """One line in one direction: the numbers, and how late each matched click came."""

    line: str
    direction: Direction
    counted: int
    clicked: int
    matched: int
    late: tuple[float, ...]

    @classmethod
    def of(
        cls,
        key: tuple[str, Direction],
        clicks: Sequence[Moment],
        crossings: Sequence[Moment],
        watched: Watched,
        within: float,
    ) -> "_Pairing":
        seen = [click.at for click in clicks if (click.line or "", click.direction) == key]
        told = [each.at for each in crossings if (each.line or "", each.direction) == key]
        pairs = paired(seen, told, within=within)
        matched = {column for _, column in pairs}
        alone = [at for n, at in enumerate(told) if n not in matched and watched.began <= at <= watched.ended]
        return cls(
            line=key[0],
            direction=key[1],
            counted=len(pairs) + len(alone),
            clicked=len(seen),
            matched=len(pairs),
            late=tuple(seen[row] - told[column] for row, column in pairs),
        )


def _way(line: str | None, direction: Direction | None, counted: int, clicked: int, matched: int) -> Way:
    apart = confidence.difference(counted - matched, clicked - matched)
    return Way(
        line=line,
        direction=direction,
        counted=counted,
        clicked=clicked,
        matched=matched,
        missed=clicked - matched,
        invented=counted - matched,
        found=_share(matched, clicked),
        right=_share(matched, counted),
        error=counted - clicked,
        error_low=round(apart.low, 1),
        error_high=round(apart.high, 1),
    )


def _share(part: int, whole: int) -> Share:
    between = confidence.share(part, whole)
    return Share(
        share=round(part / whole, 4) if whole else None, low=round(between.low, 4), high=round(between.high, 4)
    )


def _percent(error: float, clicked: int) -> float | None:
    return round(100 * error / clicked, 1) if clicked else None

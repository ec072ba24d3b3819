"""One span of one store as a manager reads it: every figure that the pages and their API show, made from the sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.funnels import Funnel, Step, StepKind, product_funnels, zone_funnels
from cloud.manage.insight import MINUTE_MS, K
from cloud.manage.period import Compare, Span
from cloud.manage.sides import Label, Side, mean
from cloud.manage.tiles import Inside, Tile, Tiles, tiles
from cloud.manage.verdict import ENOUGH
from cloud.manage.zone_table import ZoneRow, zone_rows
from contract.plan import LineKind

__all__ = ["ENOUGH", "Errors", "Funnel", "Label", "Report", "Step", "StepKind", "Tile", "Tiles", "ZoneRow", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How far counts may be off by the last audits, as shares: of lines and of cameras."""

    lines: Mapping[str, float]
    cameras: Mapping[str, float]


NO_AUDITS = Errors(lines={}, cameras={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One span of one store. Times in ms since the Unix epoch; `until_ms` is its end, `now_ms` when it was read.

    `other_from_ms` and `other_until_ms` are those of the span compared with, None without one; `points_ms` where the
    points of the tiles' sparklines begin. `stop_ms` is how long a stop takes.
    """

    store: str
    title: Label
    period: str
    compare: Compare
    from_ms: int
    until_ms: int
    other_from_ms: int | None
    other_until_ms: int | None
    now_ms: int
    k: int
    stop_ms: int
    coverage: float | None
    other_coverage: float | None
    tiles: Tiles
    points_ms: tuple[int, ...]
    zones: tuple[ZoneRow, ...]
    funnels: tuple[Funnel, ...]
    products: tuple[Funnel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that a report is made of: both sides, today's doors, the products' names and the last audits."""

    now: Side
    then: Side | None
    inside: Inside
    titles: Mapping[str, Label]
    errors: Errors = NO_AUDITS


def report(told: Told, *, compare: Compare, stop_ms: int, now_ms: int, k: int = K) -> Report:
    """Everything that the pages say about the span."""
    now, then = told.now, told.then
    funnels = zone_funnels(now, then, k=k)
    span, other = now.totals.span, then.totals.span if then else None
    title = now.plan.title
    return Report(
        store=now.plan.store,
        title=Label(ko=title.ko, en=title.en),
        period=span.period,
        compare=compare,
        from_ms=span.first * MINUTE_MS,
        until_ms=span.end * MINUTE_MS,
        other_from_ms=_first_ms(other),
        other_until_ms=other.end * MINUTE_MS if other else None,
        now_ms=now_ms,
        k=k,
        stop_ms=stop_ms,
        coverage=_coverage(now),
        other_coverage=_coverage(then) if then else None,
        tiles=tiles(
            now,
            then,
            funnels[0],
            told.inside,
            entrance_error=_worst(told.errors.lines, now.lines(LineKind.DOOR)),
            k=k,
        ),
        points_ms=tuple(bucket.first * MINUTE_MS for bucket in now.totals.buckets),
        zones=zone_rows(now, then, told.errors.cameras, k=k),
        funnels=funnels,
        products=product_funnels(now, then, told.titles, k=k),
    )


def _coverage(side: Side) -> float | None:
    return mean(side.coverage(zone.id) for zone in side.plan.zones)


def _worst(errors: Mapping[str, float], names: Sequence[str]) -> float | None:
    """The largest of some errors, where each of them is known."""
    known = [errors[name] for name in names if name in errors]
    return max(known) if known and len(known) == len(names) else None


def _first_ms(span: Span | None) -> int | None:
    return span.first * MINUTE_MS if span else None

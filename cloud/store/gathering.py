"""Adds up what several tables hold of a span, and tells it as totals."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import add

from cloud.manage.insight import MINUTE_MS
from cloud.manage.joins import Joint, Kind
from cloud.manage.period import Span
from cloud.manage.shelves import Asked
from cloud.manage.totals import Bucket, Chain, LineTotals, Till, Totals, ZoneTotals
from cloud.store.days import BINS, PEAK, ZONE_COLUMNS

LENGTHS_AT = ZONE_COLUMNS.index("l0")
WAITS_AT = ZONE_COLUMNS.index("w0")
WIDTH = len(ZONE_COLUMNS)


@dataclass(slots=True)
class Gathered:
    """The sums while they are added up; the lists are in the order of their tables' columns."""

    zones: dict[str, list[int]] = field(default_factory=dict)
    zone_points: dict[int, list[int]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    line_points: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    cameras: dict[str, int] = field(default_factory=dict)
    chains: dict[tuple[Kind, str], Chain] = field(default_factory=dict)
    chain_points: dict[int, Chain] = field(default_factory=dict)
    tills: dict[int, Till] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    expected_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """In which point of the sparkline a moment is counted: `base` + its distance from `origin_ms` in steps."""

    origin_ms: int
    step_ms: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySteps:
    """In which point of the sparkline a day is counted: its distance from the day `origin` in `per_point` days."""

    origin: int
    per_point: int


def put(gathered: Gathered, asked: Asked, zone: str, point: int, told: Mapping[int, int]) -> None:
    """Adds some figures of a zone, by their column."""
    gathered.seen.add(point)
    rows = [gathered.zones.setdefault(zone, [0] * WIDTH)]
    if zone in asked.selling:
        rows.append(gathered.zone_points.setdefault(point, [0] * WIDTH))
    for row in rows:
        for place, value in told.items():
            row[place] = max(row[place], value) if place == PEAK else row[place] + value


def put_line(gathered: Gathered, line: str, point: int, told: Sequence[int]) -> None:
    """Adds who crossed a line."""
    gathered.seen.add(point)
    for row in (gathered.lines.setdefault(line, [0, 0]), gathered.line_points.setdefault((point, line), [0, 0])):
        row[0] += told[0]
        row[1] += told[1]


def put_till(gathered: Gathered, point: int, till: Till) -> None:
    """Adds what the tills took."""
    gathered.tills[point] = _both(gathered.tills.get(point, Till()), till)


def _both(one: Till, other: Till) -> Till:
    return Till(
        receipts=one.receipts + other.receipts,
        amount=one.amount + other.amount,
        squares=one.squares + other.squares,
    )


def merge(rows: dict[str, list[int]], name: str, told: Sequence[int]) -> None:
    """Adds a row of all figures, in the order of `ZONE_COLUMNS`."""
    before = rows.get(name)
    if before is None:
        rows[name] = list(told)
        return
    rows[name] = list(map(add, before, told))
    rows[name][PEAK] = max(before[PEAK], told[PEAK])


def chain_of(told: Sequence[int]) -> Chain:
    """A chain from its figures in the order of its table."""
    passed, stopped, taps, tapped, sales, bought, paid = told
    return Chain(passed=passed, stopped=stopped, taps=taps, tapped=tapped, sales=sales, bought=bought, paid=paid)


def put_joint(gathered: Gathered, asked: Asked, joint: Joint, steps: Steps) -> None:
    """Adds a minute of taps and sales."""
    point = steps.base + (joint.minute * MINUTE_MS - steps.origin_ms) // steps.step_ms
    chain = Chain(taps=joint.taps, tapped=joint.tapped, sales=joint.sales, bought=joint.bought, paid=joint.paid)
    put_chain(gathered, asked, (joint.kind, joint.name), point, chain)


def put_passing(gathered: Gathered, asked: Asked, before: Mapping[str, Sequence[int]]) -> None:
    """Who passed and stopped in a window, by product: whoever did in one of its zones."""
    nobody = (0,) * WIDTH
    for gtin, place in asked.shelves.products.items():
        passed = stopped = 0
        for zone in place.zones:
            row, old = gathered.zones.get(zone, nobody), before.get(zone, nobody)
            passed += row[0] - old[0]
            stopped += _stops(row, asked.stop_bin) - _stops(old, asked.stop_bin)
        key = (Kind.PRODUCT, gtin)
        gathered.chains[key] = gathered.chains.get(key, Chain()).plus(Chain(passed=passed, stopped=stopped))


def _stops(row: Sequence[int], stop_bin: int) -> int:
    return sum(row[LENGTHS_AT + stop_bin : LENGTHS_AT + BINS])


def put_chain(gathered: Gathered, asked: Asked, whose: tuple[Kind, str], point: int, chain: Chain) -> None:
    """Adds a part of a chain, and of its point where it is about a shelf."""
    gathered.chains[whose] = gathered.chains.get(whose, Chain()).plus(chain)
    kind, name = whose
    if kind is Kind.ZONE and name in asked.selling:
        gathered.chain_points[point] = gathered.chain_points.get(point, Chain()).plus(chain)


def told_of(asked: Asked, span: Span, gathered: Gathered, firsts: Sequence[int]) -> Totals:
    """The sums as the figures are made of them."""
    chains = {name: chain for (kind, name), chain in gathered.chains.items() if kind is Kind.ZONE}
    return Totals(
        span=span,
        expected_ms=gathered.expected_ms,
        zones={name: _zone(row) for name, row in gathered.zones.items()},
        chains={
            name: _passing(chains.get(name, Chain()), gathered.zones.get(name), asked.stop_bin) for name in asked.zones
        },
        products={name: chain for (kind, name), chain in gathered.chains.items() if kind is Kind.PRODUCT},
        lines={name: LineTotals(went_in=row[0], went_out=row[1]) for name, row in gathered.lines.items()},
        cameras=dict(gathered.cameras),
        till=functools.reduce(_both, gathered.tills.values(), Till()),
        buckets=tuple(_bucket(asked, gathered, point, first) for point, first in enumerate(firsts)),
    )


def _passing(chain: Chain, row: Sequence[int] | None, stop_bin: int) -> Chain:
    if row is None:
        return chain
    return replace(chain, passed=row[0], stopped=_stops(row, stop_bin))


def _zone(row: Sequence[int]) -> ZoneTotals:
    counts = dict(zip(ZONE_COLUMNS[:LENGTHS_AT], row, strict=False))
    return ZoneTotals(**counts, lengths=tuple(row[LENGTHS_AT:WAITS_AT]), waits=tuple(row[WAITS_AT:]))


def _bucket(asked: Asked, gathered: Gathered, point: int, first: int) -> Bucket:
    row = gathered.zone_points.get(point)
    lines = ((line, gathered.line_points.get((point, line), (0, 0))) for line in asked.lines)
    return Bucket(
        first=first,
        seen=point in gathered.seen,
        lines={line: LineTotals(went_in=told[0], went_out=told[1]) for line, told in lines},
        chain=_passing(gathered.chain_points.get(point, Chain()), row, asked.stop_bin),
        lengths=tuple(row[LENGTHS_AT:WAITS_AT]) if row else (0,) * BINS,
        till=gathered.tills.get(point, Till()),
    )

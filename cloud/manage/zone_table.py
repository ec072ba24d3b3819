"""The zones one by one: who was there, for how long, who stopped, and how long the queue was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.manage import verdict
from cloud.manage.funnels import change_of_counts, change_of_rates
from cloud.manage.insight import Bin, Figure, Rate, State, about, median_ms, parts, rate
from cloud.manage.sides import Label, Side
from cloud.manage.totals import ZoneTotals
from cloud.manage.verdict import NO_CHANGE, Change
from contract.plan import Zone, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A zone in which people wait: how many on the average, the most at once, and the share of waits given up.

    `coverage` is 0 to 1, of the queue's own reports; times in ms.
    """

    people: Figure
    peak: Figure
    waits: Figure
    median_ms: Figure
    given_up: Rate
    other_people: Figure | None
    other_median_ms: Figure | None
    change: Change  # of the median wait
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    """One zone in the table. `coverage` is 0 to 1, or None where nothing was expected yet; times in ms.

    `cut` is the share of the stays that ended with the sight of them. `error` is that of the last audit at the
    zone's camera, a share.
    """

    id: str
    title: Label
    kind: ZoneKind
    stays: Figure
    median_ms: Figure
    total_ms: Figure
    stop_rate: Rate
    cut: Rate
    coverage: float | None
    other_stays: Figure | None = None
    other_median_ms: Figure | None = None
    other_stop_rate: Rate | None = None
    other_coverage: float | None = None
    change: Change = NO_CHANGE  # of the stays
    median_change: Change = NO_CHANGE
    stop_change: Change = NO_CHANGE
    queue: QueueRow | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zone:
    """One zone's figures on one side."""

    stays: Figure
    stops: Figure
    median: Figure
    total: Figure
    row: ZoneTotals | None


def zone_rows(now: Side, then: Side | None, errors: Mapping[str, float], *, k: int) -> tuple[ZoneRow, ...]:
    """Every zone of the plan, in its order. `errors`: of the cameras, from their last audit."""
    here, there = _side(now, k), _side(then, k) if then else None
    return tuple(
        _row(zone, (now, then), here[zone.id], there[zone.id] if there else None, error=errors.get(zone.camera), k=k)
        for zone in now.plan.zones
    )


def _side(side: Side, k: int) -> dict[str, _Zone]:
    names = [zone.id for zone in side.plan.zones]
    counts = [side.counts_of(name) for name in names]
    stays = _apart(side.plan.zones, [one.passed for one in counts], k)
    stops = _apart(side.plan.zones, [one.stopped for one in counts], k)
    found: dict[str, _Zone] = {}
    for place, name in enumerate(names):
        row = side.totals.zones.get(name)
        found[name] = _Zone(
            stays=stays[place],
            stops=stops[place],
            median=_beside(stays[place], median_ms(side.bins(row.lengths)) if row else None),
            total=_beside(stays[place], row.stayed_ms if row else None),
            row=row,
        )
    return found


def _apart(zones: Sequence[Zone], counts: Sequence[int | None], k: int) -> dict[int, Figure]:
    """The counts by their zones' places: those of shelves as beside the sum of all shelves, which the funnel tells."""
    found: dict[int, Figure] = {}
    for shelves in (True, False):
        places = [place for place, zone in enumerate(zones) if (zone.kind is ZoneKind.SHELF) is shelves]
        found |= zip(places, parts([counts[place] for place in places], k=k).figures, strict=True)
    return found


def _row(
    zone: Zone, sides: tuple[Side, Side | None], here: _Zone, there: _Zone | None, *, error: float | None, k: int
) -> ZoneRow:
    now, then = sides
    coverage, other_coverage = now.coverage(zone.id), then.coverage(zone.id) if then else None
    comparable = there is not None and verdict.seen_enough(coverage, other_coverage)
    medians = comparable and there is not None and None not in (here.median.value, there.median.value)
    return ZoneRow(
        id=zone.id,
        title=Label(ko=zone.title.ko, en=zone.title.en),
        kind=zone.kind,
        stays=here.stays,
        median_ms=here.median,
        total_ms=here.total,
        stop_rate=rate(here.stops, here.stays),
        cut=rate(_cut(here), here.stays),
        coverage=coverage,
        other_stays=there.stays if there else None,
        other_median_ms=there.median if there else None,
        other_stop_rate=rate(there.stops, there.stays) if there else None,
        other_coverage=other_coverage,
        change=change_of_counts(here.stays, there.stays) if there and comparable else NO_CHANGE,
        median_change=verdict.medians(_bins(now, here), _bins(then, there)) if medians else NO_CHANGE,
        stop_change=change_of_rates((here.stays, here.stops), (there.stays, there.stops))
        if there and comparable
        else NO_CHANGE,
        queue=_queue(zone, now, then, k) if zone.kind is ZoneKind.QUEUE else None,
        error=error,
    )


def _cut(zone: _Zone) -> Figure:
    """Stays that ended with the sight of them: about the camera, not about people, yet withheld with them."""
    if zone.stays.state is not State.SHOWN or zone.row is None:
        return zone.stays
    return Figure(state=State.SHOWN, value=zone.row.cut)


def _bins(side: Side | None, zone: _Zone | None) -> tuple[Bin, ...]:
    return side.bins(zone.row.lengths) if side and zone and zone.row else ()


def _queue(zone: Zone, now: Side, then: Side | None, k: int) -> QueueRow:
    row, other = now.totals.zones.get(zone.id), then.totals.zones.get(zone.id) if then else None
    coverage, before = now.queue_coverage(zone.id), then.queue_coverage(zone.id) if then else None
    waits, median = _waits(row), _median_wait(now, row, k)
    other_median = _median_wait(then, other, k) if then else None
    both = other_median is not None and None not in (median.value, other_median.value)
    given_up, whole = parts([row.gone if row else None, waits], k=k).figures
    return QueueRow(
        people=_waiting(row),
        peak=Figure(state=State.SHOWN, value=row.queue_peak) if row and coverage else Figure(state=State.UNSEEN),
        waits=whole,
        median_ms=median,
        given_up=rate(given_up, whole),
        other_people=_waiting(other) if then else None,
        other_median_ms=other_median,
        change=verdict.medians(now.bins(row.waits), then.bins(other.waits))
        if both and then and row and other and verdict.seen_enough(coverage, before)
        else NO_CHANGE,
        coverage=coverage,
    )


def _waits(row: ZoneTotals | None) -> int | None:
    return row.served + row.gone + row.lost if row else None


def _waiting(row: ZoneTotals | None) -> Figure:
    """People who wait, on the average: a level of the queue, not a count of people."""
    if row is None or not row.queue_covered_ms:
        return Figure(state=State.UNSEEN)
    return Figure(state=State.SHOWN, value=row.waiting_ms / row.queue_covered_ms)


def _median_wait(side: Side | None, row: ZoneTotals | None, k: int) -> Figure:
    if side is None or row is None:
        return Figure(state=State.UNSEEN)
    return about(median_ms(side.bins(row.waits)), people=_waits(row), k=k)


def _beside(people: Figure, value: float | None) -> Figure:
    """A figure about people whose number is `people`: withheld with it, and not there where nobody was."""
    if people.state is not State.SHOWN:
        return people
    if not people.value or value is None:
        return Figure(state=State.UNSEEN)
    return Figure(state=State.SHOWN, value=value)

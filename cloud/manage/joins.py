"""Joins taps with stops and sales with taps, by zone or product and minute alone: whose they were is never asked."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.insight import SALE_REACH, TAP_REACH, Tick, joined
from cloud.manage.shelves import Place, Shelves

LEAD_IN = TAP_REACH.after + SALE_REACH.after + 1
"""Minutes before a window that a cause of what happened in it may lie back."""


class Kind(enum.StrEnum):
    """Whose taps and sales were joined."""

    ZONE = "zone"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What happened, by name and minute: stops in zones, taps at readers and tags, sales of products."""

    stops: Mapping[str, Sequence[Tick]]
    taps: Mapping[str, Sequence[Tick]]
    sales: Mapping[str, Sequence[Tick]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """One minute of one zone or product: all its taps and sales, and those that found their cause.

    `paid` are the sales that found any tap, `bought` those whose tap found a stop: no camera need see the first.
    """

    kind: Kind
    name: str
    minute: int
    taps: int
    tapped: int
    sales: int
    bought: int
    paid: int


def joints(shelves: Shelves, happened: Happened) -> Iterator[Joint]:
    """Every minute of every zone and product in which there was a tap or a sale.

    Each tap takes one stop, each sale one tap that took a stop: so bought ≤ tapped ≤ stopped.
    """
    for kind, places in ((Kind.ZONE, shelves.zones), (Kind.PRODUCT, shelves.products)):
        for name, place in places.items():
            yield from _of_place(kind, name, place, happened)


def _of_place(kind: Kind, name: str, place: Place, happened: Happened) -> Iterator[Joint]:
    taps, sales = _merged(happened.taps, place.taps), _merged(happened.sales, place.goods)
    if not taps and not sales:
        return
    tapped = joined(_ticks(_merged(happened.stops, place.zones)), _ticks(taps), TAP_REACH)
    bought = joined(tapped.ticks, _ticks(sales), SALE_REACH)
    paid = joined(_ticks(taps), _ticks(sales), SALE_REACH)
    tapped_at, bought_at, paid_at = (
        {tick.minute: tick.count for tick in found.ticks} for found in (tapped, bought, paid)
    )
    for minute in sorted(taps.keys() | sales.keys()):
        yield Joint(
            kind=kind,
            name=name,
            minute=minute,
            taps=taps.get(minute, 0),
            tapped=tapped_at.get(minute, 0),
            sales=sales.get(minute, 0),
            bought=bought_at.get(minute, 0),
            paid=paid_at.get(minute, 0),
        )


def _merged(ticks: Mapping[str, Sequence[Tick]], names: Sequence[str]) -> dict[int, int]:
    """Several names' ticks together, by minute; nothing for a minute in which there was nothing."""
    sums: dict[int, int] = {}
    for name in names:
        for tick in ticks.get(name, ()):
            if tick.count > 0:
                sums[tick.minute] = sums.get(tick.minute, 0) + tick.count
    return sums


def _ticks(minutes: Mapping[int, int]) -> list[Tick]:
    return [Tick(minute=minute, count=count) for minute, count in minutes.items()]

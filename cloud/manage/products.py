"""Which products are tapped and which are bought: a ranking that never says what fewer than k people did."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.insight import Figure, K, Rate, State, rate, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One product in one span: its taps, its sales, and how many of those found a tap of their own before them.

    None: nothing is there that could count it (no tag or reader of the product; no till has told a sale).
    """

    taps: int | None
    sales: int | None
    paid: int

    def __post_init__(self) -> None:
        if not 0 <= self.paid <= min(self.taps or 0, self.sales or 0):
            raise ValueError(f"{self.paid} sales with a tap, of {self.sales} sales and {self.taps} taps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One product in the ranking; `rank` None where its taps are withheld, or none were.

    taps = paid + left, and sales = paid + plain. `rate` is paid of taps. `was`: its rank in the comparison.
    """

    gtin: str
    rank: int | None
    was: int | None
    taps: Figure
    before: Figure
    paid: Figure
    left: Figure  # tapped, not bought
    plain: Figure  # bought without a tap
    sales: Figure
    rate: Rate
    fresh: bool  # nothing was tapped in the comparison, though it was counted

    @property
    def moved(self) -> int | None:
        """Places that it went up (below 0: down); None where it has no rank in one of both."""
        return None if self.rank is None or self.was is None else self.was - self.rank


class Order(enum.StrEnum):
    """By what a ranking can be sorted."""

    TAPS = "taps"
    PAID = "paid"
    RATE = "rate"
    LEFT = "left"
    PLAIN = "plain"
    MOVED = "moved"
    STOCK = "stock"
    NAME = "name"


def ranking(now: Mapping[str, Counted], then: Mapping[str, Counted] | None, *, k: int = K) -> tuple[Ranked, ...]:
    """All products by their taps, the most tapped first; `then` is the comparison, None where there is none.

    Products whose taps are withheld stand after all others by their GTIN: an order by a withheld count would tell it.
    """
    places = _places(now, k)
    before = {} if then is None else _places(then, k)
    rows = [
        _row(gtin, counted, (then or {}).get(gtin), compared=then is not None, k=k) for gtin, counted in now.items()
    ]
    placed = [
        Ranked(
            gtin=row.gtin,
            rank=places.get(row.gtin),
            was=before.get(row.gtin),
            taps=row.taps,
            before=row.before,
            paid=row.paid,
            left=row.left,
            plain=row.plain,
            sales=row.sales,
            rate=row.rate,
            fresh=row.fresh,
        )
        for row in rows
    ]
    return tuple(sorted(placed, key=lambda row: (row.rank is None, row.rank or 0, _shown(row.sales), row.gtin)))


def ordered(
    rows: Iterable[Ranked], order: Order, *, down: bool, stock: Mapping[str, int | None], names: Mapping[str, str]
) -> tuple[Ranked, ...]:
    """The rows by a figure; those that do not show it come last, in the order in which they were."""
    key: Callable[[Ranked], float | int | str | None]
    match order:
        case Order.NAME:
            return tuple(sorted(rows, key=lambda row: names.get(row.gtin, row.gtin), reverse=down))
        case Order.STOCK:
            key = lambda row: stock.get(row.gtin)  # noqa: E731
        case Order.MOVED:
            key = lambda row: row.moved  # noqa: E731
        case Order.RATE:
            key = lambda row: row.rate.figure.value  # noqa: E731
        case Order.TAPS | Order.PAID | Order.LEFT | Order.PLAIN:
            key = lambda row: getattr(row, order.value).value  # noqa: E731
    known = [(value, row) for row in rows if (value := key(row)) is not None]
    unknown = [row for row in rows if key(row) is None]
    known.sort(key=lambda pair: pair[0], reverse=down)
    return (*(row for _, row in known), *unknown)


def tapped_but_out(rows: Sequence[Ranked], stock: Mapping[str, int | None]) -> tuple[Ranked, ...]:
    """Products that people tap now and that are not there: those of which the store counts none left."""
    return tuple(row for row in rows if row.taps.value and (left := stock.get(row.gtin)) is not None and left <= 0)


def _places(counted: Mapping[str, Counted], k: int) -> dict[str, int]:
    """The rank of every product whose taps may be shown; the same taps, the same rank."""
    taps = {gtin: it.taps for gtin, it in counted.items() if it.taps is not None and it.taps >= k}
    return {gtin: 1 + sum(other > count for other in taps.values()) for gtin, count in taps.items()}


def _row(gtin: str, it: Counted, then: Counted | None, *, compared: bool, k: int) -> Ranked:
    taps, sales = tally(it.taps, k=k), tally(it.sales, k=k)
    paid, left, plain = _parts(it, k)
    before = Figure(state=State.UNSEEN) if not compared else tally(then.taps if then else 0, k=k)
    return Ranked(
        gtin=gtin,
        rank=None,
        was=None,
        taps=taps,
        before=before,
        paid=paid,
        left=left,
        plain=plain,
        sales=sales,
        rate=rate(paid, taps),
        fresh=bool(taps.value) and compared and before.value == 0,
    )


def _parts(it: Counted, k: int) -> tuple[Figure, Figure, Figure]:
    """Paid, left and plain. Taps and sales are shown beside them, so that one withheld part would give all three."""
    taps, sales = it.taps, it.sales
    paid = None if taps is None or sales is None else it.paid
    left = None if taps is None else taps - it.paid
    plain = None if sales is None else sales - it.paid
    if it.paid and any(0 < (count or 0) < k for count in (paid, left, plain)):
        few = Figure(state=State.FEW)
        return few, few, few
    return tally(paid, k=k), tally(left, k=k), tally(plain, k=k)


def _shown(figure: Figure) -> float:
    return -(figure.value or 0)

"""The page of products: what is tapped, what of it is bought, what is bought untapped, and what is left of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from cloud.manage.insight import MINUTE_MS
from cloud.manage.period import TODAY, Compare, Young, compared, span_of, young
from cloud.manage.products import Counted, Order, Ranked, ordered, ranking, tapped_but_out
from cloud.manage.rights import Right, Who
from cloud.shop.catalogue import Product
from cloud.store import catalogue, days
from cloud.store.catalogue import LOW, Stock
from cloud.web.language import Language
from cloud.web.manage.asked import PERIODS, Period
from cloud.web.manage.counting import products_counted
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.glossary import entries
from cloud.web.manage.shell import shell
from cloud.web.manage.view import Look, language_of, look

TOP = 7
"""Products in the part that stands on the floor's page."""
_DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One product as it is shown; `stock` None where nobody counts it."""

    ranked: Ranked
    name: str
    category: str
    category_title: str
    stock: int | None
    out: bool  # tapped, and nothing is left

    @property
    def low(self) -> bool:
        """Whether few are left."""
        return self.stock is not None and self.stock < LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """By what the page is sorted, and which way."""

    order: Order = Order.TAPS
    down: bool = True
    category: str = ""

    def state(self, order: Order) -> Mapping[str, str]:
        """What a column's heading leads to: sorted by it, or the other way where it is already."""
        down = not self.down if order is self.order else order is not Order.NAME
        usual = order is Order.TAPS and down
        return {"sort": "" if usual else order.value, "way": "" if down else "up"}

    def aria(self, order: Order) -> str:
        """How a column is sorted, as assistive technology is told."""
        return ("descending" if self.down else "ascending") if order is self.order else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """The whole page; `most` is the largest shown number of taps, `counted` whether anything was told at all."""

    rows: tuple[Row, ...]
    categories: tuple[tuple[str, str], ...]  # each with its title, in the order of the titles
    most: float
    counted: bool
    compared: bool
    young: Young | None


def products_router(desk: Desk) -> APIRouter:
    """The page of products, for whoever may see figures."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/products", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        language, sorting = language_of(request), sorting_of(request)
        goods = gather(desk, look(request), language)
        values = shell(desk, request, who, "products") | {
            "goods": goods,
            "shown": arranged(goods, sorting),
            "sorting": sorting,
            "orders": Order,
            "glossary": entries("ranking"),
        }
        return HTMLResponse(desk.pages.render("manage/products.html", language, values))

    @router.get(
        "/v1/insight/products",
        tags=["insight"],
        summary="Products by their taps, with the sales that found one",
        dependencies=[Depends(gate.data(Right.SEE))],
    )
    def data(
        period: Annotated[Period, Query(description=PERIODS)] = TODAY,
        compare: Annotated[Compare, Query(description="What the ranks are compared with")] = Compare.WEEKDAY,
        lang: Annotated[Language, Query(description="Of the names")] = Language.KO,
    ) -> tuple[Row, ...]:
        """Counts below k are `few`, with whatever would give them by subtraction; `unseen`: nothing could count it."""
        return gather(desk, Look(period=period, compare=compare), lang).rows

    return router


def sorting_of(request: Request) -> Sorting:
    """The sorting in an address; what is not allowed there is as if it were not there."""
    asked = request.query_params
    order = asked.get("sort", "")
    return Sorting(
        order=Order(order) if order in tuple(Order) else Order.TAPS,
        down=asked.get("way") != "up",
        category=asked.get("category", "")[:64],
    )


def gather(desk: Desk, asked: Look, language: Language, *, off_plan: bool = True) -> Goods:
    """All products that are on sale or were tapped or sold, in the order of their taps.

    Without `off_plan` the sales of products that cannot be tapped are left out: of those a year is long to read.
    """
    now_ms = desk.clock()
    span = span_of(asked.period, now_ms=now_ms, zone=desk.zone)
    then = compared(span, asked.compare)
    with desk.store.reading() as connection:
        known = {product.gtin: product for product in catalogue.products(connection)}
        now = products_counted(connection, span, known, now_ms=now_ms, off_plan=off_plan)
        # Taps alone are compared.
        before = None if then is None else products_counted(connection, then, known, now_ms=now_ms, off_plan=False)
        stock = catalogue.stocks(connection, now)
        begun_ms = days.begun(connection)
    # Of a time before the store told anything nothing is known, not nothing tapped.
    if then is not None and before and not _anything(before) and (begun_ms or now_ms) >= then.window.end * MINUTE_MS:
        before = None
    rows = ranking(now, before, k=desk.k)
    left = {gtin: it.store for gtin, it in stock.items()}
    out = {row.gtin for row in tapped_but_out(rows, left)}
    titles = {name: _title(desk, name, language) for name in {it.category for it in known.values()} if name}
    return Goods(
        rows=tuple(
            _row(row, known.get(row.gtin), stock.get(row.gtin), language, titles=titles, out=row.gtin in out)
            for row in rows
        ),
        categories=tuple(sorted(titles.items(), key=lambda pair: pair[1])),
        most=max((row.taps.value or 0 for row in rows), default=0),
        counted=_anything(now),
        compared=before is not None,
        young=young(span, begun_ms),
    )


def _anything(counted: Mapping[str, Counted]) -> bool:
    return any(it.taps or it.sales for it in counted.values())


def arranged(goods: Goods, sorting: Sorting) -> tuple[Row, ...]:
    """The rows of a category, or all, sorted as asked."""
    kept = {row.ranked.gtin: row for row in goods.rows if sorting.category in ("", row.category)}
    places = ordered(
        [row.ranked for row in kept.values()],
        sorting.order,
        down=sorting.down,
        stock={gtin: row.stock for gtin, row in kept.items()},
        names={gtin: row.name for gtin, row in kept.items()},
    )
    return tuple(kept[row.gtin] for row in places)


def part(desk: Desk, asked: Look, language: Language) -> Mapping[str, object]:
    """What `manage/part_products.html` names: the most tapped products of the page's period."""
    goods = gather(desk, asked, language, off_plan=False)
    return {"goods": goods, "top_products": tuple(row for row in goods.rows if row.ranked.rank is not None)[:TOP]}


def _title(desk: Desk, category: str, language: Language) -> str:
    """What people call a category; as the products' file writes it where nobody has said."""
    title = desk.categories.get(category)
    return category if title is None else title.ko if language is Language.KO else title.en


def _row(
    ranked: Ranked,
    product: Product | None,
    stock: Stock | None,
    language: Language,
    *,
    titles: Mapping[str, str],
    out: bool,
) -> Row:
    category = product.category if product else ""
    return Row(
        ranked=ranked,
        name=product.name[language] if product else ranked.gtin,
        category=category,
        category_title=titles.get(category, ""),
        stock=stock.store if stock else None,
        out=out,
    )

"""Two products side by side, by their numbers in the link: nothing has to be kept anywhere for it."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.gs1 import is_gtin14
from cloud.store import catalogue
from cloud.store.catalogue import Stock
from cloud.web.services import Services
from cloud.web.shop import answers, view
from cloud.web.shop.asking import Asking, asking
from cloud.web.shop.sheet import Sheet


def routes(services: Services) -> list[Route]:
    """The route of the comparison."""
    return [Route("/compare", _Comparing(services).get, methods=["GET"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two, and where it is better in what can be counted."""

    sheet: Sheet
    stock: Stock
    cheaper: bool
    cheaper_unit: bool
    rated_higher: bool


class _Comparing:
    """Any two products that are, or were, sold here."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def get(self, request: Request) -> Response:
        """`a` and `b`, two GTINs."""
        return await run_in_threadpool(self._get, asking(request))

    def _get(self, asked: Asking) -> Response:
        gtins = tuple(asked.fields.get(name, "") for name in ("a", "b"))
        if wrong := next((gtin for gtin in gtins if not is_gtin14(gtin)), None):
            return answers.problem(self._services, asked, "bad-link", status=400, detail=wrong[:40])
        if gtins[0] == gtins[1] or "" in gtins:
            return answers.problem(self._services, asked, "bad-link", status=400)
        with self._services.store.reading() as connection:
            found = [self._services.sheets.of(connection, gtin) for gtin in gtins]
            stocks = catalogue.stocks(connection, gtins)
        first, second = found
        if first is None or second is None:
            return answers.problem(self._services, asked, "unknown", status=404)
        sides = (
            _side(first, second, stocks.get(gtins[0], Stock())),
            _side(second, first, stocks.get(gtins[1], Stock())),
        )
        shop = view.shop_of(first.plan, None, asked.language)
        switch = answers.switch_link(asked, "a", "b")
        return answers.page(
            self._services, asked, "compare.html", {"sides": sides, "title": shop.title, "switch": switch}
        )


def _side(own: Sheet, other: Sheet, stock: Stock) -> Side:
    mine, its = own.product, other.product
    same_unit = mine.unit == its.unit and mine.unit_price is not None and its.unit_price is not None
    return Side(
        sheet=own,
        stock=stock,
        cheaper=mine.price < its.price,
        cheaper_unit=same_unit and (mine.unit_price or 0) < (its.unit_price or 0),
        rated_higher=bool(own.rating.count and other.rating.count)
        and round(own.rating.mean, 1) > round(other.rating.mean, 1),
    )

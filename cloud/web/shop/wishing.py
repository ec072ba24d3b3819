"""A shopper's list, and their ask to be told when something is back: each begins a profile, and nothing else."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.store import catalogue, shoppers, wishes
from cloud.store.shoppers import Profile
from cloud.web.services import Services
from cloud.web.shop import answers, pushing
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.shop.beginning import TooManyBegin, begin, remember
from cloud.web.shop.sheet import Neighbour, neighbours

_Act = Callable[[sqlite3.Connection, Profile, str, bool], str]


def routes(services: Services) -> list[Route]:
    """The routes of the list."""
    wishing = _Wishing(services)
    return [
        Route("/me/wish", wishing.wish, methods=["POST"]),
        Route("/me/restock", wishing.restock, methods=["POST"]),
        Route("/me/wishlist", wishing.show, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A product on the list, as the list shows it."""

    shown: Neighbour
    at_ms: int
    awaited: bool


class _Wishing:
    """Pressing is the choice: only then is there a cookie, and it agrees to nothing more."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def wish(self, request: Request) -> Response:
        """Puts a product on the list, or takes it off (`on=0`)."""
        return await run_in_threadpool(self._wish, asking(request, await body_text(request)))

    async def restock(self, request: Request) -> Response:
        """Asks to be told when a product is back, or not any more (`on=0`)."""
        return await run_in_threadpool(self._restock, asking(request, await body_text(request)))

    async def show(self, request: Request) -> Response:
        """The list."""
        return await run_in_threadpool(self._show, asking(request))

    def _wish(self, asked: Asking) -> Response:
        return self._act(asked, self._put_wish)

    def _restock(self, asked: Asking) -> Response:
        return self._act(asked, self._put_ask)

    def _act(self, asked: Asking, act: _Act) -> Response:
        gtin, on = asked.fields.get("gtin", ""), asked.fields.get("on") != "0"
        known = asked.profile(self._services)
        try:
            with self._services.store.atomic() as connection:
                if catalogue.product(connection, gtin) is None:
                    return answers.problem(self._services, asked, "unknown", status=404, gtin=gtin[:14])
                if known is None and not on:
                    return answers.see_other(self._back(asked, gtin, ""))
                begun = begin(self._services, connection, asked)
                told = act(connection, begun.profile, gtin, on)
                shoppers.touch(connection, begun.profile.id, self._services.clock())
        except TooManyBegin:
            return answers.busy(self._services, asked)
        return remember(answers.see_other(self._back(asked, gtin, told)), begun)

    def _put_wish(self, connection: sqlite3.Connection, profile: Profile, gtin: str, on: bool) -> str:
        if not on:
            wishes.remove(connection, person=profile.person, gtin=gtin)
            return "unwished"
        kept = wishes.add(
            connection, profile=profile.id, person=profile.person, gtin=gtin, at_ms=self._services.clock()
        )
        return "wished" if kept else "full"

    def _put_ask(self, connection: sqlite3.Connection, profile: Profile, gtin: str, on: bool) -> str:
        if not on:
            wishes.unask(connection, person=profile.person, gtin=gtin)
            return "unawaited"
        wishes.ask(connection, profile=profile.id, gtin=gtin, at_ms=self._services.clock())
        return "awaited"

    def _back(self, asked: Asking, gtin: str, told: str) -> str:
        """To the list where the act was done there, else to the product's page."""
        lang = {"lang": str(asked.language)}
        if asked.fields.get("at") == "list":
            return answers.with_query("/me/wishlist", lang)
        link = answers.product_link(gtin, {**asked.fields, **lang})
        return f"{link}&told={told}#live" if told else link

    def _show(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        with self._services.store.reading() as connection:
            listed = wishes.listed(connection, profile.person) if profile else ()
            goods = [product for wish in listed if (product := catalogue.product(connection, wish.gtin))]
            shown = {each.product.gtin: each for each in neighbours(connection, goods, most=wishes.MOST)}
            awaited = {gtin for gtin in shown if profile is not None and wishes.asked(connection, profile.person, gtin)}
            last_message = shoppers.last_message(connection, profile.person) if profile else 0
            push = pushing.view(self._services, connection, profile)
        wished = [
            Wished(shown=shown[wish.gtin], at_ms=wish.at_ms, awaited=wish.gtin in awaited)
            for wish in listed
            if wish.gtin in shown
        ]
        values = {
            "known": profile is not None,
            "wished": wished,
            "awaiting": bool(awaited),
            "last_message": last_message,
            "push": push,
        }
        return answers.page(self._services, asked, "wishlist.html", values)

"""A product's reviews: all of them for everybody, and the form for a shopper whom the store knows."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.gs1 import is_gtin14
from cloud.points.earning import Earned
from cloud.shop import reviews as rules
from cloud.shop.reviews import Draft, Fault
from cloud.store import reviews, sales, shoppers
from cloud.store.shoppers import Profile
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.shop.sheet import Sheet
from cloud.web.shop.view import shop_of

A_PAGE = 20


def routes(services: Services) -> list[Route]:
    """The routes of reviews; they stand before the product's page, which takes every path below `/01/`."""
    reviewing = _Reviewing(services)
    return [
        Route("/01/{gtin}/reviews", reviewing.show, methods=["GET"]),
        Route("/01/{gtin}/reviews", reviewing.write, methods=["POST"]),
    ]


class _Reviewing:
    """Anybody reads; who writes is known, and bought it where the review says so."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """All reviews, the newest first, so many a page."""
        return await run_in_threadpool(self._show, asking(request), request.path_params["gtin"])

    async def write(self, request: Request) -> Response:
        """Publishes the shopper's review in place of their earlier one; `act=remove` takes it back."""
        asked = asking(request, await body_text(request))
        return await run_in_threadpool(self._write, asked, request.path_params["gtin"])

    def _show(self, asked: Asking, gtin: str, fault: Fault | None = None) -> Response:
        number = _page_number(asked.fields.get("page"))
        with self._services.store.reading() as connection:
            digested = asked.profile_digest
            profile = shoppers.profile(connection, digested) if digested else None
            sheet = self._services.sheets.of(connection, gtin) if is_gtin14(gtin) else None
            shown = reviews.newest(connection, gtin, most=A_PAGE + 1, skip=number * A_PAGE) if sheet else ()
            own = reviews.own(connection, profile.person, gtin) if profile else None
            bought = profile is not None and sales.bought(connection, profile.person, gtin)
        if sheet is None:
            kind, status = ("unknown", 404) if is_gtin14(gtin) else ("bad-link", 400)
            return answers.problem(self._services, asked, kind, status=status)
        values = {
            "sheet": sheet,
            "shop": shop_of(sheet.plan, None, asked.language),
            "shown": shown[:A_PAGE],
            "number": number,
            "more": len(shown) > A_PAGE,
            "known": profile is not None,
            "own": own,
            "bought": bought,
            "points": self._services.scheme.rates.review,
            "fault": fault,
            "told": asked.fields.get("told"),
            "draft": asked.fields if fault else {},
            "most": rules.MOST_TEXT,
            "switch": answers.switch_link(asked, "page"),
        }
        return answers.page(self._services, asked, "reviews.html", values, status=422 if fault else 200)

    def _write(self, asked: Asking, gtin: str) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        with self._services.store.reading() as connection:
            sheet = self._services.sheets.of(connection, gtin)
        if sheet is None:
            return answers.problem(self._services, asked, "unknown", status=404)
        if asked.fields.get("act") == "remove":
            with self._services.store.atomic() as connection:
                reviews.remove(connection, profile.person, gtin)
            return answers.see_other(_back(gtin, asked, "removed"))
        read = rules.read(*(asked.fields.get(name, "") for name in ("stars", "name", "text")))
        if isinstance(read, Fault):
            return self._show(asked, gtin, fault=read)
        return answers.see_other(_back(gtin, asked, self._publish(asked, sheet, profile, read)))

    def _publish(self, asked: Asking, sheet: Sheet, profile: Profile, draft: Draft) -> str:
        """Keeps it, and pays for it where a linked sale proves that it was bought."""
        gtin, now_ms = sheet.product.gtin, self._services.clock()
        with self._services.store.atomic() as connection:
            bought = sales.bought(connection, profile.person, gtin)
            number = reviews.put(
                connection,
                draft,
                gtin=gtin,
                profile=profile.id,
                person=profile.person,
                language=asked.language,
                at_ms=now_ms,
                verified=bought,
                rewarded=False,
            )
            paid = bought and self._services.earner.review(connection, profile, gtin, now_ms)
            if isinstance(paid, Earned):
                reviews.reward(connection, number)
            shoppers.touch(connection, profile.id, now_ms)
        return "paid" if isinstance(paid, Earned) else "published"


def _back(gtin: str, asked: Asking, told: str) -> str:
    return answers.with_query(f"/01/{gtin}/reviews", {"lang": str(asked.language), "told": told})


def _page_number(text: str | None) -> int:
    return min(int(text), 10_000) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0

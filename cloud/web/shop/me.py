"""A shopper's own page: what they let us keep, and everything that they can do about it."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.offers import gate
from cloud.shop.hub import PushedEvent
from cloud.store import consents, plans, receipts, shoppers, wishes
from cloud.web.services import Services
from cloud.web.shop import answers, card, choices, delivery, enrolling, joins, keeping, leaving, offering, pushing
from cloud.web.shop.asking import Asking, asking
from cloud.web.shop.phones import phones_view
from cloud.web.shop.points import points_view
from cloud.web.shop.taps import taps_view
from cloud.web.stream import EventStream


def routes(services: Services) -> list[Route]:
    """The routes of what is a shopper's own."""
    me = _Me(services)
    return [
        Route("/me", me.show, methods=["GET"]),
        Route("/me/stream", me.stream, methods=["GET"]),
        *enrolling.routes(services),
        *card.routes(services),
        *joins.routes(services),
        *keeping.routes(services),
        *leaving.routes(services),
    ]


class _Me:
    """The shopper's own page and its stream; both know them by their cookie alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """All that is kept of this shopper, in words."""
        base = self._services.base(request)
        return await run_in_threadpool(self._show, asking(request), base)

    async def stream(self, request: Request) -> Response | EventStream:
        """The shopper's messages as they come; `Last-Event-ID` says what the page has."""
        asked = asking(request)
        profile = await run_in_threadpool(asked.profile, self._services)
        if profile is None:
            return Response(status_code=204)  # an EventSource that gets it never asks again
        last = _number(request.headers.get("last-event-id") or asked.fields.get("after"))

        def missed() -> list[PushedEvent]:
            if last < 0:
                return []
            with self._services.store.reading() as connection:
                kept = shoppers.messages_after(connection, profile.person, last)
                zone, now_ms = self._services.house.zone, self._services.clock()
                due = gate.deliverable(connection, profile.person, kept, now_ms, zone=zone)
                return [delivery.event(message) for message in due]

        hub, gtin = self._services.hub, asked.fields.get("gtin", "")[:14]
        return EventStream(lambda: self._services.topics.watching(hub, profile.person, gtin), missed)

    def _show(self, asked: Asking, base: str) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.page(self._services, asked, "me.html", {"profile": None})
        now_ms = self._services.clock()
        with self._services.store.reading() as connection:
            person = profile.person
            standing = consents.standing(connection, person)
            plan = plans.plan_now(connection)
            values = {
                "profile": profile,
                "last_message": shoppers.last_message(connection, person),
                "choices": choices.short(
                    standing,
                    asked.language,
                    known=True,
                    saved="saved" in asked.fields,
                    again=receipts.asked_again(connection, person),
                ),
                "points": points_view(
                    connection, self._services.scheme, profile, standing=standing, now_ms=now_ms, whole=True
                ),
                "coupons": offering.coupons_view(connection, profile, asked.language, now_ms),
                "told": offering.told(self._services, asked),
                "push": pushing.view(self._services, connection, profile),
                "phones": phones_view(connection, profile, base=base, language=asked.language, now_ms=now_ms),
                "cards": shoppers.cards(connection, person),
                "readers": plan.readers if plan else (),
                "taps": taps_view(connection, profile, asked.language),
                "wished": len(wishes.listed(connection, person)),
                "claimed": max(0, _number(asked.fields.get("claimed"))),
                "waiting": asked.fields.get("waiting"),
                "done": _done(asked),
            }
        return answers.page(self._services, asked, "me.html", values)


def _done(asked: Asking) -> str:
    """What the shopper has just done, by the link that led back here; "" for nothing."""
    return next((name for name in ("joined", "parted", "claimed") if name in asked.fields), "")


def _number(text: str | None) -> int:
    """A link's number, such as the last message that a page has; -1 for none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else -1

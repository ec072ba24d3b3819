"""What a shopper lets us keep: beginning, choosing, looking at it, and having it forgotten."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import choosing
from cloud.shop.catalogue import Product
from cloud.shop.choosing import Act
from cloud.shop.consent import SHORT, Purpose
from cloud.shop.hub import PushedEvent
from cloud.shop.pairing import WINDOW_MS, Window
from cloud.shop.tokens import digest, new_token
from cloud.shop.wording import TEXT_VERSION
from cloud.store import catalogue, consents, shoppers, visits
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.services import Services
from cloud.web.shop import answers, delivery, view
from cloud.web.shop.asking import COOKIE, COOKIE_AGE_S, Asking, asking, body_text, every_field
from cloud.web.stream import EventStream


def routes(services: Services) -> list[Route]:
    """The routes of what is a shopper's own."""
    me = _Me(services)
    return [
        Route("/me", me.show, methods=["GET"]),
        Route("/me/begin", me.begin, methods=["POST"]),
        Route("/me/consent", me.consent, methods=["POST"]),
        Route("/me/card", me.card, methods=["POST"]),
        Route("/me/end", me.end, methods=["POST"]),
        Route("/me/stream", me.stream, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One tap that the shopper let us remember."""

    visit: Visit
    product: Product


class _Me:
    """The shopper's own pages; each knows them by their cookie alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """All that is kept of this shopper, in words."""
        return await run_in_threadpool(self._show, asking(request))

    async def begin(self, request: Request) -> Response:
        """An explicit choice, on the page of a fresh signed tap, begins a profile."""
        body = await body_text(request)
        return await run_in_threadpool(self._begin, asking(request, body), _purposes(body))

    async def consent(self, request: Request) -> Response:
        """The switches as they are now set."""
        body = await body_text(request)
        return await run_in_threadpool(self._consent, asking(request, body), _purposes(body))

    async def card(self, request: Request) -> Response:
        """For a minute the next card at this reader is the shopper's."""
        body = await body_text(request)
        return await run_in_threadpool(self._card, asking(request, body))

    async def end(self, request: Request) -> Response:
        """Withdraws everything and forgets the shopper."""
        asked = asking(request, await body_text(request))
        profile = await run_in_threadpool(self._end, asked)
        if profile:
            self._services.hub.end(profile.person)
        response = answers.page(self._services, asked, "forgotten.html", {})
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

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
                return [delivery.event(m) for m in shoppers.messages_after(connection, profile.person, last)]

        return EventStream(lambda: self._services.hub.subscribe(profile.person), missed)

    def _show(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.page(self._services, asked, "me.html", {"profile": None})
        with self._services.store.reading() as connection:
            ledger = consents.ledger(connection, profile.person)
            standing = consents.standing(connection, profile.person)
            seen = visits.of_person(connection, profile.person)
            goods = {v.gtin: catalogue.product(connection, v.gtin) for v in seen}
            cards = shoppers.cards(connection, profile.person)
            plan = catalogue.plan(connection)
            last_message = shoppers.last_message(connection, profile.person)
        values = {
            "profile": profile,
            "last_message": last_message,
            "ledger": tuple(reversed(ledger)),
            "titles": {p: title for p, (title, _) in answers.consent_texts(asked).items()},
            "choices": view.choices(answers.consent_texts(asked, SHORT), standing),
            "standing": standing,
            "cards": cards,
            "readers": plan.readers if plan else (),
            "remembered": [Remembered(visit=v, product=p) for v in seen if (p := goods[v.gtin])],
            "text_version": TEXT_VERSION,
            "waiting": asked.fields.get("waiting"),
            "saved": "saved" in asked.fields,
            "Purpose": Purpose,
        }
        return answers.page(self._services, asked, "me.html", values)

    def _begin(self, asked: Asking, wanted: frozenset[Purpose]) -> Response:
        now_ms = self._services.clock()
        known = asked.profile(self._services)
        with self._services.store.reading() as connection:
            visit = visits.visit(connection, digest(asked.fields.get("visit", "")), now_ms)
        if visit is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        if known:
            return self._consent(asked, wanted)
        back = answers.see_other(_back(visit, asked, saved=bool(wanted)))
        if not wanted:
            return back
        token = new_token(self._services.random)
        with self._services.store.atomic() as connection:
            handle = new_token(self._services.random)
            profile_id = shoppers.begin(connection, handle=handle, language=asked.language, now_ms=now_ms)
            shoppers.add_device(connection, digest=digest(token), profile_id=profile_id, now_ms=now_ms)
            act = _act(asked, profile_id, now_ms, proof=f"POST /me/begin, visit {visit.id}")
            choosing.choose(connection, act, wanted, random=self._services.random)
            if Purpose.HISTORY in wanted:
                visits.claim(connection, visit.id, profile_id)
        back.set_cookie(COOKIE, token, max_age=COOKIE_AGE_S, path="/", secure=True, httponly=True, samesite="lax")
        return back

    def _consent(self, asked: Asking, wanted: frozenset[Purpose]) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        now_ms = self._services.clock()
        with self._services.store.atomic() as connection:
            act = _act(asked, profile.person, now_ms, proof="POST /me/consent")
            choosing.choose(connection, act, wanted, SHORT, random=self._services.random)
            token = asked.fields.get("visit")
            visit = visits.visit(connection, digest(token), now_ms) if token else None
        return answers.see_other(_back(visit, asked, saved=True))

    def _card(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        now_ms = self._services.clock()
        reader = asked.fields.get("reader", "")
        with self._services.store.atomic() as connection:
            plan = catalogue.plan(connection)
            if plan is None or reader not in {r.id for r in plan.readers}:
                return answers.problem(self._services, asked, "no-reader", status=400, detail=reader[:40])
            # Asking for the card to be known is the consent to it, said in the words beside the button.
            act = _act(asked, profile.person, now_ms, proof=f"POST /me/card, reader {reader}")
            choosing.choose(connection, act, frozenset((Purpose.CARD,)), (Purpose.CARD,), random=self._services.random)
            window = Window(profile=profile.id, opened_ms=now_ms, until_ms=now_ms + WINDOW_MS)
            shoppers.wait_for_card(connection, reader, window)
        return answers.see_other(answers.with_query("/me", {"waiting": reader, "lang": str(asked.language)}))

    def _end(self, asked: Asking) -> Profile | None:
        profile = asked.profile(self._services)
        if profile:
            with self._services.store.atomic() as connection:
                shoppers.forget(connection, profile.person)
        return profile


def _purposes(body: str) -> frozenset[Purpose]:
    return frozenset(Purpose(value) for value in every_field(body, "purpose") if value in tuple(Purpose))


def _act(asked: Asking, person: int, at_ms: int, *, proof: str) -> Act:
    return Act(person=person, language=asked.language, at_ms=at_ms, proof=proof)


def _back(visit: Visit | None, asked: Asking, *, saved: bool) -> str:
    """To the page of the visit that this came from, or to the shopper's own page; `saved`: it says so there."""
    lang = {"lang": str(asked.language)}
    told = "&saved=1#choices" if saved else "#choices"
    if visit is None:
        return answers.with_query("/me", lang) + told
    fields = {"t": visit.tag or "", "visit": asked.fields.get("visit", ""), **lang}
    return answers.product_link(visit.gtin, fields) + told


def _number(text: str | None) -> int:
    """The last message that a page has; -1 where it has none and wants only what comes."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else -1

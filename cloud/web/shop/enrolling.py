"""Beginning a profile on the page of a tap, and changing the choices that a page asks."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop.consent import SHORT, Purpose
from cloud.shop.telling import Told
from cloud.shop.tokens import digest
from cloud.store import consents, visits
from cloud.store.visits import Visit
from cloud.web.services import Services
from cloud.web.shop import acting, answers, beginning, delivery
from cloud.web.shop.asking import Asking, asking, body_text, every_field, single_fields
from cloud.web.shop.beginning import TooManyBegin

MOST_CLAIMED = 20
"""Older taps that one request may bring along."""


def routes(services: Services) -> list[Route]:
    """The routes of choosing."""
    enrolling = _Enrolling(services)
    return [
        Route("/me/begin", enrolling.begin, methods=["POST"]),
        Route("/me/consent", enrolling.consent, methods=["POST"]),
        Route("/me/claim", enrolling.claim, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """The answer to an act, and what it told."""

    answer: Response
    told: tuple[Told, ...] = ()


class _Enrolling:
    """A shopper's choices, each an act of theirs."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def begin(self, request: Request) -> Response:
        """An explicit choice, on the page of a fresh signed tap, begins a profile."""
        body = await body_text(request)
        return self._publish(await run_in_threadpool(self._begin, asking(request, body), _purposes(body)))

    async def consent(self, request: Request) -> Response:
        """The switches as they are now set."""
        body = await body_text(request)
        return self._publish(await run_in_threadpool(self._consent, asking(request, body), _purposes(body)))

    async def claim(self, request: Request) -> Response:
        """An earlier tap that this phone still holds the link of becomes the shopper's own."""
        body = await body_text(request)
        return await run_in_threadpool(self._claim, asking(request, body), every_field(body, "visit")[:MOST_CLAIMED])

    def _publish(self, done: _Done) -> Response:
        for told in done.told:
            delivery.publish(self._services, told)
        return done.answer

    def _begin(self, asked: Asking, wanted: frozenset[Purpose]) -> _Done:
        now_ms = self._services.clock()
        with self._services.store.reading() as connection:
            visit = visits.visit(connection, digest(asked.fields.get("visit", "")), now_ms)
        if visit is None:
            return _Done(answer=answers.problem(self._services, asked, "tap-first", status=403))
        if asked.profile(self._services):
            return self._consent(asked, wanted)
        back = answers.see_other(_back(visit, asked, saved=bool(wanted)))
        if not wanted:
            return _Done(answer=back)
        try:
            with self._services.store.atomic() as connection:
                begun = beginning.begin(self._services, connection, asked)
                proof = f"POST /me/begin, visit {visit.id}"
                act = acting.act_of(self._services, asked, begun.profile.person, proof=proof)
                told = acting.choose(self._services, connection, act, wanted)
                if Purpose.HISTORY in wanted:
                    visits.claim(connection, visit.id, begun.profile.id)
        except TooManyBegin:
            return _Done(answer=answers.busy(self._services, asked))
        return _Done(answer=beginning.remember(back, begun), told=told)

    def _consent(self, asked: Asking, wanted: frozenset[Purpose]) -> _Done:
        profile = asked.profile(self._services)
        if profile is None:
            return _Done(answer=answers.problem(self._services, asked, "tap-first", status=403))
        act = acting.act_of(self._services, asked, profile.person, proof="POST /me/consent")
        with self._services.store.atomic() as connection:
            told = acting.choose(self._services, connection, act, wanted, SHORT)
            token = asked.fields.get("visit")
            visit = visits.visit(connection, digest(token), act.at_ms) if token else None
        return _Done(answer=answers.see_other(_back(visit, asked, saved=True)), told=told)

    def _claim(self, asked: Asking, tokens: tuple[str, ...]) -> Response:
        """Whoever holds a visit's token was there: its link was given to the phone that tapped, and to no other."""
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        claimed = 0
        with self._services.store.atomic() as connection:
            if Purpose.HISTORY in consents.standing(connection, profile.person):
                found = [visits.ever(connection, digest(_token(pasted))) for pasted in tokens]
                claimed = sum(visits.claim(connection, visit.id, profile.id) for visit in found if visit)
        fields = {"claimed": str(claimed), "lang": str(asked.language)}
        return answers.see_other(answers.with_query("/me", fields) + "#taps")


def _purposes(body: str) -> frozenset[Purpose]:
    return frozenset(Purpose(value) for value in every_field(body, "purpose") if value in tuple(Purpose))


def _token(pasted: str) -> str:
    """A visit's token, or the one in the link of its page."""
    fields, _ = single_fields(pasted.strip().partition("?")[2])
    return fields.get("visit", pasted.strip())


def _back(visit: Visit | None, asked: Asking, *, saved: bool) -> str:
    """To the page of the visit that this came from, or to the shopper's own page; `saved`: it says so there."""
    lang = {"lang": str(asked.language)}
    told = "&saved=1#choices" if saved else "#choices"
    if visit is None:
        return answers.with_query("/me", lang) + told
    fields = {"t": visit.tag or "", "visit": asked.fields.get("visit", ""), **lang}
    return answers.product_link(visit.gtin, fields) + told

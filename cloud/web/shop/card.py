"""Connecting a loyalty card: for a minute the next card at a reader is the shopper's, or joins their other phone."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop.consent import Purpose
from cloud.shop.pairing import WINDOW_MS, Window
from cloud.shop.telling import Told
from cloud.store import plans, shoppers
from cloud.web.services import Services
from cloud.web.shop import acting, answers, beginning, delivery
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.shop.beginning import TooManyBegin


def routes(services: Services) -> list[Route]:
    """The route of the card."""

    async def card(request: Request) -> Response:
        done = await run_in_threadpool(_wait, services, asking(request, await body_text(request)))
        for told in done.told:
            delivery.publish(services, told)
        return done.answer

    return [Route("/me/card", card, methods=["POST"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """The answer to the act, and what it told."""

    answer: Response
    told: tuple[Told, ...] = ()


def _wait(services: Services, asked: Asking) -> _Done:
    """The shopper waits for their card. To join by a card may begin a profile: the card's other phone tapped before."""
    joins = asked.fields.get("joins") == "1"
    if not joins and asked.profile(services) is None:
        return _Done(answer=answers.problem(services, asked, "tap-first", status=403))
    reader = asked.fields.get("reader", "")
    with services.store.reading() as connection:
        plan = plans.plan_now(connection)
    if plan is None or reader not in {r.id for r in plan.readers}:
        return _Done(answer=answers.problem(services, asked, "no-reader", status=400, detail=reader[:40]))
    now_ms = services.clock()
    try:
        with services.store.atomic() as connection:
            begun = beginning.begin(services, connection, asked)
            person = begun.profile.person
            # Asking for the card to be known is the consent to it, said in the words beside the button.
            act = acting.act_of(services, asked, person, proof=f"POST /me/card, reader {reader}")
            told = acting.choose(services, connection, act, frozenset((Purpose.CARD,)), (Purpose.CARD,))
            until_ms = now_ms + WINDOW_MS
            window = Window(profile=begun.profile.id, person=person, opened_ms=now_ms, until_ms=until_ms, joins=joins)
            shoppers.wait_for_card(connection, reader, window)
    except TooManyBegin:
        return _Done(answer=answers.busy(services, asked))
    back = answers.see_other(answers.with_query("/me", {"waiting": reader, "lang": str(asked.language)}))
    return _Done(answer=beginning.remember(back, begun), told=told)

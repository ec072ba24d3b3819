"""One question on the page of a signed tap: whom is it for? Answered by a press, and paid with points."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop.consent import Purpose
from cloud.shop.tokens import digest
from cloud.store import consents, interests, visits
from cloud.store.interests import Interest
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text


def routes(services: Services) -> list[Route]:
    """The routes of the question."""
    return [Route("/me/answer", _Question(services).answer, methods=["POST"])]


class _Question:
    """Takes answers of known shoppers who share their taps."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: Request) -> Response:
        """One answer about the product of a fresh signed tap."""
        body = await body_text(request)
        return await run_in_threadpool(self._answer, asking(request, body))

    def _answer(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        now_ms = self._services.clock()
        with self._services.store.reading() as connection:
            visit = visits.visit(connection, digest(asked.fields.get("visit", "")), now_ms)
        if profile is None or visit is None or asked.fields.get("interest") not in tuple(Interest):
            return answers.problem(self._services, asked, "tap-first", status=403)
        interest = Interest(asked.fields["interest"])
        with self._services.store.atomic() as connection:
            shares = Purpose.HISTORY in consents.standing(connection, profile.person)
            if shares and not interests.answered(connection, profile.person, visit.gtin):
                interests.put(connection, profile_id=profile.id, gtin=visit.gtin, interest=interest, now_ms=now_ms)
                self._services.earner.answer(connection, profile, interests.subject(visit.gtin), now_ms)
        return answers.see_other(answers.product_link(visit.gtin, asked.fields) + "#points")

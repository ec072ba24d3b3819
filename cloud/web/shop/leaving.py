"""Taking everything along, and being forgotten: one touch each, for whoever holds the phone."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import erasure
from cloud.store import shoppers
from cloud.web.services import Services
from cloud.web.shop import answers, beginning
from cloud.web.shop.asking import Asking, asking, body_text


def routes(services: Services) -> list[Route]:
    """The routes of leaving."""
    leaving = _Leaving(services)
    return [Route("/me/end", leaving.end, methods=["POST"])]


class _Leaving:
    """What is done with all that is a shopper's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def end(self, request: Request) -> Response:
        """Erases the shopper on all their phones."""
        asked = asking(request, await body_text(request))
        for key in await run_in_threadpool(self._end, asked):
            self._services.hub.end(key)
        return beginning.let_go(answers.page(self._services, asked, "forgotten.html", {}))

    def _end(self, asked: Asking) -> tuple[int, ...]:
        """Erases; returns by which keys their pages may be open."""
        profile = asked.profile(self._services)
        if profile is None:
            return ()
        with self._services.store.reading() as connection:
            keys = tuple(each.id for each in shoppers.members(connection, profile.person))
        erasure.erase(self._services.store, profile.person, self._services.clock())
        return keys

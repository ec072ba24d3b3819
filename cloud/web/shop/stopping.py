"""`/stop/{token}`: the way out from any message, without login. Looking at it changes nothing; its button refuses."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.store import consents, stops
from cloud.web.services import Services
from cloud.web.shop import acting, answers, delivery
from cloud.web.shop.asking import Asking, asking, body_text, single_fields
from cloud.web.shop.choosing import Done

ONE_CLICK = "List-Unsubscribe"
"""The field by which a mail program refuses for its reader (RFC 8058, 3.1)."""


def routes(services: Services) -> list[Route]:
    """The routes of the way out."""
    stopping = _Stopping(services)
    return [
        Route("/stop/{token}", stopping.show, methods=["GET"]),
        Route("/stop/{token}", stopping.refuse, methods=["POST"]),
    ]


class _Stopping:
    """Knows a person by the token alone, and does nothing with them but refuse."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """One button."""
        return await run_in_threadpool(self._show, asking(request), request.path_params["token"])

    async def refuse(self, request: Request) -> Response:
        """All advertising to this person ends, on all channels."""
        body = await body_text(request)
        fields, _ = single_fields(body)
        done = await run_in_threadpool(
            self._refuse, asking(request, body), request.path_params["token"], by_mail=fields.get(ONE_CLICK) is not None
        )
        for told in done.told:
            delivery.publish(self._services, told)
        return done.answer

    def _show(self, asked: Asking, token: str) -> Response:
        with self._services.store.reading() as connection:
            person = stops.person(connection, token)
            refused = person is not None and consents.suppressed(connection, person)
        if person is None:
            return self._nobody(asked)
        return answers.page(self._services, asked, "stop.html", {"refused": refused, "action": asked.path})

    def _refuse(self, asked: Asking, token: str, *, by_mail: bool) -> Done:
        with self._services.store.atomic() as connection:
            person = stops.person(connection, token)
            if person is None:
                # Whoever was forgotten gets nothing any more: to a mail program that is the answer it wants.
                return Done(answer=Response(status_code=200) if by_mail else self._nobody(asked))
            proof = "POST /stop by a mail program" if by_mail else "POST /stop"
            told = acting.refuse(self._services, connection, acting.act_of(self._services, asked, person, proof=proof))
        if by_mail:
            return Done(answer=Response(status_code=200), told=told)  # RFC 8058 forbids a redirect
        lang = {"lang": str(asked.language)}
        return Done(answer=answers.see_other(answers.with_query(asked.path, lang)), told=told)

    def _nobody(self, asked: Asking) -> Response:
        return answers.page(self._services, asked, "stop.html", {"refused": None, "action": ""}, status=404)

"""Taking everything along, and being forgotten: one touch each, for whoever holds the phone."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import erasure, passport
from cloud.shop.passport import FORMAT, Look, Passport
from cloud.store import audit_log, identity, passports, shoppers
from cloud.store.belongings import TABLES
from cloud.web.services import Services
from cloud.web.shop import answers, beginning
from cloud.web.shop.asking import Asking, asking, body_text


def routes(services: Services) -> list[Route]:
    """The routes of leaving."""
    leaving = _Leaving(services)
    return [
        Route("/me/export", leaving.export, methods=["POST"]),
        Route("/me/end", leaving.end, methods=["POST"]),
    ]


class _Leaving:
    """What is done with all that is a shopper's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def export(self, request: Request) -> Response:
        """Everything of the shopper, as one file."""
        return await run_in_threadpool(self._export, asking(request, await body_text(request)))

    async def end(self, request: Request) -> Response:
        """Erases the shopper on all their phones."""
        asked = asking(request, await body_text(request))
        for key in await run_in_threadpool(self._end, asked):
            self._services.hub.end(key)
        return beginning.let_go(answers.page(self._services, asked, "forgotten.html", {}))

    def _export(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        now_ms = self._services.clock()
        with self._services.store.reading() as connection:
            tables = passports.gather(connection, profile.person)
            store = identity.read(connection).store_id
            looks = tuple(
                Look(at_ms=each.at_ms, role=each.role, act=str(each.act), why=each.subject, line=each.id)
                for each in audit_log.looks_at(connection, profile.person)
            )
        about = {owned.table: owned.words for owned in TABLES if owned.table in tables}
        whole = Passport(format=FORMAT, store=store, made_ms=now_ms, about=about, tables=tables, looks=looks)
        body = passport.encode(whole)
        headers = {"content-disposition": f'attachment; filename="{passport.FILE}"'}
        return Response(body, media_type="application/json", headers=headers)

    def _end(self, asked: Asking) -> tuple[int, ...]:
        """Erases; returns by which keys their pages may be open."""
        profile = asked.profile(self._services)
        if profile is None:
            return ()
        with self._services.store.reading() as connection:
            keys = tuple(each.id for each in shoppers.members(connection, profile.person))
        now_ms = self._services.clock()
        at_once = self._services.rewrites.allows(asked.address, now_ms)
        erasure.erase(self._services.store, profile.person, now_ms, at_once=at_once)
        return keys

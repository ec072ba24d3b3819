"""Joining a second phone by a code that the first one shows, and taking it off again."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import joining, uniting
from cloud.shop.consent import Purpose
from cloud.shop.telling import Told
from cloud.shop.tokens import new_token
from cloud.store import consents, joinings, plans, shoppers
from cloud.store.connection import Store
from cloud.store.joinings import How
from cloud.web.services import Services
from cloud.web.shop import answers, beginning, delivery
from cloud.web.shop.asking import Asking, asking, body_text
from cloud.web.shop.beginning import Begun, TooManyBegin


def routes(services: Services) -> list[Route]:
    """The routes of a shopper's phones."""
    joins = _Joins(services)
    return [
        Route("/me/join/code", joins.code, methods=["POST"]),
        Route("/me/join", joins.look, methods=["GET"]),
        Route("/me/join/find", joins.find, methods=["POST"]),
        Route("/me/join", joins.join, methods=["POST"]),
        Route("/me/part", joins.part, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the second phone is asked before it joins."""

    link: str
    by: How
    phones: int  # how many the other side has
    standing: tuple[str, ...]  # titles of what stands there
    takes: bool  # this phone never chose anything: it takes those choices over


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What a joining's request came to."""

    told: Told | None
    begun: Begun | None


class _Joins:
    """Two phones of one shopper; only an act on each of them joins them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def code(self, request: Request) -> Response:
        """This phone shows a new code for five minutes, or none any more."""
        asked = asking(request, await body_text(request))
        return await run_in_threadpool(self._code, asked)

    async def look(self, request: Request) -> Response:
        """Where the code is typed; with a link, what joining would mean. Changes nothing."""
        return await run_in_threadpool(self._look, asking(request))

    async def find(self, request: Request) -> Response:
        """A typed code leads to the page that asks once more."""
        asked = asking(request, await body_text(request))
        return await run_in_threadpool(self._find, asked)

    async def join(self, request: Request) -> Response:
        """The shopper says yes: both phones are theirs."""
        asked = asking(request, await body_text(request))
        try:
            done = await run_in_threadpool(self._join, asked)
        except TooManyBegin:
            return answers.busy(self._services, asked)
        if done is None:
            return answers.problem(self._services, asked, "no-code", status=404)
        if done.told:
            await regroup(self._services, done.told)
        back = answers.see_other(answers.with_query("/me", {"joined": "1", "lang": str(asked.language)}) + "#phones")
        return beginning.remember(back, done.begun) if done.begun else back

    async def part(self, request: Request) -> Response:
        """One joining is undone; each side is as it was, with what it did since."""
        asked = asking(request, await body_text(request))
        for told in await run_in_threadpool(self._part, asked):
            await regroup(self._services, told)
        return answers.see_other(answers.with_query("/me", {"parted": "1", "lang": str(asked.language)}) + "#phones")

    def _code(self, asked: Asking) -> Response:
        with self._services.store.atomic() as connection:
            profile = shoppers.profile(connection, asked.profile_digest or "")
            if profile is None:
                return answers.problem(self._services, asked, "tap-first", status=403)
            joinings.close_code(connection, profile.person)
            if asked.fields.get("close") != "1":
                joinings.open_code(
                    connection,
                    profile_id=profile.id,
                    code=joining.new_code(self._services.random),
                    link=new_token(self._services.random),
                    now_ms=self._services.clock(),
                )
        return answers.see_other(answers.with_query("/me", {"lang": str(asked.language)}) + "#phones")

    def _look(self, asked: Asking) -> Response:
        link = asked.fields.get("with")
        invitation = self._invitation(asked, link) if link else None
        if link and invitation is None:
            return answers.problem(self._services, asked, "no-code", status=404)
        with self._services.store.reading() as connection:
            plan = plans.plan_now(connection)
        readers = plan.readers if plan else ()
        values = {
            "invitation": invitation,
            "wrong": "wrong" in asked.fields,
            "readers": readers,
            "switch": answers.switch_link(asked, "with", "by"),
        }
        return answers.page(self._services, asked, "join.html", values)

    def _invitation(self, asked: Asking, link: str) -> Invitation | None:
        profile = asked.profile(self._services)
        with self._services.store.reading() as connection:
            code = joinings.by_link(connection, link, self._services.clock())
            person = shoppers.person_of(connection, code.profile) if code else None
            if person is None:
                return None
            standing = consents.standing(connection, person)
            phones = len(shoppers.members(connection, person))
        titles = answers.consent_texts(asked)
        return Invitation(
            link=link,
            by=_how(asked),
            phones=phones,
            standing=tuple(titles[purpose][0] for purpose in Purpose if purpose in standing),
            takes=profile is None,
        )

    def _find(self, asked: Asking) -> Response:
        now_ms = self._services.clock()
        again = answers.with_query("/me/join", {"wrong": "1", "lang": str(asked.language)})
        typed = joining.typed(asked.fields.get("code", ""))
        if typed is None:
            return answers.see_other(again)
        if not self._services.guesses.allows(asked.address, now_ms):
            return answers.busy(self._services, asked)
        with self._services.store.reading() as connection:
            code = joinings.by_code(connection, typed, now_ms)
        if code is None:
            return answers.see_other(again)
        fields = {"with": code.link, "by": str(How.CODE), "lang": str(asked.language)}
        return answers.see_other(answers.with_query("/me/join", fields))

    def _join(self, asked: Asking) -> _Done | None:
        now_ms = self._services.clock()
        with self._services.store.atomic() as connection:
            code = joinings.by_link(connection, asked.fields.get("with", ""), now_ms)
            if code is None:
                return None
            begun = beginning.begin(self._services, connection, asked)
            if begun.token:
                uniting.take_over(
                    connection,
                    host=code.profile,
                    guest=begun.profile,
                    at_ms=now_ms,
                    proof="POST /me/join",
                    random=self._services.random,
                )
            told = uniting.join(connection, host=code.profile, guest=begun.profile.id, how=_how(asked), at_ms=now_ms)
        return _Done(told=told, begun=begun)

    def _part(self, asked: Asking) -> tuple[Told, ...]:
        profile = asked.profile(self._services)
        number = asked.fields.get("joining", "")
        if profile is None or not (number.isascii() and number.isdecimal() and len(number) < 19):
            return ()
        with self._services.store.atomic() as connection:
            return uniting.part(connection, number=int(number), person=profile.person, at_ms=self._services.clock())


async def regroup(services: Services, told: Told) -> None:
    """Tells the pages that are open, and lets them come back under whom they belong to now. Event loop only."""
    delivery.publish(services, told)
    for key in await run_in_threadpool(_keys, services.store, told.person):
        services.hub.end(key)


def _keys(store: Store, person: int) -> tuple[int, ...]:
    """By which the person's pages may have been known: a person's number is one of its profiles'."""
    with store.reading() as connection:
        return tuple(profile.id for profile in shoppers.members(connection, person))


def _how(asked: Asking) -> How:
    return How.CODE if asked.fields.get("by") == How.CODE else How.LINK

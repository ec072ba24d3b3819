"""The preference centre `/me/choices`: what a shopper presses there, each button one plain form."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cloud.proof import proofs
from cloud.shop.choosing import Act
from cloud.shop.consent import Purpose
from cloud.shop.preferences import DAY_MIN, Hours, Pace, Preferences
from cloud.shop.telling import Told
from cloud.store import consents, exporting, preferences
from cloud.store.logs import Log
from cloud.store.shoppers import Profile
from cloud.web.services import Services
from cloud.web.shop import acting, answers, choices, delivery
from cloud.web.shop.asking import Asking, asking, body_text, every_field

PATH = "/me/choices"

_Say = Callable[[Services, sqlite3.Connection, Act], tuple[Told, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The answer to an act, and what it told."""

    answer: Response
    told: tuple[Told, ...] = ()


def routes(services: Services) -> list[Route]:
    """The routes of the preference centre."""
    centre = _Centre(services)
    return [
        Route(PATH, centre.show, methods=["GET"]),
        Route(PATH, centre.choose, methods=["POST"]),
        Route("/me/proof/{line}", centre.prove, methods=["GET"]),
        Route("/me/refuse", centre.refuse, methods=["POST"]),
        Route("/me/keep", centre.keep, methods=["POST"]),
        Route("/me/wishes", centre.wish, methods=["POST"]),
    ]


class _Centre:
    """Each act is one transaction; what it tells is published when it is committed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, request: Request) -> Response:
        """The switches, the wishes, and every line of the ledger with its words."""
        return await run_in_threadpool(self._show, asking(request))

    async def choose(self, request: Request) -> Response:
        """All switches as they are now set."""
        body = await body_text(request)
        wanted = frozenset(Purpose(value) for value in every_field(body, "purpose") if value in tuple(Purpose))
        return await self._publish(await run_in_threadpool(self._choose, asking(request, body), wanted))

    async def prove(self, request: Request) -> Response:
        """The proof of one of the shopper's own lines, as a file that anybody can check."""
        return await run_in_threadpool(self._prove, asking(request), request.path_params["line"])

    async def refuse(self, request: Request) -> Response:
        """All advertising ends, on all channels."""
        asked = asking(request, await body_text(request))
        return await self._publish(await run_in_threadpool(self._refuse, asked))

    async def keep(self, request: Request) -> Response:
        """What stands of advertising is said again."""
        asked = asking(request, await body_text(request))
        return await self._publish(await run_in_threadpool(self._keep, asked))

    async def wish(self, request: Request) -> Response:
        """Topics, polite hours, pace and time zone."""
        body = await body_text(request)
        return await run_in_threadpool(self._wish, asking(request, body), body)

    async def _publish(self, done: Done) -> Response:
        for told in done.told:
            delivery.publish(self._services, told)
        return done.answer

    def _show(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.page(self._services, asked, "choices.html", {"profile": None})
        return self._page(asked, profile)

    def _page(self, asked: Asking, profile: Profile, *, problem: str = "") -> Response:
        with self._services.store.reading() as connection:
            whole = choices.whole(
                connection,
                profile,
                asked.language,
                zone=self._services.pages.timezone,
                push=self._services.outbox is not None,
            )
        values = {"profile": profile, "centre": whole, "saved": "saved" in asked.fields, "problem": problem}
        return answers.page(self._services, asked, "choices.html", values, status=400 if problem else 200)

    def _prove(self, asked: Asking, line: str) -> Response:
        profile = asked.profile(self._services)
        proof = None
        if profile and line.isascii() and line.isdecimal() and len(line) < 19:
            with self._services.store.reading() as connection:
                opening = consents.opening(connection, profile.person, int(line))
                proof = exporting.proof(connection, Log.CONSENT, opening) if opening else None
        if proof is None:
            return answers.problem(self._services, asked, "nothing-here", status=404)
        name = f'attachment; filename="consent-{line}.tlog-proof"'
        return PlainTextResponse(proofs.write(proof), headers={"content-disposition": name})

    def _choose(self, asked: Asking, wanted: frozenset[Purpose]) -> Done:
        return self._said(
            asked,
            "POST /me/choices",
            lambda services, connection, act: acting.choose(services, connection, act, wanted),
        )

    def _refuse(self, asked: Asking) -> Done:
        return self._said(asked, "POST /me/refuse", acting.refuse)

    def _keep(self, asked: Asking) -> Done:
        return self._said(asked, "POST /me/keep", acting.keep)

    def _said(self, asked: Asking, proof: str, say: _Say) -> Done:
        profile = asked.profile(self._services)
        if profile is None:
            return self._unknown(asked)
        act = acting.act_of(self._services, asked, profile.person, proof=proof)
        with self._services.store.atomic() as connection:
            told = say(self._services, connection, act)
        return Done(answer=_back(asked), told=told)

    def _wish(self, asked: Asking, body: str) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return self._unknown(asked).answer
        try:
            narrowed = Narrowed.of(asked, body, choices.zones_of_form(self._services.pages.timezone))
        except ValueError as error:
            return self._page(asked, profile, problem=str(error))
        with self._services.store.atomic() as connection:
            before = preferences.of(connection, profile.person)
            preferences.put(connection, profile.person, narrowed.after(before), now_ms=self._services.clock())
        return _back(asked)

    def _unknown(self, asked: Asking) -> Done:
        return Done(answer=answers.problem(self._services, asked, "tap-first", status=403))


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """The form of wishes as it came."""

    shown: frozenset[str]  # the topics that the form asked about
    wanted: frozenset[str]
    hours: Hours | None
    pace: Pace
    zone: str | None

    @classmethod
    def of(cls, asked: Asking, body: str, zones: tuple[str, ...]) -> "Narrowed":
        """Reads the form. Raises ValueError, which names the field, its value and what is allowed."""
        pace, zone = asked.fields.get("pace", Pace.NORMAL), asked.fields.get("zone") or None
        if pace not in tuple(Pace):
            raise ValueError(f"pace = {pace[:20]!r}: {', '.join(Pace)} are allowed")
        if zone is not None and zone not in zones:
            raise ValueError(f"zone = {zone[:40]!r}: choose one of the list")
        return cls(
            shown=frozenset(every_field(body, "shown")),
            wanted=frozenset(every_field(body, "topic")),
            hours=_hours(asked.fields.get("from", ""), asked.fields.get("to", "")),
            pace=Pace(pace),
            zone=zone,
        )

    def after(self, before: Preferences) -> Preferences:
        """The wishes from now on; a topic that the form did not show stays as it was."""
        muted = (before.muted - self.shown) | (self.shown - self.wanted)
        return Preferences(muted=muted, hours=(self.hours,) if self.hours else (), pace=self.pace, zone=self.zone)


def _hours(begin: str, end: str) -> Hours | None:
    """Polite hours from two fields of whole hours; None where both are empty, or they make the whole day."""
    if not begin and not end:
        return None
    found = Hours(from_min=60 * _hour(begin or "0"), to_min=60 * _hour(end or "24"))
    whole = found.from_min == found.to_min or (found.from_min == 0 and found.to_min == DAY_MIN)
    return None if whole else found


def _hour(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 24):
        raise ValueError(f"{text[:20]!r}: an hour from 0 to 24 is needed")
    return int(text)


def _back(asked: Asking) -> Response:
    return answers.see_other(answers.with_query(PATH, {"saved": "1", "lang": str(asked.language)}))

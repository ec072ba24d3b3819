"""The preference centre: what a shopper agrees to and wishes, in the words they agreed to, with the proof of each."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.shop import wording
from cloud.shop.consent import ADVERTISING, SHORT, Purpose, offered
from cloud.shop.preferences import Hours, Preferences
from cloud.shop.wording import TEXT_VERSION, Texts
from cloud.store import consents, plans, preferences, receipts
from cloud.store.consents import Line
from cloud.store.shoppers import Profile
from cloud.web.language import Language
from contract.plan import Plan, ZoneKind

ZONES = (
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
    "UTC",
)
"""Whose hours may be chosen as one's own, beside the store's."""


MOST_SAID = 200
"""Lines that the page shows; an export has all."""

_WHERE = (
    ("POST /me/begin", "page"),
    ("POST /me/consent", "page"),
    ("POST /me/choices", "centre"),
    ("POST /me/card", "reader"),
    ("POST /me/keep", "kept"),
    ("POST /me/refuse", "refused"),
    ("POST /stop by a mail program", "mail"),
    ("POST /stop", "refused"),
    ("POST /me/join", "joined"),
)
"""The beginning of a line's proof, and the words that it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One switch."""

    purpose: Purpose
    title: str
    words: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortChoices:
    """The short form on a product's page; `_choices.html` shows it."""

    choices: tuple[Choice, ...]
    version: str
    known: bool  # a shopper who chose before
    token: str  # of the visit that lets a new one begin; "" where there is none
    saved: bool
    again: bool  # they were asked whether their consent to advertising still stands

    @property
    def open(self) -> bool:
        """Whether there is anybody who may choose here."""
        return self.known or bool(self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of the store, a zone of shelves."""

    id: str
    title: str
    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLine:
    """A line of the ledger with the very words that were shown."""

    line: Line
    title: str
    shown: Texts | None  # None: a version that this program never had
    where: str  # where it was said: a key of the page's words
    proof_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeChoices:
    """The whole preference centre."""

    choices: tuple[Choice, ...]
    version: str
    advertising: bool  # some of it stands
    suppressed: bool
    again: bool  # they were asked whether it still stands
    agreed_ms: int | None  # when the oldest standing consent to advertising was given
    topics: tuple[Topic, ...]
    wished: Preferences
    zones: tuple[str, ...]
    said: tuple[SaidLine, ...]  # the newest first

    @property
    def hours(self) -> Hours | None:
        """The polite hours as the form shows them."""
        return self.wished.hours[0] if self.wished.hours else None


def short(
    standing: frozenset[Purpose],
    language: Language,
    *,
    known: bool,
    token: str = "",
    saved: bool,
    again: bool,
) -> ShortChoices:
    """The short form as it stands."""
    return ShortChoices(
        choices=switches(SHORT, standing, language),
        version=TEXT_VERSION,
        known=known,
        token=token,
        saved=saved,
        again=again,
    )


def whole(
    connection: sqlite3.Connection, profile: Profile, language: Language, *, zone: str, push: bool = True
) -> WholeChoices:
    """The whole centre of a person; `zone` is the store's, `push` whether it sends notifications."""
    standing = consents.standing(connection, profile.person)
    said = consents.lines(connection, profile.person)
    wished = preferences.of(connection, profile.person)
    return WholeChoices(
        # There is no outlet for e-mail yet, so nobody is asked for it.
        choices=switches(offered(standing, push=push, mail=False), standing, language),
        version=TEXT_VERSION,
        advertising=bool(standing & ADVERTISING),
        suppressed=consents.suppressed(connection, profile.person),
        again=receipts.asked_again(connection, profile.person),
        agreed_ms=_agreed_ms(said, standing & ADVERTISING),
        topics=topics(plans.plan_now(connection), wished, language),
        wished=wished,
        zones=zones_of_form(zone),
        said=tuple(_said(line, language) for line in reversed(said[-MOST_SAID:])),
    )


def switches(purposes: Iterable[Purpose], standing: frozenset[Purpose], language: Language) -> tuple[Choice, ...]:
    """The switches in the words of today."""
    asked = ((purpose, wording.texts(purpose, language)) for purpose in purposes)
    return tuple(Choice(purpose=p, title=text.title, words=text.words, given=p in standing) for p, text in asked)


def topics(plan: Plan | None, wished: Preferences, language: Language) -> tuple[Topic, ...]:
    """The zones of shelves of the plan, each once."""
    zones = plan.zones if plan else ()
    return tuple(
        Topic(id=zone.id, title=getattr(zone.title, language), wanted=zone.id not in wished.muted)
        for zone in zones
        if zone.kind is ZoneKind.SHELF
    )


def zones_of_form(store: str) -> tuple[str, ...]:
    """The time zones that the form offers, the store's own first."""
    return tuple(dict.fromkeys((store, *ZONES)))


def _said(line: Line, language: Language) -> SaidLine:
    entry = line.entry
    try:
        shown = wording.texts(entry.purpose, entry.language, entry.text_version)
    except LookupError:
        shown = None
    title = wording.texts(entry.purpose, language).title
    where = next((key for begin, key in _WHERE if entry.proof.startswith(begin)), "other")
    return SaidLine(line=line, title=title, shown=shown, where=where, proof_url=f"/me/proof/{line.id}")


def _agreed_ms(said: tuple[Line, ...], standing: frozenset[Purpose]) -> int | None:
    last = {line.entry.purpose: line.entry.at_ms for line in said if line.entry.given}
    return min((last[purpose] for purpose in standing if purpose in last), default=None)

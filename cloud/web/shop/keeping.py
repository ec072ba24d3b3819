"""The page `/me/kept`: every single thing that is kept of a shopper, and where it came from, in words."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import origin, wording
from cloud.shop.consent import Purpose
from cloud.shop.messages import Both
from cloud.shop.origin import Agreed, Columns, Origin
from cloud.shop.passport import Row, Value
from cloud.store import audit_log, catalogue, consents, passports, plans, visits
from cloud.store.belongings import TABLES
from cloud.store.owned import Owned
from cloud.store.shoppers import Profile
from cloud.web.language import Language
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking
from contract.plan import Title

_LEDGER = "consents"
_YES_OR_NO = frozenset(("given", "refusal", "signed", "verified", "rewarded", "advertising", "held"))
_LAST_MS = 4_102_444_800_000  # the year 2100: what is later is no time that a page can write
MOST = 30
"""Of one kind that the page lists; the file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value as it is stored, under its name there; of a message its words alone."""

    name: str
    value: str
    ms: int | None  # where it is a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One kept thing."""

    head: str  # what it is in a few words; "" where nothing tells
    product: str | None
    at_ms: int | None
    tag: str | None
    place: str | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All things of one table."""

    table: str
    words: str
    count: int
    things: tuple[Thing, ...]
    agreed: Agreed | None
    agreed_title: str

    @property
    def more(self) -> int:
        """How many the page does not list."""
        return self.count - len(self.things)


def routes(services: Services) -> list[Route]:
    """The route of the page."""

    async def kept(request: Request) -> Response:
        return await run_in_threadpool(_kept, services, asking(request))

    return [Route("/me/kept", kept, methods=["GET"])]


def _kept(services: Services, asked: Asking) -> Response:
    profile = asked.profile(services)
    kinds: tuple[Kind, ...] = ()
    looks: tuple[audit_log.Line, ...] = ()
    if profile:
        with services.store.reading() as connection:
            kinds = kept(connection, profile, asked.language)
            looks = audit_log.looks_at(connection, profile.person)[::-1][:MOST]
    return answers.page(services, asked, "kept.html", {"profile": profile, "kinds": kinds, "looks": looks})


def kept(connection: sqlite3.Connection, profile: Profile, language: Language) -> tuple[Kind, ...]:
    """All that is kept of the person of this profile, by kind, without kinds of which there is nothing."""
    agreed = origin.agreements(consents.ledger(connection, profile.person))
    return tuple(
        _kind(connection, owned, profile.person, agreed, language)
        for owned in TABLES
        if passports.count(connection, owned, profile.person)
    )


def _kind(
    connection: sqlite3.Connection,
    owned: Owned,
    person: int,
    agreed: dict[Purpose, Agreed],
    language: Language,
) -> Kind:
    rows = passports.stored(connection, owned, person, newest=MOST)
    columns = Columns(at=owned.at, tag=owned.tag, place=owned.place, purpose=owned.purpose)
    if owned.table == _LEDGER:
        rows = tuple(row | _said_at(connection, str(row["proof"])) for row in rows)
        columns = replace(columns, tag="tag", place="reader")
    places = _places(connection, columns, rows)
    origins = [origin.origin(row, columns, places=places, agreed=agreed) for row in rows]
    under = agreed.get(Purpose(owned.purpose)) if owned.purpose else None
    return Kind(
        table=owned.table,
        words=owned.words,
        count=passports.count(connection, owned, person),
        things=tuple(_thing(connection, owned, row, told, language) for row, told in zip(rows, origins, strict=True)),
        agreed=under,
        agreed_title=_title(under, language) if under else "",
    )


def _title(agreed: Agreed, language: Language) -> str:
    """As it was read then; of words that this program never had, as it reads now."""
    version = agreed.text_version if agreed.text_version in wording.WORDINGS else wording.TEXT_VERSION
    return wording.texts(agreed.purpose, language, version).title


def _thing(connection: sqlite3.Connection, owned: Owned, row: Row, told: Origin, language: Language) -> Thing:
    gtin = row.get("gtin")
    product = catalogue.product(connection, gtin) if isinstance(gtin, str) else None
    return Thing(
        head=_head(owned, row, language),
        product=product.name[language] if product else None,
        at_ms=told.at_ms,
        tag=told.tag,
        place=getattr(told.place, language) if told.place else None,
        fields=tuple(_field(name, row[name], language) for name in owned.columns if row[name] is not None),
    )


def _field(name: str, value: Value, language: Language) -> Field:
    told = value if name.endswith("_ms") and isinstance(value, int) and 0 < value < _LAST_MS else None
    if name in _YES_OR_NO:
        return Field(name=name, value="✓" if value else "✕", ms=None)
    return Field(name=name, value=(name == "body" and _words_of(str(value), language)) or str(value), ms=told)


def _head(owned: Owned, row: Row, language: Language) -> str:
    """What was said, told or moved, in words of people alone; "" where a row has none."""
    match owned.table:
        case "consents" if row["purpose"] in tuple(Purpose):
            sign = "✓" if row["given"] else "✕"
            return f"{sign} {wording.texts(Purpose(str(row['purpose'])), language).title}"
        case "messages":
            return _title_of(str(row["body"]), language)
        case "points_transfers":
            return f"{row['amount']:+d}"
    return ""


def _words_of(body: str, language: Language) -> str:
    """The words of a message; "" of what is none, or has none."""
    try:
        told = msgspec.json.decode(body, type=_Titled)
    except msgspec.MsgspecError:
        return ""
    return getattr(told.text, language) if told.text else ""


def _title_of(body: str, language: Language) -> str:
    """The title of a message, or of the product that it shows, as far as it has one."""
    try:
        told = msgspec.json.decode(body, type=_Titled)
    except msgspec.MsgspecError:
        return ""
    found = told.title or (told.product.name if told.product else None)
    return getattr(found, language) if found else ""


class _Named(msgspec.Struct):
    name: Both


class _Titled(msgspec.Struct):
    title: Both | None = None
    text: Both | None = None
    product: _Named | None = None


def _said_at(connection: sqlite3.Connection, proof: str) -> Row:
    """Where a choice was made; its line says so by a number."""
    at = origin.said_at(proof)
    return {"tag": visits.tag_of(connection, at.visit) if at.visit else None, "reader": at.reader}


def _places(connection: sqlite3.Connection, columns: Columns, rows: Iterable[Row]) -> dict[str, Title]:
    names = {str(row[columns.tag]) for row in rows if columns.tag and row[columns.tag]}
    tags = {name: tag for name in names if (tag := catalogue.tag(connection, name))}
    return origin.places(plans.plan_now(connection), {name: tag.shelf for name, tag in tags.items() if tag.shelf})

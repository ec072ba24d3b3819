"""The page `/me/kept`: every single thing that is kept of a shopper, and where it came from, in words."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.shop import origin, wording
from cloud.shop.consent import Purpose
from cloud.shop.origin import Agreed, Columns, Origin
from cloud.shop.passport import Row
from cloud.store import catalogue, consents, passports
from cloud.store.belongings import TABLES
from cloud.store.owned import Owned
from cloud.store.shoppers import Profile
from cloud.web.language import Language
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking
from contract.plan import Title

MOST = 30
"""Of one kind that the page lists; the file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value as it is stored, under its name there."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One kept thing."""

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
    if profile:
        with services.store.reading() as connection:
            kinds = kept(connection, profile, asked.language)
    return answers.page(services, asked, "kept.html", {"profile": profile, "kinds": kinds})


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
    places = _places(connection, owned, rows)
    columns = Columns(at=owned.at, tag=owned.tag, place=owned.place, purpose=owned.purpose)
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
        product=product.name[language] if product else None,
        at_ms=told.at_ms,
        tag=told.tag,
        place=getattr(told.place, language) if told.place else None,
        fields=tuple(Field(name=name, value=str(row[name])) for name in owned.columns if row[name] is not None),
    )


def _places(connection: sqlite3.Connection, owned: Owned, rows: Iterable[Row]) -> dict[str, Title]:
    names = {str(row[owned.tag]) for row in rows if owned.tag and row[owned.tag]}
    tags = {name: tag for name in names if (tag := catalogue.tag(connection, name))}
    return origin.places(catalogue.plan(connection), {name: tag.shelf for name, tag in tags.items() if tag.shelf})

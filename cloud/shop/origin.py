"""Where a kept thing came from, and under which words it is kept: the answer to "where did you get this?"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloud.shop.consent import Entry, Purpose
from cloud.shop.passport import Row
from contract.plan import Plan, Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The consent under which a thing is kept: the last word of it, and the version of the text that was read."""

    purpose: Purpose
    text_version: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """When, by which tag and where a thing came here; what is not known of it is None."""

    at_ms: int | None
    tag: str | None
    place: Title | None
    agreed: Agreed | None  # None: kept as a part of what the shopper did or asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a row tell its origin; "" where none does."""

    at: str
    tag: str
    place: str
    purpose: str


def origin(row: Row, columns: Columns, *, places: Mapping[str, Title], agreed: Mapping[Purpose, Agreed]) -> Origin:
    """A row's origin. `places` are the titles of readers, shelves, zones and of the shelves of tags, by their id."""
    at, tag, place = (row.get(name) if name else None for name in (columns.at, columns.tag, columns.place))
    told = place or tag
    return Origin(
        at_ms=at if isinstance(at, int) else None,
        tag=tag if isinstance(tag, str) and tag else None,
        place=places.get(told) if isinstance(told, str) else None,
        agreed=agreed.get(Purpose(columns.purpose)) if columns.purpose else None,
    )


_SAID_AT = re.compile(r", (?:visit (?P<visit>[0-9]{1,18})|reader (?P<reader>\S{1,64}))$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAt:
    """Where a choice was made, as its line's proof tells: on the page of a visit, or for a reader."""

    visit: int | None = None
    reader: str | None = None


def said_at(proof: str) -> SaidAt:
    """Reads a line's proof, such as `POST /me/begin, visit 12`."""
    found = _SAID_AT.search(proof)
    if found is None:
        return SaidAt()
    return SaidAt(visit=int(found["visit"]) if found["visit"] else None, reader=found["reader"])


def agreements(ledger: Iterable[Entry]) -> dict[Purpose, Agreed]:
    """Of each purpose the last yes, whether or not it stands still."""
    return {
        entry.purpose: Agreed(purpose=entry.purpose, text_version=entry.text_version, at_ms=entry.at_ms)
        for entry in ledger
        if entry.given
    }


def places(plan: Plan | None, shelves: Mapping[str, str]) -> dict[str, Title]:
    """The plan's titles by id; `shelves` says on which shelf each tag is."""
    if plan is None:
        return {}
    titles = {zone.id: zone.title for zone in plan.zones}
    titles |= {shelf.id: shelf.title for shelf in plan.shelves}
    titles |= {reader.id: reader.title for reader in plan.readers}
    return titles | {tag: titles[shelf] for tag, shelf in shelves.items() if shelf in titles}

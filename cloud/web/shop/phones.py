"""A shopper's phones as their own page lists them."""

import sqlite3
from dataclasses import dataclass

from cloud.shop import joining
from cloud.store import joinings, shoppers
from cloud.store.joinings import How
from cloud.store.shoppers import Profile
from cloud.web.language import Language
from cloud.web.shop import answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone. `joining` is what takes it apart from the others; the first of them has none."""

    this: bool
    begun_ms: int
    joined_ms: int | None
    how: How | None
    joining: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """What another phone types or scans."""

    code: str
    link: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonesView:
    """A shopper's phones, the oldest first, and the code that one of them shows now."""

    phones: tuple[Phone, ...]
    code: ShownCode | None
    address: str  # where a code is typed, as a person writes it


def phones_view(
    connection: sqlite3.Connection, profile: Profile, *, base: str, language: Language, now_ms: int
) -> PhonesView:
    """The phones of this profile's person. `base` is the origin of our pages."""
    stands = {each.guest: each for each in joinings.standing(connection, profile.person)}
    code = joinings.shown_code(connection, profile.person, now_ms)
    return PhonesView(
        phones=tuple(
            _phone(each, stands.get(each.id), profile) for each in shoppers.members(connection, profile.person)
        ),
        code=_shown(code, base, language) if code else None,
        address=f"{base.partition('://')[2]}/me/join",
    )


def _phone(each: Profile, joined: joinings.Joining | None, profile: Profile) -> Phone:
    return Phone(
        this=each.id == profile.id,
        begun_ms=each.begun_ms,
        joined_ms=joined.at_ms if joined else None,
        how=joined.how if joined else None,
        joining=joined.id if joined else None,
    )


def _shown(code: joinings.Code, base: str, language: Language) -> ShownCode:
    link = base + answers.with_query("/me/join", {"with": code.link, "lang": str(language)})
    return ShownCode(code=joining.shown(code.code), link=link, until_ms=code.until_ms)

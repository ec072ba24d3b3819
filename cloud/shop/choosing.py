"""A shopper's act of choosing: what it writes in the ledger, for each of their phones, and what follows at once."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cloud.shop import consent
from cloud.shop.consent import ADVERTISING, Entry, Purpose
from cloud.shop.wording import TEXT_VERSION
from cloud.store import consents, erasing, interests, shoppers, visits
from cloud.store.logs import NONCE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts, when, in which language, and where it was said."""

    person: int
    language: str
    at_ms: int
    proof: str  # the route, and what it was pressed on: a visit's, a reader's or a message's number


def choose(
    connection: sqlite3.Connection,
    act: Act,
    wanted: frozenset[Purpose],
    asked: Iterable[Purpose] = Purpose,
    *,
    random: Callable[[int], bytes],
) -> dict[Purpose, bool]:
    """Of the purposes `asked`, those in `wanted` stand from now on and the others do not; returns what changed.

    A switch that is left as the person saw it says nothing. Of joined phones one may have agreed to what the other
    did not, so that it does not stand: it comes back when they are taken apart.
    """
    seen = consents.standing(connection, act.person)
    among = frozenset(purpose for purpose in asked if (purpose in wanted) != (purpose in seen))
    changed: dict[Purpose, bool] = {}
    for profile, lines in consents.by_profile(connection, act.person).items():
        changes = consent.changes(consent.standing(lines), wanted, among)
        for purpose, given in changes.items():
            consents.write(connection, profile, _entry(act, purpose, given=given), nonce=random(NONCE_BYTES))
        changed |= changes
    _follow(connection, act.person, changed)
    if False in changed.values():
        erasing.need_scrub(connection, act.at_ms)
    return changed


def refuse(connection: sqlite3.Connection, act: Act, *, random: Callable[[int], bytes]) -> bool:
    """Ends all advertising on all channels and remembers it; whether that was not so already."""
    if consents.suppressed(connection, act.person):
        return False
    for profile in consents.by_profile(connection, act.person):
        for purpose in sorted(ADVERTISING):
            entry = _entry(act, purpose, given=False, refusal=True)
            consents.write(connection, profile, entry, nonce=random(NONCE_BYTES))
    return True


def keep(connection: sqlite3.Connection, act: Act, *, random: Callable[[int], bytes]) -> frozenset[Purpose]:
    """Says again, from now on, what stands of advertising; returns what that is."""
    standing = consents.standing(connection, act.person) & ADVERTISING
    for profile in consents.by_profile(connection, act.person):
        for purpose in sorted(standing):
            consents.write(connection, profile, _entry(act, purpose, given=True), nonce=random(NONCE_BYTES))
    return standing


def _entry(act: Act, purpose: Purpose, *, given: bool, refusal: bool = False) -> Entry:
    return Entry(
        purpose=purpose,
        given=given,
        text_version=TEXT_VERSION,
        language=act.language,
        at_ms=act.at_ms,
        proof=act.proof,
        refusal=refusal,
    )


def _follow(connection: sqlite3.Connection, person: int, changed: dict[Purpose, bool]) -> None:
    """What was kept for a purpose goes with it."""
    if changed.get(Purpose.HISTORY) is False:
        visits.unclaim(connection, person)
        interests.withdraw(connection, person)
    if changed.get(Purpose.CARD) is False:
        erasing.forget_taps(connection, person)
        shoppers.unbind_cards(connection, person)

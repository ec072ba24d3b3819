"""Reads from the store what a decision needs, and of a shopper who did not ask for offers nothing at all."""

import functools
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.offers import campaigns
from cloud.offers.caps import DAY_MS
from cloud.offers.channels import NEEDED, Channel
from cloud.offers.house import House
from cloud.offers.rules import Rules, Trigger, concerns
from cloud.offers.situation import Considered, Moment, Person, Situation
from cloud.shop.consent import KEPT_MS, Purpose
from cloud.shop.preferences import Pace
from cloud.store import campaigns as stored
from cloud.store import catalogue, consents, coupons, decisions, preferences, shoppers, visits
from cloud.store.campaigns import Running

TOLD_MS = 3 * 60_000
"""A minute of the floor is told a few seconds after it ended: this reaches back over the last two whole ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What brings somebody into question."""

    channel: Channel
    triggers: tuple[Trigger, ...]
    gtin: str
    place: str | None  # the zone of the plan
    tapped_ms: int | None  # when the signed tap or the card's was, by the cloud's clock


def gather(
    connection: sqlite3.Connection, house: House, person: int, happening: Happening, now_ms: int
) -> Situation | None:
    """All inputs of one decision, of one moment of the store; None where nobody has this number any more."""
    known = person_at(connection, person, now_ms)
    if known is None:
        return None
    wishes = preferences.of(connection, person)
    asked = NEEDED[happening.channel] <= set(known.consents) and not known.suppressed
    moment = _moment(connection, person, known, happening, now_ms) if asked else Moment()
    return Situation(
        at_ms=now_ms,
        channel=happening.channel,
        person=known,
        moment=moment,
        terms=house.terms(wishes.zone),
        campaigns=tuple(_considered(connection, house, person, happening, now_ms)) if asked else (),
    )


def person_at(connection: sqlite3.Connection, person: int, now_ms: int) -> Person | None:
    """A shopper as the rules know them."""
    row = connection.execute(
        "SELECT handle, language FROM profiles WHERE person = ? ORDER BY id LIMIT 1", (person,)
    ).fetchone()
    if row is None:
        return None
    standing = consents.standing(connection, person)
    wishes = preferences.of(connection, person)
    return Person(
        handle=row[0],
        language=row[1],
        consents=tuple(sorted(standing)),
        suppressed=consents.suppressed(connection, person),
        hours=wishes.hours,
        muted=tuple(sorted(wishes.muted)),
        fewer=wishes.pace is Pace.FEWER,
        shown=decisions.shown(connection, person, now_ms) if Purpose.OFFERS in standing else (),
    )


@functools.lru_cache(maxsize=2_000)
def rules_of(body: str, version: int, zone: str, hold_out: float) -> Rules:
    """The rules of a stored campaign; a version's text never changes."""
    return campaigns.rules(campaigns.decode(body), version=version, zone=zone, hold_out=hold_out)


def _considered(
    connection: sqlite3.Connection, house: House, person: int, happening: Happening, now_ms: int
) -> Iterable[Considered]:
    taken = coupons.campaigns_of(connection, person)
    for head in stored.running(connection, happening.triggers):
        rules = rules_of(head.body, head.version, house.zone, house.hold_out)
        if concerns(
            rules,
            trigger=rules.trigger,
            channel=happening.channel,
            gtin=happening.gtin,
            place=happening.place,
            at_ms=now_ms,
        ):
            yield _standing(connection, rules, head, has_coupon=rules.id in taken)


def _standing(connection: sqlite3.Connection, rules: Rules, head: Running, *, has_coupon: bool) -> Considered:
    left = [catalogue.stock(connection, gtin).store for gtin in rules.stocked]
    known = [each for each in left if each is not None]
    return Considered(
        rules=rules,
        shown=head.shown,
        coupons=head.coupons,
        won=head.won,
        stock=min(known) if known and len(known) == len(left) else None,
        has_coupon=has_coupon,
    )


def _moment(connection: sqlite3.Connection, person: int, known: Person, happening: Happening, now_ms: int) -> Moment:
    tapped_ms = happening.tapped_ms
    seen = visits.of_person(connection, person) if Purpose.HISTORY in known.consents else ()
    remembered = tuple((visit.gtin, visit.at_ms) for visit in seen if visit.at_ms > now_ms - KEPT_MS)
    before = [at for _, at in remembered if tapped_ms is not None and at < tapped_ms]
    return Moment(
        gtin=happening.gtin,
        place=happening.place,
        tapped_ms_ago=None if tapped_ms is None else max(0, now_ms - tapped_ms),
        zone_person_ms=shoppers.people_time(connection, happening.place, now_ms - TOLD_MS) if happening.place else None,
        stock=catalogue.stock(connection, happening.gtin).store if happening.gtin else None,
        away_days=(tapped_ms - max(before)) // DAY_MS if before and tapped_ms is not None else None,
        tapped=remembered[:20],
    )

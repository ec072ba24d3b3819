"""Tells shoppers the results of their choices, and every two years that their consents still stand."""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cloud.shop import receipts as words
from cloud.shop.consent import ADVERTISING, Purpose
from cloud.shop.messages import Both
from cloud.shop.receipts import Receipt
from cloud.shop.telling import Pushed, Told, Urgency, tell
from cloud.store import consents, receipts
from cloud.store.consents import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks: the store's name, and by which clock it tells a date."""

    sender: Both
    zone: ZoneInfo


def tell_results(
    connection: sqlite3.Connection, voice: Voice, *, now_ms: int, person: int | None = None
) -> tuple[Told, ...]:
    """Tells the result of each act that was not told yet, of one person or of all; each exactly once.

    Call it in the transaction of the act: then a choice cannot stand without its receipt. For all, it tells what
    came here by another way, such as an import.
    """
    by_person: dict[int, list[Line]] = defaultdict(list)
    for line in receipts.untold(connection, person):
        by_person[line.person].append(line)
    told: list[Told] = []
    for lines in by_person.values():
        for said in words.acts(line.entry for line in lines):
            push = any(entry.purpose in ADVERTISING for entry in said.entries)
            receipt = words.receipt(said, voice.sender, voice.zone)
            told.append(_tell(connection, lines[0].profile, "receipt", receipt, now_ms=now_ms, push=push))
        receipts.set_told(connection, lines, now_ms)
    return tuple(told)


def tell_rechecks(connection: sqlite3.Connection, voice: Voice, *, now_ms: int) -> tuple[Told, ...]:
    """Tells each consent to advertising that comes to a second anniversary, by day and once; one message a person."""
    if not words.by_day(now_ms, voice.zone):
        return ()
    due: dict[int, list[Line]] = defaultdict(list)
    for line in _due(connection, voice.zone, now_ms):
        due[line.person].append(line)
    told: list[Told] = []
    for person, lines in due.items():
        standing = consents.standing(connection, person) & ADVERTISING
        given = _given(lines, standing)
        if given and not consents.suppressed(connection, person):
            recheck = words.recheck(given, voice.sender, voice.zone, now_ms=now_ms)
            told.append(_tell(connection, lines[0].profile, "recheck", recheck, now_ms=now_ms, push=True))
        for line in lines:
            rounds = words.rechecks_begun(line.entry.at_ms, now_ms, voice.zone)
            receipts.set_rechecked(connection, line.id, rounds, now_ms)
    return tuple(told)


def _due(connection: sqlite3.Connection, zone: ZoneInfo, now_ms: int) -> list[Line]:
    # 2 × 365 days are at most a day short of two years: what is younger cannot be due.
    earliest = now_ms + words.RECHECK_AHEAD_MS - words.RECHECK_YEARS * 365 * words.DAY_MS
    return [
        line
        for line in receipts.given_before(connection, earliest)
        if line.entry.purpose in ADVERTISING
        and words.rechecks_begun(line.entry.at_ms, now_ms, zone) > receipts.rechecked(connection, line.id)
    ]


def _given(lines: list[Line], standing: frozenset[Purpose]) -> dict[Purpose, int]:
    """When each of the purposes that stand was agreed to; of joined phones the earliest."""
    found: dict[Purpose, int] = {}
    for line in lines:
        if line.entry.purpose in standing:
            found[line.entry.purpose] = min(line.entry.at_ms, found.get(line.entry.purpose, line.entry.at_ms))
    return found


def _tell(
    connection: sqlite3.Connection, profile_id: int, kind: str, message: Receipt, *, now_ms: int, push: bool
) -> Told:
    pushed = Pushed(title=message.title, text=message.text, url=message.url, urgency=Urgency.LOW) if push else None
    body = words.encode(message)
    return tell(connection, profile_id=profile_id, kind=kind, body=body, at_ms=now_ms, push=pushed)

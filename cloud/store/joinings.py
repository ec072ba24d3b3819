"""Which phones a shopper joined, and the codes that wait for another one. Joining moves no row of anybody's."""

import enum
import sqlite3
from dataclasses import dataclass

from cloud.shop import joining
from cloud.shop.joining import CODE_MS, Pair
from cloud.store import shoppers
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="joinings-1",
        statements=(
            # Only joinings that stand: to undo one is to delete it.
            """CREATE TABLE joinings (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 host INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 guest INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 at_ms INTEGER NOT NULL, how TEXT NOT NULL, CHECK (host <> guest)
               ) STRICT""",
            "CREATE INDEX joinings_by_host ON joinings (host)",
            "CREATE INDEX joinings_by_guest ON joinings (guest)",
            # As they are: the page shows them for five minutes, and whoever reads this table could read all else.
            """CREATE TABLE join_codes (
                 profile INTEGER PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
                 code TEXT NOT NULL UNIQUE, link TEXT NOT NULL UNIQUE,
                 opened_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL
               ) STRICT""",
            # The next card at this reader may be one that another phone has connected: then that phone is joined.
            "ALTER TABLE pairings ADD COLUMN joins INTEGER NOT NULL DEFAULT 0",
        ),
    ),
)

OWNED = (
    Owned(
        table="joinings",
        profile="host",
        key="id",
        columns=("at_ms", "how"),
        refers={"guest": "profiles"},
        words="You joined two of your phones, with a code of one or with your card.",
        at="at_ms",
    ),
    Owned(
        table="join_codes",
        columns=("opened_ms", "until_ms"),
        withheld={"code": "", "link": ""},
        words="You asked for a code to join another phone; it lasts five minutes.",
        at="opened_ms",
    ),
)


class How(enum.StrEnum):
    """By what a phone was joined."""

    CODE = "code"  # typed from the other one's screen
    LINK = "link"  # scanned from it, or sent by it
    CARD = "card"  # the card that the other one has connected touched a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What the first phone shows, for a while; times of the cloud's clock."""

    profile: int
    code: str
    link: str
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Two profiles that are one person's by an act at `at_ms`."""

    id: int
    host: int
    guest: int
    at_ms: int
    how: How


def open_code(connection: sqlite3.Connection, *, profile_id: int, code: str, link: str, now_ms: int) -> Code:
    """The profile's code from now on; one that it showed before is good no longer. Sweeps out what has expired."""
    connection.execute("DELETE FROM join_codes WHERE until_ms <= ? OR profile = ?", (now_ms, profile_id))
    until_ms = now_ms + CODE_MS
    connection.execute("INSERT INTO join_codes VALUES (?, ?, ?, ?, ?)", (profile_id, code, link, now_ms, until_ms))
    return Code(profile=profile_id, code=code, link=link, until_ms=until_ms)


def shown_code(connection: sqlite3.Connection, person: int, now_ms: int) -> Code | None:
    """The code that a person's phone shows now."""
    return _code(connection, f"profile IN {MEMBERS}", person, now_ms)


def by_code(connection: sqlite3.Connection, code: str, now_ms: int) -> Code | None:
    """Who shows this code now."""
    return _code(connection, "code = ?", code, now_ms)


def by_link(connection: sqlite3.Connection, link: str, now_ms: int) -> Code | None:
    """Who shows the link with this token now."""
    return _code(connection, "link = ?", link, now_ms)


def close_code(connection: sqlite3.Connection, person: int) -> None:
    """The person shows no code any more."""
    connection.execute(f"DELETE FROM join_codes WHERE profile IN {MEMBERS}", (person,))  # noqa: S608 - only names of ours


def join(connection: sqlite3.Connection, *, host: int, guest: int, at_ms: int, how: How) -> int | None:
    """Makes two profiles one person's; returns the person. None where they are so already, or one is no more."""
    one, other = shoppers.person_of(connection, host), shoppers.person_of(connection, guest)
    if one is None or other is None or one == other:
        return None
    connection.execute("INSERT INTO joinings (host, guest, at_ms, how) VALUES (?, ?, ?, ?)", (host, guest, at_ms, how))
    return settle(connection, (one, other))[host]


def undo(connection: sqlite3.Connection, *, number: int, person: int) -> Joining | None:
    """Takes apart what one joining of this person joined; None where they have no such one."""
    undone = next((each for each in standing(connection, person) if each.id == number), None)
    if undone:
        connection.execute("DELETE FROM joinings WHERE id = ?", (number,))
        settle(connection, (person,))
    return undone


def standing(connection: sqlite3.Connection, person: int) -> tuple[Joining, ...]:
    """The joinings that make this person, in order."""
    rows = connection.execute(
        f"SELECT id, host, guest, at_ms, how FROM joinings WHERE host IN {MEMBERS} ORDER BY id",  # noqa: S608 - only names of ours
        (person,),
    )
    return tuple(Joining(id=i, host=host, guest=guest, at_ms=at, how=How(how)) for i, host, guest, at, how in rows)


def settle(connection: sqlite3.Connection, persons: tuple[int, ...]) -> dict[int, int]:
    """Writes anew who is whose among the profiles of these people, by the joinings that stand; returns it."""
    profiles = [each.id for person in persons for each in shoppers.members(connection, person)]
    pairs = [Pair(host=j.host, guest=j.guest) for person in persons for j in standing(connection, person)]
    found = dict(joining.people(profiles, pairs))
    connection.executemany("UPDATE profiles SET person = ? WHERE id = ?", [(p, number) for number, p in found.items()])
    return found


def _code(connection: sqlite3.Connection, where: str, value: str | int, now_ms: int) -> Code | None:
    row = connection.execute(
        f"SELECT profile, code, link, until_ms FROM join_codes WHERE {where} AND until_ms > ? LIMIT 1",  # noqa: S608 - only names of ours
        (value, now_ms),
    ).fetchone()
    return row and Code(profile=row[0], code=row[1], link=row[2], until_ms=row[3])

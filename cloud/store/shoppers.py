"""Shoppers who chose to be remembered: profiles, their consents, cards and messages. To forget one is to delete it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.shop import pairing
from cloud.shop.pairing import Window
from cloud.store.owned import Owned
from cloud.store.steps import Step

STEPS = (
    Step(
        name="shoppers-1",
        statements=(
            """CREATE TABLE profiles (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE,
                 language TEXT NOT NULL, begun_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL
               ) STRICT""",
            """CREATE TABLE consents (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 purpose TEXT NOT NULL, given INTEGER NOT NULL, text_version TEXT NOT NULL, language TEXT NOT NULL,
                 at_ms INTEGER NOT NULL, proof TEXT NOT NULL
               ) STRICT""",
            "CREATE INDEX consents_by_profile ON consents (profile, id)",
            """CREATE TRIGGER consents_are_never_changed BEFORE UPDATE ON consents
               BEGIN SELECT RAISE (ABORT, 'the ledger of consents is append-only'); END""",
            """CREATE TRIGGER consents_go_only_with_their_profile BEFORE DELETE ON consents
               WHEN EXISTS (SELECT 1 FROM profiles WHERE id = OLD.profile)
               BEGIN SELECT RAISE (ABORT, 'the ledger of consents is append-only'); END""",
            """CREATE TABLE cards (
                 tag TEXT PRIMARY KEY, profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 bound_ms INTEGER NOT NULL, reader TEXT NOT NULL
               ) STRICT""",
            "CREATE INDEX cards_by_profile ON cards (profile)",
            """CREATE TABLE pairings (
                 profile INTEGER PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
                 reader TEXT NOT NULL, opened_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL
               ) STRICT""",
            # `tap`: the reader's tap that it tells of, so that a tap is told once.
            """CREATE TABLE messages (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 kind TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL, tap INTEGER,
                 UNIQUE (profile, kind, tap)
               ) STRICT""",
            "CREATE INDEX messages_by_profile ON messages (profile, id)",
            # Up to which of `taps` the shoppers' side has looked.
            "CREATE TABLE taps_looked_at (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL) STRICT",
            """CREATE TABLE offer_sums (
                 span_ms INTEGER NOT NULL, outcome TEXT NOT NULL, at_ms INTEGER NOT NULL, times INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, outcome, at_ms)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
    Step(
        name="shoppers-2",
        statements=(
            # A cookie is a device's; it is known by the SHA-256 of its token, and nothing else tells whose it is.
            """CREATE TABLE devices (
                 digest TEXT PRIMARY KEY, profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 begun_ms INTEGER NOT NULL
               ) STRICT""",
            "CREATE INDEX devices_by_profile ON devices (profile)",
            "INSERT INTO devices SELECT digest, id, begun_ms FROM profiles",
            "ALTER TABLE profiles RENAME COLUMN digest TO handle",
            "UPDATE profiles SET handle = lower(hex(randomblob(16)))",
            # Profiles of one person have the same number here: that of the oldest of them.
            "ALTER TABLE profiles ADD COLUMN person INTEGER NOT NULL DEFAULT 0",
            "UPDATE profiles SET person = id",
            "CREATE INDEX profiles_by_person ON profiles (person)",
        ),
    ),
)

OWNED = (
    Owned(
        table="profiles",
        profile="id",
        key="id",
        columns=("language", "begun_ms", "seen_ms"),
        withheld={"handle": "", "person": ""},
        words="You pressed a button to be known here. This is when you began and when you were here last.",
        at="begun_ms",
    ),
    Owned(
        table="devices",
        columns=("begun_ms",),
        withheld={"digest": ""},
        words="A cookie was set on this phone when you chose. We keep its fingerprint, never the cookie itself.",
        at="begun_ms",
    ),
    Owned(
        table="cards",
        columns=("tag", "bound_ms", "reader"),
        words="You held your card to this reader after you had pressed “Connect my card”.",
        at="bound_ms",
        place="reader",
        purpose="card",
    ),
    Owned(
        table="pairings",
        columns=("reader", "opened_ms", "until_ms", "joins"),
        words="You pressed “Connect my card”; it waits for a minute.",
        at="opened_ms",
        place="reader",
        purpose="card",
    ),
    Owned(
        table="messages",
        key="id",
        columns=("kind", "at_ms", "body"),
        withheld={"tap": None},
        words="We told you this on your open page.",
        at="at_ms",
    ),
)

MEMBERS: Final = "(SELECT id FROM profiles WHERE person = ?)"
"""The profiles of one person, for `profile IN`: rows are written by a profile and read by its person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A shopper who chose to be remembered, on one phone."""

    id: int
    person: int  # shared by all phones that the shopper joined
    handle: str  # random and lasting; tells nothing but that it is the same profile
    language: str
    begun_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A bound card: its pseudonym's owner, and since when (the cloud's clock)."""

    profile: int
    bound_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message to one shopper; `id` grows with each."""

    id: int
    kind: str
    at_ms: int
    body: str  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTap:
    """A card's tap at a reader, as the shoppers' side looks at it."""

    id: int
    reader: str
    tag: str
    at_ms: int  # the node's clock
    received_ms: int  # the cloud's clock

    @property
    def happened_ms(self) -> int:
        """When it happened; never after it came."""
        return pairing.happened_ms(self.at_ms, self.received_ms)

    @property
    def prompt(self) -> bool:
        """Whether it came when it happened."""
        return pairing.is_prompt(self.at_ms, self.received_ms)


def begin(connection: sqlite3.Connection, *, handle: str, language: str, now_ms: int) -> int:
    """A new profile, a person by itself; returns its number."""
    done = connection.execute(
        "INSERT INTO profiles (handle, language, begun_ms, seen_ms) VALUES (?, ?, ?, ?)",
        (handle, language, now_ms, now_ms),
    )
    connection.execute("UPDATE profiles SET person = id WHERE id = ?", (done.lastrowid,))
    return int(done.lastrowid or 0)


def add_device(connection: sqlite3.Connection, *, digest: str, profile_id: int, now_ms: int) -> None:
    """A phone whose cookie's token has this digest is the profile's."""
    connection.execute("INSERT INTO devices VALUES (?, ?, ?)", (digest, profile_id, now_ms))


def profile(connection: sqlite3.Connection, digest: str) -> Profile | None:
    """The profile of the phone whose token's digest this is."""
    row = connection.execute(
        """SELECT p.id, p.person, p.handle, p.language, p.begun_ms
           FROM devices AS d JOIN profiles AS p ON p.id = d.profile WHERE d.digest = ?""",
        (digest,),
    ).fetchone()
    return row and _profile(row)


def by_number(connection: sqlite3.Connection, profile_id: int) -> Profile | None:
    """The profile of this number."""
    row = connection.execute(
        "SELECT id, person, handle, language, begun_ms FROM profiles WHERE id = ?", (profile_id,)
    ).fetchone()
    return row and _profile(row)


def begun_to_join(connection: sqlite3.Connection, profile_id: int) -> bool:
    """Whether a profile began with the very act of waiting for its other phone's card."""
    row = connection.execute(
        """SELECT 1 FROM pairings AS w JOIN profiles AS p ON p.id = w.profile
           WHERE p.id = ? AND w.joins AND w.opened_ms = p.begun_ms""",
        (profile_id,),
    ).fetchone()
    return row is not None


def members(connection: sqlite3.Connection, person: int) -> tuple[Profile, ...]:
    """The profiles of a person, the oldest first."""
    rows = connection.execute(
        "SELECT id, person, handle, language, begun_ms FROM profiles WHERE person = ? ORDER BY id", (person,)
    )
    return tuple(map(_profile, rows))


def person_of(connection: sqlite3.Connection, profile_id: int) -> int | None:
    """Whose profile this is; None where it is no more."""
    row = connection.execute("SELECT person FROM profiles WHERE id = ?", (profile_id,)).fetchone()
    return row and int(row[0])


def _profile(row: tuple[int, int, str, str, int]) -> Profile:
    number, person, handle, language, begun_ms = row
    return Profile(id=number, person=person, handle=handle, language=language, begun_ms=begun_ms)


def touch(connection: sqlite3.Connection, profile_id: int, now_ms: int) -> None:
    """The profile was used now."""
    connection.execute("UPDATE profiles SET seen_ms = max(seen_ms, ?) WHERE id = ?", (now_ms, profile_id))


def forget_older(connection: sqlite3.Connection, before_ms: int) -> int:
    """Deletes messages that are older than this and takes people off their older visits; returns how many rows."""
    told = connection.execute("DELETE FROM messages WHERE at_ms < ?", (before_ms,)).rowcount
    tapped = connection.execute(
        "UPDATE visits SET profile = NULL, digest = NULL WHERE profile IS NOT NULL AND at_ms < ?", (before_ms,)
    ).rowcount
    return told + tapped


def wait_for_card(connection: sqlite3.Connection, reader: str, window: Window) -> None:
    """The profile waits for its card at this reader, and at no other."""
    connection.execute(
        "INSERT OR REPLACE INTO pairings (profile, reader, opened_ms, until_ms, joins) VALUES (?, ?, ?, ?, ?)",
        (window.profile, reader, window.opened_ms, window.until_ms, int(window.joins)),
    )


def windows(connection: sqlite3.Connection, reader: str) -> tuple[Window, ...]:
    """Who waits, or has waited, at a reader."""
    rows = connection.execute(
        """SELECT w.profile, p.person, w.opened_ms, w.until_ms, w.joins
           FROM pairings AS w JOIN profiles AS p ON p.id = w.profile WHERE w.reader = ? ORDER BY w.profile""",
        (reader,),
    )
    return tuple(
        Window(profile=profile, person=person, opened_ms=opened, until_ms=until, joins=bool(joins))
        for profile, person, opened, until, joins in rows
    )


def end_waiting(connection: sqlite3.Connection, profiles: Sequence[int]) -> None:
    """These profiles wait no longer."""
    connection.executemany("DELETE FROM pairings WHERE profile = ?", [(p,) for p in profiles])


def bind_card(connection: sqlite3.Connection, *, tag: str, profile_id: int, reader: str, now_ms: int) -> None:
    """The card is this profile's from now on; what it tapped before stays nobody's."""
    connection.execute("INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?)", (tag, profile_id, now_ms, reader))


def card(connection: sqlite3.Connection, tag: str) -> Card | None:
    """Whose card this is."""
    row = connection.execute("SELECT profile, bound_ms FROM cards WHERE tag = ?", (tag,)).fetchone()
    return row and Card(profile=row[0], bound_ms=row[1])


def cards(connection: sqlite3.Connection, person: int) -> int:
    """How many cards a person has."""
    (count,) = connection.execute(f"SELECT count(*) FROM cards WHERE profile IN {MEMBERS}", (person,)).fetchone()  # noqa: S608 - only names of ours
    return int(count)


def tags(connection: sqlite3.Connection, person: int) -> tuple[str, ...]:
    """The pseudonyms of a person's cards."""
    rows = connection.execute(f"SELECT tag FROM cards WHERE profile IN {MEMBERS} ORDER BY tag", (person,))  # noqa: S608 - only names of ours
    return tuple(tag for (tag,) in rows)


def unbind_cards(connection: sqlite3.Connection, person: int) -> None:
    """The person has no cards any more, and no messages that came of them."""
    for statement in (
        f"DELETE FROM cards WHERE profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        f"DELETE FROM pairings WHERE profile IN {MEMBERS}",  # noqa: S608
        f"DELETE FROM messages WHERE profile IN {MEMBERS} AND tap IS NOT NULL",  # noqa: S608
    ):
        connection.execute(statement, (person,))


def add_message(
    connection: sqlite3.Connection, *, profile_id: int, kind: str, at_ms: int, body: str, tap: int | None
) -> StoredMessage | None:
    """Keeps a message; None where this tap was told before."""
    done = connection.execute(
        "INSERT OR IGNORE INTO messages (profile, kind, at_ms, body, tap) VALUES (?, ?, ?, ?, ?)",
        (profile_id, kind, at_ms, body, tap),
    )
    if done.rowcount != 1:
        return None
    return StoredMessage(id=int(done.lastrowid or 0), kind=kind, at_ms=at_ms, body=body)


def messages_after(
    connection: sqlite3.Connection, person: int, after: int, most: int = 100
) -> tuple[StoredMessage, ...]:
    """A person's newest messages after this one, in order."""
    rows = connection.execute(
        f"SELECT id, kind, at_ms, body FROM messages WHERE profile IN {MEMBERS} AND id > ? ORDER BY id DESC LIMIT ?",  # noqa: S608 - only names of ours
        (person, after, most),
    ).fetchall()
    return tuple(StoredMessage(id=i, kind=kind, at_ms=at, body=body) for i, kind, at, body in reversed(rows))


def last_message(connection: sqlite3.Connection, person: int) -> int:
    """The number of a person's newest message; 0 before the first."""
    row = connection.execute(
        f"SELECT coalesce(max(id), 0) FROM messages WHERE profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchone()
    return int(row[0])


def looked_through(connection: sqlite3.Connection) -> int:
    """The last reader's tap that was looked at; before the first look, the last that there is."""
    row = connection.execute("SELECT through FROM taps_looked_at").fetchone()
    if row is None:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM taps").fetchone()
    return int(row[0])


def set_looked_through(connection: sqlite3.Connection, through: int) -> None:
    """All taps up to this one have been looked at."""
    connection.execute("INSERT OR REPLACE INTO taps_looked_at VALUES (1, ?)", (through,))


def taps_after(connection: sqlite3.Connection, after: int) -> tuple[ReaderTap, ...]:
    """The next 500 taps of lasting tags after this one, in order."""
    rows = connection.execute(
        """SELECT t.id, t.reader, t.tag, t.at_ms, e.received_ms
           FROM taps AS t JOIN events AS e ON e.epoch = t.epoch AND e.sequence = t.sequence
           WHERE t.id > ? AND t.tag IS NOT NULL ORDER BY t.id LIMIT 500""",
        (after,),
    )
    return tuple(ReaderTap(id=i, reader=r, tag=tag, at_ms=at, received_ms=got) for i, r, tag, at, got in rows)


def people_time(connection: sqlite3.Connection, zone: str, since_ms: int) -> int | None:
    """People × time in a zone, in ms, over its minutes from `since_ms`; None where none of them was told."""
    row = connection.execute(
        "SELECT sum(person_ms) FROM occupancy_sums WHERE span_ms = 60000 AND zone = ? AND at_ms >= ?",
        (zone, since_ms),
    ).fetchone()
    return row[0] if row else None

"""What shoppers wish of messages, kept per profile and read by person."""

import sqlite3

import msgspec

from cloud.shop.preferences import Hours, Pace, Preferences, stricter
from cloud.store import shoppers
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="preferences-1",
        statements=(
            # `muted`: a JSON list of topics; `from_min` and `to_min`: of the polite hours, both or neither.
            """CREATE TABLE preferences (
                 profile INTEGER PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
                 muted TEXT NOT NULL, from_min INTEGER, to_min INTEGER, pace TEXT NOT NULL, zone TEXT,
                 at_ms INTEGER NOT NULL
               ) STRICT""",
        ),
    ),
)

OWNED = (
    Owned(
        table="preferences",
        columns=("muted", "from_min", "to_min", "pace", "zone", "at_ms"),
        words="You set this under “Your choices”: which topics, at which hours and how often.",
        at="at_ms",
    ),
)


def of(connection: sqlite3.Connection, person: int) -> Preferences:
    """A person's wishes; of joined phones, the stricter."""
    rows = connection.execute(
        f"""SELECT muted, from_min, to_min, pace, zone FROM preferences
            WHERE profile IN {MEMBERS} ORDER BY at_ms, profile""",  # noqa: S608 - only names of ours
        (person,),
    )
    return stricter(_preferences(*row) for row in rows)


def put(connection: sqlite3.Connection, person: int, wished: Preferences, *, now_ms: int) -> None:
    """The person's wishes from now on, the same on each of their phones. Raises ValueError for more than one window."""
    if len(wished.hours) > 1:
        raise ValueError(f"hours = {wished.hours}: one window is kept")
    window = wished.hours[0] if wished.hours else None
    muted = msgspec.json.encode(sorted(wished.muted)).decode()
    for profile in shoppers.members(connection, person):
        connection.execute(
            "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                profile.id,
                muted,
                window and window.from_min,
                window and window.to_min,
                wished.pace,
                wished.zone,
                now_ms,
            ),
        )


def _preferences(muted: str, from_min: int | None, to_min: int | None, pace: str, zone: str | None) -> Preferences:
    narrowed = from_min is not None and to_min is not None
    return Preferences(
        muted=frozenset(msgspec.json.decode(muted, type=list[str])),
        hours=(Hours(from_min=from_min, to_min=to_min),) if narrowed else (),  # type: ignore[arg-type]  # both are there
        pace=Pace(pace),
        zone=zone,
    )

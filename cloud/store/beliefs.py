"""The time that the store believes, kept so that a start with a wrong clock is noticed."""

import sqlite3

from cloud.believed import Belief, Doubt, believe
from cloud.store.steps import Step

STEPS = (
    Step(
        name="beliefs-1",
        statements=(
            """CREATE TABLE clock_belief (
                 one INTEGER PRIMARY KEY CHECK (one = 1), at_ms INTEGER NOT NULL,
                 doubted_ms INTEGER, stood_ms INTEGER
               ) STRICT""",
            # A store from before this step: its own newest traces are the last time it had.
            """INSERT INTO clock_belief (one, at_ms)
               SELECT 1, last_ms FROM (SELECT max(at_ms) AS last_ms FROM (
                 SELECT max(seen_ms) AS at_ms FROM profiles
                 UNION ALL
                 SELECT max(received_ms) FROM epochs e JOIN events ON events.epoch = e.key AND sequence = e.through
               )) WHERE last_ms IS NOT NULL""",
        ),
    ),
)


def read(connection: sqlite3.Connection) -> Belief | None:
    """What is believed; None in a store that has never heard a clock."""
    row = connection.execute("SELECT at_ms, doubted_ms, stood_ms FROM clock_belief").fetchone()
    if row is None:
        return None
    return Belief(at_ms=row[0], doubt=None if row[1] is None else Doubt(clock_ms=row[1], stood_ms=row[2]))


def hear(connection: sqlite3.Connection, clock_ms: int, ran_ms: int | None) -> Belief:
    """What is believed once the clock says `clock_ms`, as `believe`, and keeps it."""
    belief = believe(read(connection), clock_ms, ran_ms)
    doubt = belief.doubt
    connection.execute(
        "INSERT OR REPLACE INTO clock_belief VALUES (1, ?, ?, ?)",
        (belief.at_ms, doubt and doubt.clock_ms, doubt and doubt.stood_ms),
    )
    return belief


def erasing_ms(connection: sqlite3.Connection, clock_ms: int) -> int:
    """The time to erase by while the clock says `clock_ms`: an hour late at most, where the hourly round runs."""
    belief = read(connection)
    return clock_ms if belief is None else belief.erasing_ms(clock_ms)

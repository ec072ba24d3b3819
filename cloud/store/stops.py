"""Tokens that end a shopper's advertising from any message, and can do nothing else."""

import sqlite3
from collections.abc import Callable

from cloud.shop.tokens import new_token
from cloud.store.owned import Owned
from cloud.store.steps import Step

STEPS = (
    Step(
        name="stops-1",
        statements=(
            # In clear: a message that is written later has to hold it, and all it can do is refuse.
            """CREATE TABLE stops (
                 profile INTEGER PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE, token TEXT NOT NULL UNIQUE
               ) STRICT""",
        ),
    ),
)

OWNED = (
    Owned(
        table="stops",
        columns=(),
        withheld={"token": ""},
        words="The link in each of our messages with which you end them all.",
    ),
)


def url(connection: sqlite3.Connection, profile_id: int, random: Callable[[int], bytes]) -> str:
    """Where a profile's advertising is ended without login; the same in each message. Writes at the first time."""
    row = connection.execute("SELECT token FROM stops WHERE profile = ?", (profile_id,)).fetchone()
    if row is None:
        row = (new_token(random),)
        connection.execute("INSERT INTO stops VALUES (?, ?)", (profile_id, row[0]))
    return f"/stop/{row[0]}"


def person(connection: sqlite3.Connection, token: str) -> int | None:
    """Whose token this is; None where it is nobody's, or of somebody who was forgotten."""
    row = connection.execute(
        "SELECT p.person FROM stops AS s JOIN profiles AS p ON p.id = s.profile WHERE s.token = ?", (token,)
    ).fetchone()
    return row and int(row[0])

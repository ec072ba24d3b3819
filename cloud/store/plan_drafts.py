"""Plans that are being drawn: one draft an account, and the pictures that plans are drawn upon."""

import hashlib
import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="plan-drafts-1",
        statements=(
            # `number` grows with each change: whoever changes a draft names the one that they saw. `base`: the
            # version that it began from, 0 for none. `body`: the editor's own JSON, which need not be a plan yet.
            """CREATE TABLE plan_drafts (
                 account TEXT PRIMARY KEY, number INTEGER NOT NULL, base INTEGER NOT NULL,
                 body TEXT NOT NULL, at_ms INTEGER NOT NULL
               ) STRICT""",
            # Numbers go on where a draft was thrown away, so that an old window cannot take a new draft for its own.
            "CREATE TABLE plan_draft_numbers (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT",
            "INSERT INTO plan_draft_numbers VALUES (1, 0)",
            """CREATE TABLE plan_images (
                 digest TEXT PRIMARY KEY, type TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
                 body BLOB NOT NULL, at_ms INTEGER NOT NULL
               ) STRICT""",
        ),
    ),
    Step(
        name="plan-drafts-2",
        # Pictures from before were kept with all that they said beside themselves.
        statements=("ALTER TABLE plan_images ADD COLUMN bare INTEGER NOT NULL DEFAULT 0",),
    ),
)

_UNUSED_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One account's draft as it was last changed."""

    number: int
    base: int
    body: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture to draw upon: its media type and its bytes."""

    type: str
    body: bytes


def draft(connection: sqlite3.Connection, account: str) -> Draft | None:
    """The account's draft, or None."""
    row = connection.execute(
        "SELECT number, base, body, at_ms FROM plan_drafts WHERE account = ?", (account,)
    ).fetchone()
    return row and Draft(number=row[0], base=row[1], body=row[2], at_ms=row[3])


def put_draft(
    connection: sqlite3.Connection, account: str, *, seen: int, base: int, body: str, now_ms: int
) -> Draft | None:
    """Changes the draft that the caller saw by its number (0: none), or None where it is another by now."""
    now = draft(connection, account)
    if (now.number if now else 0) != seen:
        return None
    (number,) = connection.execute("UPDATE plan_draft_numbers SET last = last + 1 RETURNING last").fetchone()
    connection.execute(
        "INSERT OR REPLACE INTO plan_drafts VALUES (?, ?, ?, ?, ?)", (account, number, base, body, now_ms)
    )
    return Draft(number=number, base=base, body=body, at_ms=now_ms)


def drop_draft(connection: sqlite3.Connection, account: str) -> None:
    """Throws the account's draft away; nothing happens where there is none."""
    connection.execute("DELETE FROM plan_drafts WHERE account = ?", (account,))


def put_image(connection: sqlite3.Connection, body: bytes, *, kind: str, width: int, height: int, now_ms: int) -> str:
    """Keeps a picture without metadata, and forgets those that are used no more. Returns its digest."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    forget_images(connection, now_ms)
    connection.execute(
        """INSERT INTO plan_images (digest, type, width, height, body, at_ms, bare) VALUES (?, ?, ?, ?, ?, ?, 1)
           ON CONFLICT (digest) DO UPDATE SET at_ms = excluded.at_ms""",
        (digest, kind, width, height, body, now_ms),
    )
    return digest


def forget_images(connection: sqlite3.Connection, now_ms: int) -> int:
    """Forgets the pictures that no version and no draft has used for a day; returns how many."""
    return connection.execute(
        """DELETE FROM plan_images WHERE at_ms < ?
             AND NOT EXISTS (SELECT 1 FROM plans WHERE instr(backdrop, digest))
             AND NOT EXISTS (SELECT 1 FROM plan_drafts WHERE instr(plan_drafts.body, digest))""",
        (now_ms - _UNUSED_MS,),
    ).rowcount


def next_clothed(connection: sqlite3.Connection) -> tuple[str, Image] | None:
    """A picture from before that may hold metadata, by its digest; None where there is none."""
    row = connection.execute("SELECT digest, type, body FROM plan_images WHERE NOT bare LIMIT 1").fetchone()
    return row and (row[0], Image(type=row[1], body=row[2]))


def put_bare(connection: sqlite3.Connection, digest: str, body: bytes) -> None:
    """Keeps a picture from before without its metadata, under the name by which plans know it."""
    connection.execute("UPDATE plan_images SET body = ?, bare = 1 WHERE digest = ?", (body, digest))


def image(connection: sqlite3.Connection, digest: str) -> Image | None:
    """A kept picture, or None."""
    row = connection.execute("SELECT type, body FROM plan_images WHERE digest = ?", (digest,)).fetchone()
    return row and Image(type=row[0], body=row[1])

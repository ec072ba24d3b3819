"""What came back of which sale, each return once; a void is the return of all that is left."""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from cloud.store.sales import Kept
from cloud.store.steps import Step

STEPS = (
    Step(
        name="returns-1",
        statements=(
            # `number` is the till's own; a void has none, and a sale no more than one void.
            """CREATE TABLE returns (
                 id INTEGER PRIMARY KEY, till TEXT NOT NULL, number TEXT,
                 sale INTEGER NOT NULL REFERENCES sales (id), at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL,
                 content TEXT NOT NULL, refund INTEGER NOT NULL,
                 given_back INTEGER NOT NULL, taken_back INTEGER NOT NULL, short INTEGER NOT NULL,
                 coupons INTEGER NOT NULL,
                 UNIQUE (till, number)
               ) STRICT""",
            "CREATE UNIQUE INDEX returns_void_once ON returns (sale) WHERE number IS NULL",
            "CREATE INDEX returns_by_sale ON returns (sale)",
            """CREATE TABLE return_lines (
                 back INTEGER NOT NULL REFERENCES returns (id), line INTEGER NOT NULL, quantity INTEGER NOT NULL,
                 PRIMARY KEY (back, line)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a return moved: money in minor units, and points."""

    refund: int
    given_back: int  # points that had paid
    taken_back: int  # points that had been earned
    short: int  # points that should have been taken back and were spent already
    coupons: int  # that can be used again


NOTHING = Moved(refund=0, given_back=0, taken_back=0, short=0, coupons=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReturn:
    """A return to be kept; without a number it is a void. `content` stands for all that was told."""

    till: str
    number: str | None
    sale_id: int
    at_ms: int
    content: bytes
    lines: Mapping[int, int]  # pieces by the place of the line


def known(connection: sqlite3.Connection, *, till: str, number: str, content: bytes) -> Kept:
    """Whether a return was kept before: the very same, or another one under its number."""
    row = connection.execute("SELECT content FROM returns WHERE till = ? AND number = ?", (till, number)).fetchone()
    if row is None:
        return Kept.NEW
    return Kept.REPEATED if row[0] == _digest(content) else Kept.CONFLICT


def put(connection: sqlite3.Connection, new: NewReturn, moved: Moved, *, received_ms: int) -> None:
    """Keeps a return."""
    done = connection.execute(
        """INSERT INTO returns (till, number, sale, at_ms, received_ms, content,
             refund, given_back, taken_back, short, coupons) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            new.till,
            new.number,
            new.sale_id,
            new.at_ms,
            received_ms,
            _digest(new.content),
            moved.refund,
            moved.given_back,
            moved.taken_back,
            moved.short,
            moved.coupons,
        ),
    )
    connection.executemany(
        "INSERT INTO return_lines VALUES (?, ?, ?)",
        [(done.lastrowid, line, quantity) for line, quantity in sorted(new.lines.items()) if quantity],
    )


def pieces(connection: sqlite3.Connection, sale_id: int) -> dict[int, int]:
    """How many pieces of each line of a sale came back."""
    rows = connection.execute(
        """SELECT line, sum(quantity) FROM return_lines JOIN returns ON returns.id = back
           WHERE sale = ? GROUP BY line""",
        (sale_id,),
    )
    return {line: int(quantity) for line, quantity in rows}


def moved(connection: sqlite3.Connection, sale_id: int) -> Moved:
    """What all returns of a sale moved together."""
    row = connection.execute(
        """SELECT coalesce(sum(refund), 0), coalesce(sum(given_back), 0), coalesce(sum(taken_back), 0),
             coalesce(sum(short), 0), coalesce(sum(coupons), 0) FROM returns WHERE sale = ?""",
        (sale_id,),
    ).fetchone()
    return _moved(row)


def moved_by(connection: sqlite3.Connection, *, till: str, number: str) -> tuple[int, Moved]:
    """The sale of one return, and what it moved. Raises LookupError."""
    row = connection.execute(
        "SELECT sale, refund, given_back, taken_back, short, coupons FROM returns WHERE till = ? AND number = ?",
        (till, number),
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no return {number} of {till}")
    return int(row[0]), _moved(row[1:])


def void(connection: sqlite3.Connection, sale_id: int) -> Moved | None:
    """What a sale's void moved; None where it was not voided."""
    row = connection.execute(
        "SELECT refund, given_back, taken_back, short, coupons FROM returns WHERE sale = ? AND number IS NULL",
        (sale_id,),
    ).fetchone()
    return row and _moved(row)


def restock(connection: sqlite3.Connection, gtin: str, quantity: int) -> None:
    """So many are in the store again, on no shelf yet; what nobody counts stays uncounted."""
    connection.execute("UPDATE stock SET store = store + ? WHERE gtin = ?", (quantity, gtin))


def _moved(row: tuple[int, int, int, int, int]) -> Moved:
    refund, given_back, taken_back, short, coupons = map(int, row)
    return Moved(refund=refund, given_back=given_back, taken_back=taken_back, short=short, coupons=coupons)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

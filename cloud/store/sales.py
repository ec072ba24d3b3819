"""What was sold, by till, each receipt once."""

import enum
import hashlib
import sqlite3

from cloud.shop.sales import Sale, encode_sale
from cloud.store.catalogue import take_stock
from cloud.store.steps import Step
from cloud.store.sums import SPANS_MS

STEPS = (
    Step(
        name="sales-1",
        statements=(
            "CREATE TABLE tills (name TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, added_ms INTEGER NOT NULL) STRICT",
            """CREATE TABLE sales (
                 id INTEGER PRIMARY KEY, till TEXT NOT NULL, sale TEXT NOT NULL,
                 at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, currency TEXT NOT NULL, content TEXT NOT NULL,
                 UNIQUE (till, sale)
               ) STRICT""",
            "CREATE INDEX sales_by_time ON sales (at_ms)",
            """CREATE TABLE sale_lines (
                 sale INTEGER NOT NULL REFERENCES sales (id) ON DELETE CASCADE, line INTEGER NOT NULL,
                 gtin TEXT NOT NULL, quantity INTEGER NOT NULL, amount INTEGER NOT NULL,
                 PRIMARY KEY (sale, line)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE sale_sums (
                 span_ms INTEGER NOT NULL, gtin TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 quantity INTEGER NOT NULL, lines INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, gtin, at_ms)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


class Kept(enum.Enum):
    """What became of a sale that a till sent."""

    NEW = enum.auto()  # stored now
    REPEATED = enum.auto()  # the same receipt was stored before; nothing changed
    CONFLICT = enum.auto()  # another receipt with this number was stored before; nothing changed


def put_till(connection: sqlite3.Connection, *, name: str, digest: str, now_ms: int) -> None:
    """Adds a till, or gives it another token."""
    connection.execute("INSERT OR REPLACE INTO tills VALUES (?, ?, ?)", (name, digest, now_ms))


def till(connection: sqlite3.Connection, digest: str) -> str | None:
    """The till that has the token with this digest."""
    row = connection.execute("SELECT name FROM tills WHERE digest = ?", (digest,)).fetchone()
    return row and str(row[0])


def keep(connection: sqlite3.Connection, *, till_name: str, sale: Sale, received_ms: int) -> Kept:
    """Stores a sale once, counts it and takes it off the stock."""
    content = hashlib.sha256(encode_sale(sale)).hexdigest()
    done = connection.execute(
        "INSERT OR IGNORE INTO sales (till, sale, at_ms, received_ms, currency, content) VALUES (?, ?, ?, ?, ?, ?)",
        (till_name, sale.sale, sale.at, received_ms, sale.currency, content),
    )
    if done.rowcount != 1:
        (known,) = connection.execute(
            "SELECT content FROM sales WHERE till = ? AND sale = ?", (till_name, sale.sale)
        ).fetchone()
        return Kept.REPEATED if known == content else Kept.CONFLICT
    for number, line in enumerate(sale.lines):
        connection.execute(
            "INSERT INTO sale_lines VALUES (?, ?, ?, ?, ?)",
            (done.lastrowid, number, line.gtin, line.quantity, line.amount),
        )
        _count(connection, line.gtin, line.quantity, sale.at)
        take_stock(connection, line.gtin, line.quantity)
    return Kept.NEW


def _count(connection: sqlite3.Connection, gtin: str, quantity: int, at_ms: int) -> None:
    for span in SPANS_MS:
        connection.execute(
            """INSERT INTO sale_sums VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET
                 quantity = quantity + excluded.quantity, lines = lines + 1""",
            (span, gtin, at_ms - at_ms % span, quantity),
        )

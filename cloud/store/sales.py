"""What was sold, by till, each receipt once; what came of it; and who bought it, where they said so at the till."""

import enum
import hashlib
import sqlite3
from dataclasses import dataclass

import msgspec

from cloud.shop.sales import Sale, SaleLine, encode_sale
from cloud.shop.settling import Terms, total
from cloud.store import days, takings
from cloud.store.catalogue import take_stock
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
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

LATER_STEPS = (
    Step(
        name="sales-2",
        statements=(
            "ALTER TABLE sale_lines ADD COLUMN discount INTEGER NOT NULL DEFAULT 0",
            # What the sale came to; of nobody in particular.
            """CREATE TABLE sale_terms (
                 sale INTEGER PRIMARY KEY REFERENCES sales (id),
                 total INTEGER NOT NULL, off INTEGER NOT NULL, spent INTEGER NOT NULL, worth INTEGER NOT NULL,
                 earned INTEGER NOT NULL, coupons TEXT NOT NULL
               ) STRICT""",
            # Who bought, by their own act at the till: the only place that says so, gone with them.
            """CREATE TABLE sale_links (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 sale INTEGER UNIQUE REFERENCES sales (id), at_ms INTEGER NOT NULL, goods TEXT NOT NULL,
                 due INTEGER NOT NULL
               ) STRICT""",
            "CREATE INDEX sale_links_by_profile ON sale_links (profile, at_ms)",
        ),
    ),
)
"""After the shoppers' tables, to which they refer."""

OWNED = (
    Owned(
        table="sale_links",
        key="id",
        columns=("at_ms", "goods", "due"),
        withheld={"sale": None},
        words="You showed your card or your code at the till when you bought this.",
        at="at_ms",
    ),
)


class Kept(enum.Enum):
    """What became of a sale that a till sent."""

    NEW = enum.auto()  # stored now
    REPEATED = enum.auto()  # the same receipt was stored before; nothing changed
    CONFLICT = enum.auto()  # another receipt with this number was stored before; nothing changed


class CouponOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one coupon of a sale; its code is not kept."""

    off: int = 0  # minor units
    refused: str | None = None  # why, in one word


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSale:
    """A sale as it is stored; sales of before there were terms have those of their lines alone."""

    id: int
    till: str
    sale: str
    at_ms: int
    lines: tuple[SaleLine, ...]
    terms: Terms
    coupons: tuple[CouponOutcome, ...]


def put_till(connection: sqlite3.Connection, *, name: str, digest: str, now_ms: int) -> None:
    """Adds a till that is known by a token, or gives it another one."""
    connection.execute("INSERT OR REPLACE INTO tills VALUES (?, ?, ?)", (name, digest, now_ms))


def till(connection: sqlite3.Connection, digest: str) -> str | None:
    """The till that has the token with this digest."""
    row = connection.execute("SELECT name FROM tills WHERE digest = ?", (digest,)).fetchone()
    return row and str(row[0])


def keep(connection: sqlite3.Connection, *, till_name: str, sale: Sale, received_ms: int) -> Kept:
    """Stores a sale once, counts it and takes it off the stock. Who bought is not a part of it."""
    content = hashlib.sha256(encode_sale(msgspec.structs.replace(sale, member=None))).hexdigest()
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
            "INSERT INTO sale_lines (sale, line, gtin, quantity, amount, discount) VALUES (?, ?, ?, ?, ?, ?)",
            (done.lastrowid, number, line.gtin, line.quantity, line.amount, line.discount),
        )
        count(connection, line, sale.at, times=1)
        take_stock(connection, line.gtin, line.quantity)
    takings.took(connection, sale.at, total(sale.lines))
    return Kept.NEW


def count(connection: sqlite3.Connection, line: SaleLine, at_ms: int, *, times: int) -> None:
    """Counts a line in the sums of its time; with `times` -1 it was never sold."""
    for span in SPANS_MS:
        connection.execute(
            """INSERT INTO sale_sums VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 quantity = quantity + excluded.quantity, lines = lines + excluded.lines""",
            (span, line.gtin, at_ms - at_ms % span, times * line.quantity, times),
        )
    days.touch(connection, [at_ms])


def settle(connection: sqlite3.Connection, sale_id: int, terms: Terms, coupons: tuple[CouponOutcome, ...]) -> None:
    """Keeps what a sale came to."""
    outcomes = msgspec.json.encode(coupons).decode()
    connection.execute(
        "INSERT INTO sale_terms VALUES (?, ?, ?, ?, ?, ?, ?)",
        (sale_id, terms.total, terms.off, terms.spent, terms.worth, terms.earned, outcomes),
    )
    (at_ms,) = connection.execute("SELECT at_ms FROM sales WHERE id = ?", (sale_id,)).fetchone()
    takings.changed(connection, at_ms, before=terms.total, after=terms.due)


def sale_id(connection: sqlite3.Connection, till_name: str, sale: str) -> int | None:
    """The row of a till's sale."""
    row = connection.execute("SELECT id FROM sales WHERE till = ? AND sale = ?", (till_name, sale)).fetchone()
    return row and int(row[0])


def stored(connection: sqlite3.Connection, number: int) -> StoredSale:
    """A sale by its row. Raises LookupError."""
    row = connection.execute("SELECT till, sale, at_ms FROM sales WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise LookupError(f"there is no sale {number}")
    lines = tuple(
        SaleLine(gtin=gtin, quantity=quantity, amount=amount, discount=discount)
        for gtin, quantity, amount, discount in connection.execute(
            "SELECT gtin, quantity, amount, discount FROM sale_lines WHERE sale = ? ORDER BY line", (number,)
        )
    )
    kept = connection.execute(
        "SELECT total, off, spent, worth, earned, coupons FROM sale_terms WHERE sale = ?", (number,)
    ).fetchone()
    total, off, spent, worth, earned, outcomes = kept or (sum(line.net for line in lines), 0, 0, 0, 0, "[]")
    return StoredSale(
        id=number,
        till=row[0],
        sale=row[1],
        at_ms=row[2],
        lines=lines,
        terms=Terms(total=total, off=off, spent=spent, worth=worth, earned=earned),
        coupons=msgspec.json.decode(outcomes, type=tuple[CouponOutcome, ...]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Whose a sale is; points know a purchase by `id`, so that they forget it with the link."""

    id: int
    profile: int


def link(connection: sqlite3.Connection, *, sale_id: int, profile_id: int, sale: Sale) -> int:
    """The sale was this shopper's, by their own act at the till; returns the link's row. Follow it with `link_due`."""
    goods = " ".join(f"{line.gtin}*{line.quantity}" for line in sale.lines)
    done = connection.execute(
        "INSERT INTO sale_links (profile, sale, at_ms, goods, due) VALUES (?, ?, ?, ?, 0)",
        (profile_id, sale_id, sale.at, goods),
    )
    return int(done.lastrowid or 0)


def link_due(connection: sqlite3.Connection, link_id: int, due: int) -> None:
    """What the shopper paid for it in money."""
    connection.execute("UPDATE sale_links SET due = ? WHERE id = ?", (due, link_id))


def link_of(connection: sqlite3.Connection, number: int) -> Link | None:
    """Whose a sale is; None where it is nobody's."""
    row = connection.execute("SELECT id, profile FROM sale_links WHERE sale = ?", (number,)).fetchone()
    return row and Link(id=row[0], profile=row[1])


def unlink_old(connection: sqlite3.Connection, before_ms: int) -> int:
    """Sales of before this time are nobody's any more; returns how many were somebody's."""
    return connection.execute("DELETE FROM sale_links WHERE at_ms < ?", (before_ms,)).rowcount


def bought(connection: sqlite3.Connection, person: int, gtin: str) -> bool:
    """Whether a person bought this product here, said so at the till, and kept at least one piece."""
    found = connection.execute(
        f"""SELECT 1 FROM sale_links AS k JOIN sale_lines AS l ON l.sale = k.sale
            WHERE k.profile IN {MEMBERS} AND l.gtin = ? AND l.quantity >
              (SELECT coalesce(sum(r.quantity), 0) FROM returns JOIN return_lines AS r ON r.back = returns.id
               WHERE returns.sale = l.sale AND r.line = l.line)""",  # noqa: S608 - only names of ours
        (person, gtin),
    )
    return found.fetchone() is not None

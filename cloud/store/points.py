"""The ledger of points: each row joins a shopper's account with one of the store's, so that the sum is always zero.

It knows the day of each movement and not the moment, and of a tap only that there was one: nobody can tell from it
which visit or, once a purchase's link is gone, which sale was whose.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.points.ledger import STORE_SIDE, TO_SHOPPER, Draw, Lot, Reason, StoreAccount
from cloud.store import logs
from cloud.store.logs import NONCE_BYTES, Log, Opening
from cloud.store.owned import Gone, Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

NOBODYS: Final = 1
"""The account to which the history of each forgotten shopper goes, so that every total stays as it was."""

STEPS = (
    Step(
        name="points-1",
        statements=(
            """CREATE TABLE points_accounts (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER UNIQUE REFERENCES profiles (id) ON DELETE SET NULL
               ) STRICT""",
            "INSERT INTO points_accounts VALUES (1, NULL)",  # `NOBODYS`
            # What is left of the points of one account that end at one moment; only transfers move it.
            """CREATE TABLE points_lots (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 account INTEGER NOT NULL REFERENCES points_accounts (id), expires_ms INTEGER NOT NULL,
                 left INTEGER NOT NULL DEFAULT 0 CHECK (left >= 0),
                 UNIQUE (account, expires_ms), UNIQUE (id, account)
               ) STRICT""",
            "CREATE INDEX points_lots_by_end ON points_lots (expires_ms) WHERE left > 0",
            # `amount` is the credit of the shopper's account and the debit of `counter`, or the other way below zero.
            # `purchase` is a row of `sale_links`: once that is gone it leads nowhere. `day_ms`: when the day began.
            """CREATE TABLE points_transfers (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 account INTEGER NOT NULL REFERENCES points_accounts (id),
                 lot INTEGER, reason TEXT NOT NULL, counter TEXT NOT NULL, amount INTEGER NOT NULL,
                 purchase INTEGER, day_ms INTEGER NOT NULL,
                 FOREIGN KEY (lot, account) REFERENCES points_lots (id, account),
                 CHECK (CASE
                   WHEN reason IN ('tap', 'review', 'answer', 'sale') THEN counter = 'issued' AND amount > 0
                   WHEN reason = 'give-back' THEN counter = 'redeemed' AND amount > 0
                   WHEN reason = 'spend' THEN counter = 'redeemed' AND amount < 0
                   WHEN reason = 'expire' THEN counter = 'expired' AND amount < 0
                   WHEN reason = 'take-back' THEN counter = 'taken-back' AND amount < 0
                   ELSE 0 END)
               ) STRICT""",
            "CREATE INDEX points_transfers_by_account ON points_transfers (account, id)",
            "CREATE INDEX points_transfers_by_purchase ON points_transfers (purchase) WHERE purchase IS NOT NULL",
            "CREATE UNIQUE INDEX points_of_a_purchase_once ON points_transfers (purchase) WHERE reason = 'sale'",
            # Both sides of each transfer, as a bookkeeper reads them.
            """CREATE VIEW points_entries AS
               SELECT id AS transfer, 'shopper-' || account AS account, amount FROM points_transfers
               UNION ALL SELECT id, counter, -amount FROM points_transfers""",
            """CREATE TRIGGER points_need_a_lot BEFORE INSERT ON points_transfers WHEN NEW.lot IS NULL
               BEGIN SELECT RAISE (ABORT, 'a transfer of points needs a lot'); END""",
            """CREATE TRIGGER points_move AFTER INSERT ON points_transfers
               BEGIN UPDATE points_lots SET left = left + NEW.amount WHERE id = NEW.lot; END""",
            """CREATE TRIGGER points_transfers_are_never_changed BEFORE UPDATE ON points_transfers
               WHEN NOT (NEW.account = 1 AND NEW.lot IS NULL AND NEW.purchase IS NULL AND NEW.id = OLD.id
                 AND NEW.reason = OLD.reason AND NEW.counter = OLD.counter AND NEW.amount = OLD.amount
                 AND NEW.day_ms = OLD.day_ms)
               BEGIN SELECT RAISE (ABORT, 'the ledger of points is append-only'); END""",
            """CREATE TRIGGER points_transfers_are_never_deleted BEFORE DELETE ON points_transfers
               BEGIN SELECT RAISE (ABORT, 'the ledger of points is append-only'); END""",
            # Which entry of the log proves a transfer, and the nonce that opens it: erased with its shopper.
            """CREATE TABLE points_leaves (
                 transfer INTEGER PRIMARY KEY REFERENCES points_transfers (id),
                 leaf INTEGER NOT NULL UNIQUE, nonce BLOB NOT NULL
               ) STRICT""",
            """CREATE TRIGGER points_leaves_are_never_changed BEFORE UPDATE ON points_leaves
               BEGIN SELECT RAISE (ABORT, 'the ledger of points is append-only'); END""",
            # A forgotten shopper's history is nobody's, among that of all other forgotten ones.
            """CREATE TRIGGER points_are_forgotten AFTER UPDATE OF profile ON points_accounts
               WHEN OLD.profile IS NOT NULL AND NEW.profile IS NULL
               BEGIN
                 DELETE FROM points_leaves
                   WHERE transfer IN (SELECT id FROM points_transfers WHERE account = NEW.id);
                 UPDATE points_transfers SET account = 1, lot = NULL, purchase = NULL WHERE account = NEW.id;
                 DELETE FROM points_lots WHERE account = NEW.id;
               END""",
        ),
    ),
)

OWNED = (
    Owned(
        table="points_accounts",
        key="id",
        columns=(),
        words="Your points have an account; it began when you got the first.",
        gone=Gone.UNLINKED,
    ),
    Owned(
        table="points_lots",
        parent="points_accounts",
        key="id",
        refers={"account": "points_accounts"},
        columns=("expires_ms",),
        withheld={"left": 0},
        words="Points that you have until this moment.",
    ),
    Owned(
        table="points_transfers",
        parent="points_accounts",
        key="id",
        refers={"account": "points_accounts", "lot": "points_lots"},
        columns=("reason", "counter", "amount", "day_ms"),
        withheld={"purchase": None},
        words="You got these points, or paid with them, or they ended, for the reason named here.",
        at="day_ms",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A day's transfers for one reason, as a shopper reads them: above zero they got points, below they gave some."""

    day_ms: int  # when the day began
    reason: Reason
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A transfer to write: so many points (> 0) into or out of a lot, and what it comes of."""

    account: int
    lot: int
    reason: Reason
    points: int
    purchase: int | None  # the row of `sale_links` that it comes of
    day_ms: int  # when its day began


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the whole ledger adds up to. In good order `sum` is 0 and `astray` is 0."""

    sum: int  # over all accounts
    astray: int  # lots that hold something other than what was moved
    shoppers: int  # what shoppers have
    forgotten: int  # what forgotten shoppers had left
    store: dict[StoreAccount, int]


def account(connection: sqlite3.Connection, profile_id: int) -> int:
    """The profile's account; a new one where it had none."""
    connection.execute("INSERT OR IGNORE INTO points_accounts (profile) VALUES (?)", (profile_id,))
    (number,) = connection.execute("SELECT id FROM points_accounts WHERE profile = ?", (profile_id,)).fetchone()
    return int(number)


def lot(connection: sqlite3.Connection, account_id: int, expires_ms: int) -> int:
    """The account's lot that ends then; a new one where there was none."""
    key = (account_id, expires_ms)
    connection.execute("INSERT OR IGNORE INTO points_lots (account, expires_ms) VALUES (?, ?)", key)
    (number,) = connection.execute("SELECT id FROM points_lots WHERE account = ? AND expires_ms = ?", key).fetchone()
    return int(number)


def write(connection: sqlite3.Connection, move: Move, random: Callable[[int], bytes]) -> int:
    """Books a transfer and its entry in the log; returns its number.

    Raises sqlite3.IntegrityError where its purchase has earned before, or the lot has fewer points.
    """
    amount = move.points if move.reason in TO_SHOPPER else -move.points
    done = connection.execute(
        "INSERT INTO points_transfers (account, lot, reason, counter, amount, purchase, day_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (move.account, move.lot, move.reason, STORE_SIDE[move.reason], amount, move.purchase, move.day_ms),
    )
    number = int(done.lastrowid or 0)
    for row in _rows(connection, "t.id = ?", number):
        _prove(connection, row, random(NONCE_BYTES))
    return number


def draw(
    connection: sqlite3.Connection,
    draws: tuple[Draw, ...],
    *,
    reason: Reason,
    purchase: int,
    day_ms: int,
    random: Callable[[int], bytes],
) -> int:
    """Books a transfer out of each of these lots for a purchase; returns how many points in all."""
    for each in draws:
        move = Move(
            account=each.lot.account,
            lot=each.lot.id,
            reason=reason,
            points=each.points,
            purchase=purchase,
            day_ms=day_ms,
        )
        write(connection, move, random)
    return sum(each.points for each in draws)


def lots(connection: sqlite3.Connection, person: int) -> tuple[Lot, ...]:
    """All lots of a person that hold something, those that end first, first."""
    rows = connection.execute(
        f"""SELECT l.id, l.account, l.left, l.expires_ms FROM points_accounts AS a JOIN points_lots AS l
            ON l.account = a.id WHERE a.profile IN {MEMBERS} AND l.left > 0 ORDER BY l.expires_ms, l.id""",  # noqa: S608 - only names of ours
        (person,),
    )
    return tuple(map(_lot, rows))


def ended(connection: sqlite3.Connection, now_ms: int, most: int) -> tuple[Lot, ...]:
    """Lots of anybody that hold points which have ended, the oldest first."""
    rows = connection.execute(
        "SELECT id, account, left, expires_ms FROM points_lots WHERE left > 0 AND expires_ms <= ?"
        " ORDER BY expires_ms, id LIMIT ?",
        (now_ms, most),
    )
    return tuple(map(_lot, rows))


def purchase_earned(connection: sqlite3.Connection, purchase: int) -> bool:
    """Whether a purchase has earned."""
    found = connection.execute("SELECT 1 FROM points_transfers WHERE reason = 'sale' AND purchase = ?", (purchase,))
    return found.fetchone() is not None


def earned_since(connection: sqlite3.Connection, person: int, reason: Reason, since_ms: int) -> int:
    """How many points a person got for one reason since."""
    (points,) = connection.execute(
        f"""SELECT coalesce(sum(t.amount), 0) FROM points_accounts AS a JOIN points_transfers AS t
            ON t.account = a.id WHERE a.profile IN {MEMBERS} AND t.reason = ? AND t.day_ms >= ?""",  # noqa: S608 - only names of ours
        (person, reason, since_ms),
    ).fetchone()
    return int(points)


def of_purchase(connection: sqlite3.Connection, purchase: int, reason: Reason) -> tuple[Draw, ...]:
    """The transfers of one purchase and reason, each as its lot (as it is now) and its points, in order."""
    rows = connection.execute(
        """SELECT l.id, l.account, l.left, l.expires_ms, abs(t.amount) FROM points_transfers AS t
           JOIN points_lots AS l ON l.id = t.lot WHERE t.purchase = ? AND t.reason = ? ORDER BY t.id""",
        (purchase, reason),
    )
    return tuple(Draw(lot=_lot(row[:4]), points=row[4]) for row in rows)


def bookings(connection: sqlite3.Connection, person: int, most: int = 50) -> tuple[Booking, ...]:
    """What happened to a person's points, the newest first: a day's taps are one line, and so is
    one spending of several lots.
    """
    rows = connection.execute(
        f"""SELECT t.day_ms, t.reason, sum(t.amount) FROM points_accounts AS a JOIN points_transfers AS t
            ON t.account = a.id WHERE a.profile IN {MEMBERS}
            GROUP BY t.day_ms, t.reason, t.purchase ORDER BY max(t.id) DESC LIMIT ?""",  # noqa: S608 - only names of ours
        (person, most),
    )
    return tuple(Booking(day_ms=day_ms, reason=Reason(reason), points=points) for day_ms, reason, points in rows)


def audit(connection: sqlite3.Connection) -> Audit:
    """Adds up the whole ledger."""
    sums = dict(connection.execute("SELECT account, sum(amount) FROM points_entries GROUP BY account"))
    store = {side: int(sums.pop(side, 0)) for side in StoreAccount}
    forgotten = int(sums.pop(f"shopper-{NOBODYS}", 0))
    shoppers = sum(sums.values())
    (astray,) = connection.execute(
        """SELECT count(*) FROM points_lots AS l WHERE left <>
             (SELECT coalesce(sum(amount), 0) FROM points_transfers WHERE lot = l.id)"""
    ).fetchone()
    return Audit(
        sum=sum(store.values()) + forgotten + shoppers,
        astray=int(astray),
        shoppers=shoppers,
        forgotten=forgotten,
        store=store,
    )


def adopt(connection: sqlite3.Connection, random: Callable[[int], bytes]) -> int:
    """Gives each transfer of a shopper without one its entry in the log, as after an import; returns how many."""
    missing = "t.lot IS NOT NULL AND t.id NOT IN (SELECT transfer FROM points_leaves)"
    rows = list(_rows(connection, missing))
    for row in rows:
        _prove(connection, row, random(NONCE_BYTES))
    return len(rows)


def openings(connection: sqlite3.Connection) -> Iterator[Opening]:
    """What opens the log's entries, in order, of all transfers whose shopper is not forgotten."""
    found = connection.execute("SELECT transfer, leaf, nonce FROM points_leaves ORDER BY leaf").fetchall()
    for transfer, leaf, nonce in found:
        for row in _rows(connection, "t.id = ?", transfer):
            yield Opening(number=leaf, nonce=bytes(nonce), content=row.content())


class _Row(msgspec.Struct, frozen=True):
    """A transfer as the log holds it; the order of the fields after `id` is the order of the bytes."""

    id: int
    account: int
    reason: str
    counter: str
    amount: int
    purchase: int | None
    expires: int
    day: int

    def content(self) -> bytes:
        """Compact JSON, fields in a fixed order."""
        told = {name: getattr(self, name) for name in self.__struct_fields__[1:]}
        return msgspec.json.encode(told)


def _rows(connection: sqlite3.Connection, where: str, *values: int) -> Iterator[_Row]:
    rows = connection.execute(
        f"""SELECT t.id, t.account, t.reason, t.counter, t.amount, t.purchase, l.expires_ms, t.day_ms
            FROM points_transfers AS t JOIN points_lots AS l ON l.id = t.lot WHERE {where} ORDER BY t.id""",  # noqa: S608 - only names of ours
        values,
    ).fetchall()
    return (_Row(*row) for row in rows)


def _prove(connection: sqlite3.Connection, row: _Row, nonce: bytes) -> None:
    leaf = logs.append(connection, Log.POINTS, row.content(), nonce)
    connection.execute("INSERT INTO points_leaves VALUES (?, ?, ?)", (row.id, leaf, nonce))


def _lot(row: tuple[int, int, int, int]) -> Lot:
    number, account_id, left, expires_ms = row
    return Lot(id=number, account=account_id, left=left, expires_ms=expires_ms)

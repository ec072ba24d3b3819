"""A shopper of whom every declared table holds something, each text of it found nowhere else in the world."""

import hashlib
import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cloud.store import shoppers
from cloud.store.belongings import TABLES
from cloud.store.owned import Gone, Owned

# What a table's own rules ask for.
_GIVEN: Mapping[tuple[str, str], object] = {
    ("points_transfers", "reason"): "tap",
    ("points_transfers", "counter"): "issued",
    ("points_transfers", "amount"): 5,
    ("points_lots", "left"): 0,
    ("coupons", "state"): "open",
    ("trials", "campaign"): "tea",
    ("reviews", "stars"): 4,
    ("consents", "purpose"): "history",
    ("joinings", "how"): "code",
    ("push_subscriptions", "language"): "ko",
}
STAYS: Mapping[str, frozenset[str]] = {
    "visits": frozenset(("tag", "gtin")),
    "requests": frozenset(("kind", "gtin", "shelf", "state", "owner")),
    "request_goods": frozenset(("gtin",)),
    "points_transfers": frozenset(("reason", "counter")),
}
"""Texts of rows that go on counting, nobody's: what the store itself calls its tags, goods, shelves and reasons."""


@dataclass(slots=True)
class Planted:
    """A shopper with two phones, and the texts and bytes that only their rows hold."""

    person: int
    values: dict[str, bytes] = field(default_factory=dict)  # by table and column
    rows: dict[str, int] = field(default_factory=dict)  # the key of the row planted in each table


@dataclass(slots=True)
class Planter:
    """Makes values that are never repeated."""

    seed: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def shopper(self, connection: sqlite3.Connection, *, at_ms: int = 1_795_230_000_000) -> Planted:
        """A new shopper; each of their tables has a row, older than `at_ms` by nothing."""
        first = shoppers.begin(connection, handle=self._text("handle"), language="ko", now_ms=at_ms)
        second = shoppers.begin(connection, handle=self._text("handle"), language="ko", now_ms=at_ms)
        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (first, second))
        planted = Planted(person=first, rows={"profiles": first})
        for owned in TABLES:
            if owned.table != "profiles":
                self._plant(connection, owned, planted, second=second, at_ms=at_ms)
        handles = connection.execute("SELECT handle FROM profiles WHERE person = ?", (first,)).fetchall()
        planted.values |= {f"profiles.handle {place}": handle[:40].encode() for place, (handle,) in enumerate(handles)}
        return planted

    def _plant(
        self, connection: sqlite3.Connection, owned: Owned, planted: Planted, *, second: int, at_ms: int
    ) -> None:
        row: dict[str, object] = {}
        for _, name, kind, needed, default, _ in connection.execute(f"PRAGMA table_info({owned.table})"):
            if name == owned.key:
                continue
            if name == owned.profile and not owned.parent:
                row[name] = planted.person
            elif name in owned.refers:
                row[name] = second if owned.refers[name] == "profiles" else planted.rows[owned.refers[name]]
            elif (owned.table, name) in _GIVEN:
                row[name] = _GIVEN[owned.table, name]
            elif kind in ("TEXT", "BLOB"):
                row[name] = self._value(owned, name, kind, planted)
            elif name.endswith("_ms"):
                row[name] = at_ms
            elif needed and default is None:
                row[name] = 1
        marks = ", ".join("?" * len(row))
        done = connection.execute(
            f"INSERT INTO {owned.table} ({', '.join(row)}) VALUES ({marks})",
            tuple(row.values()),
        )
        planted.rows[owned.table] = int(done.lastrowid or 0)

    def _value(self, owned: Owned, name: str, kind: str, planted: Planted) -> object:
        text = self._text(f"{owned.table}.{name}")
        if name in STAYS.get(owned.table, ()):
            assert owned.gone is Gone.UNLINKED
            return "of-the-store"
        planted.values[f"{owned.table}.{name}"] = text[:40].encode()
        return text.encode() if kind == "BLOB" else text

    def _text(self, name: str) -> str:
        """In no order, as tokens are, and now and then so long that it does not fit into a page's share of a row."""
        number = next(self.numbers)
        core = hashlib.sha256(f"{self.seed} {name} {number}".encode()).hexdigest()[:40]
        return core if number % 5 else f"{core}{'x' * (number * 7919 % 1500)}{core}"

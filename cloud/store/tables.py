"""The tables that a store may take home as files: what each holds, in which columns, read from the sums."""

import enum
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.store.sums import HOUR_MS


class Kind(enum.StrEnum):
    """What a column holds."""

    WORDS = "words"
    COUNT = "count"  # a whole number
    MOMENT = "moment"  # ms since the Unix epoch
    DAY = "day"  # a date of the store's calendar, as Python's `date.toordinal`


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `people`: it is a figure about people, and withheld with the others where they are too few.

    `of` are the columns that count whom the figure is of, where that is fewer than the whole row is about.
    """

    name: str
    kind: Kind
    people: bool = False
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. `sql` takes :first and :end, in ms or (`by_day`) in days, and :span, an hour; it gives the columns.

    `about` is the column that says how many people, or acts of people, a row is about: where that is 1 to k − 1, or
    unknown, the row's figures about people are withheld. What one table withholds no other one may tell.
    """

    key: str
    columns: tuple[Column, ...]
    sql: str
    by_day: bool = False
    about: str | None = None


def _words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.WORDS) for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.COUNT) for name in names)


def _people(*names: str, of: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.COUNT, people=True, of=of) for name in names)


_AT: Final = Column(name="at", kind=Kind.MOMENT)
_DAY: Final = Column(name="day", kind=Kind.DAY)

TABLES: Final[tuple[Table, ...]] = (
    Table(
        key="days",
        columns=(_DAY, *_counts("expected_ms", "receipts", "amount")),
        sql="SELECT day, expected_ms, receipts, amount FROM days WHERE day >= :first AND day < :end ORDER BY 1",
        by_day=True,
    ),
    Table(
        key="day-zones",
        columns=(
            _DAY,
            *_words("zone"),
            *_people("stays", "cut", "stayed_ms", "person_ms", "waiting_ms", "queue_peak", "served", "gone"),
            *_people("waited_ms", of=("served", "gone")),
            *_counts("covered_ms", "expected_ms"),
        ),
        sql="SELECT day, zone, stays, cut, stayed_ms, person_ms, waiting_ms, queue_peak, served, gone, waited_ms, "
        "covered_ms, expected_ms FROM day_zones JOIN days USING (day) WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
        about="stays",
    ),
    Table(
        key="day-lines",
        columns=(_DAY, *_words("line"), *_people("went_in", "went_out")),
        sql="SELECT day, line, went_in, went_out FROM day_lines WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
        about="went_in",
    ),
    Table(
        key="day-funnels",
        columns=(
            _DAY,
            *_words("kind", "name"),
            *_people("passed", "stopped", "taps", "tapped", "sales", "bought"),
        ),
        sql="SELECT day, kind, name, passed, stopped, taps, tapped, sales, bought FROM day_chains "
        "WHERE day >= :first AND day < :end ORDER BY 1, 2, 3",
        by_day=True,
        about="passed",
    ),
    Table(
        key="day-cameras",
        columns=(_DAY, *_words("camera"), *_counts("covered_ms", "expected_ms")),
        sql="SELECT day, camera, covered_ms, expected_ms FROM day_cameras JOIN days USING (day) "
        "WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
    ),
    Table(
        key="hour-lines",
        columns=(_AT, *_words("line"), *_people("went_in", "went_out")),
        sql="SELECT at_ms, line, went_in, went_out FROM crossing_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="went_in",
    ),
    Table(
        key="hour-zones",
        columns=(_AT, *_words("zone"), *_people("stays", "cut", "stayed_ms")),
        sql="SELECT at_ms, zone, stays, cut, stayed_ms FROM stay_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="stays",
    ),
    Table(
        key="hour-coverage",
        columns=(_AT, *_words("zone"), *_counts("watched_ms", "covered_ms")),
        sql="SELECT at_ms, zone, watched_ms, covered_ms FROM occupancy_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="hour-waits",
        columns=(_AT, *_words("zone"), *_people("waits", "served", "gone", "waited_ms")),
        sql="SELECT at_ms, zone, served + gone + cut, served, gone, waited_ms FROM wait_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="waits",
    ),
    Table(
        key="hour-taps",
        columns=(_AT, *_words("place", "name"), *_people("taps")),
        sql="SELECT at_ms, 'reader', reader, taps FROM tap_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end UNION ALL "
        "SELECT at_ms, 'tag', tag, signed + unsigned FROM phone_tap_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2, 3",
        about="taps",
    ),
    Table(
        key="hour-sales",
        columns=(_AT, *_words("gtin"), *_people("quantity", "lines")),
        sql="SELECT at_ms, gtin, quantity, lines FROM sale_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="lines",
    ),
    Table(
        key="products",
        columns=(*_words("gtin", "name_ko", "name_en", "category"), *_counts("price", "stock", "shelf_stock")),
        sql="SELECT gtin, name_ko, name_en, category, price, store, shelf FROM products LEFT JOIN stock USING (gtin) "
        "WHERE :first <= :end ORDER BY 1",
    ),
    Table(
        key="campaigns",
        columns=(
            *_words("campaign"),
            *_counts("version"),
            *_words("standing"),
            *_people("shown", "coupons", "redeemed", "not_now", "opt_outs", "complaints"),
            *_people("won", of=("coupons",)),
        ),
        sql="SELECT id, version, standing, shown, coupons, redeemed, harm_not_now, harm_opt_outs, harm_complaints, won "
        "FROM campaign_heads WHERE :first <= :end ORDER BY 1",
        about="shown",
    ),
    Table(
        key="devices",
        columns=(_AT, *_words("device", "name"), *_counts("ok"), *_words("reason", "cause")),
        sql="SELECT at_ms, device, name, ok, reason, cause FROM device_changes "
        "WHERE at_ms >= :first AND at_ms < :end ORDER BY 1, 2, 3",
    ),
    Table(
        key="arrivals",
        columns=(_AT, *_words("node"), *_counts("stored", "late", "carried", "repeated", "quarantined", "missing")),
        sql="SELECT at_ms, name, stored, late, carried, repeated, quarantined, missing FROM arrival_sums "
        "JOIN nodes ON nodes.key = arrival_sums.node WHERE at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="alerts",
        columns=(
            _AT,
            *_words("kind", "subject", "cause"),
            Column(name="ended", kind=Kind.MOMENT),
            Column(name="noted", kind=Kind.MOMENT),
        ),
        sql="SELECT since_ms, kind, subject, cause, ended_ms, noted_ms FROM alerts "
        "WHERE since_ms >= :first AND since_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="plans",
        columns=(
            *_counts("version"),
            Column(name="from", kind=Kind.MOMENT),
            Column(name="saved", kind=Kind.MOMENT),
            *_words("by", "note"),
        ),
        sql="SELECT version, from_ms, saved_ms, saved_by, note FROM plans WHERE :first <= :end ORDER BY 1",
    ),
)
"""In the order in which the page lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is asked for: first ≤ … < end, in ms and in days."""

    first_ms: int
    end_ms: int
    first_day: int
    end_day: int


Cell = str | int | float | None


def rows(connection: sqlite3.Connection, table: Table, bounds: Bounds, *, k: int) -> Iterator[list[Cell]]:
    """The rows of a table within the bounds, with nothing told about 1 to k − 1 people: neither how many they are, nor
    any other figure about people of a row that is about so few.
    """
    first, end = (bounds.first_day, bounds.end_day) if table.by_day else (bounds.first_ms, bounds.end_ms)
    about = next((place for place, column in enumerate(table.columns) if column.name == table.about), None)
    figures = [place for place, column in enumerate(table.columns) if column.people]
    counts = {place for place in figures if not (table.columns[place].name.endswith("_ms") or table.columns[place].of)}
    whose = {place: _places(table, table.columns[place].of) for place in figures if table.columns[place].of}
    for found in connection.execute(table.sql, {"first": first, "end": end, "span": HOUR_MS}):
        row: list[Cell] = list(found)
        all_few = about is not None and _few([found[about]], k)
        for place in figures:
            of_few = place in whose and _few([found[one] for one in whose[place]], k)
            if all_few or of_few or (place in counts and found[place] is not None and _few([found[place]], k)):
                row[place] = None
        yield row


def _places(table: Table, names: tuple[str, ...]) -> list[int]:
    return [place for place, column in enumerate(table.columns) if column.name in names]


def _few(counted: Sequence[Cell], k: int) -> bool:
    """Whether these are 1 to k − 1 together, or nobody knows how many."""
    known = [value for value in counted if isinstance(value, int)]
    return len(known) < len(counted) or 0 < sum(known) < k

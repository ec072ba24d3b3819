"""The sums of whole days of the store's calendar, and which hours were told since the day that holds them was made.

A day is a number: that of Python's `date.toordinal`. What a day holds is made of the sums by the hour and the minute
(`closing`), so it can be thrown away and made again at any time.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta

from cloud.manage.insight import Window
from cloud.manage.joins import Joint, Kind
from cloud.manage.telling import Told
from cloud.manage.totals import Chain, LineTotals, Till, ZoneTotals
from cloud.store.steps import Step
from cloud.store.sums import HOUR_MS, STAY_EDGES_MS

BINS = len(STAY_EDGES_MS) + 1
_LENGTHS = tuple(f"l{number}" for number in range(BINS))
_WAITS = tuple(f"w{number}" for number in range(BINS))
_COUNTS = (
    "stays",
    "cut",
    "stayed_ms",
    "covered_ms",
    "person_ms",
    "queue_covered_ms",
    "waiting_ms",
    "queue_peak",
    "served",
    "gone",
    "lost",
    "waited_ms",
)
ZONE_COLUMNS = (*_COUNTS, *_LENGTHS, *_WAITS)
"""A zone's figures, in the order of `ZoneTotals`; of `queue_peak` the highest counts, of all others the sum."""
PEAK = _COUNTS.index("queue_peak")
_CHAIN = ("passed", "stopped", "taps", "tapped", "sales", "bought", "paid")


def _kept_by(span: str) -> tuple[str, ...]:
    """The tables of what a day or a week holds of each zone, line, camera and chain, by its first day."""
    return (
        f"CREATE TABLE {span}_zones (day INTEGER NOT NULL, zone TEXT NOT NULL, "
        + ", ".join(f"{name} INTEGER NOT NULL" for name in ZONE_COLUMNS)
        + ", PRIMARY KEY (day, zone)) STRICT, WITHOUT ROWID",
        f"""CREATE TABLE {span}_lines (
             day INTEGER NOT NULL, line TEXT NOT NULL, went_in INTEGER NOT NULL, went_out INTEGER NOT NULL,
             PRIMARY KEY (day, line)
           ) STRICT, WITHOUT ROWID""",
        f"""CREATE TABLE {span}_cameras (
             day INTEGER NOT NULL, camera TEXT NOT NULL, covered_ms INTEGER NOT NULL, PRIMARY KEY (day, camera)
           ) STRICT, WITHOUT ROWID""",
        # `kind`: zone or product, by the plan of that day.
        f"""CREATE TABLE {span}_chains (
             day INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
             passed INTEGER NOT NULL, stopped INTEGER NOT NULL, taps INTEGER NOT NULL, tapped INTEGER NOT NULL,
             sales INTEGER NOT NULL, bought INTEGER NOT NULL, paid INTEGER NOT NULL,
             PRIMARY KEY (day, kind, name)
           ) STRICT, WITHOUT ROWID""",
    )


STEPS = (
    Step(
        name="days-1",
        statements=(
            # Every hour that anything was told of; `touched`: since its day was made, or it was never made.
            "CREATE TABLE told_hours (at_ms INTEGER PRIMARY KEY, touched INTEGER NOT NULL) STRICT",
            "CREATE INDEX told_hours_touched ON told_hours (at_ms) WHERE touched",
            *(
                f"INSERT OR IGNORE INTO told_hours SELECT DISTINCT at_ms, 1 FROM {table} WHERE span_ms = {HOUR_MS}"  # noqa: S608 - only names of ours
                for table in (
                    "crossing_sums",
                    "stay_sums",
                    "occupancy_sums",
                    "camera_sums",
                    "tap_sums",
                    "queue_sums",
                    "wait_sums",
                    "phone_tap_sums",
                    "sale_sums",
                    "taking_sums",
                )
            ),
            # How the days were made: with another length of a stop or in another time zone all are made anew.
            "CREATE TABLE day_terms (one INTEGER PRIMARY KEY CHECK (one = 1), terms TEXT NOT NULL) STRICT",
            # From which to which of its minutes something was told; NULL where nothing was told of what a camera sees.
            """CREATE TABLE days (
                 day INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL,
                 told_first INTEGER, told_end INTEGER, expected_ms INTEGER NOT NULL,
                 receipts INTEGER NOT NULL, amount INTEGER NOT NULL, squares REAL NOT NULL
               ) STRICT""",
            *_kept_by("day"),
            # The minutes of a made day in which there was a tap or a sale: for days up to a time of day.
            """CREATE TABLE day_joints (
                 day INTEGER NOT NULL, minute INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                 taps INTEGER NOT NULL, tapped INTEGER NOT NULL, sales INTEGER NOT NULL, bought INTEGER NOT NULL,
                 paid INTEGER NOT NULL, PRIMARY KEY (day, minute, kind, name)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
    Step(
        name="weeks-1",
        # The same of whole weeks, by their Monday, for spans of many days: sums of the days of the week that are made.
        statements=_kept_by("week"),
    ),
)
_WEEKLY = (
    (
        "zones",
        "zone",
        tuple(f"{'MAX' if place == PEAK else 'SUM'}({name})" for place, name in enumerate(ZONE_COLUMNS)),
    ),
    ("lines", "line", ("SUM(went_in)", "SUM(went_out)")),
    ("cameras", "camera", ("SUM(covered_ms)",)),
    ("chains", "kind, name", tuple(f"SUM({name})" for name in _CHAIN)),
)
_TABLES = ("days", "day_zones", "day_lines", "day_cameras", "day_chains", "day_joints")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that is kept of one day. Times in ms since the Unix epoch."""

    day: date
    first_ms: int
    end_ms: int
    made_ms: int
    told: Told | None
    expected_ms: int
    zones: Mapping[str, ZoneTotals]
    lines: Mapping[str, LineTotals]
    cameras: Mapping[str, int]
    chains: Mapping[tuple[Kind, str], Chain]
    joints: Sequence[Joint]
    till: Till


def touch(connection: sqlite3.Connection, moments_ms: Iterable[int]) -> None:
    """Notes that something was told of these moments; their days are made anew. In the transaction of the telling."""
    connection.executemany(
        "INSERT INTO told_hours VALUES (?, 1) ON CONFLICT DO UPDATE SET touched = 1 WHERE NOT touched",
        [(hour * HOUR_MS,) for hour in sorted({at_ms // HOUR_MS for at_ms in moments_ms})],
    )


def begun(connection: sqlite3.Connection) -> int | None:
    """The beginning (ms) of the first hour of which anything was told; None where nothing was yet."""
    (first,) = connection.execute("SELECT min(at_ms) FROM told_hours").fetchone()
    return None if first is None else int(first)


def touched(connection: sqlite3.Connection, from_ms: int, to_ms: int, *, most: int = 100_000) -> tuple[int, ...]:
    """The hours (their beginning in ms) in a time of which something was told that no day holds yet."""
    rows = connection.execute(
        "SELECT at_ms FROM told_hours WHERE touched AND at_ms > ? AND at_ms < ? ORDER BY at_ms LIMIT ?",
        (from_ms - HOUR_MS, to_ms, most),
    )
    return tuple(at_ms for (at_ms,) in rows)


def settle(connection: sqlite3.Connection, hours_ms: Iterable[int]) -> None:
    """Notes that the days of these hours hold all that was told of them. In the transaction that made the days."""
    connection.executemany("UPDATE told_hours SET touched = 0 WHERE at_ms = ?", [(at_ms,) for at_ms in hours_ms])


def ensure_terms(connection: sqlite3.Connection, terms: str) -> bool:
    """Notes how days are made; whether that is as it was. Where it is not, every day is to be made anew."""
    row = connection.execute("SELECT terms FROM day_terms").fetchone()
    if row is not None and row[0] == terms:
        return True
    connection.execute("INSERT OR REPLACE INTO day_terms VALUES (1, ?)", (terms,))
    connection.execute("UPDATE told_hours SET touched = 1")
    for table in (*_TABLES, *(f"week_{what}" for what, _, _ in _WEEKLY)):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - only names of ours
    return False


def put(connection: sqlite3.Connection, made: Day) -> None:
    """Keeps a day in the place of what was kept of it."""
    day = made.day.toordinal()
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE day = ?", (day,))  # noqa: S608 - only names of ours
    till = made.till
    _insert(
        connection,
        "days",
        [
            (
                day,
                made.first_ms,
                made.end_ms,
                made.made_ms,
                made.told.first if made.told else None,
                made.told.end if made.told else None,
                made.expected_ms,
                till.receipts,
                till.amount,
                float(till.squares),
            )
        ],
    )
    _insert(connection, "day_zones", [(day, name, *_figures(zone)) for name, zone in made.zones.items()])
    _insert(connection, "day_lines", [(day, name, line.went_in, line.went_out) for name, line in made.lines.items()])
    _insert(connection, "day_cameras", [(day, name, covered) for name, covered in made.cameras.items()])
    _insert(
        connection, "day_chains", [(day, kind.value, name, *astuple(it)) for (kind, name), it in made.chains.items()]
    )
    _insert(
        connection,
        "day_joints",
        [
            (day, it.minute, it.kind.value, it.name, it.taps, it.tapped, it.sales, it.bought, it.paid)
            for it in made.joints
        ],
    )
    _sum_week(connection, monday(made.day).toordinal())


def monday(day: date) -> date:
    """The first day of the week of a day."""
    return day - timedelta(days=day.weekday())


def _sum_week(connection: sqlite3.Connection, first: int) -> None:
    for what, name, figures in _WEEKLY:
        connection.execute(f"DELETE FROM week_{what} WHERE day = ?", (first,))  # noqa: S608 - only names of ours
        connection.execute(
            f"INSERT INTO week_{what} SELECT ?, {name}, {', '.join(figures)} FROM day_{what} "  # noqa: S608 - only names of ours
            f"WHERE day BETWEEN ? AND ? GROUP BY {name}",
            (first, first, first + 6),
        )


def made(connection: sqlite3.Connection, first: date, last: date) -> frozenset[date]:
    """The days of a time that are made."""
    rows = connection.execute("SELECT day FROM days WHERE day BETWEEN ? AND ?", (first.toordinal(), last.toordinal()))
    return frozenset(date.fromordinal(day) for (day,) in rows)


def entered(connection: sqlite3.Connection, lines: Sequence[str], first: date, last: date) -> dict[date, int]:
    """Who came in over these lines on each made day of a time; a day on which nothing was told is left out."""
    rows = connection.execute(
        "SELECT days.day, coalesce(sum(went_in), 0) FROM days LEFT JOIN day_lines ON day_lines.day = days.day "
        "AND line IN (SELECT value FROM json_each(?)) WHERE days.day BETWEEN ? AND ? AND told_first IS NOT NULL "
        "GROUP BY days.day",
        (json.dumps(list(lines)), first.toordinal(), last.toordinal()),
    )
    return {date.fromordinal(day): count for day, count in rows}


def joints_of(connection: sqlite3.Connection, day: date, window: Window) -> Iterator[Joint]:
    """The taps and sales of a made day in a window of minutes."""
    rows = connection.execute(
        "SELECT kind, name, minute, taps, tapped, sales, bought, paid FROM day_joints "
        "WHERE day = ? AND minute >= ? AND minute < ?",
        (day.toordinal(), window.first, window.end),
    )
    for kind, name, minute, taps, tapped, sales, bought, paid in rows:
        yield Joint(
            kind=Kind(kind),
            name=name,
            minute=minute,
            taps=taps,
            tapped=tapped,
            sales=sales,
            bought=bought,
            paid=paid,
        )


def told(connection: sqlite3.Connection, first: date, last: date) -> dict[date, Told]:
    """When each made day of a time began and ended to tell; what told nothing is left out."""
    rows = connection.execute(
        "SELECT day, told_first, told_end FROM days WHERE day BETWEEN ? AND ? AND told_first IS NOT NULL",
        (first.toordinal(), last.toordinal()),
    )
    return {date.fromordinal(day): Told(first=begun, end=ended) for day, begun, ended in rows}


def expected(connection: sqlite3.Connection, some: Sequence[date]) -> dict[date, int]:
    """How long each made day of these should have told, in ms, as it was known when the day was made."""
    rows = connection.execute(
        "SELECT day, expected_ms FROM days WHERE day IN (SELECT value FROM json_each(?)) AND told_first IS NOT NULL",
        (json.dumps([day.toordinal() for day in some]),),
    )
    return {date.fromordinal(day): expected_ms for day, expected_ms in rows}


def _figures(zone: ZoneTotals) -> tuple[int, ...]:
    counts = (getattr(zone, name) for name in _COUNTS)
    return (*counts, *zone.lengths, *zone.waits)


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608 - only names of ours

"""Where people were by whole days and months of the store's calendar, packed: a year is read as fast as a day.

Days are made of the sums by the hour, months of the days, so both can be thrown away and made again. A day is the
number of Python's `date.toordinal`, a month `12 × year + month − 1`.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

import numpy as np

from cloud.manage.places import PlaceKey, PlaceKind
from cloud.manage.raster import CELL, RUN, Sheet, summed
from cloud.store import heat, place_sums
from cloud.store.steps import Step

STEPS = (
    Step(
        name="heat-days-1",
        statements=(
            # `cells`: for each cell x and y (int16) and person_ms (int64); `tracks`: int64 for each of them, or empty;
            # `seen`: for each run x, y (int16), cells (uint16) and covered_ms (int64); all little-endian.
            *(
                f"""CREATE TABLE heat_{table} (
                     {table[:-1]} INTEGER NOT NULL, camera TEXT NOT NULL, cell_mm INTEGER NOT NULL,
                     cells BLOB NOT NULL, tracks BLOB NOT NULL, seen BLOB NOT NULL,
                     PRIMARY KEY ({table[:-1]}, camera, cell_mm)
                   ) STRICT, WITHOUT ROWID"""
                for table in ("days", "months")
            ),
            # `kind`: reader, tag or product; `count`: taps, signed taps, or lines on receipts.
            """CREATE TABLE place_days (
                 day INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
                 PRIMARY KEY (day, kind, name)
               ) STRICT, WITHOUT ROWID""",
            # How many rows were forgotten, and before which moment nothing is whole any more.
            "CREATE TABLE heat_swept (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, until_ms INTEGER NOT NULL) STRICT",
        ),
    ),
    Step(
        name="heat-days-2",
        statements=(
            # The days that are kept: read without the pages of what is kept of them.
            "CREATE TABLE heat_kept (day INTEGER PRIMARY KEY) STRICT",
            "INSERT INTO heat_kept SELECT DISTINCT day FROM heat_days",
        ),
    ),
)


def make(connection: sqlite3.Connection, day: date, first_ms: int, end_ms: int) -> None:
    """Makes a day that lies in [first_ms, end_ms) anew, and its month. In the transaction that makes its other sums.

    A day whose hours were swept already stays as it is.
    """
    if first_ms < heat.forgotten_ms(connection, "hours"):
        return
    keep(connection, day, heat.read(connection, first_ms, end_ms))
    number = day.toordinal()
    connection.execute("DELETE FROM place_days WHERE day = ?", (number,))
    connection.executemany(
        "INSERT INTO place_days VALUES (?, ?, ?, ?)",
        [(number, *key, count) for key, count in place_sums.read(connection, first_ms, end_ms).items()],
    )
    make_month(connection, day)


def keep(connection: sqlite3.Connection, day: date, sheets: Iterable[Sheet]) -> None:
    """Keeps what was told of a day, in the place of what was kept; its month is to be made anew."""
    _put(connection, "heat_days", "day", day.toordinal(), sheets)
    connection.execute("INSERT OR IGNORE INTO heat_kept VALUES (?)", (day.toordinal(),))


def make_month(connection: sqlite3.Connection, day: date) -> None:
    """Makes the month of a day of all of its days that are kept."""
    month = _month_of(day)
    first, end = _ends(month)
    _put(connection, "heat_months", "month", month, _read(connection, "heat_days", "day", first, end - 1))


def read(connection: sqlite3.Connection, days: Collection[date]) -> list[Sheet]:
    """The sheets of these days, one or more a camera; a month is read as one where all that is made of it is wanted."""
    numbers = {day.toordinal() for day in days}
    whole = {month for month in {_month_of(day) for day in days} if numbers.issuperset(_kept(connection, month))}
    single = numbers.difference(*(range(*_ends(month)) for month in whole))
    sheets: list[Sheet] = []
    for first, last in stretches(whole):
        sheets += _read(connection, "heat_months", "month", first, last)
    for first, last in stretches(single):
        sheets += _read(connection, "heat_days", "day", first, last)
    return sheets


def read_places(connection: sqlite3.Connection, days: Collection[date]) -> dict[PlaceKey, int]:
    """How often something happened at each place in these days."""
    found: dict[PlaceKey, int] = {}
    for first, last in stretches(day.toordinal() for day in days):
        rows = connection.execute(
            "SELECT kind, name, sum(count) FROM place_days WHERE day BETWEEN ? AND ? GROUP BY kind, name", (first, last)
        )
        for kind, name, count in rows:
            key = (PlaceKind(kind), name)
            found[key] = found.get(key, 0) + count
    return found


def first_day(connection: sqlite3.Connection) -> date | None:
    """The first day that is made and has heat or counts of places, or None."""
    row = connection.execute(
        "SELECT min(day) FROM (SELECT min(day) AS day FROM heat_days UNION ALL SELECT min(day) FROM place_days)"
    )
    (number,) = row.fetchone()
    return None if number is None else date.fromordinal(number)


def stretches(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each stretch of numbers without a gap, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _put(connection: sqlite3.Connection, table: str, key: str, number: int, sheets: Iterable[Sheet]) -> None:
    """Keeps the sheets, those of one camera and cell width as one, in the place of what was there."""
    connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (number,))  # noqa: S608 - only names of ours
    groups: defaultdict[tuple[str, int], list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        groups[sheet.camera, sheet.cell_mm].append(sheet)
    connection.executemany(
        f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - as above
        [
            (number, camera, cell_mm, one.cells.tobytes(), one.tracks.astype("<i8").tobytes(), one.runs.tobytes())
            for (camera, cell_mm), group in groups.items()
            for one in (summed(group),)
        ],
    )


def _read(connection: sqlite3.Connection, table: str, key: str, first: int, last: int) -> list[Sheet]:
    rows = connection.execute(
        f"SELECT camera, cell_mm, cells, tracks, seen FROM {table} WHERE {key} BETWEEN ? AND ?",  # noqa: S608 - only names of ours
        (first, last),
    )
    groups: defaultdict[tuple[str, int], list[tuple[bytes, bytes, bytes]]] = defaultdict(list)
    for camera, cell_mm, *packed in rows:
        groups[camera, cell_mm].append(tuple(packed))
    return [
        Sheet(
            camera=camera,
            cell_mm=cell_mm,
            cells=np.frombuffer(b"".join(cells), CELL),
            tracks=np.frombuffer(b"".join(tracks), "<i8"),
            runs=np.frombuffer(b"".join(seen), RUN),
        )
        for (camera, cell_mm), group in groups.items()
        for cells, tracks, seen in (zip(*group, strict=True),)
    ]


def _kept(connection: sqlite3.Connection, month: int) -> set[int]:
    """The days of a month that are in its sum."""
    first, end = _ends(month)
    rows = connection.execute("SELECT day FROM heat_kept WHERE day >= ? AND day < ?", (first, end))
    return {day for (day,) in rows}


def _month_of(day: date) -> int:
    return 12 * day.year + day.month - 1


def _ends(month: int) -> tuple[int, int]:
    """A month's first day, and the first one after it, as days' numbers."""
    first, after = (date(number // 12, number % 12 + 1, 1).toordinal() for number in (month, month + 1))
    return first, after

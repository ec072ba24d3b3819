"""What pages read: the events summed by minute and by hour, in the same transaction as the events themselves."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.store import days
from cloud.store.steps import Step
from cloud.store.sums import CAP, HeatReport, Key, Sums, lengths, parties, rows, told_at
from contract.events import DeviceChanged

STEPS = (
    Step(
        name="rollups-1",
        statements=(
            # `span_ms` is MINUTE_MS or HOUR_MS; `at_ms` the span's beginning. Times of the node's clock.
            """CREATE TABLE crossing_sums (
                 span_ms INTEGER NOT NULL, line TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 went_in INTEGER NOT NULL, went_out INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, line, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # A stay counts in the span in which it began. `over_5s` of the stays were stops, not passing by;
            # `cut` of them were lost from sight, so that their length is a lower bound.
            """CREATE TABLE stay_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 stays INTEGER NOT NULL, cut INTEGER NOT NULL, stayed_ms INTEGER NOT NULL,
                 over_5s INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # For medians: a row a bin that occurs; `bin` is the number of `STAY_EDGES_MS` that the stay reached.
            """CREATE TABLE stay_lengths (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL, bin INTEGER NOT NULL,
                 stays INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms, bin)
               ) STRICT, WITHOUT ROWID""",
            # Coverage of a zone = covered_ms / watched_ms; what `span_ms` lacks beyond watched_ms was never reported.
            """CREATE TABLE occupancy_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 watched_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL,
                 person_ms INTEGER NOT NULL, peak INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE tap_sums (
                 span_ms INTEGER NOT NULL, reader TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 taps INTEGER NOT NULL, named INTEGER NOT NULL,
                 removals INTEGER NOT NULL, held_ms INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, reader, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE camera_sums (
                 span_ms INTEGER NOT NULL, camera TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 watched_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL, person_ms INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, camera, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # By the hour a row a cell, for sums over days; by the minute the node's own report, packed, below.
            """CREATE TABLE heat_hours (
                 camera TEXT NOT NULL, at_ms INTEGER NOT NULL, cell_mm INTEGER NOT NULL,
                 x INTEGER NOT NULL, y INTEGER NOT NULL, person_ms INTEGER NOT NULL,
                 PRIMARY KEY (camera, at_ms, cell_mm, x, y)
               ) STRICT, WITHOUT ROWID""",
            # `cells`: for each cell x and y (int16) and person_ms (int64), little-endian, one after the other.
            """CREATE TABLE heat_minutes (
                 camera TEXT NOT NULL, at_ms INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
                 cell_mm INTEGER NOT NULL, cells BLOB NOT NULL,
                 PRIMARY KEY (camera, at_ms, epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE device_changes (
                 epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL,
                 device TEXT NOT NULL, name TEXT NOT NULL, ok INTEGER NOT NULL, reason TEXT NOT NULL,
                 PRIMARY KEY (epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX device_changes_by_name ON device_changes (name, at_ms)",
        ),
    ),
    Step(
        name="rollups-2",
        statements=(
            # A row a size that occurs: the parties in which so many people crossed the line together.
            """CREATE TABLE party_sizes (
                 span_ms INTEGER NOT NULL, line TEXT NOT NULL, at_ms INTEGER NOT NULL, size INTEGER NOT NULL,
                 went_in INTEGER NOT NULL, went_out INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, line, at_ms, size)
               ) STRICT, WITHOUT ROWID""",
            # As occupancy_sums, of those who wait: people on the average = waiting_ms / covered_ms.
            """CREATE TABLE queue_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 watched_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL,
                 waiting_ms INTEGER NOT NULL, peak INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # A wait counts in the span in which it began: served + gone + cut are all waits. `cut` were lost from
            # sight, so that their length is a lower bound.
            """CREATE TABLE wait_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 served INTEGER NOT NULL, gone INTEGER NOT NULL, cut INTEGER NOT NULL, waited_ms INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # As stay_lengths.
            """CREATE TABLE wait_lengths (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL, bin INTEGER NOT NULL,
                 waits INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms, bin)
               ) STRICT, WITHOUT ROWID""",
            # `cells` cells in a row from (x, y) along x, each seen for covered_ms of the hour. A run that was told
            # with other ends is a row of its own: what one cell was seen for is the sum over the rows that hold it.
            """CREATE TABLE seen_hours (
                 camera TEXT NOT NULL, at_ms INTEGER NOT NULL, cell_mm INTEGER NOT NULL,
                 x INTEGER NOT NULL, y INTEGER NOT NULL, cells INTEGER NOT NULL, covered_ms INTEGER NOT NULL,
                 PRIMARY KEY (camera, at_ms, cell_mm, x, y, cells)
               ) STRICT, WITHOUT ROWID""",
            # For each run x, y (int16), cells (uint16) and covered_ms (int64), little-endian; empty from a node that
            # does not tell.
            "ALTER TABLE heat_minutes ADD COLUMN seen BLOB NOT NULL DEFAULT x''",
            "ALTER TABLE device_changes ADD COLUMN cause TEXT",
        ),
    ),
    Step(
        name="rollups-3",
        statements=(
            # How many tracks went into a cell, each once a visit; 0 and empty from a node that does not count them.
            "ALTER TABLE heat_hours ADD COLUMN tracks INTEGER NOT NULL DEFAULT 0",
            # uint32, little-endian, one a cell of `cells`, in their order.
            "ALTER TABLE heat_minutes ADD COLUMN tracks BLOB NOT NULL DEFAULT x''",
        ),
    ),
)


def _upsert(table: str, key: str, sums: tuple[str, ...], peak: str | None = None) -> str:
    """An insert that adds to the row that is there, stopping at CAP; the names are this module's own."""
    columns = (*sums, peak) if peak else sums
    marks = ", ".join("?" * (len(key.split(", ")) + len(columns)))
    added = [f"{name} = MIN({name} + excluded.{name}, {CAP})" for name in sums]
    highest = [f"{peak} = MAX({peak}, excluded.{peak})"] if peak else []
    return f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO UPDATE SET {', '.join(added + highest)}"  # noqa: S608 - no word of it comes from outside


_CROSSINGS = _upsert("crossing_sums", "span_ms, line, at_ms", ("went_in", "went_out"))
_STAYS = _upsert("stay_sums", "span_ms, zone, at_ms", ("stays", "cut", "stayed_ms", "over_5s"))
_LENGTHS = _upsert("stay_lengths", "span_ms, zone, at_ms, bin", ("stays",))
_OCCUPANCIES = _upsert("occupancy_sums", "span_ms, zone, at_ms", ("watched_ms", "covered_ms", "person_ms"), "peak")
_TAPS = _upsert("tap_sums", "span_ms, reader, at_ms", ("taps", "named", "removals", "held_ms"))
_CAMERAS = _upsert("camera_sums", "span_ms, camera, at_ms", ("watched_ms", "covered_ms", "person_ms"))
_CELLS = _upsert("heat_hours", "camera, at_ms, cell_mm, x, y", ("person_ms", "tracks"))
_SEEN = _upsert("seen_hours", "camera, at_ms, cell_mm, x, y, cells", ("covered_ms",))
_PARTIES = _upsert("party_sizes", "span_ms, line, at_ms, size", ("went_in", "went_out"))
_QUEUES = _upsert("queue_sums", "span_ms, zone, at_ms", ("watched_ms", "covered_ms", "waiting_ms"), "peak")
_WAITS = _upsert("wait_sums", "span_ms, zone, at_ms", ("served", "gone", "cut", "waited_ms"))
_STAFF_CROSSINGS = _upsert("staff_crossing_sums", "span_ms, line, at_ms", ("went_in", "went_out"))
_STAFF = _upsert("staff_sums", "span_ms, camera, at_ms", ("person_ms", "marked", "told"))
_BADGES = _upsert("badge_sums", "span_ms, reader, at_ms", ("taps", "clear", "unclear"))
_WAIT_LENGTHS = _upsert("wait_lengths", "span_ms, zone, at_ms, bin", ("waits",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A device that came or went, in its place of its node's log."""

    sequence: int
    event: DeviceChanged


def write_sums(connection: sqlite3.Connection, sums: Sums) -> None:
    """Adds the sums to those that are there, by the minute and by the hour."""
    _write(connection, _CROSSINGS, sums.crossings)
    _write(connection, _STAYS, sums.stays)
    _write(connection, _OCCUPANCIES, sums.occupancies, last_is_peak=True)
    _write(connection, _TAPS, sums.taps)
    _write(connection, _CAMERAS, sums.cameras)
    _write(connection, _QUEUES, sums.queues, last_is_peak=True)
    _write(connection, _WAITS, sums.waits)
    _write(connection, _STAFF_CROSSINGS, sums.staff_crossings)
    _write(connection, _STAFF, sums.staff)
    _write(connection, _BADGES, sums.badges)
    connection.executemany(_LENGTHS, ((*key, stays) for key, stays in lengths(sums.lengths).items()))
    connection.executemany(_WAIT_LENGTHS, ((*key, waits) for key, waits in lengths(sums.wait_lengths).items()))
    connection.executemany(_PARTIES, ((*key, *both) for key, both in parties(sums).items()))
    days.touch(connection, told_at(sums))
    _write_cells(connection, sums)


def _write_cells(connection: sqlite3.Connection, sums: Sums) -> None:
    nobody: dict[tuple[int, int], int] = {}
    connection.executemany(
        _CELLS,
        (
            (*key, x, y, min(person_ms, CAP), min(tracks.get((x, y), 0), CAP))
            for key, cells in sums.cells.items()
            for tracks in (sums.tracks.get(key, nobody),)
            for (x, y), person_ms in cells.items()
        ),
    )
    connection.executemany(
        _SEEN,
        (
            (camera, at_ms, cell_mm, *run, min(covered_ms, CAP))
            for (camera, at_ms, cell_mm), seen in sums.seen.items()
            for run, covered_ms in seen.items()
        ),
    )


def write_reports(connection: sqlite3.Connection, epoch: int, reports: Iterable[HeatReport]) -> None:
    """Keeps cameras' reports of heat for reading by the minute."""
    connection.executemany(
        "INSERT INTO heat_minutes (camera, at_ms, epoch, sequence, cell_mm, cells, seen, tracks)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((it.camera, it.at_ms, epoch, it.sequence, it.cell_mm, it.cells, it.seen, it.tracks) for it in reports),
    )


def write_changes(connection: sqlite3.Connection, epoch: int, changes: Iterable[Change]) -> None:
    """Keeps when devices came and went."""
    connection.executemany(
        "INSERT INTO device_changes (epoch, sequence, at_ms, device, name, ok, reason, cause)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                epoch,
                it.sequence,
                it.event.at,
                it.event.device.value,
                it.event.name,
                it.event.ok,
                it.event.reason,
                it.event.cause.value if it.event.cause else None,
            )
            for it in changes
        ),
    )


def _write(connection: sqlite3.Connection, sql: str, sums: dict[Key, list[int]], *, last_is_peak: bool = False) -> None:
    connection.executemany(
        sql, ((row.span_ms, row.name, row.at_ms, *row.figures) for row in rows(sums, last_is_peak=last_is_peak))
    )

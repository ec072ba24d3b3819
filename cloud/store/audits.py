"""Audits of the counting lines: who watched when, each click, and what came out of it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from cloud.manage.audit import FEWEST, Accuracy, Gap, Moment, Way, drawing, pooled
from cloud.store.steps import Step
from cloud.store.sums import MINUTE_MS
from contract.events import Crossing, Direction
from contract.messages import WireError, decode_event
from contract.plan import Plan

STEPS = (
    Step(
        name="audits-1",
        statements=(
            # `drawing`: a digest of how the line and its camera were drawn, so that an outcome ends with its drawing.
            # `until_ms`: when the watch is over at the latest; `to_ms`: when it was. `outcome`: JSON, null until known.
            """CREATE TABLE audits (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 line TEXT NOT NULL, camera TEXT NOT NULL, node TEXT NOT NULL, drawing TEXT NOT NULL,
                 account TEXT NOT NULL,
                 from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, to_ms INTEGER,
                 dropped INTEGER NOT NULL DEFAULT 0, outcome TEXT, sealed_ms INTEGER
               ) STRICT""",
            "CREATE INDEX audits_by_line ON audits (line, from_ms)",
            # `click` is made by the browser, so that one that is sent twice is one; `at_ms` is the cloud's clock as
            # the browser knew it when the button was pressed.
            """CREATE TABLE audit_clicks (
                 audit INTEGER NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
                 click TEXT NOT NULL, direction TEXT NOT NULL, at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL,
                 undone INTEGER NOT NULL DEFAULT 0,
                 PRIMARY KEY (audit, click)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A watch as it begins."""

    line: str
    camera: str
    node: str
    drawing: str
    account: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One watch of one line; `outcome` None until somebody may see it, `sealed_ms` None while it may still change."""

    id: int
    line: str
    camera: str
    node: str
    drawing: str
    account: str
    from_ms: int
    until_ms: int
    to_ms: int | None
    dropped: bool
    outcome: Accuracy | None
    sealed_ms: int | None

    def ended(self, now_ms: int) -> bool:
        """Whether the watch is over: ended by hand, or by its time."""
        return self.to_ms is not None or now_ms >= self.until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One press: `click` names it, `at_ms` is when, `received_ms` when the cloud heard of it."""

    click: str
    direction: Direction
    at_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredError:
    """How far the counts of a line, or of a camera's lines, were off in the last audit (see `audit.Way`)."""

    line: str | None  # None of a camera with several lines
    camera: str
    drawing: str  # as it was then: for a line that has been redrawn the figure says nothing
    audit: int
    at_ms: int
    total: Way
    ways: tuple[Way, ...]  # in, then out

    @property
    def about(self) -> float | None:
        """The larger end of the interval as one share, for a "±6 %"; None where too few were seen."""
        low, high = self.total.low, self.total.high
        return None if low is None or high is None else max(abs(low), abs(high))


_AUDIT = "id, line, camera, node, drawing, account, from_ms, until_ms, to_ms, dropped, outcome, sealed_ms"


def begin(connection: sqlite3.Connection, begun: Begun) -> int:
    """A watch begins; returns its number."""
    done = connection.execute(
        """INSERT INTO audits (line, camera, node, drawing, account, from_ms, until_ms) VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (begun.line, begun.camera, begun.node, begun.drawing, begun.account, begun.from_ms, begun.until_ms),
    )
    return int(done.lastrowid or 0)


def by_id(connection: sqlite3.Connection, number: int) -> Audit | None:
    """One audit, or None."""
    return _audit(connection.execute(f"SELECT {_AUDIT} FROM audits WHERE id = ?", (number,)).fetchone())  # noqa: S608 - only names of ours


def newest(connection: sqlite3.Connection, most: int = 50) -> tuple[Audit, ...]:
    """The last audits that were not dropped, newest first."""
    rows = connection.execute(f"SELECT {_AUDIT} FROM audits WHERE dropped = 0 ORDER BY id DESC LIMIT ?", (most,))  # noqa: S608 - only names of ours
    return tuple(each for each in map(_audit, rows) if each)


def unsealed(connection: sqlite3.Connection, now_ms: int) -> tuple[Audit, ...]:
    """Those whose watch is over and whose outcome may still change, oldest first."""
    rows = connection.execute(
        f"SELECT {_AUDIT} FROM audits WHERE sealed_ms IS NULL AND dropped = 0 AND (to_ms IS NOT NULL OR until_ms <= ?) "  # noqa: S608 - only names of ours
        "ORDER BY id",
        (now_ms,),
    )
    return tuple(each for each in map(_audit, rows) if each)


def click(connection: sqlite3.Connection, number: int, clicked: Click) -> bool:
    """Keeps a click once, however often it is sent; whether it was new. What came out before is open again."""
    done = connection.execute(
        "INSERT OR IGNORE INTO audit_clicks (audit, click, direction, at_ms, received_ms) VALUES (?, ?, ?, ?, ?)",
        (number, clicked.click, clicked.direction.value, clicked.at_ms, clicked.received_ms),
    )
    if done.rowcount:
        _reopen(connection, number)
    return bool(done.rowcount)


def undo(connection: sqlite3.Connection, number: int, clicked: str | None = None) -> bool:
    """Takes back a click, or the last one; whether there was one. It stays in the table, marked."""
    row = connection.execute(
        "SELECT click FROM audit_clicks WHERE audit = ?1 AND undone = 0 AND (?2 IS NULL OR click = ?2) "
        "ORDER BY at_ms DESC, received_ms DESC LIMIT 1",
        (number, clicked),
    ).fetchone()
    if row is None:
        return False
    connection.execute("UPDATE audit_clicks SET undone = 1 WHERE audit = ? AND click = ?", (number, row[0]))
    _reopen(connection, number)
    return True


def clicks(connection: sqlite3.Connection, number: int) -> tuple[Moment, ...]:
    """The clicks that stand, by time."""
    rows = connection.execute(
        "SELECT at_ms, direction FROM audit_clicks WHERE audit = ? AND undone = 0 ORDER BY at_ms", (number,)
    )
    return tuple(Moment(at_ms=at_ms, direction=Direction(direction)) for at_ms, direction in rows)


def end(connection: sqlite3.Connection, number: int, now_ms: int) -> None:
    """The watch is over now, unless it is already."""
    connection.execute("UPDATE audits SET to_ms = min(until_ms, ?) WHERE id = ? AND to_ms IS NULL", (now_ms, number))


def drop(connection: sqlite3.Connection, number: int) -> bool:
    """Forgets an audit of which nobody has seen the outcome; whether it could: a result cannot be picked."""
    done = connection.execute("UPDATE audits SET dropped = 1 WHERE id = ? AND to_ms IS NULL", (number,))
    return bool(done.rowcount)


def keep_outcome(connection: sqlite3.Connection, number: int, outcome: Accuracy, *, sealed_ms: int | None) -> None:
    """What came out; with `sealed_ms` it will not be made again."""
    connection.execute(
        "UPDATE audits SET outcome = ?, sealed_ms = ? WHERE id = ?",
        (msgspec.json.encode(outcome).decode(), sealed_ms, number),
    )


def errors(connection: sqlite3.Connection, plan: Plan | None = None) -> dict[str, MeasuredError]:
    """The error of each line from its last audit in which enough was seen for one, by the line's id.

    With a plan those alone whose line and camera are drawn there as they were then: of another drawing it says nothing.
    """
    drawn = None if plan is None else {line.id: drawing(plan, line) for line in plan.lines}
    rows = connection.execute(
        f"SELECT {_AUDIT} FROM audits WHERE id IN (SELECT max(id) FROM audits WHERE dropped = 0 "  # noqa: S608 - only names of ours
        "AND json_extract(outcome, '$.total.clicked') >= ? GROUP BY line) ORDER BY line",
        (FEWEST,),
    )
    return {
        each.line: _measured(each, each.outcome)
        for each in map(_audit, rows)
        if each and each.outcome and (drawn is None or drawn.get(each.line) == each.drawing)
    }


def camera_errors(connection: sqlite3.Connection, plan: Plan | None = None) -> dict[str, MeasuredError]:
    """The same by camera: its lines' last audits as one."""
    found: dict[str, list[MeasuredError]] = {}
    for each in errors(connection, plan).values():
        found.setdefault(each.camera, []).append(each)
    return {camera: _pooled(lines) for camera, lines in found.items()}


def crossings(connection: sqlite3.Connection, node: str, line: str, *, from_ms: int, to_ms: int) -> tuple[Moment, ...]:
    """The stored crossings of a line, `from_ms` ≤ at < `to_ms` by the node's clock, by time.

    Events are kept in the order of their node's log, of which only what came since `from_ms` is read: what was
    received before it cannot have happened after it, but for a clock that is wrong, for which an hour is allowed.
    """
    found: list[Moment] = []
    for (epoch,) in connection.execute(
        "SELECT epochs.key FROM epochs JOIN nodes ON nodes.key = epochs.node WHERE nodes.name = ?", (node,)
    ).fetchall():
        begin = _first_received(connection, epoch, from_ms - 60 * MINUTE_MS)
        rows = connection.execute(
            "SELECT body FROM events WHERE epoch = ? AND sequence >= ? "
            "AND json_extract(body, '$.kind') = 'crossing' AND json_extract(body, '$.line') = ? "
            "AND json_extract(body, '$.at') >= ? AND json_extract(body, '$.at') < ?",
            (epoch, begin, line, from_ms, to_ms),
        )
        found += [moment for (body,) in rows if (moment := _moment(body))]
    return tuple(sorted(found, key=lambda each: each.at_ms))


def gaps(connection: sqlite3.Connection, camera: str, *, from_ms: int, to_ms: int, told_ms: int) -> tuple[Gap, ...]:
    """When the camera told nothing between two moments of the node's clock.

    By its own words, and by the whole minutes before `told_ms` of which it reported less than half or nothing.
    """
    found = _said(connection, camera, from_ms, to_ms)
    seen = dict(
        connection.execute(
            "SELECT at_ms, 2 * covered_ms >= watched_ms AND watched_ms > 0 FROM camera_sums "
            "WHERE span_ms = 60000 AND camera = ? AND at_ms >= ? AND at_ms < ?",
            (camera, from_ms - MINUTE_MS, to_ms),
        ).fetchall()
    )
    first = from_ms // MINUTE_MS * MINUTE_MS
    for at_ms in range(first, min(to_ms, told_ms - MINUTE_MS), MINUTE_MS):
        said = any(gap.from_ms < at_ms + MINUTE_MS and at_ms < gap.to_ms for gap in found)
        if not said and not seen.get(at_ms):
            found.append(Gap(from_ms=max(at_ms, from_ms), to_ms=min(at_ms + MINUTE_MS, to_ms)))
    return tuple(sorted(found, key=lambda gap: gap.from_ms))


def _said(connection: sqlite3.Connection, camera: str, from_ms: int, to_ms: int) -> list[Gap]:
    """The times in which the camera was lost, moved, blocked or dark by its node's words."""
    rows: Sequence[tuple[int, int]] = connection.execute(
        """SELECT * FROM (SELECT at_ms, ok FROM device_changes WHERE device = 'camera' AND name = ?1 AND at_ms <= ?2
                          ORDER BY at_ms DESC, epoch DESC, sequence DESC LIMIT 1)
           UNION ALL
           SELECT * FROM (SELECT at_ms, ok FROM device_changes WHERE device = 'camera' AND name = ?1
                          AND at_ms > ?2 AND at_ms < ?3 ORDER BY at_ms, epoch, sequence)""",
        (camera, from_ms, to_ms),
    ).fetchall()
    found: list[Gap] = []
    lost_ms: int | None = None
    for at_ms, ok in rows:
        if not ok and lost_ms is None:
            lost_ms = max(at_ms, from_ms)
        elif ok and lost_ms is not None:
            found.append(Gap(from_ms=lost_ms, to_ms=at_ms))
            lost_ms = None
    if lost_ms is not None:
        found.append(Gap(from_ms=lost_ms, to_ms=to_ms))
    return found


def _first_received(connection: sqlite3.Connection, epoch: int, from_ms: int) -> int:
    """The first event of an epoch that was received at `from_ms` or later, by halving."""
    low, high = connection.execute("SELECT 1, through + 1 FROM epochs WHERE key = ?", (epoch,)).fetchone()
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            "SELECT received_ms FROM events WHERE epoch = ? AND sequence >= ? ORDER BY sequence LIMIT 1",
            (epoch, middle),
        ).fetchone()
        if row is None or row[0] >= from_ms:
            high = middle
        else:
            low = middle + 1
    return int(low)


def _moment(body: str) -> Moment | None:
    try:
        event = decode_event(body.encode())
    except WireError:  # written by another version
        return None
    if not isinstance(event, Crossing) or event.staff:  # the person at the door leaves staff out as well
        return None
    return Moment(at_ms=event.at, direction=event.direction)


def _measured(audit: Audit, outcome: Accuracy) -> MeasuredError:
    return MeasuredError(
        line=audit.line,
        camera=audit.camera,
        drawing=audit.drawing,
        audit=audit.id,
        at_ms=audit.to_ms or audit.until_ms,
        total=outcome.total,
        ways=outcome.ways,
    )


def _pooled(lines: Sequence[MeasuredError]) -> MeasuredError:
    if len(lines) == 1:
        return lines[0]
    total = pooled([each.total for each in lines])
    assert total is not None
    ways = tuple(way for place in (0, 1) if (way := pooled([each.ways[place] for each in lines])))
    return replace(max(lines, key=lambda each: each.at_ms), line=None, total=total, ways=ways)


def _reopen(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("UPDATE audits SET sealed_ms = NULL WHERE id = ?", (number,))


def _audit(row: tuple[Any, ...] | None) -> Audit | None:
    if row is None:
        return None
    number, line, camera, node, drawing, account, from_ms, until_ms, to_ms, dropped, outcome, sealed_ms = row
    return Audit(
        id=number,
        line=line,
        camera=camera,
        node=node,
        drawing=drawing,
        account=account,
        from_ms=from_ms,
        until_ms=until_ms,
        to_ms=to_ms,
        dropped=bool(dropped),
        outcome=None if outcome is None else msgspec.json.decode(outcome, type=Accuracy),
        sealed_ms=sealed_ms,
    )

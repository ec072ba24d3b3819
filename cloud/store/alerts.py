"""Alerts that wait, are open or were: when, who took note of them, and what the store chose about them."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cloud.manage.alerts import Alert, Kind, Rules, Stage, Step, Wrong
from cloud.manage.notifying import Quiet
from cloud.store.steps import Step as Migration

KEPT_MS: Final = 400 * 86_400_000
"""How long an alert that is over is kept: a year, to see whether it comes with the season."""

STEPS = (
    Migration(
        name="alerts-1",
        statements=(
            # Times by the cloud's clock, but `since_ms`, which a node may have told. One row a thing while it lasts.
            """CREATE TABLE alerts (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 kind TEXT NOT NULL, subject TEXT NOT NULL, cause TEXT NOT NULL, number REAL NOT NULL,
                 since_ms INTEGER NOT NULL, stage TEXT NOT NULL,
                 seen_ms INTEGER NOT NULL, well_ms INTEGER, opened_ms INTEGER, ended_ms INTEGER,
                 noted_by TEXT, noted_ms INTEGER
               ) STRICT""",
            "CREATE UNIQUE INDEX alerts_living ON alerts (kind, subject) WHERE stage != 'ended'",
            "CREATE INDEX alerts_by_end ON alerts (ended_ms) WHERE stage = 'ended'",
            "CREATE TABLE alert_rules (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT",
            # How an account wants to hear; `last_ms`: when it was told of anything last.
            """CREATE TABLE alert_people (
                 account TEXT PRIMARY KEY,
                 from_min INTEGER NOT NULL, to_min INTEGER NOT NULL, critical_passes INTEGER NOT NULL
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An alert as it is kept, and who took note of it."""

    id: int
    alert: Alert
    noted_by: str | None
    noted_ms: int | None


_COLUMNS: Final = (
    "id, kind, subject, cause, number, since_ms, stage, seen_ms, well_ms, opened_ms, ended_ms, noted_by, noted_ms"
)

_LIVING: Final = "alerts INDEXED BY alerts_living WHERE stage != 'ended'"
"""Found without a look at those of a whole year that are over."""


def living(connection: sqlite3.Connection) -> tuple[Kept, ...]:
    """Those that wait or are open."""
    return _many(connection.execute(f"SELECT {_COLUMNS} FROM {_LIVING} ORDER BY id"))  # noqa: S608 - only names of ours


def open_now(connection: sqlite3.Connection) -> tuple[Kept, ...]:
    """Those that are open."""
    return tuple(each for each in living(connection) if each.alert.stage is Stage.OPEN)


def open_count(connection: sqlite3.Connection) -> int:
    """How many are open of which nobody has taken note."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM {_LIVING} AND stage = 'open' AND noted_ms IS NULL"  # noqa: S608 - only names of ours
    ).fetchone()
    return int(count)


def past(connection: sqlite3.Connection, *, since_ms: int) -> tuple[Kept, ...]:
    """Those that ended since then, the last first, 200 at the most."""
    return _many(
        connection.execute(
            f"""SELECT {_COLUMNS} FROM alerts WHERE stage = 'ended' AND ended_ms >= ?
                ORDER BY ended_ms DESC, id LIMIT 200""",  # noqa: S608 - only names of ours
            (since_ms,),
        )
    )


def by_ids(connection: sqlite3.Connection, numbers: Iterable[int]) -> tuple[Kept, ...]:
    """These alerts, as far as they are kept."""
    wanted = msgspec.json.encode(list(numbers)).decode()
    return _many(
        connection.execute(
            f"SELECT {_COLUMNS} FROM alerts WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",  # noqa: S608 - only names of ours
            (wanted,),
        )
    )


def keep(connection: sqlite3.Connection, before: Sequence[Kept], step: Step) -> None:
    """Writes what a moment made of the living alerts `before`; those of them that it does not name are forgotten."""
    numbers = {each.alert.wrong.key: each.id for each in before}
    named = set[tuple[Kind, str]]()
    for alert in (*step.alerts, *step.ended):
        named.add(alert.wrong.key)
        _write(connection, numbers.get(alert.wrong.key), alert)
    for key, number in numbers.items():
        if key not in named:
            connection.execute("DELETE FROM alerts WHERE id = ?", (number,))


def note(connection: sqlite3.Connection, number: int, *, account: str, now_ms: int) -> bool:
    """Somebody takes note of an open alert; whether they are the first."""
    done = connection.execute(
        "UPDATE alerts SET noted_by = ?, noted_ms = ? WHERE id = ? AND noted_ms IS NULL AND stage = 'open'",
        (account, now_ms, number),
    )
    return bool(done.rowcount)


def forget(connection: sqlite3.Connection, before_ms: int) -> int:
    """Deletes those that ended before then; returns how many."""
    return connection.execute("DELETE FROM alerts WHERE stage = 'ended' AND ended_ms < ?", (before_ms,)).rowcount


def rules(connection: sqlite3.Connection) -> Rules:
    """What the store chose; the defaults where it chose nothing."""
    row = connection.execute("SELECT body FROM alert_rules").fetchone()
    return Rules() if row is None else msgspec.json.decode(row[0], type=Rules)


def choose(connection: sqlite3.Connection, chosen: Rules) -> None:
    """The store chooses."""
    connection.execute(
        "INSERT OR REPLACE INTO alert_rules VALUES (1, ?)", (msgspec.json.encode(chosen, order="sorted").decode(),)
    )


def quiet(connection: sqlite3.Connection, account: str) -> Quiet:
    """An account's quiet hours; none where it chose none."""
    row = connection.execute(
        "SELECT from_min, to_min, critical_passes FROM alert_people WHERE account = ?", (account,)
    ).fetchone()
    return Quiet() if row is None else Quiet(from_min=row[0], to_min=row[1], critical_passes=bool(row[2]))


def be_quiet(connection: sqlite3.Connection, account: str, chosen: Quiet) -> None:
    """An account chooses its quiet hours."""
    connection.execute(
        "INSERT OR REPLACE INTO alert_people VALUES (?, ?, ?, ?)",
        (account, chosen.from_min, chosen.to_min, int(chosen.critical_passes)),
    )


def _write(connection: sqlite3.Connection, number: int | None, alert: Alert) -> None:
    wrong = alert.wrong
    values = (
        wrong.cause,
        wrong.number,
        wrong.since_ms,
        alert.stage.value,
        alert.seen_ms,
        alert.well_ms,
        alert.opened_ms,
        alert.ended_ms,
    )
    if number is None:
        connection.execute(
            "INSERT INTO alerts (kind, subject, cause, number, since_ms, stage, seen_ms, well_ms, opened_ms, ended_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (wrong.kind.value, wrong.subject, *values),
        )
    else:
        connection.execute(
            "UPDATE alerts SET cause = ?, number = ?, since_ms = ?, stage = ?, seen_ms = ?, well_ms = ?, "
            "opened_ms = ?, ended_ms = ? WHERE id = ?",
            (*values, number),
        )


def _many(rows: Iterable[tuple[Any, ...]]) -> tuple[Kept, ...]:
    return tuple(map(_kept, rows))


def _kept(row: tuple[Any, ...]) -> Kept:
    number, kind, subject, cause, amount, since_ms, stage, seen_ms, well_ms, opened_ms, ended_ms, by, noted_ms = row
    wrong = Wrong(kind=Kind(kind), subject=subject, since_ms=since_ms, cause=cause, number=amount)
    alert = Alert(
        wrong=wrong,
        stage=Stage(stage),
        seen_ms=seen_ms,
        well_ms=well_ms,
        opened_ms=opened_ms,
        ended_ms=ended_ms,
    )
    return Kept(id=number, alert=alert, noted_by=by, noted_ms=noted_ms)

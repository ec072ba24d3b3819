"""The plan's versions: which one is valid now, and which one was when something happened."""

import functools
import sqlite3
from dataclasses import dataclass

import msgspec

from cloud.store.steps import Step
from contract.plan import Plan, decode_plan, encode_plan

STEPS = (
    Step(
        name="plans-1",
        statements=(
            # A version is valid from `from_ms` until the next one is; what came before all versions is drawn on the
            # first, whose `from_ms` is 0. `saved_ms` is NULL where nobody noted it. `backdrop`: the drawing under it.
            "ALTER TABLE plans ADD COLUMN from_ms INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE plans ADD COLUMN saved_ms INTEGER",
            "ALTER TABLE plans ADD COLUMN saved_by TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE plans ADD COLUMN note TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE plans ADD COLUMN backdrop TEXT",
            "CREATE INDEX plans_by_time ON plans (from_ms, version)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One saved plan, valid in [from_ms, until_ms), the newest without an end; `saved_ms` where somebody noted it."""

    version: int
    from_ms: int
    until_ms: int | None
    saved_ms: int | None
    by: str
    note: str

    @property
    def words(self) -> str:
        """What the audit log says of it."""
        return f"version {self.version}: {self.note}" if self.note else f"version {self.version}"


def plan_now(connection: sqlite3.Connection) -> Plan | None:
    """The plan that is valid now, which is the newest version, or None."""
    row = connection.execute("SELECT body FROM plans ORDER BY version DESC LIMIT 1").fetchone()
    return row and _decoded(row[0])


def plan_at(connection: sqlite3.Connection, at_ms: int) -> Plan | None:
    """The plan that was valid at a moment (ms); before the first version that one, and None where there is none."""
    row = connection.execute(
        "SELECT body FROM plans WHERE from_ms <= max(?, 0) ORDER BY from_ms DESC, version DESC LIMIT 1", (at_ms,)
    ).fetchone()
    return row and _decoded(row[0])


def plan_until(connection: sqlite3.Connection, end_ms: int, *, now_ms: int) -> Plan | None:
    """The plan on which what happened up to `end_ms` (not included) is drawn: that of its end, or of now."""
    return plan_now(connection) if end_ms >= now_ms else plan_at(connection, end_ms - 1)


def plan_of(connection: sqlite3.Connection, version: int) -> Plan | None:
    """One version's plan, or None."""
    row = connection.execute("SELECT body FROM plans WHERE version = ?", (version,)).fetchone()
    return row and _decoded(row[0])


def plan_before(connection: sqlite3.Connection, version: int) -> Plan | None:
    """The version that one followed, or None for the first."""
    row = connection.execute(
        "SELECT body FROM plans WHERE version < ? ORDER BY version DESC LIMIT 1", (version,)
    ).fetchone()
    return row and _decoded(row[0])


def backdrop_of(connection: sqlite3.Connection, version: int) -> str | None:
    """What one version was drawn upon, as its JSON, or None."""
    row = connection.execute("SELECT backdrop FROM plans WHERE version = ?", (version,)).fetchone()
    return None if row is None or row[0] is None else str(row[0])


def newest(connection: sqlite3.Connection) -> int:
    """The newest version's number; 0 where there is none."""
    (number,) = connection.execute("SELECT coalesce(max(version), 0) FROM plans").fetchone()
    return int(number)


def versions(connection: sqlite3.Connection, *, most: int = 200) -> tuple[Version, ...]:
    """The newest `most` versions, the newest first."""
    rows = connection.execute(
        "SELECT version, from_ms, lead(from_ms) OVER (ORDER BY version), saved_ms, saved_by, note FROM plans "
        "ORDER BY version DESC LIMIT ?",
        (most,),
    )
    return tuple(
        Version(version=version, from_ms=from_ms, until_ms=until_ms, saved_ms=saved_ms, by=by, note=note)
        for version, from_ms, until_ms, saved_ms, by, note in rows
    )


def save(
    connection: sqlite3.Connection, plan: Plan, *, by: str, note: str, now_ms: int, backdrop: str | None = None
) -> Version:
    """Makes the plan a new version that is valid from now on; a store's first one is valid for all that was before.

    Its number is the plan's own where that is new, else the next. Publish `PlanSaved` after the commit.
    """
    number, from_ms = connection.execute(
        "SELECT coalesce(max(version), 0), coalesce(max(from_ms), 0) FROM plans"
    ).fetchone()
    kept = msgspec.structs.replace(plan, version=max(plan.version, number + 1))
    begins = max(now_ms, from_ms) if number else 0  # a clock that was set back does not let versions swap
    connection.execute(
        "INSERT INTO plans (version, body, from_ms, saved_ms, saved_by, note, backdrop) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (kept.version, encode_plan(kept).decode(), begins, now_ms, by, note, backdrop),
    )
    return Version(version=kept.version, from_ms=begins, until_ms=None, saved_ms=now_ms, by=by, note=note)


def take(connection: sqlite3.Connection, plan: Plan, *, by: str, note: str, now_ms: int) -> Version:
    """Saves a plan that came as a file; one that says the same as the newest version changes nothing."""
    now = plan_now(connection)
    if now is not None and msgspec.structs.replace(plan, version=now.version) == now:
        return versions(connection, most=1)[0]
    return save(connection, plan, by=by, note=note, now_ms=now_ms)


@functools.lru_cache(maxsize=16)
def _decoded(body: str) -> Plan:
    """Every page reads the plan; its text changes with its version only."""
    return decode_plan(body.encode())

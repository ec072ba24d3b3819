"""What the audit's pages read: the lines and when each is due, a watch under way, and what came out of the others."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cloud.manage.audit import DUE_MS, Accuracy, Moment, Watched, accuracy, drawing
from cloud.manage.insight import MINUTE_MS
from cloud.store import accounts, audits, plans
from cloud.store.accounts import LatestHealth
from cloud.store.audits import Audit, MeasuredError
from cloud.store.connection import Store
from contract.messages import WireError, decode_health
from contract.plan import Camera, Line, Plan

SEALED_AFTER_MS: Final = 3 * MINUTE_MS
"""A node tells of each minute up to a minute and a quarter after its end; only then is it known what it did not see."""
GIVEN_UP_MS: Final = 24 * 60 * MINUTE_MS
"""After which an outcome stands without a node that never came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line that can be watched; `error` is of its last audit, `redrawn` since then, `due` to be watched (again)."""

    line: Line
    camera: Camera
    error: MeasuredError | None
    redrawn: bool
    due: bool
    due_ms: int | None  # when it will be; None where it never was watched or is redrawn
    running: Audit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The page of all audits."""

    rows: tuple[LineRow, ...]
    past: tuple[Audit, ...]
    lines: dict[str, Line]


def room(store: Store, now_ms: int) -> Room | None:
    """The lines of today's plan and the past audits; None while there is no plan."""
    with store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            return None
        past = audits.newest(connection)
        errors = audits.errors(connection)
    running = {each.line: each for each in reversed(past) if not each.ended(now_ms)}
    return Room(
        rows=tuple(
            replace(_row(plan, line, camera, errors.get(line.id), now_ms), running=running.get(line.id))
            for line, camera in _watched(plan)
        ),
        past=tuple(each for each in past if each.ended(now_ms)),
        lines={line.id: line for line in plan.lines},
    )


def due(connection: sqlite3.Connection, plan: Plan, now_ms: int) -> tuple[tuple[Line, int | None], ...]:
    """The lines whose error nobody knows any more, each with when it was last known; None: never."""
    errors = audits.errors(connection)
    rows = [_row(plan, line, camera, errors.get(line.id), now_ms) for line, camera in _watched(plan)]
    return tuple((row.line, row.error.at_ms if row.error else None) for row in rows if row.due)


def begin(store: Store, line_id: str, *, account: str, now_ms: int, lasts_ms: int) -> int | None:
    """A watch of this line begins; its number, or None for a line that is not on the plan."""
    with store.atomic() as connection:
        plan = plans.plan_now(connection)
        found = [(line, camera) for line, camera in _watched(plan) if line.id == line_id] if plan else []
        if plan is None or not found:
            return None
        line, camera = found[0]
        return audits.begin(
            connection,
            audits.Begun(
                line=line.id,
                camera=camera.id,
                node=camera.node,
                drawing=drawing(plan, line),
                account=account,
                from_ms=now_ms,
                until_ms=now_ms + lasts_ms,
            ),
        )


def settle(store: Store, now_ms: int) -> int:
    """Makes the outcomes of watches that are over, again until nothing can change them; returns how many were made."""
    with store.reading() as connection:
        made = [
            (each.id, _outcome(connection, each, now_ms), _sealed(connection, each, now_ms))
            for each in audits.unsealed(connection, now_ms)
        ]
    if made:
        with store.atomic() as connection:
            for number, outcome, sealed in made:
                audits.end(connection, number, now_ms)
                audits.keep_outcome(connection, number, outcome, sealed_ms=now_ms if sealed else None)
    return len(made)


def _watched(plan: Plan) -> tuple[tuple[Line, Camera], ...]:
    return tuple((line, camera) for line in plan.lines for camera in plan.cameras if camera.id == line.camera)


def _row(plan: Plan, line: Line, camera: Camera, error: MeasuredError | None, now_ms: int) -> LineRow:
    redrawn = error is not None and error.drawing != drawing(plan, line)
    due_ms = None if error is None or redrawn else error.at_ms + DUE_MS
    return LineRow(
        line=line,
        camera=camera,
        error=error,
        redrawn=redrawn,
        due=due_ms is None or due_ms <= now_ms,
        due_ms=due_ms,
    )


def _outcome(connection: sqlite3.Connection, audit: Audit, now_ms: int) -> Accuracy:
    """By the cloud's clock: what the node told is moved by as much as its clock is ahead."""
    end_ms = audit.to_ms if audit.to_ms is not None else audit.until_ms
    ahead_ms = _ahead_ms(_health(connection, audit.node))
    told_ms = now_ms + ahead_ms - SEALED_AFTER_MS
    crossings = audits.crossings(
        connection,
        audit.node,
        audit.line,
        from_ms=audit.from_ms + ahead_ms - MINUTE_MS,
        to_ms=end_ms + ahead_ms + MINUTE_MS,
    )
    gaps = audits.gaps(
        connection, audit.camera, from_ms=audit.from_ms + ahead_ms, to_ms=end_ms + ahead_ms, told_ms=told_ms
    )
    watched = Watched(
        from_ms=audit.from_ms,
        to_ms=end_ms,
        clicks=audits.clicks(connection, audit.id),
        gaps=tuple(type(gap)(from_ms=gap.from_ms - ahead_ms, to_ms=gap.to_ms - ahead_ms) for gap in gaps),
    )
    return accuracy(watched, _moved(crossings, ahead_ms))


def _moved(crossings: Sequence[Moment], ahead_ms: int) -> tuple[Moment, ...]:
    return tuple(Moment(at_ms=each.at_ms - ahead_ms, direction=each.direction) for each in crossings)


def _sealed(connection: sqlite3.Connection, audit: Audit, now_ms: int) -> bool:
    """Whether the node has told everything up to the end, and of each minute whether it was seen."""
    end_ms = audit.to_ms if audit.to_ms is not None else audit.until_ms
    if now_ms >= end_ms + GIVEN_UP_MS:
        return True
    health = _health(connection, audit.node)
    if health is None or now_ms < end_ms + SEALED_AFTER_MS:
        return False
    try:
        waiting_ms = decode_health(health.body.encode()).oldest_ms
    except WireError:  # of another version: what it holds back nobody can say
        return False
    return health.received_ms - waiting_ms >= end_ms + MINUTE_MS


def _health(connection: sqlite3.Connection, node: str) -> LatestHealth | None:
    return next((each for each in accounts.latest(connection) if each.node == node), None)


def _ahead_ms(health: LatestHealth | None) -> int:
    return 0 if health is None else health.at_ms - health.received_ms

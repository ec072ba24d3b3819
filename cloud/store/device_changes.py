"""Reads when devices came and went."""

import sqlite3
from dataclasses import dataclass

from contract.events import Cause, Device


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """What a device's node told of it last; `cause` None where it is well, or nobody knows."""

    at_ms: int
    ok: bool
    reason: str
    cause: Cause | None


def last(connection: sqlite3.Connection, device: Device) -> dict[str, LastChange]:
    """Each device's last change, by its name."""
    rows = connection.execute(
        # SQLite takes the other columns of an aggregate's row from where the maximum is.
        "SELECT name, max(at_ms), ok, reason, cause FROM device_changes WHERE device = ? GROUP BY name",
        (device.value,),
    )
    return {
        name: LastChange(at_ms=at_ms, ok=bool(ok), reason=reason, cause=_cause(cause))
        for name, at_ms, ok, reason, cause in rows
    }


def _cause(text: str | None) -> Cause | None:
    return Cause(text) if text in tuple(Cause) else None

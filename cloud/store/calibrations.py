"""How well each camera's pairs fixed its floor when they were saved."""

import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="calibrations-1",
        statements=(
            # `reckoned`: by the node's own code or by the page's; errors are NULL where there were too few pairs.
            """CREATE TABLE calibrations (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 camera TEXT NOT NULL, version INTEGER NOT NULL, at_ms INTEGER NOT NULL, account TEXT NOT NULL,
                 pairs INTEGER NOT NULL, reckoned TEXT NOT NULL, error_cm REAL, worst_cm REAL
               ) STRICT""",
            "CREATE INDEX calibrations_by_camera ON calibrations (camera, id)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A camera's pairs as they were saved with a version of the plan; errors in cm on the floor.

    `error_cm` is typical of a pair that the floor was not fitted to (root mean square), `worst_cm` of the worst.
    """

    camera: str
    version: int
    at_ms: int
    account: str
    pairs: int
    reckoned: str  # "node", "page", or empty where nobody knows an error
    error_cm: float | None
    worst_cm: float | None


def keep(connection: sqlite3.Connection, one: Calibrated) -> None:
    """Writes it down."""
    connection.execute(
        "INSERT INTO calibrations (camera, version, at_ms, account, pairs, reckoned, error_cm, worst_cm)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (one.camera, one.version, one.at_ms, one.account, one.pairs, one.reckoned, one.error_cm, one.worst_cm),
    )


def last(connection: sqlite3.Connection) -> dict[str, Calibrated]:
    """Each camera's last one."""
    rows = connection.execute(
        "SELECT camera, version, at_ms, account, pairs, reckoned, error_cm, worst_cm FROM calibrations"
        " WHERE id IN (SELECT max(id) FROM calibrations GROUP BY camera)"
    )
    return {
        camera: Calibrated(
            camera=camera,
            version=version,
            at_ms=at_ms,
            account=account,
            pairs=pairs,
            reckoned=reckoned,
            error_cm=error_cm,
            worst_cm=worst_cm,
        )
        for camera, version, at_ms, account, pairs, reckoned, error_cm, worst_cm in rows
    }

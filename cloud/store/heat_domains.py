"""The upper end of each heat map's colours, by metric and window length: kept, so that a picture keeps its colours."""

import sqlite3
from dataclasses import dataclass

from cloud.store.steps import Step

STEPS = (
    Step(
        name="heat-domains-1",
        statements=(
            # `minutes`: the window's length; `days`: of how many days the values were that it was fitted to.
            """CREATE TABLE heat_domains (
                 metric TEXT NOT NULL, minutes INTEGER NOT NULL, top REAL NOT NULL, days INTEGER NOT NULL,
                 fitted_ms INTEGER NOT NULL, PRIMARY KEY (metric, minutes)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A metric's `top` for windows of some length, as it was fitted to `days` days at `fitted_ms`."""

    top: float
    days: int
    fitted_ms: int


def get(connection: sqlite3.Connection, metric: str, minutes: int) -> Domain | None:
    """What is kept, or None."""
    row = connection.execute(
        "SELECT top, days, fitted_ms FROM heat_domains WHERE metric = ? AND minutes = ?", (metric, minutes)
    ).fetchone()
    return row and Domain(top=row[0], days=row[1], fitted_ms=row[2])


def put(connection: sqlite3.Connection, metric: str, minutes: int, domain: Domain) -> None:
    """Keeps it in the place of what was there."""
    connection.execute(
        "INSERT OR REPLACE INTO heat_domains VALUES (?, ?, ?, ?, ?)",
        (metric, minutes, domain.top, domain.days, domain.fitted_ms),
    )

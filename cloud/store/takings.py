"""What the tills took, summed by the minute and by the hour, in the same transaction as the receipts."""

import sqlite3

from cloud.store import days
from cloud.store.steps import Step
from cloud.store.sums import SPANS_MS

STEPS = (
    Step(
        name="takings-1",
        statements=(
            # `amount`: money that was paid and not given back, in minor units. `squares`: the sum of the squares of
            # what each receipt came to, for the error of their mean. All at the time of the sale, whenever it changed.
            """CREATE TABLE taking_sums (
                 span_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
                 receipts INTEGER NOT NULL, amount INTEGER NOT NULL, squares REAL NOT NULL,
                 PRIMARY KEY (span_ms, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """INSERT INTO taking_sums
                 WITH told AS (
                   SELECT at_ms, NOT EXISTS (SELECT 1 FROM returns WHERE sale = sales.id AND number IS NULL) AS stands,
                     coalesce(
                       (SELECT total - off - worth FROM sale_terms WHERE sale = sales.id),
                       (SELECT sum(amount - discount) FROM sale_lines WHERE sale = sales.id), 0
                     ) - coalesce((SELECT sum(refund) FROM returns WHERE sale = sales.id), 0) AS paid
                   FROM sales
                 ),
                 spans(span_ms) AS (VALUES (60000), (3600000))
               SELECT span_ms, at_ms / span_ms * span_ms, sum(stands), sum(paid), sum(1.0 * paid * paid)
               FROM told, spans GROUP BY 1, 2""",
        ),
    ),
)


def took(connection: sqlite3.Connection, at_ms: int, paid: int) -> None:
    """Counts a receipt of `paid` minor units at the time of its sale."""
    _add(connection, at_ms, 1, paid, float(paid) ** 2)


def changed(connection: sqlite3.Connection, at_ms: int, before: int, after: int) -> None:
    """Counts that a receipt which came to `before` comes to `after` now."""
    _add(connection, at_ms, 0, after - before, float(after) ** 2 - float(before) ** 2)


def undone(connection: sqlite3.Connection, at_ms: int) -> None:
    """Takes a receipt back that came to nothing any more."""
    _add(connection, at_ms, -1, 0, 0.0)


def _add(connection: sqlite3.Connection, at_ms: int, receipts: int, amount: int, squares: float) -> None:
    for span in SPANS_MS:
        connection.execute(
            """INSERT INTO taking_sums VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 receipts = receipts + excluded.receipts, amount = amount + excluded.amount,
                 squares = squares + excluded.squares""",
            (span, at_ms - at_ms % span, receipts, amount, squares),
        )
    days.touch(connection, [at_ms])

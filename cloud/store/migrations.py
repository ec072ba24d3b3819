"""Which steps make the database, in their order, and which of them it already has."""

import sqlite3

from sqlite_utils import Database, Migrations

from cloud.store import (
    accounts,
    alert_letters,
    alerts,
    api_keys,
    arrivals,
    audit_log,
    audits,
    beliefs,
    calibrations,
    campaigns,
    candidates,
    catalogue,
    consents,
    coupons,
    days,
    decisions,
    erasing,
    erasures,
    events,
    heads,
    heat_days,
    heat_domains,
    identity,
    interests,
    joinings,
    logs,
    managers,
    member_codes,
    notes,
    plan_drafts,
    plans,
    points,
    points_marks,
    preferences,
    pushes,
    quarantine,
    receipts,
    requests,
    returns,
    reviews,
    rollups,
    sales,
    shoppers,
    staff,
    stops,
    takings,
    tills,
    trials,
    visits,
    wishes,
)
from cloud.store.steps import Step

STEPS: tuple[Step, ...] = (
    *identity.STEPS,
    *events.STEPS,
    *rollups.STEPS,
    *quarantine.STEPS,
    *accounts.STEPS,
    *managers.STEPS,
    *catalogue.STEPS,
    *shoppers.STEPS,
    *visits.STEPS,
    *sales.STEPS,
    *logs.STEPS,
    *consents.STEPS,
    *pushes.STEPS,
    *requests.STEPS,
    *reviews.STEPS,
    *wishes.STEPS,
    *points.STEPS,
    *points_marks.STEPS,
    *interests.STEPS,
    *member_codes.STEPS,
    *sales.LATER_STEPS,
    *returns.STEPS,
    *tills.STEPS,
    *preferences.STEPS,
    *stops.STEPS,
    *receipts.STEPS,
    *campaigns.STEPS,
    *candidates.STEPS,
    *decisions.STEPS,
    *coupons.STEPS,
    *joinings.STEPS,
    *erasing.STEPS,
    *heads.STEPS,
    *erasures.STEPS,
    *plans.STEPS,
    *plan_drafts.STEPS,
    *audits.STEPS,
    *trials.STEPS,
    *takings.STEPS,
    *days.STEPS,
    *arrivals.STEPS,
    *audit_log.STEPS,
    *api_keys.STEPS,
    *heat_days.STEPS,
    *heat_domains.STEPS,
    *staff.STEPS,
    *alerts.STEPS,
    *alert_letters.STEPS,
    *calibrations.STEPS,
    *notes.STEPS,
    *beliefs.STEPS,
)
"""Each module's own list, in the order in which they may refer to each other. Append; never reorder."""

_SET = "aisle"


class SchemaError(RuntimeError):
    """The database was made by a later version of this program."""


def migrate(connection: sqlite3.Connection, steps: tuple[Step, ...] = STEPS) -> None:
    """Brings the database to `steps`; call inside a transaction. Raises SchemaError where it knows more than we do."""
    database = Database(connection)
    migrations = Migrations(_SET)
    for step in steps:
        migrations(name=step.name)(_Runner(step))
    strange = {done.name for done in migrations.applied(database)} - {step.name for step in steps}
    if strange:
        raise SchemaError(f"the database has {', '.join(sorted(strange))}, which this version does not know: update it")
    migrations.apply(database)


class _Runner:
    """A step as sqlite-utils wants it: something with a name that takes the database."""

    def __init__(self, step: Step) -> None:
        self.__name__ = step.name
        self._statements = step.statements

    def __call__(self, database: Database, /) -> None:
        for statement in self._statements:
            database.conn.execute(statement)

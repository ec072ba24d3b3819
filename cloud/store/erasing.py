"""Erasing a person: no row of theirs stays, and what the rows held is overwritten where it lay."""

import sqlite3
from dataclasses import dataclass

from cloud.store import candidates, decisions, erasures, events, quarantine, shoppers, trials
from cloud.store.belongings import TABLES
from cloud.store.owned import Gone, Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="erasing-1",
        statements=(
            # A row: something was erased since the file was last written anew.
            "CREATE TABLE scrubs_due (one INTEGER PRIMARY KEY CHECK (one = 1), since_ms INTEGER NOT NULL) STRICT",
        ),
    ),
    Step(
        name="erasing-2",
        # How often it became due: what is erased while the file is being written anew makes it due again.
        statements=("ALTER TABLE scrubs_due ADD COLUMN times INTEGER NOT NULL DEFAULT 1",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The file waits to be written anew."""

    since_ms: int
    times: int  # something was erased so often since


def erase(connection: sqlite3.Connection, person: int, now_ms: int) -> int:
    """Deletes a person with all that is theirs, delivered or not; returns how many phones. Sums stay as they are.

    What goes on counting is nobody's from now on. Follow it with `Store.scrub`: SQLite moves rows between pages and
    leaves copies behind that no row leads to.
    """
    for owned in TABLES:
        if owned.gone is Gone.UNLINKED and not owned.parent:
            _clear(connection, owned, person)
    trials.leave(connection, person)
    forget_taps(connection, person)
    gone = connection.execute("DELETE FROM profiles WHERE person = ?", (person,)).rowcount
    if gone:
        erasures.tell(connection, now_ms)
        need_scrub(connection, now_ms)
    return gone


def erase_old(connection: sqlite3.Connection, before_ms: int, now_ms: int) -> int:
    """Erases the people who were not here since, and what of the others is older than that; returns how many phones."""
    people = connection.execute("SELECT person FROM profiles GROUP BY person HAVING max(seen_ms) < ?", (before_ms,))
    gone = sum(erase(connection, person, now_ms) for (person,) in people.fetchall())
    older = (shoppers.forget_older, decisions.forget, candidates.forget, trials.forget, events.forget_tags)
    if sum(forget(connection, before_ms) for forget in older):
        need_scrub(connection, now_ms)
    return gone


def forget_taps(connection: sqlite3.Connection, person: int) -> None:
    """What a person's cards did is nobody's from now on; call it while the cards are still theirs.

    The taps, and all that was counted of them, stay as they are: of something without a name, as a phone's are.
    """
    for tag in shoppers.tags(connection, person):
        events.forget_tag(connection, tag)
        quarantine.forget_tag(connection, tag)


def need_scrub(connection: sqlite3.Connection, now_ms: int) -> None:
    """Something was erased: the file has to be written anew."""
    connection.execute(
        "INSERT INTO scrubs_due (one, since_ms) VALUES (1, ?) ON CONFLICT DO UPDATE SET times = times + 1", (now_ms,)
    )


def scrub_due(connection: sqlite3.Connection) -> Due | None:
    """Whether the file waits to be written anew."""
    row = connection.execute("SELECT since_ms, times FROM scrubs_due").fetchone()
    return row and Due(since_ms=row[0], times=row[1])


def scrub_done(connection: sqlite3.Connection, due: Due) -> None:
    """The file was written anew for what was due then; what was erased in the meantime waits on."""
    connection.execute("DELETE FROM scrubs_due WHERE times = ?", (due.times,))


def _clear(connection: sqlite3.Connection, owned: Owned, person: int) -> None:
    """Takes from rows that will be nobody's what could still lead to somebody."""
    values = {name: "lower(hex(randomblob(32)))" if owned.withheld[name] == "" else "NULL" for name in owned.cleared}
    if values:
        sets = ", ".join(f"{name} = {value}" for name, value in values.items())
        connection.execute(f"UPDATE {owned.table} SET {sets} WHERE {owned.profile} IN {MEMBERS}", (person,))  # noqa: S608 - only names of ours

"""Who hears of alerts, by which browsers and web hooks, and what is on its way to them: a queue that outlives us."""

import enum
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cloud.manage.alerts import Kind, severity_of
from cloud.manage.notifying import Untold
from cloud.store.pushes import Subscription
from cloud.store.steps import Step

MOST_BROWSERS: Final = 10
"""Of one account; the oldest goes when there is one more."""
MOST_HOOKS: Final = 20


class State(enum.StrEnum):
    """Where a letter is."""

    WAITING = "waiting"  # to be sent when it is due; also after an attempt that failed
    SENT = "sent"  # it was taken
    FAILED = "failed"  # nobody took it in its time, or it was refused for good


STEPS = (
    Step(
        name="alert_letters-1",
        statements=(
            # A manager's browser, as `push_subscriptions` knows a shopper's phone; the two never meet.
            """CREATE TABLE alert_browsers (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
                 endpoint TEXT NOT NULL UNIQUE, p256dh TEXT NOT NULL, auth TEXT NOT NULL,
                 service TEXT NOT NULL, origin TEXT NOT NULL, server_key TEXT NOT NULL, language TEXT NOT NULL,
                 at_ms INTEGER NOT NULL
               ) STRICT""",
            "CREATE INDEX alert_browsers_by_account ON alert_browsers (account)",
            # `secret` signs what goes there; whoever has it can play this store to that program.
            """CREATE TABLE alert_hooks (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, secret TEXT NOT NULL,
                 account TEXT NOT NULL, at_ms INTEGER NOT NULL
               ) STRICT""",
            # `listener`: account:NAME or hook:NUMBER. What it has been told of: that it began, and that it ended.
            """CREATE TABLE alert_told (
                 listener TEXT NOT NULL, alert INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
                 at_ms INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
                 PRIMARY KEY (listener, alert)
               ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX alert_told_by_time ON alert_told (listener, at_ms)",
            """CREATE TABLE alert_letters (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 browser INTEGER REFERENCES alert_browsers (id) ON DELETE CASCADE,
                 hook INTEGER REFERENCES alert_hooks (id) ON DELETE CASCADE,
                 body TEXT NOT NULL, urgent INTEGER NOT NULL, state TEXT NOT NULL,
                 attempts INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
                 expires_ms INTEGER NOT NULL, ended_ms INTEGER, reason TEXT NOT NULL DEFAULT ''
               ) STRICT""",
            "CREATE INDEX alert_letters_due ON alert_letters (due_ms) WHERE state = 'waiting'",
            "CREATE INDEX alert_letters_by_hook ON alert_letters (hook, id) WHERE hook IS NOT NULL",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A program elsewhere that hears of alerts; `outcome` is what became of the last letter to it, empty before one."""

    id: int
    url: str
    account: str
    at_ms: int
    outcome: str
    outcome_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that is to be sent: to a browser, or (with its address and secret) to a hook."""

    id: int
    body: str
    urgent: bool
    attempts: int  # this one included
    expires_ms: int
    browser: int | None = None
    subscription: Subscription | None = None
    account: str = ""  # the browser's
    hook: int | None = None
    url: str = ""
    secret: str = ""


def subscribe(connection: sqlite3.Connection, account: str, browser: Subscription, now_ms: int) -> None:
    """This browser is this account's, and no longer whose it was; the oldest of too many goes."""
    connection.execute("DELETE FROM alert_browsers WHERE endpoint = ?", (browser.endpoint,))
    connection.execute(
        "INSERT INTO alert_browsers (account, endpoint, p256dh, auth, service, origin, server_key, language, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account,
            browser.endpoint,
            browser.p256dh,
            browser.auth,
            browser.service,
            browser.origin,
            browser.server_key,
            browser.language,
            now_ms,
        ),
    )
    connection.execute(
        "DELETE FROM alert_browsers WHERE account = ?1 AND id NOT IN "
        "(SELECT id FROM alert_browsers WHERE account = ?1 ORDER BY id DESC LIMIT ?2)",
        (account, MOST_BROWSERS),
    )


def unsubscribe(connection: sqlite3.Connection, account: str) -> int:
    """No browser of this account hears any more; returns how many did."""
    return connection.execute("DELETE FROM alert_browsers WHERE account = ?", (account,)).rowcount


def browsers(connection: sqlite3.Connection, account: str) -> int:
    """How many browsers of an account hear."""
    (count,) = connection.execute("SELECT count(*) FROM alert_browsers WHERE account = ?", (account,)).fetchone()
    return int(count)


def accounts(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The accounts that hear by a browser."""
    return tuple(name for (name,) in connection.execute("SELECT DISTINCT account FROM alert_browsers ORDER BY account"))


def end_browser(connection: sqlite3.Connection, browser: int) -> None:
    """A browser's address is no more."""
    connection.execute("DELETE FROM alert_browsers WHERE id = ?", (browser,))


def add_hook(connection: sqlite3.Connection, *, url: str, secret: str, account: str, now_ms: int) -> bool:
    """A program hears from now on, of what is open already not; whether it is new and there is room."""
    (count,) = connection.execute("SELECT count(*) FROM alert_hooks").fetchone()
    if count >= MOST_HOOKS:
        return False
    done = connection.execute(
        "INSERT OR IGNORE INTO alert_hooks (url, secret, account, at_ms) VALUES (?, ?, ?, ?)",
        (url, secret, account, now_ms),
    )
    if done.rowcount:
        told(connection, f"hook:{done.lastrowid}", _open(connection), now_ms)
    return bool(done.rowcount)


def remove_hook(connection: sqlite3.Connection, number: int) -> bool:
    """It hears nothing more, not even what is on its way; whether there was one."""
    connection.execute("DELETE FROM alert_told WHERE listener = ?", (f"hook:{number}",))
    return bool(connection.execute("DELETE FROM alert_hooks WHERE id = ?", (number,)).rowcount)


def hooks(connection: sqlite3.Connection) -> tuple[Hook, ...]:
    """All hooks, with what became of the last letter to each."""
    rows = connection.execute(
        """SELECT h.id, h.url, h.account, h.at_ms, l.state, l.reason, coalesce(l.ended_ms, l.at_ms)
           FROM alert_hooks AS h LEFT JOIN alert_letters AS l
             ON l.id = (SELECT max(id) FROM alert_letters WHERE hook = h.id)
           ORDER BY h.id"""
    )
    return tuple(
        Hook(
            id=number,
            url=url,
            account=account,
            at_ms=at_ms,
            outcome=" ".join(filter(None, (state, reason))),
            outcome_ms=ended_ms,
        )
        for number, url, account, at_ms, state, reason, ended_ms in rows
    )


def untold(connection: sqlite3.Connection, listener: str) -> tuple[Untold, ...]:
    """The open alerts of which nobody has taken note and this listener has not been told."""
    rows = connection.execute(
        "SELECT id, kind, cause, opened_ms FROM alerts INDEXED BY alerts_living "
        "WHERE stage != 'ended' AND stage = 'open' AND noted_ms IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM alert_told WHERE listener = ? AND alert = alerts.id) ORDER BY id",
        (listener,),
    )
    return tuple(
        Untold(alert=number, severity=severity_of(Kind(kind), cause), opened_ms=opened)
        for number, kind, cause, opened in rows
    )


def over(connection: sqlite3.Connection, listener: str) -> tuple[int, ...]:
    """The alerts of whose beginning this listener was told, and of whose end it was not."""
    rows = connection.execute(
        "SELECT alert FROM alert_told JOIN alerts ON alerts.id = alert "
        "WHERE listener = ? AND ended = 0 AND stage = 'ended' ORDER BY alert",
        (listener,),
    )
    return tuple(number for (number,) in rows)


def told(connection: sqlite3.Connection, listener: str, alerts: Iterable[int], now_ms: int) -> None:
    """The listener has been told that these are open."""
    connection.executemany(
        "INSERT OR IGNORE INTO alert_told (listener, alert, at_ms) VALUES (?, ?, ?)",
        ((listener, alert, now_ms) for alert in alerts),
    )


def told_over(connection: sqlite3.Connection, listener: str, alerts: Iterable[int]) -> None:
    """The listener has been told that these are over."""
    connection.executemany(
        "UPDATE alert_told SET ended = 1 WHERE listener = ? AND alert = ?", ((listener, alert) for alert in alerts)
    )


def last_told(connection: sqlite3.Connection, listener: str) -> int | None:
    """When this listener was told of anything last."""
    row = connection.execute("SELECT max(at_ms) FROM alert_told WHERE listener = ?", (listener,)).fetchone()
    return None if row[0] is None else int(row[0])


def write_to_browsers(
    connection: sqlite3.Connection, account: str, bodies: dict[str, str], *, urgent: bool, now_ms: int, expires_ms: int
) -> int:
    """A letter for each browser of an account, in its language; returns how many."""
    found = connection.execute("SELECT id, language FROM alert_browsers WHERE account = ?", (account,)).fetchall()
    for browser, language in found:
        body = bodies.get(language, bodies["en"])
        connection.execute(
            "INSERT INTO alert_letters (browser, body, urgent, state, at_ms, due_ms, expires_ms) "
            "VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
            (browser, body, int(urgent), now_ms, now_ms, expires_ms),
        )
    return len(found)


def write_to_hook(connection: sqlite3.Connection, hook: int, body: str, *, now_ms: int, expires_ms: int) -> None:
    """A letter for a hook."""
    connection.execute(
        "INSERT INTO alert_letters (hook, body, urgent, state, at_ms, due_ms, expires_ms) "
        "VALUES (?, ?, 1, 'waiting', ?, ?, ?)",
        (hook, body, now_ms, now_ms, expires_ms),
    )


def due(connection: sqlite3.Connection, now_ms: int, *, until_ms: int, most: int) -> tuple[Letter, ...]:
    """The letters that are due, now this caller's until `until_ms`: after that, or a restart, they are due again."""
    connection.execute(
        "UPDATE alert_letters SET state = 'failed', reason = 'late', ended_ms = ?1 "
        "WHERE state = 'waiting' AND expires_ms <= ?1",
        (now_ms,),
    )
    rows = connection.execute(
        """SELECT l.id, l.body, l.urgent, l.attempts + 1, l.expires_ms, b.id, b.account, b.endpoint, b.p256dh, b.auth,
                  b.service, b.origin, b.server_key, b.language, h.id, h.url, h.secret
           FROM alert_letters AS l LEFT JOIN alert_browsers AS b ON b.id = l.browser
             LEFT JOIN alert_hooks AS h ON h.id = l.hook
           WHERE l.state = 'waiting' AND l.due_ms <= ? ORDER BY l.due_ms, l.id LIMIT ?""",
        (now_ms, most),
    ).fetchall()
    connection.executemany(
        "UPDATE alert_letters SET due_ms = ?, attempts = attempts + 1 WHERE id = ?",
        ((until_ms, row[0]) for row in rows),
    )
    return tuple(map(_letter, rows))


def wait(connection: sqlite3.Connection, letter: int, *, until_ms: int, reason: str) -> None:
    """It is tried again then."""
    connection.execute("UPDATE alert_letters SET due_ms = ?, reason = ? WHERE id = ?", (until_ms, reason, letter))


def end(connection: sqlite3.Connection, letter: int, state: State, *, now_ms: int, reason: str = "") -> None:
    """It has come to its end."""
    connection.execute(
        "UPDATE alert_letters SET state = ?, reason = ?, ended_ms = ? WHERE id = ?", (state, reason, now_ms, letter)
    )


def forget(connection: sqlite3.Connection, before_ms: int) -> None:
    """Deletes what came to its end before then."""
    connection.execute("DELETE FROM alert_letters WHERE state != 'waiting' AND ended_ms < ?", (before_ms,))


def _open(connection: sqlite3.Connection) -> tuple[int, ...]:
    return tuple(
        number
        for (number,) in connection.execute(
            "SELECT id FROM alerts INDEXED BY alerts_living WHERE stage != 'ended' AND stage = 'open'"
        )
    )


def _letter(row: tuple[Any, ...]) -> Letter:
    number, body, urgent, attempts, expires_ms, browser, account, *rest = row
    endpoint, p256dh, auth, service, origin, server_key, language, hook, url, secret = rest
    subscription = browser and Subscription(
        endpoint=endpoint,
        p256dh=p256dh,
        auth=auth,
        service=service,
        origin=origin,
        server_key=server_key,
        language=language,
    )
    return Letter(
        id=number,
        body=body,
        urgent=bool(urgent),
        attempts=attempts,
        expires_ms=expires_ms,
        browser=browser,
        subscription=subscription or None,
        account=account or "",
        hook=hook,
        url=url or "",
        secret=secret or "",
    )

"""Phones that take push messages, and what is on its way to them: a queue that outlives the process."""

import enum
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step


class State(enum.StrEnum):
    """Where one push is. The first two are open; from the others there is no way back."""

    WAITING = "waiting"  # to be sent when it is due
    SENDING = "sending"  # an attempt is under way; if its process died, another follows when its time is over
    SENT = "sent"  # the push service took it
    ENDED = "ended"  # the push service said that this subscription is no more
    REFUSED = "refused"  # the push service wants it in no form of ours
    EXPIRED = "expired"  # its time was over before anybody took it
    WITHHELD = "withheld"  # consent, suppression or the hour forbade it when it was to be sent


DEFAULT_LANGUAGE: Final = "en"
"""Of a phone whose language nobody here writes, as one that came with an import may have."""
OPEN: Final = "('waiting', 'sending')"

STEPS = (
    Step(
        name="pushes-1",
        statements=(
            # A browser's subscription: `endpoint` is the push service's address of this phone, `p256dh` and `auth` the
            # keys under which only it can read (RFC 8291), `service` the allow-list's name of whose host it is,
            # `origin` the store's own as the phone knows it, `server_key` the store's key that it was made for.
            """CREATE TABLE push_subscriptions (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 endpoint TEXT NOT NULL UNIQUE, p256dh TEXT NOT NULL, auth TEXT NOT NULL,
                 service TEXT NOT NULL, origin TEXT NOT NULL, server_key TEXT NOT NULL, language TEXT NOT NULL,
                 at_ms INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, rests_until_ms INTEGER NOT NULL DEFAULT 0
               ) STRICT""",
            "CREATE INDEX push_subscriptions_by_profile ON push_subscriptions (profile)",
            "CREATE INDEX push_subscriptions_resting ON push_subscriptions (rests_until_ms) WHERE rests_until_ms > 0",
            # `note`: what the phone is to show, as JSON; emptied when the push has come to its end.
            """CREATE TABLE pushes (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 subscription INTEGER NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
                 message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
                 service TEXT NOT NULL, state TEXT NOT NULL,
                 advertising INTEGER NOT NULL, urgency TEXT NOT NULL, note TEXT NOT NULL,
                 shrunk INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
                 at_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
                 ended_ms INTEGER, reason TEXT NOT NULL DEFAULT '',
                 UNIQUE (subscription, message)
               ) STRICT""",
            "CREATE INDEX pushes_by_message ON pushes (message)",
            # Whatever is asked of the queue in each round costs the same with one that waits and with 100,000.
            f"CREATE INDEX pushes_due ON pushes (due_ms) WHERE state IN {OPEN}",
            f"CREATE INDEX pushes_due_by_service ON pushes (service, due_ms) WHERE state IN {OPEN}",
            f"CREATE INDEX pushes_open_by_phone ON pushes (subscription) WHERE state IN {OPEN}",
            f"CREATE INDEX pushes_expiring ON pushes (expires_ms) WHERE state IN {OPEN}",
        ),
    ),
)

OWNED = (
    Owned(
        table="push_subscriptions",
        columns=("endpoint", "p256dh", "auth", "service", "origin", "server_key", "language", "at_ms"),
        words="You switched notifications on, and your browser gave us this address of your phone at its push service.",
        key="id",
        withheld={"failures": 0, "rests_until_ms": 0},
        at="at_ms",
    ),
    Owned(
        table="pushes",
        columns=(
            "service", "advertising", "urgency", "note", "shrunk", "attempts",
            "at_ms", "expires_ms", "ended_ms", "reason",
        ),
        words="A message to you that was put on its way to one of your phones.",
        parent="push_subscriptions",
        key="id",
        refers={"subscription": "push_subscriptions", "message": "messages"},
        withheld={"state": State.EXPIRED, "due_ms": 0},  # what another store had to send, this one does not
        at="at_ms",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A phone as its push service knows it; the keys as browsers give them (base64url)."""

    endpoint: str
    p256dh: str
    auth: str
    service: str
    origin: str
    server_key: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What is queued for each phone of a person; `notes` by the phone's language."""

    message: int
    notes: Mapping[str, str]  # JSON
    advertising: bool
    urgency: str
    at_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One push that is this caller's to send until its time is over."""

    id: int
    subscription_id: int
    person: int
    message: int
    subscription: Subscription
    note: str
    advertising: bool
    urgency: str
    shrunk: bool
    attempts: int  # this one included
    failures: int  # of the phone's address in a row, before this attempt
    expires_ms: int


def subscribe(connection: sqlite3.Connection, profile_id: int, subscription: Subscription, now_ms: int) -> int:
    """The phone is this profile's; an address that was another's, or had other keys, is new. Returns its number."""
    row = connection.execute(
        "SELECT id FROM push_subscriptions WHERE endpoint = ? AND profile = ? AND p256dh = ? AND auth = ?",
        (subscription.endpoint, profile_id, subscription.p256dh, subscription.auth),
    ).fetchone()
    if row:
        connection.execute(
            "UPDATE push_subscriptions SET language = ?, origin = ?, server_key = ?, service = ? WHERE id = ?",
            (subscription.language, subscription.origin, subscription.server_key, subscription.service, row[0]),
        )
        return int(row[0])
    connection.execute("DELETE FROM push_subscriptions WHERE endpoint = ?", (subscription.endpoint,))
    done = connection.execute(
        """INSERT INTO push_subscriptions
             (profile, endpoint, p256dh, auth, service, origin, server_key, language, at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            profile_id,
            subscription.endpoint,
            subscription.p256dh,
            subscription.auth,
            subscription.service,
            subscription.origin,
            subscription.server_key,
            subscription.language,
            now_ms,
        ),
    )
    return int(done.lastrowid or 0)


def keep_newest(connection: sqlite3.Connection, person: int, most: int) -> int:
    """Forgets a person's oldest phones where there are more; returns how many."""
    return connection.execute(
        f"""DELETE FROM push_subscriptions WHERE profile IN {MEMBERS} AND id NOT IN
              (SELECT id FROM push_subscriptions WHERE profile IN {MEMBERS} ORDER BY id DESC LIMIT ?)""",  # noqa: S608 - only names of ours
        (person, person, most),
    ).rowcount


def unsubscribe(connection: sqlite3.Connection, person: int) -> int:
    """No phone of this person takes pushes any more, and nothing is on its way; returns how many there were."""
    return connection.execute(
        f"DELETE FROM push_subscriptions WHERE profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).rowcount


def subscriptions(connection: sqlite3.Connection, person: int) -> int:
    """How many phones of a person take pushes."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM push_subscriptions WHERE profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchone()
    return int(count)


def queue(connection: sqlite3.Connection, person: int, queued: Queued) -> int:
    """Queues a message for every phone of a person, once for each; returns for how many."""
    phones = connection.execute(
        f"SELECT id, language, service FROM push_subscriptions WHERE profile IN {MEMBERS}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchall()
    added = 0
    for phone, language, service in phones:
        added += connection.execute(
            """INSERT OR IGNORE INTO pushes
                 (subscription, message, service, state, advertising, urgency, note, at_ms, expires_ms, due_ms)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                phone,
                queued.message,
                service,
                State.WAITING,
                int(queued.advertising),
                queued.urgency,
                queued.notes.get(language, queued.notes[DEFAULT_LANGUAGE]),
                queued.at_ms,
                queued.expires_ms,
                queued.at_ms,
            ),
        ).rowcount
    return added


def expire(connection: sqlite3.Connection, now_ms: int) -> int:
    """Ends what nobody took in its time; returns how many."""
    return connection.execute(
        f"""UPDATE pushes INDEXED BY pushes_expiring SET state = ?, ended_ms = ?, note = '', reason = 'late'
            WHERE state IN {OPEN} AND expires_ms <= ? AND due_ms <= ?""",  # noqa: S608 - only names of ours
        (State.EXPIRED, now_ms, now_ms, now_ms),
    ).rowcount


def claim(
    connection: sqlite3.Connection, service: str, *, now_ms: int, until_ms: int, most: int
) -> tuple[Claimed, ...]:
    """The oldest due pushes of a service, one for each phone, which become the caller's until `until_ms`.

    A phone whose address fails rests; one to which something is under way waits for that.
    """
    rows = connection.execute(
        f"""SELECT p.id FROM pushes AS p INDEXED BY pushes_due_by_service
            JOIN push_subscriptions AS s ON s.id = p.subscription
            WHERE p.state IN {OPEN} AND p.service = :service AND p.due_ms <= :now AND p.expires_ms > :now
              AND s.rests_until_ms <= :now
              AND NOT EXISTS (SELECT 1 FROM pushes AS o INDEXED BY pushes_open_by_phone
                              WHERE o.subscription = p.subscription AND o.state IN {OPEN}
                                AND (o.state = 'sending' AND o.due_ms > :now
                                     OR o.id < p.id AND o.due_ms <= :now AND o.expires_ms > :now))
            ORDER BY p.due_ms, p.id LIMIT :most""",  # noqa: S608 - only names of ours
        {"now": now_ms, "service": service, "most": most},
    ).fetchall()
    for (number,) in rows:
        connection.execute(
            "UPDATE pushes SET state = ?, due_ms = ?, attempts = attempts + 1 WHERE id = ?",
            (State.SENDING, until_ms, number),
        )
    return tuple(_claimed(connection, number) for (number,) in rows)


def _claimed(connection: sqlite3.Connection, number: int) -> Claimed:
    row = connection.execute(
        """SELECT p.id, s.id, f.person, p.message, p.note, p.advertising, p.urgency, p.shrunk, p.attempts, s.failures,
                  p.expires_ms, s.endpoint, s.p256dh, s.auth, s.service, s.origin, s.server_key, s.language
           FROM pushes AS p JOIN push_subscriptions AS s ON s.id = p.subscription
           JOIN profiles AS f ON f.id = s.profile WHERE p.id = ?""",
        (number,),
    ).fetchone()
    push, phone, person, message, note, advertising, urgency, shrunk, attempts, failures, expires_ms, *rest = row
    endpoint, p256dh, auth, service, origin, server_key, language = rest
    return Claimed(
        id=push,
        subscription_id=phone,
        person=person,
        message=message,
        subscription=Subscription(
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            service=service,
            origin=origin,
            server_key=server_key,
            language=language,
        ),
        note=note,
        advertising=bool(advertising),
        urgency=urgency,
        shrunk=bool(shrunk),
        attempts=attempts,
        failures=failures,
        expires_ms=expires_ms,
    )


def still_wanted(connection: sqlite3.Connection, claimed: Claimed) -> bool:
    """Whether the push is still the claimer's: erased, withdrawn or taken by another it is not."""
    row = connection.execute(
        "SELECT 1 FROM pushes WHERE id = ? AND state = ? AND attempts = ?",
        (claimed.id, State.SENDING, claimed.attempts),
    ).fetchone()
    return row is not None


def end(connection: sqlite3.Connection, claimed: Claimed, state: State, *, now_ms: int, reason: str) -> None:
    """The push has come to its end; nothing of its words is kept here."""
    connection.execute(
        "UPDATE pushes SET state = ?, ended_ms = ?, note = '', reason = ? WHERE id = ? AND state = ?",
        (state, now_ms, reason, claimed.id, State.SENDING),
    )
    if state is State.SENT:
        connection.execute(
            "UPDATE push_subscriptions SET failures = 0, rests_until_ms = 0 WHERE id = ? AND rests_until_ms > 0",
            (claimed.subscription_id,),
        )


def wait(connection: sqlite3.Connection, claimed: Claimed, *, until_ms: int, reason: str, failed: bool) -> None:
    """The push is tried again then; where the address `failed`, everything for that phone rests until then."""
    connection.execute(
        "UPDATE pushes SET state = ?, due_ms = ?, reason = ? WHERE id = ? AND state = ?",
        (State.WAITING, until_ms, reason, claimed.id, State.SENDING),
    )
    if failed:
        connection.execute(
            "UPDATE push_subscriptions SET failures = failures + 1, rests_until_ms = ? WHERE id = ?",
            (until_ms, claimed.subscription_id),
        )


def shrink(connection: sqlite3.Connection, claimed: Claimed, now_ms: int) -> None:
    """The push is tried again at once, in its short form."""
    connection.execute(
        "UPDATE pushes SET state = ?, due_ms = ?, shrunk = 1 WHERE id = ? AND state = ?",
        (State.WAITING, now_ms, claimed.id, State.SENDING),
    )


def end_subscription(connection: sqlite3.Connection, subscription_id: int) -> int:
    """The phone's address is no more, and nothing is on its way to it; returns how many pushes went with it."""
    (waiting,) = connection.execute(
        f"SELECT count(*) FROM pushes WHERE subscription = ? AND state IN {OPEN}",  # noqa: S608 - only names of ours
        (subscription_id,),
    ).fetchone()
    connection.execute("DELETE FROM push_subscriptions WHERE id = ?", (subscription_id,))
    return int(waiting)


def anything_due(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Whether a push is due, or may be when its phone has rested."""
    row = connection.execute(
        f"SELECT 1 FROM pushes INDEXED BY pushes_due WHERE state IN {OPEN} AND due_ms <= ? LIMIT 1",  # noqa: S608 - only names of ours
        (now_ms,),
    ).fetchone()
    return row is not None


def next_due(connection: sqlite3.Connection, after_ms: int) -> int | None:
    """When the next push will be due, or a phone has rested; None where there is neither."""
    push, phone = connection.execute(
        f"""SELECT (SELECT min(due_ms) FROM pushes INDEXED BY pushes_due WHERE state IN {OPEN} AND due_ms > :after),
                   (SELECT min(rests_until_ms) FROM push_subscriptions INDEXED BY push_subscriptions_resting
                    WHERE rests_until_ms > 0 AND rests_until_ms > :after)""",  # noqa: S608 - only names of ours
        {"after": after_ms},
    ).fetchone()
    return min((int(each) for each in (push, phone) if each is not None), default=None)


def backlog(connection: sqlite3.Connection) -> int:
    """How many pushes wait or are under way."""
    (count,) = connection.execute(f"SELECT count(*) FROM pushes WHERE state IN {OPEN}").fetchone()  # noqa: S608 - only names of ours
    return int(count)

"""Every decision on an offer with all that went into it, and every offer that was shown with what came of it."""

import enum
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from cloud.offers.caps import TEXT_MS
from cloud.offers.channels import Channel
from cloud.offers.decision import Record
from cloud.offers.refusals import OF_PERSON, Refusal
from cloud.offers.situation import Shown
from cloud.shop.consent import ADVERTISING
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step
from cloud.store.sums import HOUR_MS, SPANS_MS

STEPS = (
    Step(
        name="decisions-1",
        statements=(
            """CREATE TABLE decisions (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 at_ms INTEGER NOT NULL, channel TEXT NOT NULL, outcome TEXT NOT NULL, record TEXT NOT NULL
               ) STRICT""",
            "CREATE INDEX decisions_by_profile ON decisions (profile, at_ms)",
            "CREATE INDEX decisions_by_time ON decisions (at_ms)",
            # `source`: what it was shown for, so that a page that is read again shows it again; `answer`: '', or what
            # the shopper made of it.
            """CREATE TABLE showings (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 decision INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
                 campaign TEXT NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL, channel TEXT NOT NULL,
                 gtin TEXT NOT NULL, source TEXT NOT NULL, at_ms INTEGER NOT NULL, answer TEXT NOT NULL DEFAULT ''
               ) STRICT""",
            "CREATE INDEX showings_by_profile ON showings (profile, at_ms)",
            "CREATE INDEX showings_by_decision ON showings (decision)",
            # Up to which line of the ledger of consents opt-outs were looked for.
            "CREATE TABLE opt_outs_seen (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL) STRICT",
            # Which campaign was refused for which reason of its own; who it was for is not told.
            """CREATE TABLE refusal_sums (
                 campaign TEXT NOT NULL, refusal TEXT NOT NULL, at_ms INTEGER NOT NULL, times INTEGER NOT NULL,
                 PRIMARY KEY (campaign, refusal, at_ms)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)

OWNED = (
    Owned(
        table="decisions",
        key="id",
        columns=("at_ms", "channel", "outcome", "record"),
        words="We decided whether an offer suits you. This is all that went into it, so that it can be checked.",
        at="at_ms",
        purpose="offers",
    ),
    Owned(
        table="showings",
        key="id",
        columns=("campaign", "version", "text", "channel", "gtin", "source", "at_ms", "answer"),
        refers={"decision": "decisions"},
        words="We showed you this offer, and this is what you made of it.",
        at="at_ms",
        purpose="offers",
    ),
)


class Answer(enum.StrEnum):
    """What a shopper made of an offer; of several, the strongest stays."""

    NONE = ""  # nothing yet
    CLAIMED = "claimed"  # they took its coupon
    NOT_NOW = "not-now"  # they do not want it now
    OPT_OUT = "opt-out"  # they ended all advertising soon after it
    COMPLAINT = "complaint"  # it bothered them


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An offer that was shown to somebody."""

    id: int
    profile: int
    decision: int
    campaign: str
    version: int
    channel: Channel
    gtin: str
    at_ms: int
    answer: Answer


_SHOWING = "id, profile, decision, campaign, version, channel, gtin, at_ms, answer"


def keep(connection: sqlite3.Connection, profile_id: int, record: Record) -> int:
    """Writes a decision down and counts it; returns its number."""
    now, decision = record.situation, record.decision
    done = connection.execute(
        "INSERT INTO decisions (profile, at_ms, channel, outcome, record) VALUES (?, ?, ?, ?, ?)",
        (profile_id, now.at_ms, now.channel, decision.outcome, msgspec.json.encode(record).decode()),
    )
    count(connection, decision.outcome, now.at_ms)
    own = [it for it in decision.refused if it.refusal not in OF_PERSON and it.refusal is not Refusal.OUTDONE]
    connection.executemany(
        "INSERT INTO refusal_sums VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
        [(it.campaign, it.refusal, now.at_ms - now.at_ms % HOUR_MS) for it in own],
    )
    return int(done.lastrowid or 0)


def count(connection: sqlite3.Connection, outcome: str, at_ms: int, times: int = 1) -> None:
    """Counts an outcome by the minute and by the hour."""
    for span in SPANS_MS:
        connection.execute(
            "INSERT INTO offer_sums VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times",
            (span, outcome, at_ms - at_ms % span, times),
        )


def record(connection: sqlite3.Connection, decision_id: int) -> Record | None:
    """A decision as it was written down, or None where it is no more."""
    row = connection.execute("SELECT record FROM decisions WHERE id = ?", (decision_id,)).fetchone()
    return row and msgspec.json.decode(row[0], type=Record)


def numbers(connection: sqlite3.Connection) -> Iterator[int]:
    """The numbers of all decisions that are kept, in order."""
    return (number for (number,) in connection.execute("SELECT id FROM decisions ORDER BY id"))


def show(
    connection: sqlite3.Connection,
    *,
    profile_id: int,
    decision: int,
    record: Record,
    text: str,
    source: str,
) -> int:
    """The chosen offer is shown now; returns the showing's number."""
    chosen = record.decision.chosen
    assert chosen is not None
    now = record.situation
    done = connection.execute(
        """INSERT INTO showings (profile, decision, campaign, version, text, channel, gtin, source, at_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            profile_id,
            decision,
            chosen.campaign,
            chosen.version,
            text,
            now.channel,
            now.moment.gtin,
            source,
            now.at_ms,
        ),
    )
    return int(done.lastrowid or 0)


def shown(connection: sqlite3.Connection, person: int, now_ms: int) -> tuple[Shown, ...]:
    """What a person saw in the last 30 days, on whichever phone, the oldest first."""
    rows = connection.execute(
        f"""SELECT at_ms, campaign, text, answer IN ('{Answer.NOT_NOW}', '{Answer.COMPLAINT}') FROM showings
            WHERE profile IN {MEMBERS} AND at_ms > ? ORDER BY at_ms, id""",  # noqa: S608 - only names of ours
        (person, now_ms - TEXT_MS),
    )
    return tuple(Shown(at_ms=at, campaign=name, text=text, not_now=bool(no)) for at, name, text, no in rows)


def showing(connection: sqlite3.Connection, person: int, showing_id: int) -> Showing | None:
    """One offer that this person saw, or None."""
    return _first(connection, person, "id = ?", showing_id)


def shown_for(connection: sqlite3.Connection, person: int, source: str) -> Showing | None:
    """What this person was shown for a source, such as one visit."""
    return _first(connection, person, "source = ? ORDER BY id DESC", source)


def on_page(connection: sqlite3.Connection, person: int, gtin: str, *, since_ms: int) -> tuple[Showing, ...]:
    """What this person was shown on the page of a product since then and did not send away, the newest first."""
    rows = connection.execute(
        f"""SELECT {_SHOWING} FROM showings WHERE profile IN {MEMBERS} AND at_ms > ? AND gtin = ?
            AND channel = '{Channel.PAGE}' AND answer IN ('{Answer.NONE}', '{Answer.CLAIMED}')
            ORDER BY at_ms DESC, id DESC LIMIT 5""",  # noqa: S608 - only names of ours
        (person, since_ms, gtin),
    )
    return tuple(map(_showing, rows))


def last_shown(connection: sqlite3.Connection, person: int, since_ms: int) -> Showing | None:
    """The last offer that this person saw since then."""
    return _first(connection, person, "at_ms >= ? ORDER BY at_ms DESC, id DESC", since_ms)


def _first(connection: sqlite3.Connection, person: int, which: str, value: int | str) -> Showing | None:
    row = connection.execute(
        f"SELECT {_SHOWING} FROM showings WHERE profile IN {MEMBERS} AND {which}",  # noqa: S608 - only names of ours
        (person, value),
    ).fetchone()
    return row and _showing(row)


def answer_of(connection: sqlite3.Connection, showing_id: int) -> Answer:
    """What the shopper has made of it so far."""
    row = connection.execute("SELECT answer FROM showings WHERE id = ?", (showing_id,)).fetchone()
    return Answer(row[0]) if row else Answer.NONE


def answer(connection: sqlite3.Connection, showing_id: int, said: Answer) -> None:
    """What the shopper made of it."""
    connection.execute("UPDATE showings SET answer = ? WHERE id = ?", (said, showing_id))


def opted_out(connection: sqlite3.Connection) -> tuple[int, ...]:
    """The people who took back a consent to advertising since this was last asked; remembers how far it looked."""
    wanted = ", ".join(f"'{purpose}'" for purpose in sorted(ADVERTISING))
    (through,) = connection.execute("SELECT coalesce(max(through), 0) FROM opt_outs_seen").fetchone()
    rows = connection.execute(
        f"""SELECT c.id, p.person FROM consents AS c JOIN profiles AS p ON p.id = c.profile
            WHERE c.id > ? AND NOT c.given AND c.purpose IN ({wanted}) ORDER BY c.id""",  # noqa: S608 - only names of ours
        (through,),
    ).fetchall()
    connection.execute("INSERT OR REPLACE INTO opt_outs_seen SELECT 1, coalesce(max(id), 0) FROM consents")
    return tuple(dict.fromkeys(person for _, person in rows))


def opt_outs_wait(connection: sqlite3.Connection) -> bool:
    """Whether the ledger has lines that `opted_out` has not seen; reads only."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM consents").fetchone()
    (through,) = connection.execute("SELECT coalesce(max(through), 0) FROM opt_outs_seen").fetchone()
    return bool(last > through)


def refusals(connection: sqlite3.Connection, campaign_id: str) -> dict[Refusal, int]:
    """How often a campaign was refused for a reason of its own, by reason; that another was better is none."""
    rows = connection.execute(
        "SELECT refusal, sum(times) FROM refusal_sums WHERE campaign = ? GROUP BY refusal ORDER BY refusal",
        (campaign_id,),
    )
    return {Refusal(reason): times for reason, times in rows}


def forget_person(connection: sqlite3.Connection, person: int) -> int:
    """Deletes all decisions on a person, the showings with them; returns how many."""
    return connection.execute(f"DELETE FROM decisions WHERE profile IN {MEMBERS}", (person,)).rowcount  # noqa: S608 - only names of ours


def forget(connection: sqlite3.Connection, before_ms: int) -> int:
    """Deletes what is older, the showings with their decisions; returns how many decisions."""
    return connection.execute("DELETE FROM decisions WHERE at_ms < ?", (before_ms,)).rowcount


def _showing(row: tuple[int, int, int, str, int, str, str, int, str]) -> Showing:
    number, profile, decision, campaign, version, channel, gtin, at_ms, said = row
    return Showing(
        id=number,
        profile=profile,
        decision=decision,
        campaign=campaign,
        version=version,
        channel=Channel(channel),
        gtin=gtin,
        at_ms=at_ms,
        answer=Answer(said),
    )

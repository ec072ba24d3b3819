"""Campaigns: every version that ever ran, whether each runs now, and what it has cost so far."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.offers import campaigns
from cloud.offers.campaigns import Campaign, Standing
from cloud.offers.harm import Answers
from cloud.offers.rules import Trigger
from cloud.store.steps import Step

STEPS = (
    Step(
        name="campaigns-1",
        statements=(
            """CREATE TABLE campaigns (
                 id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, added_ms INTEGER NOT NULL,
                 PRIMARY KEY (id, version)
               ) STRICT""",
            """CREATE TRIGGER campaigns_are_never_edited BEFORE UPDATE ON campaigns
               BEGIN SELECT RAISE (ABORT, 'a campaign is never edited, only followed by another version'); END""",
            """CREATE TRIGGER campaigns_are_never_deleted BEFORE DELETE ON campaigns
               BEGIN SELECT RAISE (ABORT, 'a campaign is never deleted, only ended'); END""",
            """CREATE TABLE campaign_history (
                 number INTEGER PRIMARY KEY AUTOINCREMENT, campaign TEXT NOT NULL, version INTEGER NOT NULL,
                 standing TEXT NOT NULL, at_ms INTEGER NOT NULL, words TEXT NOT NULL
               ) STRICT""",
            # A row a campaign: its newest version and its account over all versions. `coupons` are out or redeemed,
            # `won` is what these are worth; the `harm_` columns begin anew when somebody resumes it.
            """CREATE TABLE campaign_heads (
                 id TEXT PRIMARY KEY, version INTEGER NOT NULL, trigger TEXT NOT NULL, standing TEXT NOT NULL,
                 words TEXT NOT NULL, since_ms INTEGER NOT NULL,
                 shown INTEGER NOT NULL DEFAULT 0,
                 coupons INTEGER NOT NULL DEFAULT 0, won INTEGER NOT NULL DEFAULT 0,
                 redeemed INTEGER NOT NULL DEFAULT 0,
                 harm_shown INTEGER NOT NULL DEFAULT 0, harm_not_now INTEGER NOT NULL DEFAULT 0,
                 harm_opt_outs INTEGER NOT NULL DEFAULT 0, harm_complaints INTEGER NOT NULL DEFAULT 0,
                 CHECK (coupons >= 0 AND won >= 0 AND redeemed >= 0)
               ) STRICT""",
            "CREATE INDEX campaign_heads_by_trigger ON campaign_heads (trigger, standing)",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A campaign as it stands."""

    id: str
    version: int
    body: str  # JSON, see `cloud.offers.campaigns`
    standing: Standing
    words: str  # why it stands so
    since_ms: int
    shown: int
    coupons: int
    won: int
    redeemed: int
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a decision asks of a campaign that runs."""

    version: int
    body: str
    shown: int
    coupons: int
    won: int


_HEAD = """SELECT h.id, h.version, c.body, h.standing, h.words, h.since_ms, h.shown, h.coupons, h.won, h.redeemed,
                  h.harm_shown, h.harm_not_now, h.harm_opt_outs, h.harm_complaints
           FROM campaign_heads AS h JOIN campaigns AS c ON c.id = h.id AND c.version = h.version"""
_ANSWERS = {"not-now": "harm_not_now", "opt-out": "harm_opt_outs", "complaint": "harm_complaints"}


def add(connection: sqlite3.Connection, campaign: Campaign, now_ms: int) -> int:
    """The newest version is this one; returns its number. What is the newest already is not added again.

    A new campaign runs; one that was paused stays so.
    """
    body = campaigns.encode(campaign)
    known = head(connection, campaign.id)
    if known and known.body == body:
        return known.version
    version = known.version + 1 if known else 1
    connection.execute("INSERT INTO campaigns VALUES (?, ?, ?, ?)", (campaign.id, version, body, now_ms))
    if known:
        connection.execute(
            "UPDATE campaign_heads SET version = ?, trigger = ? WHERE id = ?", (version, campaign.trigger, campaign.id)
        )
    else:
        connection.execute(
            "INSERT INTO campaign_heads (id, version, trigger, standing, words, since_ms) VALUES (?, 1, ?, ?, '', ?)",
            (campaign.id, campaign.trigger, Standing.RUNNING, now_ms),
        )
    if known is None or known.standing is Standing.ENDED:
        set_standing(connection, campaign.id, Standing.RUNNING, words="added", now_ms=now_ms)
    return version


def set_standing(
    connection: sqlite3.Connection, campaign_id: str, standing: Standing, *, words: str, now_ms: int
) -> None:
    """The campaign stands so from now on, for the reason in `words`; running again begins its harm figure anew."""
    fresh = ", harm_shown = 0, harm_not_now = 0, harm_opt_outs = 0, harm_complaints = 0"
    connection.execute(
        f"UPDATE campaign_heads SET standing = ?, words = ?, since_ms = ?"  # noqa: S608 - only names of ours
        f"{fresh if standing is Standing.RUNNING else ''} WHERE id = ?",
        (standing, words, now_ms, campaign_id),
    )
    connection.execute(
        """INSERT INTO campaign_history (campaign, version, standing, at_ms, words)
           SELECT id, version, standing, since_ms, words FROM campaign_heads WHERE id = ?""",
        (campaign_id,),
    )


def head(connection: sqlite3.Connection, campaign_id: str) -> Head | None:
    """A campaign as it stands, or None where there is none of this name."""
    row = connection.execute(f"{_HEAD} WHERE h.id = ?", (campaign_id,)).fetchone()
    return row and _head(row)


def heads(connection: sqlite3.Connection) -> tuple[Head, ...]:
    """All campaigns, by name."""
    return tuple(map(_head, connection.execute(f"{_HEAD} ORDER BY h.id")))


def running(connection: sqlite3.Connection, triggers: Iterable[Trigger]) -> tuple[Running, ...]:
    """The campaigns of these triggers that nobody stopped, by name; their dates are not looked at."""
    wanted = tuple(triggers)
    rows = connection.execute(
        f"""SELECT h.version, c.body, h.shown, h.coupons, h.won
            FROM campaign_heads AS h JOIN campaigns AS c ON c.id = h.id AND c.version = h.version
            WHERE h.trigger IN ({", ".join("?" * len(wanted))}) AND h.standing = '{Standing.RUNNING}'
            ORDER BY h.id""",  # noqa: S608 - only names of ours
        wanted,
    )
    return tuple(
        Running(version=number, body=body, shown=shown, coupons=coupons, won=won)
        for number, body, shown, coupons, won in rows
    )


def stopped(connection: sqlite3.Connection) -> int:
    """How many stopped by themselves and were not resumed."""
    (count,) = connection.execute(
        "SELECT count(*) FROM campaign_heads WHERE standing = ?", (Standing.HARMED,)
    ).fetchone()
    return int(count)


def version(connection: sqlite3.Connection, campaign_id: str, number: int) -> Campaign | None:
    """One version of a campaign, or None."""
    row = connection.execute(
        "SELECT body FROM campaigns WHERE id = ? AND version = ?", (campaign_id, number)
    ).fetchone()
    return row and campaigns.decode(row[0])


def count_shown(connection: sqlite3.Connection, campaign_id: str) -> None:
    """It was shown once more."""
    connection.execute(
        "UPDATE campaign_heads SET shown = shown + 1, harm_shown = harm_shown + 1 WHERE id = ?", (campaign_id,)
    )


def count_answer(connection: sqlite3.Connection, campaign_id: str, answer: str) -> Answers:
    """Somebody did not want it: "not-now", "opt-out" or "complaint"; returns all such answers."""
    column = _ANSWERS[answer]
    connection.execute(f"UPDATE campaign_heads SET {column} = {column} + 1 WHERE id = ?", (campaign_id,))  # noqa: S608 - only names of ours
    row = connection.execute(
        "SELECT harm_shown, harm_not_now, harm_opt_outs, harm_complaints FROM campaign_heads WHERE id = ?",
        (campaign_id,),
    ).fetchone()
    return _answers(row)


def _head(row: tuple[str, int, str, str, str, int, int, int, int, int, int, int, int, int]) -> Head:
    name, number, body, standing, words, since_ms, shown, coupons, won, redeemed, *harm = row
    return Head(
        id=name,
        version=number,
        body=body,
        standing=Standing(standing),
        words=words,
        since_ms=since_ms,
        shown=shown,
        coupons=coupons,
        won=won,
        redeemed=redeemed,
        answers=_answers((harm[0], harm[1], harm[2], harm[3])),
    )


def _answers(row: tuple[int, int, int, int]) -> Answers:
    shown, not_now, opt_outs, complaints = row
    return Answers(shown=shown, not_now=not_now, opt_outs=opt_outs, complaints=complaints)

"""Makes a decision and all that follows from it in the store, in one transaction: record, counts, budget, showing."""

import sqlite3
from dataclasses import dataclass

from cloud.offers.campaigns import Campaign, Standing
from cloud.offers.decision import Decision, Record, decide
from cloud.offers.harm import Harm, Limits, too_much
from cloud.offers.refusals import Refusal
from cloud.offers.situation import Situation
from cloud.offers.trial import parts
from cloud.store import campaigns, decisions, trials
from cloud.store.decisions import Answer, Showing

_UNKEPT = (Refusal.NO_CONSENT, Refusal.SUPPRESSED)
"""Who did not ask for offers is counted and not written down."""
BLAMED_MS = 7 * 24 * 3_600_000
"""Who ends all advertising so soon after an offer has ended it because of that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A decision, and what is shown for it."""

    decision: Decision
    campaign: Campaign | None = None
    showing: int | None = None


def settle(connection: sqlite3.Connection, situation: Situation, *, profile_id: int, source: str) -> Settled:
    """Decides, and writes what came out. Call inside a transaction of the writer, with inputs that it has read."""
    decision = decide(situation)
    if decision.refusal in _UNKEPT:
        decisions.count(connection, decision.outcome, situation.at_ms)
        return Settled(decision=decision)
    record = Record(situation=situation, decision=decision)
    _take_part(connection, record, profile_id)
    number = decisions.keep(connection, profile_id, record)
    chosen = decision.chosen
    if chosen is None:
        return Settled(decision=decision)
    campaign = campaigns.version(connection, chosen.campaign, chosen.version)
    assert campaign is not None  # the situation was read in this transaction
    showing = decisions.show(
        connection, profile_id=profile_id, decision=number, record=record, text=campaign.text, source=source
    )
    campaigns.count_shown(connection, campaign.id)
    return Settled(decision=decision, campaign=campaign, showing=showing)


def _take_part(connection: sqlite3.Connection, record: Record, profile_id: int) -> None:
    """The shopper is of those who see a campaign or of its hold-out, from the first moment on."""
    for part in parts(record):
        campaign = campaigns.version(connection, part.campaign, part.version)
        if campaign:
            beginning = trials.Beginning(profile=profile_id, held=part.held, now_ms=record.situation.at_ms)
            trials.begin(connection, campaign, beginning)


def answered(
    connection: sqlite3.Connection, showing: Showing, said: Answer, *, limits: Limits, now_ms: int
) -> Harm | None:
    """What a shopper made of an offer, once; the figure where it stopped the campaign."""
    if decisions.answer_of(connection, showing.id) in (said, Answer.OPT_OUT, Answer.COMPLAINT):
        return None
    decisions.answer(connection, showing.id, said)
    if said is Answer.CLAIMED:
        return None
    answers = campaigns.count_answer(connection, showing.campaign, said)
    head = campaigns.head(connection, showing.campaign)
    stopped = too_much(answers, limits)
    if stopped is None or head is None or head.standing is not Standing.RUNNING:
        return None
    campaigns.set_standing(connection, showing.campaign, Standing.HARMED, words=str(stopped), now_ms=now_ms)
    return stopped


def opted_out(connection: sqlite3.Connection, person: int, *, limits: Limits, now_ms: int) -> Harm | None:
    """A person has ended all advertising: the offer that they saw last has to answer for it."""
    last = decisions.last_shown(connection, person, now_ms - BLAMED_MS)
    return answered(connection, last, Answer.OPT_OUT, limits=limits, now_ms=now_ms) if last else None

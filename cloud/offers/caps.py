"""How much is too much: windows that roll, so that midnight and summer time change nothing."""

from typing import Final

from cloud.offers.refusals import Refusal
from cloud.offers.rules import Rules
from cloud.offers.situation import Person, Terms

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS
TEXT_MS: Final = 30 * DAY_MS
"""For so long nobody gets the same words again."""


def of_person(person: Person, terms: Terms, at_ms: int) -> Refusal | None:
    """Whether this person has had enough of all campaigns, in any 24 hours and any seven days."""
    if any(it.not_now and it.at_ms > at_ms - terms.rest_hours * HOUR_MS for it in person.shown):
        return Refusal.NOT_NOW
    if _since(person, at_ms - DAY_MS) >= (1 if person.fewer else terms.per_day):
        return Refusal.CAP_DAY
    per_week = max(1, terms.per_week // 2) if person.fewer else terms.per_week
    return Refusal.CAP_WEEK if _since(person, at_ms - WEEK_MS) >= per_week else None


def of_campaign(person: Person, rules: Rules, at_ms: int) -> Refusal | None:
    """Whether this person has had enough of this campaign, or has read its words."""
    if any(it.text == rules.text and it.at_ms > at_ms - TEXT_MS for it in person.shown):
        return Refusal.SAME_TEXT
    of_it = [it.at_ms for it in person.shown if it.campaign == rules.id]
    in_day = sum(shown > at_ms - DAY_MS for shown in of_it)
    in_week = sum(shown > at_ms - WEEK_MS for shown in of_it)
    enough = in_day >= rules.caps.per_day or in_week >= rules.caps.per_week
    return Refusal.CAP_CAMPAIGN if enough else None


def _since(person: Person, after_ms: int) -> int:
    return sum(it.at_ms > after_ms for it in person.shown)

"""The three inputs that decided for an offer, for the shopper who asks why they see it."""

import enum
from typing import Final

from msgspec import Struct

from cloud.offers.caps import DAY_MS
from cloud.offers.rules import Rules, Trigger
from cloud.offers.situation import Moment


class Input(enum.StrEnum):
    """One thing that decided; its number, where it has one, is the amount that was known."""

    TAPPED = "tapped"  # so many seconds ago
    PEOPLE = "people"  # so many seconds of people × time at the shelf
    STOCK = "stock"  # so many left
    BACK = "back"  # so many left, of what was sold out
    AWAY = "away"  # so many days since the last tap
    LIKED = "liked"  # tapped before, so many days ago
    ASKED = "asked"  # the shopper agreed to offers that fit
    SAME = "same"  # everybody who qualifies gets the same


WORDS: Final = {
    Input.TAPPED: "You tapped this product %(n)s s ago.",
    Input.PEOPLE: "People spent %(n)s s at this shelf in the last minutes; who they were is not known.",
    Input.STOCK: "%(n)s are in stock.",
    Input.BACK: "It was sold out, and %(n)s are here again.",
    Input.AWAY: "You were last here %(n)s days ago.",
    Input.LIKED: "You tapped it %(n)s days ago and let us remember that.",
    Input.ASKED: "You asked for offers that fit.",
    Input.SAME: "Everybody who qualifies gets the same.",
}
"""Each in words, as English message ids of the pages' catalogues."""


class Reason(Struct, frozen=True, array_like=True):
    """One input, with its number."""

    input: Input
    n: int = 0


def three(rules: Rules, moment: Moment, at_ms: int) -> tuple[Reason, Reason, Reason]:
    """The three inputs that decided for this campaign, the nearest to its trigger first."""
    found = [*_of_trigger(rules, moment, at_ms), *_of_place(rules, moment), *_of_stock(rules, moment)]
    first, second, third, *_ = [*found, Reason(Input.ASKED), Reason(Input.SAME), Reason(Input.SAME)]
    return first, second, third


def _of_trigger(rules: Rules, moment: Moment, at_ms: int) -> list[Reason]:
    found: list[Reason] = []
    if rules.trigger is Trigger.RESTOCK:
        found.append(Reason(Input.BACK, moment.stock or 0))
    if rules.trigger is Trigger.RETURN and moment.away_days is not None:
        found.append(Reason(Input.AWAY, moment.away_days))
    if moment.tapped_ms_ago is not None and rules.trigger is not Trigger.RESTOCK:
        found.append(Reason(Input.TAPPED, moment.tapped_ms_ago // 1000))
    liked = [at for gtin, at in moment.tapped if gtin in rules.audience.tapped or gtin == moment.gtin]
    if liked and (rules.trigger is Trigger.RESTOCK or rules.audience.tapped):
        found.append(Reason(Input.LIKED, max(0, at_ms - max(liked)) // DAY_MS))
    return found


def _of_place(rules: Rules, moment: Moment) -> list[Reason]:
    asked = bool(rules.when.stopped_s) and rules.trigger in (Trigger.TAP, Trigger.DWELL)
    return [Reason(Input.PEOPLE, (moment.zone_person_ms or 0) // 1000)] if asked else []


def _of_stock(rules: Rules, moment: Moment) -> list[Reason]:
    known = moment.stock is not None and rules.trigger is not Trigger.RESTOCK
    return [Reason(Input.STOCK, moment.stock or 0)] if known else []

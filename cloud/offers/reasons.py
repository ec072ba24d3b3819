"""The three inputs that decided for an offer, for the shopper who asks why they see it."""

import enum
from collections.abc import Mapping
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


Words = str | tuple[str, str]
"""An English message id of the pages' catalogues, or those of one and of several, in which `num` is the number."""

WORDS: Final[Mapping[Input, Words]] = {
    Input.TAPPED: ("You tapped this product a minute ago.", "You tapped this product %(num)s minutes ago."),
    Input.PEOPLE: (
        "People spent one second at this shelf in the last minutes; who they were is not known.",
        "People spent %(num)s seconds at this shelf in the last minutes; who they were is not known.",
    ),
    Input.STOCK: ("One is in stock.", "%(num)s are in stock."),
    Input.BACK: ("It was sold out, and one is here again.", "It was sold out, and %(num)s are here again."),
    Input.AWAY: ("You were last here a day ago.", "You were last here %(num)s days ago."),
    Input.LIKED: (
        "You tapped it a day ago and let us remember that.",
        "You tapped it %(num)s days ago and let us remember that.",
    ),
    Input.ASKED: "You asked for offers that fit.",
    Input.SAME: "Everybody who qualifies gets the same.",
}
AT_ONCE: Final[Mapping[Input, Words]] = {
    Input.TAPPED: "You tapped this product just now.",
    Input.LIKED: "You tapped it less than a day ago and let us remember that.",
}
"""What is said where not even one minute, or day, has gone by."""


class Reason(Struct, frozen=True, array_like=True):
    """One input, with its number."""

    input: Input
    n: int = 0


def words(reason: Reason) -> tuple[Words, int]:
    """What to say of it, and the number that stands in it: of a tap whole minutes, else the reason's own."""
    number = reason.n // 60 if reason.input is Input.TAPPED else reason.n
    return (AT_ONCE if number < 1 and reason.input in AT_ONCE else WORDS)[reason.input], number


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

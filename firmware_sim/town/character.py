"""What one shopper is like with their phone and at the till: drawn from the seed beside their way through the store."""

import enum
from dataclasses import dataclass
from typing import Final

from firmware_sim.town.dice import Dice
from firmware_sim.town.scenario import Manners


class Deed(enum.StrEnum):
    """What somebody does on their phone, apart from tapping and choosing."""

    PUSH_ON = "push-on"  # lets the store's notifications onto the phone
    CLAIM = "claim"  # takes the coupon that the page offers
    NOT_NOW = "not-now"  # waves the offer away
    STOP = "stop"  # wants no more advertising, by the link in a message
    POINTS = "points"  # looks at the points
    ASK = "ask"  # presses "bring it"
    SECOND_PHONE = "second-phone"  # lets another phone of theirs join by a code
    REVIEW = "review"  # says how something that they bought is


class Shows(enum.StrEnum):
    """How somebody is known at the till."""

    CARD = "card"  # the card that they bound
    CODE = "code"  # the code on their phone
    NOTHING = "nothing"  # not at all


class Regret(enum.StrEnum):
    """What becomes of a sale after it was paid."""

    VOID = "void"  # it is taken back at once, whole
    RETURN = "return"  # one piece of it is given back
    NONE = "none"  # nothing


PURPOSES: Final = ("history", "offers", "card", "ads.push", "night.push")
"""What a page asks, one box each, as its forms name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One shopper's habits; the same for the same seed and number."""

    choices: frozenset[str]
    deeds: frozenset[Deed]
    shows: Shows
    spends: bool  # pays a part with points where there are some
    regret: Regret
    stars: int  # of the review, where there is one


def character(manners: Manners, seed: int, number: int) -> Character:
    """Who this shopper is. Draws from a stream of its own: no way through the store changes with it."""
    dice = Dice(seed, "character", number)
    shares = (
        (manners.history_share, "history"),
        (manners.offers_share, "offers"),
        (manners.card_share, "card"),
        (manners.ads_share, "ads.push"),
        (manners.night_share, "night.push"),
    )
    choices = {purpose for share, purpose in shares if dice.happens(share)}
    if "ads.push" not in choices:
        choices.discard("night.push")  # what may not come by day is not asked for by night
    habits = (
        (manners.push_share, Deed.PUSH_ON),
        (manners.claim_share, Deed.CLAIM),
        (manners.points_share, Deed.POINTS),
        (manners.ask_share, Deed.ASK),
        (manners.second_phone_share, Deed.SECOND_PHONE),
        (manners.review_share, Deed.REVIEW),
    )
    deeds = {deed for share, deed in habits if dice.happens(share)}
    if dice.happens(manners.refuse_share):
        deeds.discard(Deed.CLAIM)
        deeds.add(dice.pick((Deed.NOT_NOW, Deed.STOP)))
    return Character(
        choices=frozenset(choices),
        deeds=frozenset(deeds),
        shows=dice.weighted(((Shows.CARD, 5), (Shows.CODE, 4), (Shows.NOTHING, 1))),
        spends=dice.happens(manners.spend_share),
        regret=_regret(manners, dice),
        stars=dice.weighted(((5, 6), (4, 4), (3, 2), (2, 1), (1, 1))),
    )


def _regret(manners: Manners, dice: Dice) -> Regret:
    if dice.happens(manners.void_share):
        return Regret.VOID
    return Regret.RETURN if dice.happens(manners.return_share) else Regret.NONE

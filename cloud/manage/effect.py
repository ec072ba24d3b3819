"""What a campaign did: how much likelier those it was for bought than those held out, said so that anybody may look
at it every day.
"""

import enum
import math
from dataclasses import dataclass

from cloud.manage.insight import Figure, Interval, K, Rate, State, rate, tally

ALPHA = 0.05
"""How often, over all looks for ever, an interval may leave out the truth."""
LEAST = 30
"""People of each group before anything is said: the intervals are those of sums of many."""
SMALL = 0.02
"""An effect that is surely within ± 2 points is called none: it is not worth a campaign."""
_SHARP = 921.0
"""Where the interval is narrowest for what it knows, in 1/variance: there it is ± 10 points, what a shop can act on."""
_LOG = math.log(1 / ALPHA)
_RHO = _SHARP / (2 * _LOG + math.log(1 + 2 * _LOG))
"""Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49(2), 2021, section 3.5: the mixture that is so."""
_POWER_Z = 0.8416212335729143  # four of five
_CEILING = 1e9


class Verdict(enum.StrEnum):
    """What may be said of a campaign's effect."""

    MORE = "more"  # more of those who could see it bought
    LESS = "less"  # fewer did
    NONE = "none"  # any effect is within ± SMALL
    UNKNOWN = "unknown"  # the interval spans zero: not known yet
    FEW = "few"  # too few people to say anything, or to say it without saying who


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One group whose time to buy is over: `buyers` of `people` bought."""

    people: int
    buyers: int

    def __post_init__(self) -> None:
        if not 0 <= self.buyers <= self.people:
            raise ValueError(f"{self.buyers} buyers of {self.people} people")

    @property
    def share(self) -> float:
        """Of those people, how many bought; 0 of nobody."""
        return self.buyers / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """Of `share`, with one more buyer and one more who did not: nobody of 30 is no proof of nobody at all.

        Agresti and Caffo, The American Statistician 54(4), 2000.
        """
        people = self.people + 2
        share = (self.buyers + 1) / people
        return share * (1 - share) / people


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is known of one campaign; `difference` and `interval` are shares (0.1: ten points), None where withheld.

    `missing`: of how many people more the interval would, four times of five, leave out zero, if the effect is what
    it seems or, where it seems smaller, ± 5 points; None where that is no question any more.
    """

    verdict: Verdict
    shown: Figure
    held: Figure
    bought_shown: Rate
    bought_held: Rate
    difference: float | None = None
    interval: Interval | None = None
    missing: int | None = None


def half_width(information: float) -> float:
    """Half the interval of a mean whose variance is 1 / `information` now.

    A mean's error times its information walks as Brownian motion does in the time `information`; it stays within
    Robbins' normal mixture boundary for ever with probability 1 - ALPHA (Robbins, Annals of Mathematical Statistics
    41(5), 1970). That means may be taken for such a walk, their variance estimated, is Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas, Annals of Statistics 52(6), 2024, theorem 2.2: asymptotic, hence LEAST.
    """
    known = information + _RHO
    return math.sqrt(known * math.log(known / (_RHO * ALPHA * ALPHA))) / information


def effect(shown: Arm, held: Arm, *, k: int = K) -> Effect:
    """The effect by the people whose time to buy is over; looking at it again and again makes it no less true."""
    told = Effect(
        verdict=Verdict.FEW,
        shown=tally(shown.people, k=k),
        held=tally(held.people, k=k),
        bought_shown=_bought(shown, k),
        bought_held=_bought(held, k),
    )
    few = min(shown.people, held.people) < max(LEAST, k)
    if few or State.FEW in (told.bought_shown.figure.state, told.bought_held.figure.state):
        return told
    difference = shown.share - held.share
    half = half_width(1 / (shown.variance + held.variance))
    interval = Interval(low=max(-1.0, difference - half), high=min(1.0, difference + half))
    verdict = _verdict(interval)
    return Effect(
        verdict=verdict,
        shown=told.shown,
        held=told.held,
        bought_shown=told.bought_shown,
        bought_held=told.bought_held,
        difference=difference,
        interval=interval,
        missing=_missing(shown, held, abs(difference)) if verdict is Verdict.UNKNOWN else None,
    )


def needed(difference: float, base: float, held_share: float) -> int:
    """Of how many people in all an effect of `difference` on a `base` share is found, four times of five.

    `held_share` of them are held out; all are between 0 and 1.
    """
    other = min(max(base + difference, 0.0), 1.0)
    unit = other * (1 - other) / (1 - held_share) + base * (1 - base) / held_share
    return math.ceil(_information(abs(difference)) * unit)


def _bought(arm: Arm, k: int) -> Rate:
    return rate(tally(arm.buyers, k=k), tally(arm.people, k=k))


def _verdict(interval: Interval) -> Verdict:
    if interval.low > 0:
        return Verdict.MORE
    if interval.high < 0:
        return Verdict.LESS
    return Verdict.NONE if interval.low >= -SMALL and interval.high <= SMALL else Verdict.UNKNOWN


def _information(difference: float) -> float:
    """The least information that leaves out zero four times of five at a true `difference`, by bisection."""
    low, high = 1.0, _CEILING
    for _ in range(80):
        middle = math.sqrt(low * high)
        reached = half_width(middle) + _POWER_Z / math.sqrt(middle) <= difference
        low, high = (low, middle) if reached else (middle, high)
    return high


def _missing(shown: Arm, held: Arm, difference: float) -> int | None:
    people = shown.people + held.people
    unit = people * (shown.variance + held.variance)
    wanted = _information(max(difference, 0.05)) * unit
    return max(1, math.ceil(wanted - people))

"""What a shopper may agree to, and what follows from the ledger of their choices."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


class Purpose(enum.StrEnum):
    """One thing that may be agreed to by itself, a purpose on a channel; nothing is agreed to from the start."""

    HISTORY = "history"  # keep which products I tapped, so that I find them again
    OFFERS = "offers"  # choose offers of the store by my taps and where people stopped, shown on a page that is open
    CARD = "card"  # show on my open page what my own card taps at a reader
    ADS_PUSH = "ads.push"  # send offers as notifications, while no page is open too
    NIGHT_PUSH = "night.push"  # also from 21:00 to 08:00; stands only beside ADS_PUSH
    ADS_EMAIL = "ads.email"  # send offers by e-mail


ADVERTISING: Final = frozenset((Purpose.OFFERS, Purpose.ADS_PUSH, Purpose.NIGHT_PUSH, Purpose.ADS_EMAIL))
"""What one refusal ends, on all channels."""

_BY_PUSH: Final = frozenset((Purpose.ADS_PUSH, Purpose.NIGHT_PUSH))
_BY_MAIL: Final = frozenset((Purpose.ADS_EMAIL,))

SHORT: Final = (Purpose.HISTORY, Purpose.OFFERS, Purpose.CARD)
"""What a product's page asks; the preference centre asks all."""

KEPT_MS: Final = 90 * 24 * 3_600_000
"""How long what a shopper let us keep is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: never changed, only followed by another."""

    purpose: Purpose
    given: bool
    text_version: str
    language: str
    at_ms: int
    proof: str  # where it was said: the route, and the visit's number where there was one
    refusal: bool = False  # one of a refusal's lines: all advertising at once, remembered until a later choice


def standing(ledger: Iterable[Entry]) -> frozenset[Purpose]:
    """The purposes agreed to now: of each, the last word counts."""
    last = {entry.purpose: entry.given for entry in ledger}
    return allowed(frozenset(purpose for purpose, given in last.items() if given))


def suppressed(ledger: Iterable[Entry]) -> bool:
    """Whether all advertising was refused, and none asked for since."""
    last = [entry for entry in ledger if entry.refusal or (entry.given and entry.purpose in ADVERTISING)]
    return bool(last) and last[-1].refusal


def allowed(purposes: frozenset[Purpose]) -> frozenset[Purpose]:
    """Those of the purposes that can stand together: the night's consent needs the day's."""
    return purposes if Purpose.ADS_PUSH in purposes else purposes - {Purpose.NIGHT_PUSH}


def offered(standing: frozenset[Purpose], *, push: bool, mail: bool) -> tuple[Purpose, ...]:
    """What a store asks for, that has these channels or not; also what somebody agreed to, who may want it back."""
    missing = (frozenset() if push else _BY_PUSH) | (frozenset() if mail else _BY_MAIL)
    return tuple(purpose for purpose in Purpose if purpose not in missing or purpose in standing)


def changes(
    now: frozenset[Purpose], wanted: frozenset[Purpose], asked: Iterable[Purpose] = Purpose
) -> dict[Purpose, bool]:
    """What has to be written so that of the purposes `asked` those in `wanted` stand, and no other one changes."""
    among = frozenset(asked)
    then = allowed((now - among) | (wanted & among))
    return {purpose: purpose in then for purpose in Purpose if (purpose in now) != (purpose in then)}

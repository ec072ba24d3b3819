"""Whose card has just touched a reader: the next card there belongs to the one shopper who waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_MS = 60_000
"""How long a shopper waits at a reader."""
AHEAD_MS = 5_000
"""How far a node's clock may be ahead of the cloud's until nobody can say when its tap happened."""
LATE_MS = 30_000
"""A tap that comes later than this was a while ago, and makes a card nobody's: who waits now did not make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A shopper's wait for their own card at one reader; times of the cloud's clock."""

    profile: int  # of the phone that waits
    person: int  # whose phone it is
    opened_ms: int
    until_ms: int
    joins: bool = False  # they hold the card of their other phone, to join it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The card is this shopper's."""

    profile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """Several wait at the reader: nobody may have the card, and all are told."""

    profiles: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The card is somebody else's already; the one who waits is told, the owner is not."""

    profile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The card is of another phone, and the one who waits asked to join that phone by it."""

    profile: int


def happened_ms(at_ms: int, received_ms: int) -> int:
    """When a tap happened, by its node's clock `at_ms`; no tap comes before it happened, whatever that clock says."""
    return min(at_ms, received_ms)


def is_prompt(at_ms: int, received_ms: int) -> bool:
    """Whether a tap came when it happened, so that it may be the act of somebody who waits.

    One that waited on its node is not, nor is one of a node whose clock is not set yet: it may be as old. By how much
    the clock is wrong now does not tell what it was then: a machine without a clock of its own that lost its power
    goes on from where it stood, and would make what waited there look new.
    """
    return -AHEAD_MS <= received_ms - at_ms <= LATE_MS


def pair(windows: Sequence[Window], tapped_ms: int, owner: int | None) -> Bound | Contested | Taken | Joined | None:
    """What the prompt tap of a card, of the person `owner`, means for those who wait at the reader.

    None where nobody did when it happened, at `tapped_ms`.
    """
    waiting = tuple(w for w in windows if w.opened_ms <= tapped_ms <= w.until_ms)
    if not waiting:
        return None
    if len({w.person for w in waiting}) > 1:
        return Contested(profiles=tuple(w.profile for w in waiting))
    first = waiting[0]
    if owner is None or owner == first.person:
        return Bound(profile=first.profile)
    joining = next((w.profile for w in waiting if w.joins), None)
    return Taken(profile=first.profile) if joining is None else Joined(profile=joining)

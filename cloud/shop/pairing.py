"""Whose card has just touched a reader: the next card there belongs to the one shopper who waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_MS = 60_000
"""How long a shopper waits at a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A shopper's wait for their own card at one reader; times of the cloud's clock."""

    profile: int
    opened_ms: int
    until_ms: int


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


def pair(windows: Sequence[Window], tapped_ms: int, owner: int | None) -> Bound | Contested | Taken | None:
    """What a card's tap at a reader means for those who wait there; None where nobody does."""
    waiting = tuple(w.profile for w in windows if w.opened_ms <= tapped_ms <= w.until_ms)
    if not waiting:
        return None
    if len(waiting) > 1:
        return Contested(profiles=waiting)
    if owner is not None and owner != waiting[0]:
        return Taken(profile=waiting[0])
    return Bound(profile=waiting[0])

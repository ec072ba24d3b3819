"""What a shopper may agree to, in which words, and what follows from the ledger of their choices."""

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


class Purpose(enum.StrEnum):
    """One thing that may be agreed to by itself; nothing is agreed to from the start."""

    HISTORY = "history"  # keep which products I tapped, so that I find them again
    OFFERS = "offers"  # choose an offer of the store by what I tap and where people stopped
    CARD = "card"  # show on my open page what my own card taps at a reader


TEXTS: Final[dict[Purpose, tuple[str, str]]] = {
    Purpose.HISTORY: (
        "Remember what I tap",
        "The products that you tap in this store, kept for 90 days so that you find them again.",
    ),
    Purpose.OFFERS: (
        "Offers that fit (advertising)",
        "We choose store offers by what you tap and whether people stop at this shelf. Prices are the same for all.",
    ),
    Purpose.CARD: (
        "My card at the readers",
        (
            "When your own card touches a reader, its product appears on your open page. We keep a code of the card, "
            "never its number."
        ),
    ),
}
"""Title and words of each choice, as English message ids of the pages' catalogues."""

TEXT_VERSION: Final = "2026-11-21"
"""Which words were agreed to. A test holds `WORDING` to `TEXTS`: whoever changes a word makes a new version."""

WORDING: Final = "0dec"

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


def wording(texts: dict[Purpose, tuple[str, str]] = TEXTS) -> str:
    """A fingerprint of the words."""
    joined = "\n".join(f"{purpose}\n{title}\n{words}" for purpose, (title, words) in texts.items())
    return hashlib.sha256(joined.encode()).hexdigest()[:4]


def standing(ledger: Iterable[Entry]) -> frozenset[Purpose]:
    """The purposes agreed to now: of each, the last word counts."""
    last = {entry.purpose: entry.given for entry in ledger}
    return frozenset(purpose for purpose, given in last.items() if given)


def changes(now: frozenset[Purpose], wanted: frozenset[Purpose]) -> dict[Purpose, bool]:
    """What has to be written so that `wanted` stands."""
    return {purpose: purpose in wanted for purpose in Purpose if (purpose in now) != (purpose in wanted)}

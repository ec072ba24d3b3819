"""What a review may hold: stars, a name, and words that a shop can show without having read them first."""

import enum
import re
import unicodedata
from dataclasses import dataclass

STARS = (5, 4, 3, 2, 1)
MOST_NAME = 24
LEAST_TEXT, MOST_TEXT = 5, 1_000
_LINK = re.compile(r"(?i)(?:https?:|www\.|://|[a-z0-9-]{2,}\.(?:com|net|org|io|kr|shop|info|biz|xyz|me)\b)")
_SAME = re.compile(r"(.)\1{9,}", re.DOTALL)
_MARKS_IN_A_ROW = 3
_JOINER = "\N{ZERO WIDTH JOINER}"  # inside emoji of several parts


class Fault(enum.StrEnum):
    """Why a review is not taken; its writer is told which."""

    STARS = "stars"  # not one of 1 to 5
    NAME = "name"  # too long, or a character that shows nothing
    SHORT = "short"  # says nothing
    LONG = "long"
    CHARACTERS = "characters"  # control characters, turned directions, marks heaped up, ten of the same in a row
    LINK = "link"  # leads elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A review that may be shown, escaped as all text is."""

    stars: int
    name: str  # as the writer wants to be called; may be empty
    text: str


def read(stars: str, name: str, text: str) -> Draft | Fault:
    """A review from a form's or file's fields, or the first thing that is wrong with it."""
    if stars not in map(str, STARS):
        return Fault.STARS
    called = unicodedata.normalize("NFC", name).strip()
    words = "\n".join(line.strip() for line in unicodedata.normalize("NFC", text).strip().splitlines() if line.strip())
    if len(called) > MOST_NAME or not _showable(called):
        return Fault.NAME
    if len(words) < LEAST_TEXT:
        return Fault.SHORT
    if len(words) > MOST_TEXT:
        return Fault.LONG
    if not _showable(words.replace("\n", " ")) or _SAME.search(words):
        return Fault.CHARACTERS
    if _LINK.search(words) or _LINK.search(called):
        return Fault.LINK
    return Draft(stars=int(stars), name=called, text=words)


def _showable(text: str) -> bool:
    """Whether each character shows something, in the direction in which it is read."""
    marks = 0
    for character in text:
        if character == _JOINER:
            continue
        if not character.isprintable():
            return False
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks > _MARKS_IN_A_ROW:
            return False
    return True

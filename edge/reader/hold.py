"""When a tag in a field came and when it went: one that misses a few looks still lies there."""

from dataclasses import dataclass, field
from typing import Final

from edge.inputs import TagGone, TagSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A tag that answered; `random` for a UID that it made up for this activation."""

    uid: bytes = field(repr=False)  # never in a log
    random: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What lies in the field: the tag, when it was last felt (CLOCK_MONOTONIC, s), and the looks in vain since."""

    tag: Found | None = None
    felt: float = 0.0
    misses: int = 0


EMPTY: Final = Hold()


def look(
    hold: Hold, found: Found | None, at: float, *, reader: str, misses: int
) -> tuple[Hold, tuple[TagSeen | TagGone, ...]]:
    """Take the outcome of one look into the field; a tag is gone after `misses` looks in vain, or when another answers.

    A random UID in place of a random UID is the same phone: switching the field off gave it a new one.
    """
    if found is None:
        return _missed(hold, reader, misses)
    if hold.tag is not None and _same(hold.tag, found):
        return Hold(tag=hold.tag, felt=at), ()
    seen = TagSeen(reader=reader, uid=found.uid, random=found.random, at=at)
    gone = () if hold.tag is None else (TagGone(reader=reader, at=hold.felt),)
    return Hold(tag=found, felt=at), (*gone, seen)


def _missed(hold: Hold, reader: str, misses: int) -> tuple[Hold, tuple[TagGone, ...]]:
    if hold.tag is None:
        return hold, ()
    if hold.misses + 1 >= misses:
        return EMPTY, (TagGone(reader=reader, at=hold.felt),)
    return Hold(tag=hold.tag, felt=hold.felt, misses=hold.misses + 1), ()


def _same(tag: Found, found: Found) -> bool:
    return tag.uid == found.uid or (tag.random and found.random)

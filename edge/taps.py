"""From what readers feel to taps: a held tag is one tap and one removal."""

import math
from dataclasses import dataclass, field, replace
from typing import Final

from edge.inputs import DeviceState, ReaderChanged, TagGone, TagSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """How long a tag may be away and still be the same tap, in seconds."""

    flicker: float = 1.5  # after it left the field, if it names itself (a random UID never waits)
    lost: float = 60.0  # while its reader is lost; after the reader's return only `flicker`

    def __post_init__(self) -> None:
        for name in ("flicker", "lost"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"quiet.{name} is {getattr(self, name)}; allowed are finite seconds from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class TapNoted:
    """A tag was held to a reader; `at` is CLOCK_MONOTONIC in seconds, `uid` None for a UID made up for this touch."""

    reader: str
    uid: bytes | None = field(repr=False)  # never in a log
    at: float
    staff: bool = False  # a badge of the store


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalNoted:
    """That tag was taken away: last felt `at`, `held_s` seconds after its tap."""

    reader: str
    uid: bytes | None = field(repr=False)  # never in a log
    at: float
    held_s: float
    staff: bool = False


Noted = TapNoted | RemovalNoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A tap whose removal is not noted yet."""

    reader: str
    uid: bytes | None = field(repr=False)
    since: float  # when it was first felt
    felt: float | None = None  # when it was last felt; None while it lies in the field
    until: float = math.inf  # from when its removal is noted, unless it is felt before
    orphaned: bool = False  # its reader was lost, so nobody knows whether it lies there still


@dataclass(frozen=True, slots=True, kw_only=True)
class Taps:
    """The taps of all readers of a node that are not over; at most one per reader lies in the field."""

    presences: tuple[Presence, ...] = ()


NO_TAPS: Final = Taps()


def see(
    taps: Taps, noticed: TagSeen | TagGone | ReaderChanged | None, now: float, *, quiet: Quiet
) -> tuple[Taps, tuple[Noted, ...]]:
    """Take one thing that a reader noticed, or None for the passing of time, and note taps and removals.

    Times are CLOCK_MONOTONIC in seconds. What a reader noticed counts from its own `at`, so that a late loop joins
    nothing and parts nothing; `now` counts for None, to be given at least once a second, when no input waits.
    A removal is noted once no return can make it part of the same tap, with the time the tag was last felt.
    Every tap gets exactly one removal, and a card's next tap is noted after its removal.
    """
    match noticed:
        case None:
            return _expire(taps, now, None)
        case TagSeen():
            taps, over = _expire(taps, noticed.at, noticed.reader)
            taps, noted = _seen(taps, noticed, quiet)
            return taps, over + noted
        case TagGone():
            return _gone(taps, noticed.reader, noticed.at, quiet)
        case ReaderChanged(state=DeviceState.OK):
            return _returned(taps, noticed, quiet), ()
        case ReaderChanged():
            return _orphaned(taps, noticed, quiet), ()


def _seen(taps: Taps, seen: TagSeen, quiet: Quiet) -> tuple[Taps, tuple[Noted, ...]]:
    uid = None if seen.random else seen.uid
    resumed = next((each for each in taps.presences if _same_tap(each, seen.reader, uid)), None)
    others = Taps(presences=tuple(each for each in taps.presences if each is not resumed))
    # One tag at a time lies in a field: what lay there has left, though nobody said so.
    others, noted = _gone(others, seen.reader, seen.at, quiet)
    if resumed is not None:
        back = replace(resumed, felt=None, until=math.inf, orphaned=False)
        return Taps(presences=(*others.presences, back)), noted
    fresh = Presence(reader=seen.reader, uid=uid, since=seen.at)
    tap = TapNoted(reader=seen.reader, uid=uid, at=seen.at)
    return Taps(presences=(*others.presences, fresh)), (*noted, tap)


def _same_tap(presence: Presence, reader: str, uid: bytes | None) -> bool:
    """Whether a tag that is seen now continues this presence.

    An anonymous one only if its reader gave no word of it going: two phones in a row are two taps.
    """
    if presence.reader != reader or presence.uid != uid:
        return False
    return uid is not None or presence.felt is None or presence.orphaned


def _gone(taps: Taps, reader: str, at: float, quiet: Quiet) -> tuple[Taps, tuple[Noted, ...]]:
    left = tuple(
        _leave(each, at, quiet) if each.reader == reader and each.felt is None else each for each in taps.presences
    )
    return _expire(Taps(presences=left), at, reader)


def _leave(presence: Presence, at: float, quiet: Quiet) -> Presence:
    felt = max(at, presence.since)
    return replace(presence, felt=felt, until=felt if presence.uid is None else felt + quiet.flicker)


def _orphaned(taps: Taps, changed: ReaderChanged, quiet: Quiet) -> Taps:
    return Taps(
        presences=tuple(
            replace(each, felt=max(changed.at, each.since), until=changed.at + quiet.lost, orphaned=True)
            if each.reader == changed.reader and each.felt is None
            else each
            for each in taps.presences
        )
    )


def _returned(taps: Taps, changed: ReaderChanged, quiet: Quiet) -> Taps:
    return Taps(
        presences=tuple(
            replace(each, until=min(each.until, changed.at + quiet.flicker))
            if each.reader == changed.reader and each.orphaned
            else each
            for each in taps.presences
        )
    )


def _expire(taps: Taps, now: float, reader: str | None) -> tuple[Taps, tuple[Noted, ...]]:
    """Note the removals that are due, of one reader or of all."""
    kept: list[Presence] = []
    over: list[Noted] = []
    for each in taps.presences:
        if each.felt is None or each.until > now or (reader is not None and reader != each.reader):
            kept.append(each)
        else:
            held = each.felt - each.since
            over.append(RemovalNoted(reader=each.reader, uid=each.uid, at=each.felt, held_s=held))
    return (Taps(presences=tuple(kept)), tuple(over)) if over else (taps, ())

"""By which reading of the wall clock each event of the log was dated, and what a clock that was set adds to it.

A small computer without a battery starts with the time of its last shutdown and learns the right one later. What the
node has kept until then gets the right time too, as long as it was not sent. The rows of the log stay as they are: runs
of them have a shift, which is added to `at` when they are read, so that setting the clock costs one small commit.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

import msgspec

STEP_MS: Final = 2_000
"""A clock that moves by more was set. Less is no harm, and several clocks are never closer over a store's day."""
_LATEST_MS: Final = 2**43
"""The last time that an event may have (`contract.fields.Millis`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far the wall clock is ahead of the time since this boot, in ms: it changes only where the clock is set."""

    boot: str  # empty where the machine does not tell
    ahead_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Events from sequence `first` up to the next run, dated by `reading` and told as `shift_ms` later."""

    first: int
    reading: Reading
    shift_ms: int = 0


def is_step(before: Reading, now: Reading) -> bool:
    """Whether the clock was set between these two, within one boot of a machine that tells its boots apart."""
    return before.boot == now.boot != "" and abs(now.ahead_ms - before.ahead_ms) > STEP_MS


def dated(runs: Sequence[Run], now: Reading, *, receipted: int, sent: int, produced: int) -> tuple[Run, ...]:
    """The runs of a log for events that are dated by `now` from `produced` + 1 on; those given, where nothing changed.

    Events of this boot above `sent` are told by the clock as it stands now; those that were sent, and those of another
    boot, about which nobody knows anything, are told as before. Runs up to `receipted` are gone.
    """
    told = None if not runs else replace(runs[-1].reading, ahead_ms=runs[-1].reading.ahead_ms + runs[-1].shift_ms)
    if now.boot == "" or (told is not None and told.boot == now.boot and not is_step(told, now)):
        return tuple(runs)
    found: list[Run] = []
    for run, following in zip_longest(runs, runs[1:]):
        last = produced if following is None else following.first - 1
        if last <= receipted or last < run.first:
            continue
        if run.reading.boot != now.boot or last <= sent:
            found.append(run)
            continue
        if run.first <= sent:
            found.append(run)
        found.append(replace(run, first=max(run.first, sent + 1), shift_ms=now.ahead_ms - run.reading.ahead_ms))
    return (*found, Run(first=produced + 1, reading=now))


def shift_of(runs: Sequence[Run], sequence: int) -> int:
    """The ms to add to the time of the event with this sequence."""
    place = bisect_right(runs, sequence, key=lambda run: run.first)
    return runs[place - 1].shift_ms if place else 0


def shifted(body: bytes, shift_ms: int) -> bytes:
    """The event, of whatever kind and version, with its `at` moved; as it is where it has none that could be."""
    if shift_ms == 0:
        return body
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        at = msgspec.json.decode(fields["at"], type=int)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return body
    return msgspec.json.encode(fields | {"at": msgspec.Raw(b"%d" % moved(at, shift_ms))})


def moved(at_ms: int, shift_ms: int) -> int:
    """The time moved, within what an event may have."""
    return min(max(0, at_ms + shift_ms), _LATEST_MS)

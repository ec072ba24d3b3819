"""Moments of crossings, seen by a person or counted by a node, and the text that they are kept as."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contract.events import Direction
from edge.columns import columns

# Unix time is read as milliseconds from here on: as seconds it would be the year 5138.
_MILLISECONDS: Final = 1e11
_WAYS: Final = {"in": Direction.IN, "i": Direction.IN, "out": Direction.OUT, "o": Direction.OUT}
_HEAD: Final = "time"


class ClicksError(ValueError):
    """The clicks, or the events, cannot be used; the message names the line and what is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Somebody crossed a line; `at` is wall time in s since 1970. `line` is None where the person did not say."""

    at: float
    direction: Direction
    line: str | None = None


def parse(text: str) -> tuple[Moment, ...]:
    """Clicks from a table, `time,direction[,line]`, by time. ClicksError names the line."""
    found: list[Moment] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = [field.strip() for field in columns(line)]
        if not fields or (number == 1 and fields[0].lower() == _HEAD):
            continue
        try:
            found.append(_moment(fields))
        except ClicksError as wrong:
            raise ClicksError(f"line {number}: {wrong}") from None
    return tuple(sorted(found, key=lambda moment: moment.at))


def text_of(clicks: Iterable[Moment]) -> str:
    """Clicks as CSV that `parse` reads, to a millisecond."""
    rows = [f"{written(click.at)},{click.direction.value},{click.line or ''}" for click in clicks]
    return "\n".join(["time,direction,line", *rows]) + "\n"


def time(text: str) -> float:
    """A wall time in s since 1970: ISO 8601 with a zone, Unix seconds or milliseconds. ClicksError."""
    try:
        value = float(text)
    except ValueError:
        return _iso(text)
    seconds = value / 1000 if value >= _MILLISECONDS else value
    if not 0 <= seconds < _MILLISECONDS:  # nor is NaN
        raise ClicksError(f"{text!r} is no time")
    return seconds


def _moment(fields: Sequence[str]) -> Moment:
    if len(fields) not in (2, 3):
        raise ClicksError(f"{len(fields)} columns; wanted are time, direction and perhaps line")
    way = _WAYS.get(fields[1].lower())
    if way is None:
        raise ClicksError(f"direction is {fields[1]!r}; allowed are in, out, i, o")
    return Moment(at=time(fields[0]), direction=way, line=(fields[2] or None) if len(fields) == 3 else None)


def _iso(text: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ClicksError(f"{text!r} is no time; wanted is one such as 2026-11-22T10:15:00.5+09:00") from None
    if moment.tzinfo is None:
        raise ClicksError(f"{text!r} has no zone; write +09:00 or Z behind it")
    return moment.timestamp()


def written(at: float) -> str:
    """A wall time in s since 1970 as a person reads it, and `time` too."""
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds")

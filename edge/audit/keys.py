"""What each key does while a person watches a door."""

import re
from dataclasses import dataclass, replace
from typing import Final

from contract.events import Direction
from edge.audit.moments import Moment

_END: Final = frozenset("q\x03\x04")  # and what Ctrl-C and Ctrl-D send to a program that reads keys
# What a terminal sends for an arrow, a function key or a key with Alt begins with an escape and goes on with letters, O
# and I among them (ECMA-48, section 5.4; SS3 of section 8.3.143).
_SEQUENCE: Final = re.compile(r"\x1b+(?:\[[0-?]*[ -/]*[@-~]?|O.?|.)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's clicks so far, by time; of one line, if they say which."""

    line: str | None = None
    clicks: tuple[Moment, ...] = ()
    ended: bool = False

    def number(self, direction: Direction) -> int:
        """How many there are of a direction."""
        return sum(click.direction is direction for click in self.clicks)


def plain(typed: str) -> str:
    """What was typed without what keys send that write no letter: nobody crossed because of an arrow."""
    return _SEQUENCE.sub("", typed)


def press(session: Session, key: str, at: float) -> Session:
    """The session after a key at wall time `at` (s); a key without a meaning changes nothing, nor one after the end."""
    if session.ended:
        return session
    match key.lower():
        case "i":
            return _clicked(session, Direction.IN, at)
        case "o":
            return _clicked(session, Direction.OUT, at)
        case "u":
            return replace(session, clicks=session.clicks[:-1])
        case other if other in _END:
            return replace(session, ended=True)
        case _:
            return session


def _clicked(session: Session, direction: Direction, at: float) -> Session:
    click = Moment(at=at, direction=direction, line=session.line)
    return replace(session, clicks=(*session.clicks, click))

"""What each key does while a person watches a door."""

from dataclasses import dataclass, replace
from typing import Final

from contract.events import Direction
from edge.audit.moments import Moment

_END: Final = frozenset("q\x03\x04")  # and what Ctrl-C and Ctrl-D send to a program that reads keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's clicks so far, by time; of one line, if they say which."""

    line: str | None = None
    clicks: tuple[Moment, ...] = ()
    ended: bool = False

    def number(self, direction: Direction) -> int:
        """How many there are of a direction."""
        return sum(click.direction is direction for click in self.clicks)


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

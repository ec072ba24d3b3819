"""The crossings among a node's events, from JSON lines."""

from collections.abc import Iterable

import msgspec

from contract.events import Crossing, Event
from contract.messages import WireError, decode_event
from edge.audit.moments import ClicksError, Moment


class _Stored(msgspec.Struct, frozen=True):
    """A line of `aisle-cloud events`; who told it and its number are of no use here."""

    event: msgspec.Raw


def parse(text: str) -> tuple[Moment, ...]:
    """The crossings of JSON lines: of `aisle-cloud events`, or events alone. ClicksError names the line."""
    found: list[Moment] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found += crossings([decode_event(_inner(line.encode()))])
        except WireError as wrong:
            raise ClicksError(f"line {number}: {wrong}") from None
    return tuple(sorted(found, key=lambda moment: moment.at))


def crossings(events: Iterable[Event]) -> list[Moment]:
    """Those of the events that are crossings."""
    return [
        Moment(at=event.at / 1000, direction=event.direction, line=event.line)
        for event in events
        if isinstance(event, Crossing)
    ]


def _inner(line: bytes) -> bytes:
    """The event in a stored line; the line itself where it is not one."""
    try:
        return bytes(msgspec.json.decode(line, type=_Stored).event)
    except msgspec.DecodeError:
        return line

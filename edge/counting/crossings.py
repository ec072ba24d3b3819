"""Who crossed a line, which way and when: each crossing once."""

import enum
from dataclasses import dataclass, replace
from typing import Final

from edge.floor.shapes import Line, Point
from edge.tracking.paths import End, Leg

LEFT: Final = 1
RIGHT: Final = -1
UNKNOWN: Final = 0


class Direction(enum.StrEnum):
    """Which way; see `shapes.Line` for the drawing."""

    IN = "in"  # from the left side to the right side
    OUT = "out"  # from the right side to the left side


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How sure a crossing must be before it counts."""

    width: float = 0.25  # m beyond the line: a person who stands on it sways and is measured less than this
    # or so many standard deviations of the place across the line: how far away somebody is a camera knows worst, which
    # is no doubt of a line that is crossed sideways
    sigmas: float = 2.0
    hold: float = 0.3  # s that somebody must stay beyond the band; not needed at twice its width
    slack: float = 0.25  # m by which the line's ends reach farther, so that a door's post is no way round
    # s that somebody who was seen past the line and walked on, out of sight, is believed to have walked on; and that
    # somebody first seen just past it is believed to have walked before, hidden by who went ahead
    parting: float = 0.5
    arriving: float = 1.5  # s within which such a one leaves the line behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One track crossed one line once; `at` is when its path met the line (CLOCK_MONOTONIC, s)."""

    line: str
    track: int
    direction: Direction
    at: float
    place: Point  # where, floor m


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """One track and one line: where the track was surely, and what it has done since."""

    side: int = UNKNOWN  # LEFT, RIGHT or UNKNOWN
    met_at: float | None = None  # when the path last met the endless line
    met: Point = (0.0, 0.0)  # and where
    through: bool = False  # was that between the ends?
    beyond_since: float | None = None  # since when it is beyond the band on the other side
    first: Leg | None = None  # where it was first seen, while it is open whether it came over the line unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """Where a straight way meets an endless line."""

    share: float  # of the way
    place: Point
    through: bool  # between the line's ends


def begin(leg: Leg) -> Approach:
    """The approach of a track before its first leg; whoever is in a camera's first picture was there before."""
    return Approach(first=leg if leg.seconds > 0 else None)


def follow(approach: Approach, line: Line, leg: Leg, band: Band) -> tuple[Approach, Crossing | None]:
    """The approach after a leg, and the crossing that it completes."""
    distance = line.side(leg.end)
    side = _sign(distance)
    approach, arrival = _arriving(_meeting(approach, line, leg, band), line, leg, band)
    if arrival is not None:
        return Approach(side=side), arrival
    if side == approach.side:
        return replace(approach, met_at=None, beyond_since=None), None
    width = _width(leg, line, band)
    if approach.side == UNKNOWN:
        return (replace(approach, side=side) if abs(distance) >= width / 2 else approach), None
    if abs(distance) < width:
        return replace(approach, beyond_since=None), None
    since = leg.ended if approach.beyond_since is None else approach.beyond_since
    if abs(distance) < 2 * width and leg.ended - since < band.hold:
        return replace(approach, beyond_since=since), None
    return Approach(side=side), _crossing(approach, line, leg.track)


def part(approach: Approach, line: Line, end: End, band: Band) -> Crossing | None:
    """The crossing of somebody who went out of sight just past the line, still walking away from it."""
    place = end.leg.end
    side = _sign(line.side(place))
    if approach.side in {UNKNOWN, side}:
        return None
    ahead: Point = (place[0] + band.parting * end.velocity[0], place[1] + band.parting * end.velocity[1])
    gone = line.side(ahead) * side >= _width(end.leg, line, band)
    return _crossing(approach, line, end.leg.track) if gone else None


def _meeting(approach: Approach, line: Line, leg: Leg, band: Band) -> Approach:
    """When and where the leg meets the endless line, if it does."""
    met = _met(line, leg.start, leg.end, band)
    if met is None:
        return approach
    return replace(approach, met_at=leg.began + met.share * leg.seconds, met=met.place, through=met.through)


def _arriving(approach: Approach, line: Line, leg: Leg, band: Band) -> tuple[Approach, Crossing | None]:
    """The crossing of somebody who was first seen just past the line and walks on from it, once that is sure.

    Nobody begins to exist on a floor: one who follows another through a door shows when they are already inside.
    """
    first = approach.first
    if first is None:
        return approach, None
    settled = replace(approach, first=None)
    seconds, distance = leg.ended - first.ended, line.side(leg.end)
    side = _sign(distance)
    if side != _sign(line.side(first.end)) or seconds > band.arriving:
        return settled, None
    if abs(distance) < _width(leg, line, band) or seconds < band.hold:
        return approach, None
    share = band.parting / seconds
    before = (
        first.end[0] - share * (leg.end[0] - first.end[0]),
        first.end[1] - share * (leg.end[1] - first.end[1]),
    )
    met = _met(line, first.end, before, band)
    if met is None:
        return settled, None
    at = first.ended - met.share * band.parting
    came = Approach(side=-side, met_at=at, met=met.place, through=met.through)
    return settled, _crossing(came, line, leg.track)


def _width(leg: Leg, line: Line, band: Band) -> float:
    """How far beyond a line the leg's end must lie to be surely there."""
    return max(band.width, band.sigmas * leg.spread.along(line.normal))


def _met(line: Line, start: Point, end: Point, band: Band) -> _Met | None:
    """Where the way from `start` to `end` meets the endless line, if it does."""
    before, after = line.side(start), line.side(end)
    if _sign(before) == _sign(after):
        return None
    share = before / (before - after)
    place = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
    return _Met(share=share, place=place, through=-band.slack <= line.along(place) <= line.length + band.slack)


def _crossing(approach: Approach, line: Line, track: int) -> Crossing | None:
    if not approach.through or approach.met_at is None:
        return None
    direction = Direction.IN if approach.side == LEFT else Direction.OUT
    return Crossing(line=line.id, track=track, direction=direction, at=approach.met_at, place=approach.met)


def _sign(distance: float) -> int:
    """LEFT or RIGHT; the line itself belongs to the right."""
    return LEFT if distance > 0 else RIGHT

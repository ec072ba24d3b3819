"""How long each person stayed in a zone, from the moment they stepped over its border."""

from dataclasses import dataclass, replace

from edge.floor import shapes
from edge.floor.shapes import Zone
from edge.tracking.paths import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """How sure somebody must be on the other side of a border before they count as in or out."""

    width: float = 0.2  # m to either side; less in zones too narrow for it
    inertia: float = 1.0  # s on the other side that are proof as well, however near to the border
    shortest: float = 1.0  # s: a shorter stay is a passer-by; a manager's stop begins at 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A track was in a zone; `cut` when the sight of it ended before the stay did."""

    zone: str
    track: int
    entered: float  # CLOCK_MONOTONIC, s
    left: float
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A person was in a zone from `began` to `ended`; such times of one track never overlap."""

    track: int
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """One track and one zone."""

    entered: float | None = None  # None while it counts as out
    border_at: float | None = None  # since when it has been on the side that does not count yet
    counted: float = 0.0  # until when its time in the zone has been told


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """What one leg tells of one track and one zone."""

    presence: Presence
    time: Time | None = None
    stay: Stay | None = None


def width(zone: Zone, border: Border) -> float:
    """The hysteresis that a zone has room for, in m: area over perimeter is at most half the width of a strip."""
    return min(border.width, abs(shapes.area(zone.corners)) / shapes.perimeter(zone.corners) / 2)


def follow(presence: Presence, zone: Zone, leg: Leg, depths: tuple[float, float], border: Border) -> Follow:
    """The presence after a leg whose start and end lie `depths` metres inside the zone (negative: outside)."""
    inside = presence.entered is not None
    start, end = depths if not inside else (-depths[0], -depths[1])  # positive: on the side that does not count yet
    if end < 0:
        stayed = replace(presence, border_at=None)
        return _told(stayed, leg) if inside else Follow(presence=stayed)
    since = presence.border_at
    if since is None:
        since = leg.began if start >= 0 else leg.began + leg.seconds * start / (start - end)
    waiting = replace(presence, border_at=since)
    if end < width(zone, border) and leg.ended - since < border.inertia:
        return Follow(presence=waiting)
    return _left(waiting, zone, leg, since, border) if inside else _entered(leg, since)


def end(presence: Presence, zone: Zone, leg: Leg, border: Border) -> Follow:
    """What is open when the track ends with `leg`; there is no presence after it."""
    match (presence.entered, presence.border_at):
        case (None, None):  # outside
            return Follow(presence=presence)
        case (None, float(entered)):  # stepped in a moment ago
            presence = Presence(entered=entered, counted=entered)
        case (float(), float(left)):  # stepped out a moment ago
            return _left(presence, zone, leg, left, border)
        case (float(entered), None):  # inside
            pass
    stay = _stay(zone, leg.track, entered, leg.ended, border, cut=True)
    return replace(_told(presence, leg), stay=stay)


def _entered(leg: Leg, since: float) -> Follow:
    return _told(Presence(entered=since, counted=since), leg)


def _told(presence: Presence, leg: Leg) -> Follow:
    """Tell the time in the zone up to the leg's end."""
    if leg.ended <= presence.counted:
        return Follow(presence=presence)
    time = Time(track=leg.track, began=presence.counted, ended=leg.ended)
    return Follow(presence=replace(presence, counted=leg.ended), time=time)


def _left(presence: Presence, zone: Zone, leg: Leg, at: float, border: Border) -> Follow:
    assert presence.entered is not None
    time = Time(track=leg.track, began=presence.counted, ended=at) if at > presence.counted else None
    return Follow(
        presence=Presence(),
        time=time,
        stay=_stay(zone, leg.track, presence.entered, at, border, cut=False),
    )


def _stay(zone: Zone, track: int, entered: float, left: float, border: Border, *, cut: bool) -> Stay | None:
    if left - entered < border.shortest:
        return None
    return Stay(zone=zone.id, track=track, entered=entered, left=left, cut=cut)

"""Who waits in a queue, since when, and how it ended: those who stand or shuffle, never those who walk through."""

import enum
import math
from dataclasses import dataclass, replace
from typing import Final

from edge.counting.stays import Follow, Presence, Time
from edge.floor.shapes import Point
from edge.tracking.paths import Leg


class End(enum.StrEnum):
    """How a wait ended."""

    SERVED = "served"  # at a till
    LEFT = "left"  # elsewhere
    CUT = "cut"  # the sight of them ended first, or no till is in sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts as waiting.

    People walk at 1.0-1.5 m/s in shops and rarely below 0.5 m/s (U. Weidmann, "Transporttechnik der Fussgänger",
    1993, section 3); a queue moves on by a step of 0.5-1 m and stands again. Who stays within `roam` for `window`
    is slower than 0.35 m/s on the average, however often the camera looks.
    """

    window: float = 3.0  # s
    roam: float = 1.0  # m
    going: float = 10.0  # s from a queue's zone to a till's, or back into the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where somebody was at one moment."""

    at: float
    place: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One track and one queue's zone."""

    spots: tuple[Spot, ...] = ()  # in the zone, back to the first that is `Standing.window` old
    since: float | None = None  # when the wait began; None while nobody waits
    told: float = 0.0  # until when its time has been told
    left: float | None = None  # when the zone was left, while it is open where to


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait that is over."""

    began: float
    ended: float
    end: End


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one leg tells of one track and one queue's zone."""

    visit: Visit
    time: Time | None = None  # more of it was spent waiting
    wait: Wait | None = None


NOBODY: Final = Visit()


def follow(visit: Visit, leg: Leg, stay: Follow, *, at_till: bool | None, out: float, standing: Standing) -> Step:
    """The visit after a leg of which `stay` tells what it means for the zone.

    `at_till` says whether the person is in a till's zone now; None where no till is in sight. `out` is when they last
    went out over a line, -inf for never.
    """
    entered = stay.presence.entered
    if entered is None:
        return _outside(visit, leg, stay, at_till=at_till, out=out, standing=standing)
    if visit.left is not None:  # came back: the wait goes on, but not the time in the zone
        visit = replace(visit, left=None, told=max(visit.told, entered))
    return _told(_standing(visit, leg, stay.presence, standing), leg.track, stay.time)


def end(visit: Visit, leg: Leg, stay: Follow, *, at_till: bool | None, out: float) -> Step:
    """What is open when the track ends with `leg`; there is no visit after it. The others are as in `follow`."""
    if visit.since is None:
        return Step(visit=NOBODY)
    if visit.left is not None:
        gave_up = at_till is False and out > visit.left
        how = End.SERVED if at_till else End.LEFT if gave_up else End.CUT
        return Step(visit=NOBODY, wait=_wait(visit, visit.left, how))
    step = _told(visit, leg.track, stay.time)
    return replace(step, visit=NOBODY, wait=_wait(visit, step.visit.told, End.CUT))


def _outside(visit: Visit, leg: Leg, stay: Follow, *, at_till: bool | None, out: float, standing: Standing) -> Step:
    """Not in the zone: nobody who waited, or somebody who has just left it or still is on the way from it."""
    if visit.since is None:
        return Step(visit=NOBODY)
    step = _told(visit, leg.track, stay.time)
    left = step.visit.told if visit.left is None else visit.left
    match at_till:
        case True:
            how = End.SERVED
        case None:
            how = End.CUT
        case False if leg.ended - left > standing.going or out > left:
            how = End.LEFT
        case False:
            return replace(step, visit=replace(step.visit, left=left, spots=()))
    return replace(step, visit=NOBODY, wait=_wait(visit, left, how))


def _standing(visit: Visit, leg: Leg, presence: Presence, standing: Standing) -> Visit:
    """The visit with the leg's end, and since when it is a wait.

    Nobody is found waiting while they may have stepped out: a wait is a whole window in the zone, or more.
    """
    if visit.since is not None:
        return visit
    begin = leg.ended - standing.window
    spots = (*visit.spots, Spot(at=leg.ended, place=leg.end))
    old = sum(spot.at <= begin for spot in spots)
    spots = spots[max(0, old - 1) :]  # one of them from before the window began, so that it holds the whole of it
    inside = presence.border_at is None and presence.entered is not None and presence.entered <= begin
    if not inside or spots[0].at > begin or any(_away(spot, leg) > standing.roam for spot in spots):
        return replace(visit, spots=spots)
    return replace(visit, spots=(), since=begin, told=begin)


def _away(spot: Spot, leg: Leg) -> float:
    return math.dist(spot.place, leg.end)


def _told(visit: Visit, track: int, time: Time | None) -> Step:
    """More time in the zone is more time of a wait, from its beginning on."""
    if visit.since is None or time is None or time.ended <= visit.told:
        return Step(visit=visit)
    told = Time(track=track, began=visit.told, ended=time.ended)
    return Step(visit=replace(visit, told=time.ended), time=told)


def _wait(visit: Visit, ended: float, how: End) -> Wait:
    assert visit.since is not None
    return Wait(began=visit.since, ended=max(ended, visit.since), end=how)

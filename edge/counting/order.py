"""Puts the sightings of several cameras into one order of time, waiting no longer than it must."""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from edge.inputs import Sighting

PATIENCE: Final = 0.5
"""s after it was grabbed that a sighting waits for earlier ones of cameras that have not told of that time yet."""
LONGEST: Final = 2.0
"""s that a sighting waits at most, where another camera is known to be late (on a busy machine)."""
SLACK: Final = 0.1  # s more than a camera was late before
FADE: Final = 0.98  # of a known lateness is left after each further sighting: a hundred forget a stumble
AHEAD: Final = 1.0  # s that a sighting may seem to come from the future before it is disbelieved


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The sightings that wait, and what is known of each camera; begins as `Order()`."""

    held: tuple[Sighting, ...] = ()  # in order of time
    told: Mapping[str, float] = field(default_factory=dict)  # each camera's newest sighting's time, while it is live
    late: Mapping[str, float] = field(default_factory=dict)  # s that each camera's sightings come after their time
    through: float = float("-inf")  # the time of the newest sighting that was let go


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a sighting: the order with it, or, where it came `too_late`, without."""

    order: Order
    too_late: bool


def put(order: Order, sighting: Sighting, now: float) -> Taken:
    """Take a sighting that came at `now` (CLOCK_MONOTONIC, s).

    It is too late where a later one was let go already or its own camera has told of a later time, and as wrong
    where it claims to be of the future.
    """
    camera, at = sighting.camera, sighting.at
    lateness = max(now - at, FADE * order.late.get(camera, 0.0))
    order = replace(order, late={**order.late, camera: lateness})
    before = order.told.get(camera, float("-inf"))
    if at > now + AHEAD or at <= before:
        return Taken(order=order, too_late=True)
    known = replace(order, told={**order.told, camera: at})  # though late: the next of it will be waited for
    if at < order.through:
        return Taken(order=known, too_late=True)
    place = bisect.bisect_right(order.held, at, key=lambda one: one.at)
    held = (*order.held[:place], sighting, *order.held[place:])
    return Taken(order=replace(known, held=held), too_late=False)


def release(order: Order, now: float) -> tuple[Order, tuple[Sighting, ...]]:
    """The sightings that nothing earlier can come before any more, in order of time.

    Those are the ones up to the time of which every other live camera has told, and those that have waited for as
    long as these have been late of late, for PATIENCE at least and LONGEST at most.
    """
    count = 0
    for sighting in order.held:
        behind = [
            order.late[camera]
            for camera, told in order.told.items()
            if camera != sighting.camera and told < sighting.at
        ]
        if behind and now - sighting.at < min(max(PATIENCE, *behind), LONGEST) + SLACK:
            break
        count += 1
    if not count:
        return order, ()
    free = order.held[:count]
    return replace(order, held=order.held[count:], through=free[-1].at), free


def forget(order: Order, camera: str) -> tuple[Order, tuple[Sighting, ...]]:
    """Nobody waits for a lost camera; its waiting sightings come out, with all that lie before them."""
    told = {name: at for name, at in order.told.items() if name != camera}
    count = max((place for place, one in enumerate(order.held, 1) if one.camera == camera), default=0)
    free = order.held[:count]
    through = free[-1].at if free else order.through
    return replace(order, held=order.held[count:], told=told, through=through), free

"""How a walker goes on towards a corner without walking into others, in whole millimetres a step."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware_sim.town.geometry import Spot, distance2

APART_MM: Final = 560
"""Nobody comes nearer to another than this while there is a way round."""
SQUEEZE_MM: Final = 330
"""…or than this when they have stood face to face for a while."""
_CARE_MM: Final = 760
"""Within this distance of where another will be, a course costs extra."""
_SIGHT_MM: Final = 2_000
_AHEAD: Final = (8, 18)
"""The steps ahead at which courses are compared."""

# Courses: cosine and sine in thousandths, the right-hand side first as people pass each other; then slower ones.
_TURNS: Final = (
    (1000, 0), (940, 342), (940, -342), (766, 643), (766, -643), (423, 906), (423, -906), (0, 1000), (0, -1000),
)  # fmt: skip
_SPEEDS: Final = (100, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A body in motion: `step` is what it moved in the last step."""

    at: Spot
    step: Spot


def course(
    walker: Mover,
    target: Spot,
    *,
    fastest: int,
    others: tuple[Mover, ...],
    apart: int,
    open_at: Callable[[Spot], bool],
) -> Spot:
    """The next step (mm) of a walker who may go `fastest` mm a step and keeps `apart` mm from others."""
    near = tuple(other for other in others if distance2(other.at, walker.at) < _SIGHT_MM**2)
    wish = _towards(walker.at, target, fastest)
    if not near:
        lone = (_eased(walker.step, wish), wish, *_slides(wish))
        return next((step for step in lone if open_at(_moved(walker.at, step))), Spot(0, 0))
    steps = [*(_eased(walker.step, turned) for turned in _courses(wish)), *_slides(wish)]
    ranked = sorted(range(len(steps)), key=lambda number: (_price(walker.at, steps[number], wish, near), number))
    for number in ranked:
        landing = _moved(walker.at, steps[number])
        if open_at(landing) and not _too_near(walker.at, landing, near, apart):
            return steps[number]
    return Spot(0, 0)


def _courses(wish: Spot) -> list[Spot]:
    turned = [
        Spot((wish.x * cos - wish.y * sin) // 1000 * speed // 100, (wish.x * sin + wish.y * cos) // 1000 * speed // 100)
        for speed in _SPEEDS
        for cos, sin in _TURNS
    ]
    return [*turned, Spot(0, 0)]


def _slides(wish: Spot) -> tuple[Spot, ...]:
    """Sideways along what is in the way, the side that leads on first."""
    half = (abs(wish.x) + abs(wish.y)) // 2
    along = (Spot(half, 0), Spot(-half, 0), Spot(0, half), Spot(0, -half))
    return tuple(sorted(along, key=lambda slide: -(slide.x * wish.x + slide.y * wish.y)))[:3]


def _towards(at: Spot, target: Spot, fastest: int) -> Spot:
    """A step at a target that slows before it and ends on it."""
    x, y = target.x - at.x, target.y - at.y
    far = math.isqrt(x * x + y * y)
    if far == 0:
        return Spot(0, 0)
    length = min(fastest, max(far // 8, min(far, 10)))
    return Spot(x * length // far, y * length // far)


def _eased(last: Spot, wish: Spot) -> Spot:
    """People change their course within a third of a second."""
    return Spot(_ease(last.x, wish.x), _ease(last.y, wish.y))


def _ease(last: int, wish: int) -> int:
    change = wish - last
    part = change * 2 // 5 if change > 0 else -(-change * 2 // 5)
    return last + part if abs(part) > 1 else wish


def _price(at: Spot, step: Spot, wish: Spot, near: tuple[Mover, ...]) -> int:
    """How far a course is from the wished one, and how near it comes to others."""
    price = ((step.x - wish.x) ** 2 + (step.y - wish.y) ** 2) * 40
    for other in near:
        for ahead in _AHEAD:
            gap = math.isqrt(
                distance2(
                    Spot(at.x + step.x * ahead, at.y + step.y * ahead),
                    Spot(other.at.x + other.step.x * ahead, other.at.y + other.step.y * ahead),
                )
            )
            if gap < _CARE_MM:
                price += (_CARE_MM - gap) ** 2
    return price


def _too_near(at: Spot, landing: Spot, near: tuple[Mover, ...], apart: int) -> bool:
    return any(
        distance2(landing, other.at) < apart * apart and distance2(landing, other.at) <= distance2(at, other.at)
        for other in near
    )


def _moved(at: Spot, step: Spot) -> Spot:
    return Spot(at.x + step.x, at.y + step.y)

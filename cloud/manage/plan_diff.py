"""What changed between two plans, part by part, as a person would tell it."""

import enum
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.plan_check import KINDS
from cloud.manage.shapes import NEAR_M, area_m2, middle
from contract.plan import Camera, Line, Plan, Point, ReaderSpot, Shelf, TagSpot, Title, Zone

Part = Zone | Line | Shelf | TagSpot | ReaderSpot | Camera


class Act(enum.StrEnum):
    """What was done to a part."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"  # the same shape elsewhere; `amount` metres
    RESHAPED = "reshaped"  # `before` and `amount`: m² for a polygon, metres for a line
    TURNED = "turned"  # a line's in-side is the other one
    RENAMED = "renamed"
    CALIBRATED = "calibrated"  # a camera's pairs; `amount` of them
    SET = "set"  # another field, named `field`, from `was` to `now`
    RESIZED = "resized"  # the floor
    REDRAWN = "redrawn"  # the drawing beneath


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise than before. `part` as in KINDS, empty for the plan itself; `title` None for tags."""

    act: Act
    part: str = ""
    id: str = ""
    title: Title | None = None
    before: float | None = None
    amount: float | None = None
    field: str = ""
    was: str = ""
    now: str = ""


_TOLD_APART = frozenset(("id", "title", "pairs", "polygon", "sees", "a", "b"))
"""Fields whose changes have words of their own."""


def changes(before: Plan | None, after: Plan) -> tuple[Change, ...]:
    """All differences, the plan's own first, then part by part in the order of the plan. Versions do not count."""
    told = [] if before is None else [*_of_plan(before, after)]
    for part in KINDS:
        told += _of_parts(part, _by_id(before, part), _by_id(after, part))
    return tuple(told)


def _by_id(plan: Plan | None, part: str) -> dict[str, Part]:
    return {} if plan is None else {one.id: one for one in getattr(plan, part)}


def _of_plan(before: Plan, after: Plan) -> Iterator[Change]:
    if before.title != after.title:
        yield Change(act=Act.RENAMED, title=after.title)
    if (before.width_m, before.depth_m) != (after.width_m, after.depth_m):
        was, now = (f"{plan.width_m:g} × {plan.depth_m:g} m" for plan in (before, after))
        yield Change(act=Act.RESIZED, was=was, now=now)


def _of_parts(part: str, before: Mapping[str, Part], after: Mapping[str, Part]) -> Iterator[Change]:
    for name, one in after.items():
        if name not in before:
            yield Change(act=Act.ADDED, part=part, id=name, title=_title(one))
        elif one != before[name]:
            yield from _of_part(part, before[name], one)
    for name, one in before.items():
        if name not in after:
            yield Change(act=Act.REMOVED, part=part, id=name, title=_title(one))


def _of_part(part: str, before: Part, after: Part) -> Iterator[Change]:
    title = _title(after)
    if _title(before) != title:
        yield Change(act=Act.RENAMED, part=part, id=after.id, title=title, was=before.id)
    shape = _of_shape(before, after)
    if shape is not None:
        act, was, now = shape
        yield Change(act=act, part=part, id=after.id, title=title, before=was, amount=now)
    if isinstance(before, Camera) and isinstance(after, Camera) and before.pairs != after.pairs:
        yield Change(act=Act.CALIBRATED, part=part, id=after.id, amount=len(after.pairs))
    for name in after.__struct_fields__:
        if name in _TOLD_APART or (name == "at" and not isinstance(after, Camera)):
            continue
        was_value, now_value = getattr(before, name), getattr(after, name)
        if was_value != now_value:
            yield Change(
                act=Act.SET, part=part, id=after.id, title=title, field=name, was=_said(was_value), now=_said(now_value)
            )


def _of_shape(before: Part, after: Part) -> tuple[Act, float | None, float | None] | None:
    """How the place or the shape changed, with the measure before and now; None where it did not."""
    was, now = outline(before), outline(after)
    if was == now:
        return None
    if isinstance(after, Line) and was == now[::-1]:
        return Act.TURNED, None, None
    shift = Point(middle(now).x - middle(was).x, middle(now).y - middle(was).y)
    if len(was) == len(now) and all(
        math.dist((a.x + shift.x, a.y + shift.y), (b.x, b.y)) < NEAR_M for a, b in zip(was, now, strict=True)
    ):
        return Act.MOVED, None, math.hypot(shift.x, shift.y)
    if isinstance(after, Line):
        return Act.RESHAPED, _long(was), _long(now)
    return Act.RESHAPED, area_m2(was), area_m2(now)


def outline(one: Part) -> tuple[Point, ...]:
    """The corners of a polygon, the ends of a line, or the one place of what has no more."""
    match one:
        case Zone() | Shelf():
            return one.polygon
        case Camera():
            return one.sees
        case Line():
            return (one.a, one.b)
        case TagSpot() | ReaderSpot():
            return (one.at,)


def _long(points: Sequence[Point]) -> float:
    return math.dist((points[0].x, points[0].y), (points[-1].x, points[-1].y))


def _title(one: Part) -> Title | None:
    return None if isinstance(one, TagSpot | Camera) else one.title


def _said(value: object) -> str:
    """A field's value in a few characters: how many where there are several."""
    if value is None or value == "":
        return ""
    if isinstance(value, tuple) and not isinstance(value, Point):
        return str(len(value))
    if isinstance(value, Point):
        return f"{value.x:g}, {value.y:g}"
    return f"{value:g}" if isinstance(value, float) else str(value)

"""Brings together what two people changed in one plan, part by part, and says where they cannot both be right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from cloud.manage.plan_check import KINDS
from contract.plan import Plan

T = TypeVar("T")
_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Both changed this, each otherwise: a part by its list and id, or a field of the plan with an empty `part`."""

    part: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Both plans as one. Where they clash it holds mine."""

    plan: Plan
    clashes: tuple[Clash, ...]


def merge(base: Plan, mine: Plan, theirs: Plan) -> Merged:
    """What `mine` changed since `base`, done to `theirs`. With no clashes the order of the two does not matter."""
    clashes: list[Clash] = []
    fields: dict[str, object] = {}
    for name in ("title", "width_m", "depth_m"):
        fields[name], clash = _one(getattr(base, name), getattr(mine, name), getattr(theirs, name))
        clashes += [Clash(part="", id=name)] * clash
    for part in KINDS:
        kept, clashing = _parts(*({one.id: one for one in getattr(plan, part)} for plan in (base, mine, theirs)))
        fields[part] = tuple(kept.values())
        clashes += [Clash(part=part, id=name) for name in clashing]
    return Merged(plan=msgspec.structs.replace(theirs, **fields), clashes=tuple(clashes))


def _one(base: T, mine: T, theirs: T) -> tuple[T, bool]:
    """The value that somebody changed, and whether both did, each otherwise."""
    if mine == base:
        return theirs, False
    return mine, theirs not in (base, mine)


def _parts(
    base: Mapping[str, object], mine: Mapping[str, object], theirs: Mapping[str, object]
) -> tuple[dict[str, object], list[str]]:
    kept: dict[str, object] = {}
    clashing = []
    for name in (*theirs, *(name for name in (*mine, *base) if name not in theirs)):
        value, clash = _one(*(side.get(name, _MISSING) for side in (base, mine, theirs)))
        if value is not _MISSING:
            kept[name] = value
        if clash and name not in clashing:
            clashing.append(name)
    return kept, clashing

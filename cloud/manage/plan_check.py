"""What is wrong with a plan that somebody draws: everything at once, each with the shape that it is about."""

import enum
import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec

from cloud.limits import PLAN_BYTES
from cloud.manage import shapes
from contract.fields import Name
from contract.plan import Camera, Line, LineKind, Plan, Point, ReaderSpot, Shelf, TagSpot, Title, Zone, ZoneKind

MAX_BYTES = PLAN_BYTES
"""A plan of a hundred cameras and a thousand tags has some 300 KB."""
MOST: Mapping[str, int] = MappingProxyType(
    {"zones": 200, "lines": 100, "shelves": 500, "tags": 2_000, "readers": 500, "cameras": 100}
)
"""Of each list: far more than a store has, few enough to be checked while somebody draws."""
_PAIRS = 400
"""So many pairs of zones that may overlap are looked at closely."""
_MARGIN_M = 0.05
"""A shape may lie so far beyond the floor: walls are thick."""
_LEAST_M2 = 0.01
_SHORTEST_M = 0.1
_TAG_AWAY_M = 0.5
_OVERLAP_M2 = 0.1
_SEEN_ENOUGH = 0.98

KINDS: Mapping[str, type[msgspec.Struct]] = {
    "zones": Zone,
    "lines": Line,
    "shelves": Shelf,
    "tags": TagSpot,
    "readers": ReaderSpot,
    "cameras": Camera,
}
"""The lists of a plan, and what is in each."""
_NEEDED = {"tags": ("shelf", "gtin"), "readers": ("node",), "cameras": ("node",)}


class Code(enum.StrEnum):
    """What can be wrong. The first ones make a plan unusable, the later ones are for its owner to decide."""

    UNREADABLE = "unreadable"  # not a plan at all, or a field that is not allowed
    TOO_MANY = "too-many"
    OTHER_STORE = "other-store"
    DOUBLE_ID = "double-id"
    NO_NAME = "no-name"
    NO_CAMERA = "no-camera"
    MISSING = "missing"  # a field that must be chosen is not
    LOST_NAME = "lost-name"  # refers to something that is not in the plan
    TWIN_CORNER = "twin-corner"
    SELF_CROSSING = "self-crossing"
    NO_AREA = "no-area"
    NO_LENGTH = "no-length"
    OUTSIDE = "outside"
    UNSEEN = "unseen"  # its camera does not see all of it
    OVERLAP = "overlap"  # whoever is there counts in both
    TAG_AWAY = "tag-away"
    NO_PRODUCT = "no-product"  # a GTIN that the catalogue does not have
    NO_LINE = "no-line"  # nobody is counted at a door


WARNINGS = frozenset((Code.UNSEEN, Code.OVERLAP, Code.TAG_AWAY, Code.NO_PRODUCT, Code.NO_LINE))
"""With these a plan can still be saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: with which shape (`part` as in KINDS, empty for the plan), and at which corner.

    `name`: what else it is about; `amount`: how much, in the unit of its code (metres, m², or a share of 1).
    """

    code: Code
    part: str = ""
    id: str = ""
    corner: int | None = None
    name: str = ""
    amount: float | None = None

    @property
    def warning(self) -> bool:
        """Whether the plan can be saved as it is."""
        return self.code in WARNINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A plan that may be saved, or None; and all that there is to say about it, errors first."""

    plan: Plan | None
    problems: tuple[Problem, ...]


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """A plan's own fields; the lists are read part by part."""

    store: Name
    title: Title
    version: int = 1


@dataclass(slots=True)
class _Parts:
    """What could be read of the lists."""

    zones: list[Zone] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    shelves: list[Shelf] = field(default_factory=list)
    tags: list[TagSpot] = field(default_factory=list)
    readers: list[ReaderSpot] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)


def check(data: bytes, *, store: str, gtins: Collection[str] = ()) -> Checked:
    """Reads a plan of `store` from JSON and says all that is wrong with it.

    `gtins`: the catalogue's; where it has none yet, no tag seems wrong.
    """
    if len(data) > MAX_BYTES:
        return _refused(Problem(code=Code.TOO_MANY, name="bytes", amount=MAX_BYTES))
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _refused(Problem(code=Code.UNREADABLE, name=str(error)))
    if not isinstance(raw, dict):
        return _refused(Problem(code=Code.UNREADABLE, name="Expected `object`"))
    return check_draft(raw, store=store, gtins=gtins)


def check_draft(raw: Mapping[str, object], *, store: str, gtins: Collection[str]) -> Checked:
    """The same for JSON that was decoded already."""
    parts = _Parts()
    problems = [*_head_problems(raw, store), *_read(raw, parts)]
    problems += _name_problems(parts)
    polygons: tuple[tuple[str, str, Sequence[Point]], ...] = (
        *(("zones", zone.id, zone.polygon) for zone in parts.zones),
        *(("shelves", shelf.id, shelf.polygon) for shelf in parts.shelves),
        *(("cameras", camera.id, camera.sees) for camera in parts.cameras),
    )
    for part, name, polygon in polygons:
        problems += _polygon_problems(part, name, polygon)
    for line in parts.lines:
        length = math.dist(msgspec.structs.astuple(line.a), msgspec.structs.astuple(line.b))
        if length < _SHORTEST_M:
            problems.append(Problem(code=Code.NO_LENGTH, part="lines", id=line.id, amount=length))
    problems += _outside_problems(raw, parts)
    plan = _whole(raw) if not problems else None
    if plan is None and not problems:
        problems.append(Problem(code=Code.UNREADABLE, name=_why(raw, Plan)))
    problems += (*_sight_problems(parts), *_overlap_problems(parts))
    problems += _goods_problems(parts, gtins)
    return Checked(plan=plan, problems=tuple(sorted(problems, key=lambda one: one.warning)))


def _refused(problem: Problem) -> Checked:
    return Checked(plan=None, problems=(problem,))


def _whole(raw: Mapping[str, object]) -> Plan | None:
    try:
        return msgspec.convert({"version": 1, **raw}, Plan)
    except msgspec.ValidationError:
        return None


def _why(raw: object, kind: type) -> str:
    """Why something is none of its kind, in msgspec's words; empty where it is one."""
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _head_problems(raw: Mapping[str, object], store: str) -> Iterator[Problem]:
    title = raw.get("title")
    if isinstance(title, dict) and not (title.get("ko") and title.get("en")):
        yield Problem(code=Code.NO_NAME)
    elif wrong := _why(raw, _Head):
        yield Problem(code=Code.UNREADABLE, name=wrong)
    elif raw.get("store") != store:
        yield Problem(code=Code.OTHER_STORE, name=str(raw.get("store"))[:64])
    for name in ("width_m", "depth_m"):
        size = raw.get(name)
        if not isinstance(size, int | float) or not 0 < size <= 1_000:
            yield Problem(code=Code.UNREADABLE, name=f"{name}: {size!r:.40}, more than 0 and at most 1000 metres")
    for name in sorted(raw.keys() - {*KINDS, *Plan.__struct_fields__}):
        yield Problem(code=Code.UNREADABLE, name=f"{name!r:.60} is no field of a plan")


def _read(raw: Mapping[str, object], parts: _Parts) -> Iterator[Problem]:
    """Takes every part that can be read, and says what is wrong with the others."""
    for part, kind in KINDS.items():
        listed = raw.get(part)
        if not isinstance(listed, list | tuple):
            yield Problem(code=Code.UNREADABLE, name=f"{part}: expected a list")
            continue
        if len(listed) > MOST[part]:
            yield Problem(code=Code.TOO_MANY, name=part, amount=MOST[part])
            continue
        for one in listed:
            wrong = _part_problem(part, kind, one)
            if wrong is None:
                getattr(parts, part).append(msgspec.convert(one, kind))
            else:
                yield wrong


def _part_problem(part: str, kind: type[msgspec.Struct], one: object) -> Problem | None:
    name = str(one.get("id", ""))[:64] if isinstance(one, dict) else ""
    if isinstance(one, dict):
        title = one.get("title")
        named = isinstance(title, dict) and title.get("ko") and title.get("en")
        if "title" in kind.__struct_fields__ and isinstance(title, dict) and not named:
            return Problem(code=Code.NO_NAME, part=part, id=name)
        if "camera" in kind.__struct_fields__ and not one.get("camera"):
            return Problem(code=Code.NO_CAMERA, part=part, id=name)
        missing = next((need for need in _NEEDED.get(part, ()) if not one.get(need)), None)
        if missing:
            return Problem(code=Code.MISSING, part=part, id=name, name=missing)
    wrong = _why(one, kind)
    return Problem(code=Code.UNREADABLE, part=part, id=name, name=wrong) if wrong else None


def _name_problems(parts: _Parts) -> Iterator[Problem]:
    """Every id once among its kind, every name that refers to one found."""
    for part in KINDS:
        ids = [one.id for one in getattr(parts, part)]
        yield from (
            Problem(code=Code.DOUBLE_ID, part=part, id=name) for name in sorted(set(ids)) if ids.count(name) > 1
        )
    zones, cameras, shelves = ({one.id for one in some} for some in (parts.zones, parts.cameras, parts.shelves))
    refers: tuple[tuple[str, str, str | None, set[str]], ...] = (
        *(("zones", one.id, one.camera, cameras) for one in parts.zones),
        *(("lines", one.id, one.camera, cameras) for one in parts.lines),
        *(("shelves", one.id, one.zone, zones) for one in parts.shelves),
        *(("tags", one.id, one.shelf, shelves) for one in parts.tags),
        *(("readers", one.id, one.zone, zones) for one in parts.readers),
    )
    for part, name, other, known in refers:
        if other is not None and other not in known:
            yield Problem(code=Code.LOST_NAME, part=part, id=name, name=other)


def _polygon_problems(part: str, name: str, polygon: Sequence[Point]) -> Iterator[Problem]:
    twin = shapes.twin_corner(polygon)
    if twin is not None:
        yield Problem(code=Code.TWIN_CORNER, part=part, id=name, corner=twin)
    elif crossed := shapes.crossed_edges(polygon):
        yield Problem(code=Code.SELF_CROSSING, part=part, id=name, corner=crossed[1])
    elif (area := shapes.area_m2(polygon)) < _LEAST_M2:
        yield Problem(code=Code.NO_AREA, part=part, id=name, amount=area)


def _outside_problems(raw: Mapping[str, object], parts: _Parts) -> Iterator[Problem]:
    """What lies off the floor. A camera may look in from outside, and a street's line lies there."""
    wide, deep = raw.get("width_m"), raw.get("depth_m")
    if not isinstance(wide, int | float) or not isinstance(deep, int | float):
        return
    placed: tuple[tuple[str, str, Sequence[Point]], ...] = (
        *(("zones", one.id, one.polygon) for one in parts.zones),
        *(("lines", one.id, (one.a, one.b)) for one in parts.lines if one.kind is not LineKind.STREET),
        *(("shelves", one.id, one.polygon) for one in parts.shelves),
        *(("tags", one.id, (one.at,)) for one in parts.tags),
        *(("readers", one.id, (one.at,)) for one in parts.readers),
    )
    for part, name, points in placed:
        far = [max(-p.x, p.x - wide, -p.y, p.y - deep) for p in points]
        worst = max(far)
        if worst > _MARGIN_M:
            yield Problem(code=Code.OUTSIDE, part=part, id=name, corner=far.index(worst), amount=worst)


def _sight_problems(parts: _Parts) -> Iterator[Problem]:
    """Warnings about what cameras do not see."""
    sees = {one.id: one.sees for one in parts.cameras}
    for zone in parts.zones:
        if zone.camera in sees:
            seen, _ = shapes.shares(zone.polygon, sees[zone.camera])
            if seen < _SEEN_ENOUGH:
                yield Problem(code=Code.UNSEEN, part="zones", id=zone.id, name=zone.camera, amount=1 - seen)
    for line in parts.lines:
        if line.camera in sees:
            unseen = _unseen_of(line, sees[line.camera])
            if unseen > 1 - _SEEN_ENOUGH:
                yield Problem(code=Code.UNSEEN, part="lines", id=line.id, name=line.camera, amount=unseen)


def _overlap_problems(parts: _Parts) -> Iterator[Problem]:
    """Warnings about floor that counts twice, and about a plan in which nobody is counted at a door."""
    counted = [zone for zone in parts.zones if zone.kind is not ZoneKind.STAFF]
    near = (pair for pair in itertools.combinations(counted, 2) if not shapes.apart(pair[0].polygon, pair[1].polygon))
    for zone, other in itertools.islice(near, _PAIRS):
        _, both = shapes.shares(zone.polygon, other.polygon)
        if both > _OVERLAP_M2:
            yield Problem(code=Code.OVERLAP, part="zones", id=zone.id, name=other.id, amount=both)
    if parts.zones and not any(line.kind is LineKind.DOOR for line in parts.lines):
        yield Problem(code=Code.NO_LINE)


def _unseen_of(line: Line, sees: Sequence[Point]) -> float:
    """The share of a line, by 50 samples, that its camera does not see."""
    steps = [(step + 0.5) / 50 for step in range(50)]
    points = [Point(line.a.x + part * (line.b.x - line.a.x), line.a.y + part * (line.b.y - line.a.y)) for part in steps]
    return sum(not shapes.contains(sees, point) for point in points) / len(points)


def _goods_problems(parts: _Parts, gtins: Collection[str]) -> Iterator[Problem]:
    """Warnings about tags that hang away from their shelf, and about products that nobody knows."""
    shelves = {one.id: one.polygon for one in parts.shelves}
    for tag in parts.tags:
        away = shapes.away_m(shelves[tag.shelf], tag.at) if tag.shelf in shelves else 0.0
        if away > _TAG_AWAY_M:
            yield Problem(code=Code.TAG_AWAY, part="tags", id=tag.id, name=tag.shelf, amount=away)
    if not gtins:
        return
    named: tuple[tuple[str, str, str | None], ...] = (
        *(("tags", one.id, one.gtin) for one in parts.tags),
        *(("readers", one.id, one.gtin) for one in parts.readers),
        *(("shelves", one.id, gtin) for one in parts.shelves for gtin in one.products),
    )
    for part, name, gtin in named:
        if gtin is not None and gtin not in gtins:
            yield Problem(code=Code.NO_PRODUCT, part=part, id=name, name=gtin)

"""A lively day told to a store as nodes tell it: people walk, stop, tap and buy; a camera is lost."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cloud.manage.heat import inside
from contract.events import Cause, Cell, Crossing, Device, DeviceChanged, Direction, Event, Heat, Occupancy, Stay, Tap
from contract.messages import CameraHealth, ReaderHealth
from contract.plan import Plan, Point, Zone, ZoneKind
from tests.cloud.morning import MINUTE, Town

OPEN_H, CLOSED_H = 10, 22
CELL_MM = 250
_SECOND = 1_000
_TURNS = (Point(1.3, 2.6), Point(7.9, 2.6), Point(14.9, 2.6), Point(1.3, 5.5), Point(7.9, 5.5), Point(14.9, 5.5))
_TURNS_LOW = (Point(1.3, 8.3), Point(7.9, 8.3), Point(14.2, 8.3), Point(1.3, 11.2), Point(7.9, 11.2), Point(14.2, 11.2))
CROSSINGS = _TURNS + _TURNS_LOW
"""Where the market's aisles meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a day goes: people in all, the draw of each zone, and when a camera is lost (minutes since midnight)."""

    visitors: int
    draw: Mapping[str, float]
    lost: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Books:
    """What one day's people left behind, by minute."""

    cells: dict[tuple[str, int], dict[tuple[int, int], list[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0, 0]))
    )
    present: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    told: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))


def live(place: Town, plan: Plan, habits: Habits, *, midnight: int, until: int, seed: int) -> None:
    """Tells one day from its opening to `until` (ms), minute by minute, to the nodes of the plan."""
    luck, books = random.Random(seed), _Books()
    nodes = {camera.id: camera.node for camera in plan.cameras}
    for _ in range(habits.visitors):
        start = midnight + round(_arrival(luck) * 60 * MINUTE)
        if start < until:
            _visit(plan, habits, luck, books, place, nodes, start=start, until=until)
    for name, events in _reports(plan, habits, books, midnight=midnight, until=until):
        books.told[name].extend(events)
    for name, events in books.told.items():
        place.node(name).tell(sorted(events, key=lambda event: event.at))


def health(place: Town, plan: Plan, lost: Mapping[str, str]) -> None:
    """Each node's account of itself; `lost` gives the reason of a device that does not work."""
    for name in sorted({camera.node for camera in plan.cameras}):
        place.node(name).well(
            cameras={
                one.id: CameraHealth(ok=one.id not in lost, reason=lost.get(one.id, ""))
                for one in plan.cameras
                if one.node == name
            },
            readers={one.id: ReaderHealth(ok=True) for one in plan.readers if one.node == name},
        )


def _arrival(luck: random.Random) -> float:
    """An hour of the day: two humps, at noon and after work."""
    while True:
        hour = luck.uniform(OPEN_H, CLOSED_H - 0.5)
        busy = 0.35 + 0.55 * math.exp(-((hour - 12.6) ** 2) / 3) + math.exp(-((hour - 18.2) ** 2) / 4)
        if luck.random() < busy / 1.4:
            return hour


def _visit(
    plan: Plan,
    habits: Habits,
    luck: random.Random,
    books: _Books,
    place: Town,
    nodes: Mapping[str, str],
    *,
    start: int,
    until: int,
) -> None:
    """One person from the door to the door."""
    books.told["west"].append(Crossing(at=start, line="door", direction=Direction.IN))
    zones = [zone for zone in plan.zones if zone.kind is ZoneKind.SHELF]
    weights = [habits.draw.get(zone.id, 1.0) for zone in zones]
    at, here, bought = start, Point(0.9, 10.7), False
    goals = [*luck.choices(zones, weights, k=luck.randint(1, 5))]
    if luck.random() < 0.24:
        goals += [zone for zone in plan.zones if zone.kind is ZoneKind.QUEUE]
        goals += [zone for zone in plan.zones if zone.kind is ZoneKind.TILL]
        bought = True
    tapped: list[str] = []
    for zone in goals:
        there = _spot(zone, luck)
        at = _walk(plan, books, luck, here, there, at, until)
        here = there
        length = _stay_of(zone, luck)
        at = _stand(plan, books, luck, zone, here, at, length, until, nodes, tapped)
    at = _walk(plan, books, luck, here, Point(0.9, 10.7), at, until)
    if at < until:
        books.told["west"].append(Crossing(at=at, line="door", direction=Direction.OUT))
    if bought and at < until:
        for gtin in tapped[:2] or ["09520000000059"]:
            place.sale(gtin, at=at - 60_000 - luck.randrange(20_000))


def _spot(zone: Zone, luck: random.Random) -> Point:
    left, right = min(p.x for p in zone.polygon), max(p.x for p in zone.polygon)
    top, bottom = min(p.y for p in zone.polygon), max(p.y for p in zone.polygon)
    centres = (0.3, 0.68) if right - left > bottom - top else (0.5,)
    return Point(
        min(right - 0.1, max(left + 0.1, left + (right - left) * luck.choice(centres) + luck.gauss(0, 0.35))),
        min(bottom - 0.1, max(top + 0.1, (top + bottom) / 2 - 0.15 + luck.gauss(0, 0.2))),
    )


def _stay_of(zone: Zone, luck: random.Random) -> int:
    """Seconds at a place: many look and go on, some stop."""
    if zone.kind in (ZoneKind.QUEUE, ZoneKind.TILL):
        return round(luck.lognormvariate(3.9, 0.4))
    return round(luck.lognormvariate(3.4, 0.6)) if luck.random() < 0.45 else luck.randint(1, 4)


def _stand(
    plan: Plan,
    books: _Books,
    luck: random.Random,
    zone: Zone,
    here: Point,
    at: int,
    seconds: int,
    until: int,
    nodes: Mapping[str, str],
    tapped: list[str],
) -> int:
    """A stay at a zone, and perhaps a tap in it; returns when it ended."""
    ends = at + seconds * _SECOND
    for moment in range(at, min(ends, until), _SECOND):
        drift = Point(here.x + luck.gauss(0, 0.12), here.y + luck.gauss(0, 0.1))
        _mark(plan, books, drift, moment, first=moment == at)
    if ends < until:
        books.told[nodes[zone.camera]].append(Stay(zone=zone.id, at=at, for_ms=ends - at))
        reader = next((one for one in plan.readers if one.zone == zone.id), None)
        if reader and seconds > 5 and luck.random() < 0.33:
            books.told[reader.node].append(Tap(at=ends - 900, reader=reader.id, tag=None))
            tapped.append(reader.gtin or "")
    for moment in range(at, min(ends, until), _SECOND):
        books.present[zone.id, moment // MINUTE] += _SECOND
    return ends


def _walk(plan: Plan, books: _Books, luck: random.Random, here: Point, there: Point, at: int, until: int) -> int:
    """Along the aisles: down or up the nearest side aisle, never through furniture."""
    for corner in (*_corners(here, there, luck), there):
        steps = max(1, round(math.hypot(corner.x - here.x, corner.y - here.y) / 1.05))
        for step in range(1, steps + 1):
            at += _SECOND
            if at < until:
                sway = luck.gauss(0, 0.13)
                x = here.x + (corner.x - here.x) * step / steps + sway
                y = here.y + (corner.y - here.y) * step / steps + sway
                _mark(plan, books, Point(x, y), at, first=True)
        here = corner
    return at


def _corners(here: Point, there: Point, luck: random.Random) -> tuple[Point, ...]:
    if abs(here.y - there.y) < 1.5:
        return ()
    sides = sorted((1.3, 7.9, 14.6), key=lambda x: abs(x - here.x) + abs(x - there.x) + luck.uniform(0, 3))
    return (Point(sides[0], here.y), Point(sides[0], there.y))


def _mark(plan: Plan, books: _Books, at: Point, moment: int, *, first: bool) -> None:
    for camera in plan.cameras:
        if inside(at, camera.sees):
            cell = books.cells[camera.id, moment // MINUTE][
                math.floor(1000 * at.x / CELL_MM), math.floor(1000 * at.y / CELL_MM)
            ]
            cell[0] += _SECOND
            cell[1] += first
            return


def _reports(
    plan: Plan, habits: Habits, books: _Books, *, midnight: int, until: int
) -> Iterator[tuple[str, list[Event]]]:
    """What cameras and zones tell of each minute; a lost camera tells nothing from then on."""
    minutes = range(midnight // MINUTE + OPEN_H * 60, until // MINUTE)
    for camera in plan.cameras:
        gone = midnight // MINUTE + habits.lost.get(camera.id, 10_000)
        seen = [minute for minute in minutes if minute < gone]
        yield camera.node, [_heat(camera.id, minute, books.cells.get((camera.id, minute), {})) for minute in seen]
        if gone in minutes:
            lost = DeviceChanged(
                at=gone * MINUTE,
                device=Device.CAMERA,
                name=camera.id,
                ok=False,
                reason="no picture for 5 s",
                cause=Cause.LOST,
            )
            yield camera.node, [lost]
        for zone in plan.zones:
            if zone.camera == camera.id:
                yield camera.node, [_zone(zone.id, minute, books.present.get((zone.id, minute), 0)) for minute in seen]


def _heat(camera: str, minute: int, cells: Mapping[tuple[int, int], list[int]]) -> Heat:
    return Heat(
        camera=camera,
        at=minute * MINUTE,
        span_ms=MINUTE,
        covered_ms=MINUTE,
        cell_mm=CELL_MM,
        cells=tuple(Cell(x=x, y=y, person_ms=person_ms) for (x, y), (person_ms, _) in cells.items()),
        tracks=tuple(tracks for _, tracks in cells.values()),
    )


def _zone(name: str, minute: int, person_ms: int) -> Occupancy:
    return Occupancy(
        zone=name,
        at=minute * MINUTE,
        span_ms=MINUTE,
        covered_ms=MINUTE,
        person_ms=person_ms,
        peak=-(-person_ms // MINUTE),
    )

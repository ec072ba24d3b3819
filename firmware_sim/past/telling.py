"""What the nodes told of a day: their events, with the gaps and the oversights of the cameras."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from contract.events import (
    Cause,
    Cell,
    Crossing,
    Device,
    DeviceChanged,
    Event,
    Heat,
    Occupancy,
    Outcome,
    Queue,
    Run,
    Stay,
    Tap,
    Wait,
)
from contract.plan import Camera, Plan, ZoneKind
from firmware_sim.past.day import Day
from firmware_sim.past.routes import CELL_MM
from firmware_sim.past.season import Season
from firmware_sim.past.shopper import Life, Stayed
from firmware_sim.town.dice import Dice
from firmware_sim.town.geometry import Spot, distance2, inside, outline, spot

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """Who answers for what on a plan: the camera of each cell of floor, zone and line, and each device's node."""

    plan: Plan
    owner: dict[Spot, str] = field(init=False)
    runs: dict[str, tuple[Run, ...]] = field(init=False)
    node: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        owner = _owners(self.plan)
        object.__setattr__(self, "owner", owner)
        object.__setattr__(self, "runs", {camera.id: _runs(owner, camera.id) for camera in self.plan.cameras})
        node = {camera.id: camera.node for camera in self.plan.cameras}
        object.__setattr__(self, "node", node | {reader.id: reader.node for reader in self.plan.readers})


@dataclass(slots=True)
class _Floor:
    """One camera's cells, by the minute: people's time, and how many came into each."""

    spent: defaultdict[int, dict[Spot, int]] = field(default_factory=lambda: defaultdict(dict))
    came: defaultdict[int, dict[Spot, int]] = field(default_factory=lambda: defaultdict(dict))


def told(day: Day, sights: Sights, season: Season, seed: int) -> dict[str, list[Event]]:
    """Each node's events of a day, in the order of their times."""
    told: defaultdict[str, list[Event]] = defaultdict(list)
    seen: list[Stayed] = []
    cameras = {line.id: line.camera for line in sights.plan.lines}
    cameras |= {zone.id: zone.camera for zone in sights.plan.zones}
    for number, life in enumerate(day.lives):
        eyes = Dice(seed, "eyes", day.date.isoformat(), number)
        for camera, event in _of(life, eyes, season, cameras, seen):
            told[sights.node[camera]].append(event)
        for tap in life.tapped:
            if tap.reader:
                told[sights.node[tap.reader]].append(Tap(at=tap.at_ms, reader=tap.reader, tag=None))
    for each in sights.plan.cameras:
        told[each.node].extend(_outages(each.id, day, season))
        told[each.node].extend(_minutes(each.id, day, sights, season, seen))
    return {node: sorted(events, key=lambda it: it.at) for node, events in told.items()}


def _of(
    life: Life, eyes: Dice, season: Season, cameras: dict[str, str], seen: list[Stayed]
) -> Iterator[tuple[str, Event]]:
    """What the cameras told of one shopper; `seen` gets the stays among it."""

    def overlooked(camera: str, at_ms: int) -> bool:
        return season.blind(camera, at_ms) or eyes.happens(season.missed)

    for crossed in life.crossed:
        if not overlooked(cameras[crossed.line], crossed.at_ms):
            event = Crossing(at=crossed.at_ms, line=crossed.line, direction=crossed.direction)
            yield cameras[crossed.line], event
    for stay in life.stayed:
        if not overlooked(cameras[stay.zone], stay.since_ms):
            seen.append(stay)
            yield cameras[stay.zone], Stay(zone=stay.zone, at=stay.since_ms, for_ms=stay.until_ms - stay.since_ms)
    waited = life.waited
    if waited and not overlooked(cameras[waited.zone], waited.since_ms):
        for_ms = waited.until_ms - waited.since_ms
        yield cameras[waited.zone], Wait(zone=waited.zone, at=waited.since_ms, for_ms=for_ms, outcome=Outcome.SERVED)


def _outages(camera: str, day: Day, season: Season) -> Iterator[DeviceChanged]:
    for outage in season.outages:
        if outage.camera != camera:
            continue
        for at_ms, well in ((outage.from_ms, False), (outage.to_ms, True)):
            if day.begun_ms <= at_ms < day.ended_ms:
                yield DeviceChanged(
                    at=at_ms,
                    device=Device.CAMERA,
                    name=camera,
                    ok=well,
                    reason="the picture came back" if well else "the stream ended",
                    cause=None if well else Cause.LOST,
                )


def _minutes(camera: str, day: Day, sights: Sights, season: Season, seen: Sequence[Stayed]) -> Iterator[Event]:
    """A camera's report of each minute: its floor, its zones, its queues."""
    floor = _trodden(camera, day, sights)
    zones = {zone.id: zone for zone in sights.plan.zones if zone.camera == camera}
    inside_of = {zone: _by_minute(stay for stay in seen if stay.zone == zone) for zone in zones}
    for at_ms in range(day.begun_ms, day.ended_ms, MINUTE_MS):
        blind = season.blind(camera, at_ms)
        span = {"at": at_ms, "span_ms": MINUTE_MS, "covered_ms": 0 if blind else MINUTE_MS}
        cells = {} if blind else floor.spent.get(at_ms, {})
        came = floor.came.get(at_ms, {})
        yield Heat(
            camera=camera,
            cell_mm=CELL_MM,
            cells=tuple(Cell(x=cell.x, y=cell.y, person_ms=spent) for cell, spent in cells.items()),
            seen=() if blind else sights.runs[camera],
            tracks=tuple(came.get(cell, 0) for cell in cells),
            **span,
        )
        for zone in zones.values():
            there = [] if blind else inside_of[zone.id].get(at_ms, [])
            person_ms, peak = sum(until - since for since, until in there), _most_at_once(there)
            yield Occupancy(zone=zone.id, person_ms=person_ms, peak=peak, **span)
            if zone.kind is ZoneKind.QUEUE:
                yield Queue(zone=zone.id, waiting_ms=person_ms, peak=peak, **span)


def _trodden(camera: str, day: Day, sights: Sights) -> _Floor:
    floor = _Floor()
    for life in day.lives:
        last = None
        for it in life.trod:
            if sights.owner.get(it.cell) == camera:
                minute = it.after_ms // MINUTE_MS * MINUTE_MS
                spent, came = floor.spent[minute], floor.came[minute]
                spent[it.cell] = spent.get(it.cell, 0) + it.for_ms
                came[it.cell] = came.get(it.cell, 0) + (it.cell != last)
            last = it.cell
    return floor


def _by_minute(stays: Iterable[Stayed]) -> dict[int, list[tuple[int, int]]]:
    """The parts of stays that lie in each minute."""
    found: dict[int, list[tuple[int, int]]] = {}
    for stay in stays:
        for at_ms in range(stay.since_ms // MINUTE_MS * MINUTE_MS, stay.until_ms, MINUTE_MS):
            part = max(at_ms, stay.since_ms), min(at_ms + MINUTE_MS, stay.until_ms)
            found.setdefault(at_ms, []).append(part)
    return found


def _most_at_once(parts: Sequence[tuple[int, int]]) -> int:
    return max((sum(since <= at < until for since, until in parts) for at, _ in parts), default=0)


def _owners(plan: Plan) -> dict[Spot, str]:
    """For each cell that a camera sees, the nearest of those that see its middle."""
    views = [(camera, outline(camera.sees)) for camera in plan.cameras]
    owner: dict[Spot, str] = {}
    for y in range(-4, round(plan.depth_m * 1000) // CELL_MM + 4):
        for x in range(-4, round(plan.width_m * 1000) // CELL_MM + 4):
            middle = Spot(x * CELL_MM + CELL_MM // 2, y * CELL_MM + CELL_MM // 2)
            near: list[Camera] = [camera for camera, view in views if inside(view, middle)]
            if near:
                owner[Spot(x, y)] = min(near, key=lambda it: distance2(spot(it.at), middle)).id
    return owner


def _runs(owner: dict[Spot, str], camera: str) -> tuple[Run, ...]:
    """A camera's cells as runs along x, each seen for a whole minute."""
    runs: list[Run] = []
    for cell in sorted((cell for cell, name in owner.items() if name == camera), key=lambda it: (it.y, it.x)):
        last = runs[-1] if runs else None
        if last and last.y == cell.y and last.x + last.cells == cell.x:
            runs[-1] = Run(x=last.x, y=last.y, cells=last.cells + 1, covered_ms=MINUTE_MS)
        else:
            runs.append(Run(x=cell.x, y=cell.y, cells=1, covered_ms=MINUTE_MS))
    return tuple(runs)

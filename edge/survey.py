"""The plan as one node uses it: its cameras' floors, the part of the floor each answers for, and what is counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contract.plan import Camera, Plan, Point, ZoneKind
from edge.counting.encounters import Ground
from edge.floor import calibrated, ownership
from edge.floor.ownership import Region, Rest, Sight
from edge.floor.plane import Floor, FloorError
from edge.floor.shapes import Line, ShapeError, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a node can see of the plan, and what of it cannot be used, with the reason in words."""

    floors: Mapping[str, Floor]  # of its cameras
    regions: Mapping[str, Region]  # likewise
    rest: Rest  # of all cameras of the plan
    ground: Ground
    errors: Mapping[str, float]  # m, of each calibration's worst point
    broken_cameras: Mapping[str, str]
    broken_marks: Mapping[str, str]  # lines and zones


def survey(plan: Plan, cameras: Iterable[str], *, cell: float) -> Survey:
    """What the node with these cameras sees of the plan, its floor cut into cells `cell` metres wide.

    A camera, zone or line that cannot be used is told and left out: the others work without it. All cameras of the
    plan take part in sharing the floor out, so that every node of the store that cuts it alike agrees on it.
    """
    sights: dict[str, Sight] = {}
    errors: dict[str, float] = {}
    broken: dict[str, str] = {}
    for camera in plan.cameras:
        try:
            sights[camera.id], errors[camera.id] = _sight(camera)
        except (FloorError, ShapeError) as error:
            broken[camera.id] = str(error)
    sharing = ownership.Sharing(list(sights.values()), cell=cell)
    regions = sharing.without(frozenset())
    mine = [name for name in cameras if name in sights]
    ground, marks = _ground(plan, frozenset(cameras))
    return Survey(
        floors={name: sights[name].floor for name in mine},
        regions={name: regions[name] for name in mine},
        rest=sharing.without,
        ground=ground,
        errors={name: errors[name] for name in mine},
        broken_cameras={name: broken[name] for name in cameras if name in broken},
        broken_marks=marks,
    )


def _sight(camera: Camera) -> tuple[Sight, float]:
    """The camera's sight, and the error in m of its calibration's worst point."""
    fit = calibrated.of_camera(camera)
    masks = tuple(tuple((pixel.u, pixel.v) for pixel in mask) for mask in camera.masks)
    sight = Sight(camera=camera.id, floor=fit.floor, sees=_corners(camera.sees), masks=masks)
    return sight, max(fit.held_out or fit.errors)


def _ground(plan: Plan, cameras: frozenset[str]) -> tuple[Ground, Mapping[str, str]]:
    """The lines and zones that the plan gives to these cameras, and why some cannot be used."""
    zones: list[Zone] = []
    lines: list[Line] = []
    broken: dict[str, str] = {}
    staff: list[Zone] = []
    for spot in plan.zones:
        works = spot.kind is ZoneKind.STAFF  # whoever sees it: a track may begin there by any camera
        if works or spot.camera in cameras:
            try:
                (staff if works else zones).append(Zone(id=spot.id, corners=_corners(spot.polygon)))
            except ShapeError as error:
                broken[spot.id] = str(error)
    for way in plan.lines:
        if way.camera in cameras:
            try:
                lines.append(Line(id=way.id, a=(way.a.x, way.a.y), b=(way.b.x, way.b.y)))
            except ShapeError as error:
                broken[way.id] = str(error)
    kinds = {spot.id: spot.kind for spot in plan.zones}
    sound = [zone.id for zone in zones]
    return Ground(
        zones=zones,
        lines=lines,
        queues=frozenset(zone for zone in sound if kinds[zone] is ZoneKind.QUEUE),
        tills=frozenset(zone for zone in sound if kinds[zone] is ZoneKind.TILL),
        staff=staff,
        readers={spot.id: (spot.at.x, spot.at.y) for spot in plan.readers},
    ), broken


def _corners(polygon: Iterable[Point]) -> tuple[tuple[float, float], ...]:
    return tuple((point.x, point.y) for point in polygon)

"""A scene's room as a store's plan, which nodes and painters read."""

from typing import Final

from contract.plan import Camera, Line, Plan, Point, Shelf, Title, Zone, ZoneKind
from firmware_sim.sight.scenario import Eye, Scene

_NODE: Final = "eye"
_STREET_M: Final = 2.0
"""Whoever is first seen on the line itself is not seen to cross it: people must be followed from before it."""
_GTIN: Final = "09520000000011"  # GS1's own example prefix


def plan_of(scene: Scene) -> Plan:
    """The plan of a scene: all its cameras belong to one node, its lines and zones to its first camera."""
    room, first = scene.room, scene.room.cameras[0].id
    return Plan(
        store=scene.scenario.name,
        title=Title(ko=scene.scenario.name, en=scene.scenario.title),
        version=1,
        width_m=room.width_m,
        depth_m=room.depth_m,
        zones=tuple(
            Zone(id=zone.id, title=_title(zone.id), kind=ZoneKind.OTHER, camera=first, polygon=zone.polygon)
            for zone in room.zones
        ),
        lines=tuple(Line(id=line.id, title=_title(line.id), camera=first, a=line.a, b=line.b) for line in room.lines),
        shelves=tuple(
            Shelf(
                id=shelf.id,
                title=_title(shelf.id),
                polygon=shelf.polygon,
                height_m=shelf.height_m,
                products=(_GTIN,) if shelf.goods else (),
            )
            for shelf in room.shelves
        ),
        tags=(),
        readers=(),
        cameras=tuple(camera_of(scene, eye) for eye in room.cameras),
    )


def camera_of(scene: Scene, eye: Eye) -> Camera:
    """A camera of a scene as the plan has it; it answers for the whole room and for the street before its opening."""
    wide, deep = scene.room.width_m, scene.room.depth_m
    near, far = sorted(end.y for end in scene.room.opening)
    street = (Point(0, far), Point(-_STREET_M, far), Point(-_STREET_M, near), Point(0, near))
    return Camera(
        id=eye.id,
        node=_NODE,
        width=eye.width,
        height=eye.height,
        at=eye.at,
        height_m=eye.height_m,
        look_at=eye.look_at,
        field_of_view_deg=eye.field_of_view_deg,
        sees=(Point(0, 0), Point(wide, 0), Point(wide, deep), Point(0, deep), *street),
    )


def _title(words: str) -> Title:
    return Title(ko=words, en=words)

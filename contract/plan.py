"""The plan of a store: its floor in metres and what stands on it, one file for the nodes, the pages and the simulator.

The origin is the floor's upper left corner as drawn; x runs to the right, y down, z up from the floor; all in metres.
"""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from contract.fields import Gtin, Name
from contract.messages import WireError

Metres = Annotated[float, Meta(ge=-1_000, le=1_000)]


class Point(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place on the floor."""

    x: Metres
    y: Metres


class Title(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name for people, in both languages of the pages."""

    ko: Annotated[str, Meta(min_length=1, max_length=80)]
    en: Annotated[str, Meta(min_length=1, max_length=80)]


class ZoneKind(enum.StrEnum):
    """What people do in a zone."""

    SHELF = "shelf"  # look at goods
    QUEUE = "queue"  # wait
    TILL = "till"  # pay
    STAFF = "staff"  # work: whoever is there is none of the shoppers, and in no figure
    OTHER = "other"


Polygon = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=64)]


class Zone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A polygon of floor whose stays are counted, by the one camera that sees it best."""

    id: Name
    title: Title
    kind: ZoneKind
    camera: Name
    polygon: Polygon


class LineKind(enum.StrEnum):
    """What it means to cross a line."""

    DOOR = "door"  # to come in or to go out
    STREET = "street"  # to walk past outside, either way


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line on the floor whose crossings are counted; from its left (looking from a to b) to its right is `in`."""

    id: Name
    title: Title
    camera: Name
    a: Point
    b: Point
    kind: LineKind = LineKind.DOOR


class Shelf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Furniture: an upright box on the floor, with the goods that it holds."""

    id: Name
    title: Title
    zone: Name | None = None
    polygon: Polygon
    height_m: Annotated[float, Meta(gt=0, le=6)]
    products: tuple[Gtin, ...] = ()


class TagSpot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An NFC tag on a shelf, under the product that it stands for."""

    id: Name
    shelf: Name
    gtin: Gtin
    at: Point


class ReaderSpot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader, the zone it stands in and the product that it stands for, if it does for one."""

    id: Name
    node: Name
    title: Title
    zone: Name | None = None
    gtin: Gtin | None = None
    at: Point


class Pair(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One calibration pair: the pixel (u, v) shows the floor at (x, y) metres."""

    u: float
    v: float
    x: Metres
    y: Metres


class Pixel(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a picture, u to the right and v down from its upper left corner."""

    u: Annotated[float, Meta(ge=0, le=8192)]
    v: Annotated[float, Meta(ge=0, le=8192)]


Mask = Annotated[tuple[Pixel, ...], Meta(min_length=3, max_length=64)]


class Camera(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A camera as it hangs: where, what it looks at, and the pairs that tie its picture to the floor.

    `masks` are polygons of the picture in which nobody is ever looked for: a screen, a mirror, the street outside.
    """

    id: Name
    node: Name
    width: Annotated[int, Meta(ge=64, le=8192)]
    height: Annotated[int, Meta(ge=64, le=8192)]
    at: Point
    height_m: Annotated[float, Meta(gt=0, le=20)]
    look_at: Point
    field_of_view_deg: Annotated[float, Meta(gt=10, lt=170)]
    sees: Polygon
    pairs: Annotated[tuple[Pair, ...], Meta(max_length=200)] = ()
    masks: Annotated[tuple[Mask, ...], Meta(max_length=32)] = ()


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One floor of one store."""

    store: Name
    title: Title
    version: Annotated[int, Meta(ge=1)]
    width_m: Annotated[float, Meta(gt=0, le=1_000)]
    depth_m: Annotated[float, Meta(gt=0, le=1_000)]
    zones: tuple[Zone, ...]
    lines: tuple[Line, ...]
    shelves: tuple[Shelf, ...]
    tags: tuple[TagSpot, ...]
    readers: tuple[ReaderSpot, ...]
    cameras: tuple[Camera, ...]

    def of_shoppers(self) -> "Plan":
        """The plan without the staff's zones, whose figures are about no shopper; what stood in one stands in none."""
        staff = {zone.id for zone in self.zones if zone.kind is ZoneKind.STAFF}
        if not staff:
            return self
        return replace(
            self,
            zones=tuple(zone for zone in self.zones if zone.id not in staff),
            shelves=tuple(replace(one, zone=None) if one.zone in staff else one for one in self.shelves),
            readers=tuple(replace(one, zone=None) if one.zone in staff else one for one in self.readers),
        )

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that has a reader or a camera here, sorted."""
        return tuple(sorted({reader.node for reader in self.readers} | {camera.node for camera in self.cameras}))


_decoder = msgspec.json.Decoder(Plan)


def decode_plan(data: bytes) -> Plan:
    """A plan from its JSON. Raises WireError naming the place and what is allowed, a double id, or a lost name."""
    try:
        plan = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"the plan: {error}") from None
    _check_names(plan)
    return plan


def encode_plan(plan: Plan) -> bytes:
    """A plan as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1)


def _check_names(plan: Plan) -> None:
    """Every id once among its kind, every name that refers to one found."""
    for kind in ("zones", "lines", "shelves", "tags", "readers", "cameras"):
        ids = [part.id for part in getattr(plan, kind)]
        for name in ids:
            if ids.count(name) > 1:
                raise WireError(f"the plan: {kind} has {name!r} twice")
    zones, cameras, shelves = ({part.id for part in parts} for parts in (plan.zones, plan.cameras, plan.shelves))
    lost = (
        *(f"zone {z.id}: camera {z.camera!r}" for z in plan.zones if z.camera not in cameras),
        *(f"line {i.id}: camera {i.camera!r}" for i in plan.lines if i.camera not in cameras),
        *(f"shelf {s.id}: zone {s.zone!r}" for s in plan.shelves if s.zone and s.zone not in zones),
        *(f"tag {t.id}: shelf {t.shelf!r}" for t in plan.tags if t.shelf not in shelves),
        *(f"reader {r.id}: zone {r.zone!r}" for r in plan.readers if r.zone and r.zone not in zones),
    )
    if lost:
        raise WireError(f"the plan: {lost[0]} is not in it")

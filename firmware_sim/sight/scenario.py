"""A named scenario of sight: one TOML file about who walks through a room and what else is to be seen there."""

import enum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from contract.fields import Name
from contract.plan import Point
from contract.settings import read_settings
from firmware_sim.town.scenario import Part, ScenarioError, Share

FOLDER: Final = Path(__file__).parents[1] / "scenarios"
"""Where the scenarios that come with the simulator are."""

Height = Annotated[float, Meta(gt=0, le=4)]
Seconds = Annotated[float, Meta(ge=0, le=3_600)]
Range = Annotated[tuple[float, ...], Meta(min_length=2, max_length=2)]
Polygon = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=64)]


class Eye(Part, frozen=True, kw_only=True):
    """A camera: where it hangs and what it looks at."""

    id: Name
    at: Point
    height_m: Height
    look_at: Point
    field_of_view_deg: Annotated[float, Meta(gt=10, lt=170)]
    width: Annotated[int, Meta(ge=160, le=1920)] = 640
    height: Annotated[int, Meta(ge=120, le=1080)] = 480


class Line(Part, frozen=True, kw_only=True):
    """A line on the floor whose crossings are counted."""

    id: Name
    a: Point
    b: Point


class Zone(Part, frozen=True, kw_only=True):
    """A part of the floor where the time that people spend is counted."""

    id: Name
    polygon: Polygon


class Shelf(Part, frozen=True, kw_only=True):
    """Furniture: an upright box."""

    id: Name
    polygon: Polygon
    height_m: Height
    goods: bool = True


class Leg(Part, frozen=True, kw_only=True):
    """A place on a way: walked past, or stood at for a while within `stand_s`; each walker's is within `spread_m`."""

    at: Point
    stand_s: Range = (0.0, 0.0)
    spread_m: Annotated[float, Meta(ge=0, le=3)] = 0.15
    looks_at: Point | None = None


Way = Annotated[tuple[Leg, ...], Meta(min_length=2, max_length=32)]


class Age(enum.StrEnum):
    """How tall people of a stream are."""

    ADULT = "adult"  # 1.54–1.86 m
    CHILD = "child"  # 0.9–1.3 m


class Cargo(enum.StrEnum):
    """What somebody pushes before them."""

    NONE = "none"  # nothing
    TROLLEY = "trolley"  # a shopping trolley with goods in it
    PRAM = "pram"  # a baby carriage


class Stream(Part, frozen=True, kw_only=True):
    """People who come one after the other, each by one of these ways."""

    ways: Annotated[tuple[Name, ...], Meta(min_length=1)]
    first_s: Seconds = 0.5
    mean_gap_s: Annotated[float, Meta(gt=0, le=3_600)]
    least_gap_s: Annotated[float, Meta(gt=0, le=3_600)] = 1.2
    at_most: Annotated[int, Meta(ge=1, le=40)]
    speed_mps: Range = (0.9, 1.35)
    age: Age = Age.ADULT
    pushes: Cargo = Cargo.NONE
    child_share: Share = 0.0  # of these people: who brings a child


class Room(Part, frozen=True, kw_only=True):
    """A shop: its walls with one opening, what stands in it, the cameras, what is counted, the ways through it."""

    width_m: Annotated[float, Meta(gt=0, le=40)]
    depth_m: Annotated[float, Meta(gt=0, le=40)]
    opening: Annotated[tuple[Point, ...], Meta(min_length=2, max_length=2)]
    cameras: Annotated[tuple[Eye, ...], Meta(min_length=1)]
    shelves: tuple[Shelf, ...] = ()
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    ways: dict[Name, Way] = msgspec.field(default_factory=dict)


class Subject(enum.StrEnum):
    """What a printed picture shows."""

    PERSON = "person"  # one, life-size
    COUPLE = "couple"  # two
    GOODS = "goods"  # what is on offer


class Pane(Part, frozen=True, kw_only=True):
    """An upright rectangle on a wall, from its left end to its right one as somebody inside sees it."""

    left: Point
    right: Point
    low_m: Annotated[float, Meta(ge=0, le=4)]
    high_m: Height


class Poster(Pane, frozen=True, kw_only=True):
    """A printed picture."""

    shows: Subject


class Screen(Pane, frozen=True, kw_only=True):
    """A screen: posters that change, and between them somebody who walks."""

    hold_s: Annotated[float, Meta(gt=0, le=60)] = 4.0


class Standee(Part, frozen=True, kw_only=True):
    """A person cut out of cardboard, standing on the floor."""

    left: Point
    right: Point
    height_m: Height


class Mannequin(Part, frozen=True, kw_only=True):
    """A dressed figure that never moves."""

    at: Point
    looks_at: Point
    height_m: Annotated[float, Meta(ge=0.8, le=2)] = 1.8


class Sun(Part, frozen=True, kw_only=True):
    """A patch of sunlight on the floor, which wanders and fades as clouds pass."""

    polygon: Polygon
    drift_m_per_min: Point = Point(0.15, 0.05)


class Shade(Part, frozen=True, kw_only=True):
    """The long shadow of somebody outside, that passes over the floor now and then."""

    start: Point
    end: Point
    every_s: Annotated[float, Meta(gt=0, le=600)]
    takes_s: Annotated[float, Meta(gt=0, le=60)]


class Light(Part, frozen=True, kw_only=True):
    """How the store is lit, and how its camera copes with it."""

    gain: Annotated[float, Meta(gt=0, le=2)] = 1.0
    gamma: Annotated[float, Meta(gt=0, le=5)] = 1.0  # above 1: what is dark gets darker
    noise: Annotated[float, Meta(ge=0, le=40)] = 2.2  # standard deviation, grey levels
    clouds: Share = 0.0  # how much of the daylight they take
    flicker: Share = 0.0  # how much a tired tube loses for moments
    sun: tuple[Sun, ...] = ()
    shades: tuple[Shade, ...] = ()


class Rain(Part, frozen=True, kw_only=True):
    """Rain on the pane that the camera looks through, and the lights of the street that it mirrors."""

    drops: Annotated[int, Meta(ge=0, le=400)] = 90
    reflections: Annotated[int, Meta(ge=0, le=12)] = 4


class Scenario(Part, frozen=True, kw_only=True):
    """One scenario as its file has it; shelves, lines, zones and ways are added to the room's."""

    name: Name
    title: Annotated[str, Meta(min_length=1, max_length=80)]
    room: Name
    cameras: tuple[Eye, ...] = ()  # in place of the room's, where there are any
    shelves: tuple[Shelf, ...] = ()
    zones: tuple[Zone, ...] = ()
    ways: dict[Name, Way] = msgspec.field(default_factory=dict)
    streams: tuple[Stream, ...] = ()
    posters: tuple[Poster, ...] = ()
    standees: tuple[Standee, ...] = ()
    screens: tuple[Screen, ...] = ()
    mirrors: tuple[Pane, ...] = ()
    windows: tuple[Pane, ...] = ()
    mannequins: tuple[Mannequin, ...] = ()
    light: Light = Light()
    rain: Rain | None = None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario in its room."""

    scenario: Scenario
    room: Room


def names() -> tuple[str, ...]:
    """The scenarios that come with the simulator, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def scene(name: str) -> Scene:
    """A scenario that comes with the simulator. Raises ScenarioError naming those that there are."""
    if name not in names():
        raise ScenarioError(f"scenario {name!r} is not known; there are {', '.join(names())}")
    return read_scene(FOLDER / f"{name}.toml")


def read_scene(path: Path) -> Scene:
    """A scenario's file with its room's, `rooms/ROOM.toml` beside it. Raises SettingsError, ScenarioError."""
    scenario = read_settings(path, Scenario)
    bare = read_settings(path.parent / "rooms" / f"{scenario.room}.toml", Room)
    room = msgspec.structs.replace(
        bare,
        cameras=scenario.cameras or bare.cameras,
        shelves=(*bare.shelves, *scenario.shelves),
        zones=(*bare.zones, *scenario.zones),
        ways={**bare.ways, **scenario.ways},
    )
    for number, stream in enumerate(scenario.streams):
        for way in stream.ways:
            if way not in room.ways:
                raise ScenarioError(
                    f"{path}: streams[{number}].ways: {way!r} is no way of the room; there are {', '.join(room.ways)}"
                )
        if stream.speed_mps[0] > stream.speed_mps[1]:
            raise ScenarioError(f"{path}: streams[{number}].speed_mps: the first must not be above the second")
    return Scene(scenario=scenario, room=room)

"""A version of the plan as an SVG file of its own, to be shown as a picture: shapes and attributes, no style sheet."""

import enum
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape

from cloud.manage.shapes import middle
from cloud.web.language import Language
from contract.plan import Line, Plan, Point, Shelf, Zone, ZoneKind

_MARGIN_M = 0.3


class Theme(enum.StrEnum):
    """The page around the picture; its value is the address's."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inks:
    floor: str
    wall: str
    shelf: str
    till: str
    line: str
    quiet: str
    text: str
    mark: str


_INKS = {
    Theme.LIGHT: _Inks(
        floor="#ffffff", wall="#3d4441", shelf="#e2e1dc", till="#2c3733", line="#0b6e4f", quiet="#8b9189",
        text="#1b1f1d", mark="#c2410c",
    ),
    Theme.DARK: _Inks(
        floor="#171b19", wall="#9aa39e", shelf="#333936", till="#d5dad6", line="#4fc79a", quiet="#7d8681",
        text="#e9edea", mark="#fb923c",
    ),
}  # fmt: skip


def thumbnail(
    plan: Plan,
    theme: Theme,
    language: Language,
    *,
    marked: Collection[tuple[str, str]],
    before: Plan | None,
) -> bytes:
    """The plan to scale; the parts in `marked`, by list and id, stand out, with the shapes that they had `before`."""
    inks, m = _INKS[theme], _MARGIN_M
    wide, deep = plan.width_m, plan.depth_m
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-m:g} {-m:g} {wide + 2 * m:g} {deep + 2 * m:g}" '
        f'width="{40 * (wide + 2 * m):.0f}" height="{40 * (deep + 2 * m):.0f}" font-family="system-ui,sans-serif">'
    )
    pieces = [
        head,
        f'<rect width="{wide:g}" height="{deep:g}" fill="{inks.floor}" stroke="{inks.wall}" stroke-width=".1"/>',
        *(_gone(before, inks, marked) if before else ()),
        *(_zone(zone, inks, ("zones", zone.id) in marked) for zone in plan.zones),
        *(_shelf(shelf, plan, inks, ("shelves", shelf.id) in marked) for shelf in plan.shelves),
        *(_line(line, inks, ("lines", line.id) in marked) for line in plan.lines),
        *_devices(plan, inks, marked),
        *_names(plan, inks, language),
        "</svg>",
    ]
    return "".join(pieces).encode()


def _gone(before: Plan, inks: _Inks, marked: Collection[tuple[str, str]]) -> Iterator[str]:
    """Where things were."""
    outlines: tuple[tuple[tuple[str, str], tuple[Point, ...]], ...] = (
        *((("zones", one.id), one.polygon) for one in before.zones),
        *((("shelves", one.id), one.polygon) for one in before.shelves),
        *((("lines", one.id), (one.a, one.b)) for one in before.lines),
    )
    for name, points in outlines:
        if name in marked:
            yield (
                f'<polygon points="{_points(points)}" fill="none" stroke="{inks.mark}" stroke-width=".04" '
                'stroke-dasharray=".04 .1"/>'
            )


def _points(polygon: tuple[Point, ...]) -> str:
    return " ".join(f"{point.x:g},{point.y:g}" for point in polygon)


def _zone(zone: Zone, inks: _Inks, marked: bool) -> str:
    plain = inks.line if zone.kind is ZoneKind.SHELF else inks.quiet
    ink, fill = (inks.mark, ".14") if marked else (plain, ".06")
    return (
        f'<polygon points="{_points(zone.polygon)}" fill="{ink}" fill-opacity="{fill}" stroke="{ink}" '
        'stroke-width=".05" stroke-dasharray=".14 .1"/>'
    )


def _shelf(shelf: Shelf, plan: Plan, inks: _Inks, marked: bool) -> str:
    till = any(zone.id == shelf.zone and zone.kind is ZoneKind.TILL for zone in plan.zones)
    ink = inks.mark if marked else inks.quiet
    return (
        f'<polygon points="{_points(shelf.polygon)}" fill="{inks.till if till else inks.shelf}" stroke="{ink}" '
        f'stroke-width="{".07" if marked else ".03"}"/>'
    )


def _line(line: Line, inks: _Inks, marked: bool) -> str:
    ink = inks.mark if marked else inks.line
    return (
        f'<path d="M{line.a.x:g} {line.a.y:g}L{line.b.x:g} {line.b.y:g}" stroke="{ink}" stroke-width=".14" '
        'stroke-dasharray=".22 .12"/>'
    )


def _devices(plan: Plan, inks: _Inks, marked: Collection[tuple[str, str]]) -> Iterator[str]:
    for part, spots, size in (
        ("tags", plan.tags, 0.14),
        ("readers", plan.readers, 0.22),
        ("cameras", plan.cameras, 0.3),
    ):
        for spot in spots:
            ink = inks.mark if (part, spot.id) in marked else inks.wall if part == "cameras" else inks.line
            left, top = spot.at.x - size / 2, spot.at.y - size / 2
            yield f'<rect x="{left:.2f}" y="{top:.2f}" width="{size}" height="{size}" rx=".05" fill="{ink}"/>'


def _names(plan: Plan, inks: _Inks, language: Language) -> Iterator[str]:
    for zone in plan.zones:
        at = middle(zone.polygon)
        name = zone.title.ko if language is Language.KO else zone.title.en
        yield (
            f'<text x="{at.x:.2f}" y="{at.y + 0.1:.2f}" font-size=".3" text-anchor="middle" fill="{inks.text}">'
            f"{escape(name)}</text>"
        )

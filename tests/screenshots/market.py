"""A market of 20 × 12 metres with eight cameras: large enough that a page about it is not a toy."""

from contract.plan import Camera, Line, Plan, Point, ReaderSpot, Shelf, TagSpot, Title, Zone, ZoneKind

Box = tuple[float, float, float, float]

# id, Korean, English, camera, the zone's box, the furniture's box, kind
_PLACES: tuple[tuple[str, str, str, str, Box, Box, ZoneKind], ...] = (
    ("tea", "차 벽면", "Tea wall", "k1", (1.2, 1.0, 4.9, 2.4), (1.0, 0.15, 4.9, 0.95), ZoneKind.SHELF),
    ("herbs", "녹차·허브", "Green tea, herbs", "k1", (2.1, 4.0, 4.9, 5.3), (2.1, 2.95, 7.3, 3.95), ZoneKind.SHELF),
    ("coffee", "커피", "Coffee", "k3", (10.3, 1.0, 14.4, 2.4), (9.2, 0.15, 14.6, 0.95), ZoneKind.SHELF),
    ("ware", "다기", "Tea ware", "k3", (10.2, 4.0, 14.0, 5.3), (9.0, 2.95, 14.0, 3.95), ZoneKind.SHELF),
    ("cakes", "과자", "Cakes", "k6", (2.1, 6.9, 6.4, 7.9), (2.1, 5.85, 7.3, 6.85), ZoneKind.SHELF),
    ("new", "신상품", "New arrivals", "k7", (9.0, 6.9, 13.2, 7.9), (9.0, 5.85, 14.0, 6.85), ZoneKind.SHELF),
    ("gifts", "선물세트", "Gift sets", "k6", (2.1, 9.75, 6.4, 10.9), (2.1, 8.7, 7.3, 9.7), ZoneKind.SHELF),
    ("honey", "꿀·잼", "Honey, jam", "k7", (9.0, 9.75, 13.2, 10.9), (9.0, 8.7, 13.4, 9.7), ZoneKind.SHELF),
    ("chilled", "냉장", "Chilled", "k5", (17.6, 2.6, 18.8, 7.2), (18.9, 2.6, 19.8, 7.2), ZoneKind.SHELF),
    ("queue", "대기 줄", "Queue", "k8", (14.6, 9.4, 16.0, 11.4), (0, 0, 0, 0), ZoneKind.QUEUE),
    ("till", "계산대", "Till", "k8", (16.2, 10.0, 18.6, 11.2), (16.2, 9.0, 18.6, 9.9), ZoneKind.TILL),
)
_VIEWS: dict[str, Box] = {
    "k1": (0, 0, 5, 5.6),
    "k2": (5, 0, 10, 5.6),
    "k3": (10, 0, 15.2, 5.6),
    "k4": (15.2, 0, 20, 2.3),
    "k5": (15.2, 2.3, 20, 7.6),
    "k6": (0, 5.6, 6.6, 12),
    "k7": (6.6, 5.6, 13.5, 12),
    "k8": (13.5, 7.6, 20, 12),
}
_GOODS = {
    "tea": ("09520000000011", "09520000000028"),
    "herbs": ("09520000000035",),
    "coffee": ("09520000000073",),
    "ware": ("09520000000080",),
    "cakes": ("09520000000059",),
    "new": ("09520000000127",),
    "gifts": ("09520000000097",),
    "honey": ("09520000000103",),
    "chilled": ("09520000000110",),
}


def box(it: Box) -> tuple[Point, ...]:
    """Its corners, clockwise."""
    left, top, right, bottom = it
    return (Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))


def market() -> Plan:
    """The plan of the market."""
    return Plan(
        store="daon",
        title=Title(ko="다온상회", en="Daon Market"),
        version=1,
        width_m=20,
        depth_m=12,
        zones=tuple(
            Zone(id=name, title=Title(ko=ko, en=en), kind=kind, camera=camera, polygon=box(floor))
            for name, ko, en, camera, floor, _, kind in _PLACES
        ),
        lines=(
            Line(
                id="door",
                title=Title(ko="입구", en="Entrance"),
                camera="k6",
                a=Point(0.6, 11.8),
                b=Point(0.6, 9.6),
            ),
        ),
        shelves=tuple(
            Shelf(
                id=f"{name}-shelf",
                title=Title(ko=ko, en=en),
                zone=name,
                polygon=box(stand),
                height_m=1.4,
                products=_GOODS.get(name, ()),
            )
            for name, ko, en, _, _, stand, _ in _PLACES
            if stand[2]
        ),
        tags=tuple(
            TagSpot(
                id=f"tag-{gtin[-3:]}", shelf=f"{name}-shelf", gtin=gtin, at=Point(floor[0] + 0.8 * (i + 1), floor[1])
            )
            for name, _, _, _, floor, _, _ in _PLACES
            for i, gtin in enumerate(_GOODS.get(name, ()))
        ),
        readers=tuple(
            ReaderSpot(
                id=f"{name}-reader",
                node="east" if camera in ("k3", "k4", "k5", "k8") else "west",
                title=Title(ko=f"{ko} 리더", en=f"{en} reader"),
                zone=name,
                gtin=_GOODS[name][0],
                at=Point(floor[0] + 2.2, floor[1]) if name != "chilled" else Point(floor[2], 4.2),
            )
            for name, ko, en, camera, floor, _, _ in _PLACES
            if name in ("tea", "herbs", "coffee", "new", "gifts", "chilled")
        ),
        cameras=tuple(
            Camera(
                id=name,
                node="east" if name in ("k3", "k4", "k5", "k8") else "west",
                width=640,
                height=480,
                at=Point((view[0] + view[2]) / 2, view[1] + 0.2),
                height_m=3.2,
                look_at=Point((view[0] + view[2]) / 2, (view[1] + view[3]) / 2),
                field_of_view_deg=95,
                sees=box(view),
            )
            for name, view in _VIEWS.items()
        ),
    )

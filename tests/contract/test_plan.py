"""The plan of a store, refused with the place that is wrong."""

import msgspec
import pytest

from contract.messages import WireError
from contract.plan import Camera, Line, Plan, Point, Shelf, TagSpot, Title, Zone, ZoneKind, decode_plan, encode_plan

TITLE = Title(ko="차", en="Tea")
SQUARE = (Point(0, 0), Point(1, 0), Point(1, 1))
PLAN = Plan(
    store="s",
    title=TITLE,
    version=1,
    width_m=12,
    depth_m=8,
    zones=(Zone(id="tea", title=TITLE, kind=ZoneKind.SHELF, camera="c", polygon=SQUARE),),
    lines=(Line(id="door", title=TITLE, camera="c", a=Point(0, 0), b=Point(0, 2)),),
    shelves=(Shelf(id="a", title=TITLE, zone="tea", polygon=SQUARE, height_m=1.2),),
    tags=(TagSpot(id="t", shelf="a", gtin="09506000134352", at=Point(0, 0)),),
    readers=(),
    cameras=(
        Camera(
            id="c",
            node="n",
            width=640,
            height=480,
            at=Point(0, 0),
            height_m=3,
            look_at=Point(3, 3),
            field_of_view_deg=80,
            sees=SQUARE,
        ),
    ),
)


def test_a_plan_comes_back_as_it_went() -> None:
    assert decode_plan(encode_plan(PLAN)) == PLAN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zones": (*PLAN.zones, *PLAN.zones)}, "zones has 'tea' twice"),
        ({"cameras": ()}, "camera 'c' is not in it"),
        ({"shelves": ()}, "shelf 'a' is not in it"),
        ({"zones": ()}, "zone 'tea' is not in it"),
        ({"width_m": -3}, "`float` > 0.0 - at `$.width_m`"),
        ({"store": "Gangnam!"}, "at `$.store`"),
    ],
)
def test_a_wrong_plan_is_refused_by_its_place(change: dict[str, object], said: str) -> None:
    broken = msgspec.json.decode(encode_plan(PLAN)) | msgspec.to_builtins(change)
    with pytest.raises(WireError) as caught:
        decode_plan(msgspec.json.encode(broken))
    assert said in str(caught.value)

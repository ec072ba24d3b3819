"""A still for calibrating: everybody in it is one colour, the floor is what it was, and nothing else holds pixels."""

import ast
import dataclasses
import enum
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import contract.messages
import contract.orders
from edge import attention, inputs, lines, stills
from edge.camera import still
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.sitting import Sitting
from edge.camera.slot import Frame
from edge.camera.still import Finds, NoStill, Painter
from edge.plans import planner
from edge.stills import Around, StillRefused, StillTaken, TakeStill
from firmware_sim.camera.painter import Seen
from firmware_sim.camera.view import View
from firmware_sim.town.geometry import Spot
from firmware_sim.town.people import Body
from firmware_sim.town.world import Town
from tests.edge.painted import Image, is_one_colour, read
from tests.firmware_sim.detectors import real_detector
from tests.firmware_sim.scenes import DOOR, STORE, scenes

NONE = np.zeros((0, 4))
OPEN = Mask(polygons=())
EDGE = Path(__file__).parents[2] / "edge"


def shop(seed: int = 1, size: tuple[int, int] = (480, 640)) -> Image:
    """A picture with fine structure everywhere, so that anything that shows through is seen."""
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)


def finds(
    proposed: NDArray[np.float64] = NONE, told: NDArray[np.float64] = NONE, followed: tuple[Around, ...] = ()
) -> Finds:
    return Finds(proposed=proposed, told=told, followed=followed)


shares = st.floats(0.02, 0.6)


@given(
    shares, shares, st.floats(0.01, 0.3), st.floats(0.01, 0.35), st.sampled_from([(480, 640), (1080, 1920), (50, 90)])
)
@example(0.5, 0.59765625, 0.25, 0.0234375, (50, 90))  # ends in the last row of a square
@settings(max_examples=30, deadline=None)
def test_every_pixel_in_a_box_carries_one_colour_after_decoding(
    x: float, y: float, wide: float, tall: float, size: tuple[int, int]
) -> None:
    """Whatever found it, and however the squares of a JPEG lie."""
    image = shop(size=size)
    box = np.array([[x, y, x + wide, y + tall]])
    ways = (finds(proposed=box), finds(told=box), finds(followed=(Around(x, y, x + wide, y + tall, now=False),)))
    for found in ways:
        made = read(still.jpeg(image, image, found, OPEN))
        assert max(made.shape[:2]) <= still.MOST
        assert is_one_colour(made, x, y, x + wide, y + tall)


def test_a_box_without_paint_would_be_seen() -> None:
    image = shop()
    assert not is_one_colour(read(still.jpeg(image, image, finds(), OPEN)), 0.2, 0.2, 0.5, 0.5)


def test_what_is_masked_and_what_moves_is_painted_too() -> None:
    image = cv2.GaussianBlur(shop(), (0, 0), 3).astype(np.uint8)
    corner = Mask(polygons=(((0.0, 0.0), (0.3, 0.0), (0.3, 0.3), (0.0, 0.3)),))
    assert is_one_colour(read(still.jpeg(image, image, finds(), corner)), 0.0, 0.0, 0.29, 0.29)
    later = image.copy()
    later[200:300, 300:360] = 255  # somebody whom no detector knows has come
    made = read(still.jpeg(image, later, finds(), OPEN))
    assert is_one_colour(made, 300 / 640, 200 / 480, 360 / 640, 300 / 480)
    assert not is_one_colour(made, 0.05, 0.7, 0.3, 0.95)


def test_where_it_is_not_sure_there_is_none() -> None:
    image = shop()
    there = Around(0.4, 0.3, 0.5, 0.6, now=True)
    with pytest.raises(NoStill, match="whom it saw a moment ago"):
        still.jpeg(image, image, finds(followed=(there,)), OPEN)
    seen = np.array([[0.41, 0.31, 0.49, 0.58]])
    assert still.jpeg(image, image, finds(proposed=seen, followed=(there,)), OPEN)
    with pytest.raises(NoStill, match="painted over"):
        still.jpeg(image, image, finds(proposed=np.array([[0.0, 0.0, 1.0, 0.7]])), OPEN)
    with pytest.raises(NoStill, match="size"):
        still.jpeg(image, shop(size=(240, 320)), finds(), OPEN)


def test_a_picture_that_is_too_fine_for_a_message_is_told_so() -> None:
    fine = shop(size=(1280, 1280))
    with pytest.raises(NoStill, match="does not fit"):
        still.jpeg(fine, fine, finds(), OPEN)


def test_the_frame_itself_is_not_touched() -> None:
    image = shop()
    before = image.copy()
    still.jpeg(image, image, finds(proposed=np.array([[0.2, 0.2, 0.5, 0.5]])), OPEN)
    assert (image == before).all()


@pytest.fixture(scope="module", name="views")
def _views() -> dict[str, View]:
    return {camera.id: View(STORE.plan, camera, DOOR) for camera in STORE.plan.cameras}


@pytest.fixture(scope="module", name="painter")
def _painter() -> Painter:
    detector = real_detector()
    return Painter(detector=detector, eyes=Eyes(detector, mask=OPEN, people=()), mask=OPEN)


def looks() -> Iterator[tuple[Body, ...]]:
    yield from list(scenes(9_000))[:4]


def shown(seen: Seen) -> tuple[float, float, float, float]:
    return (
        max(0.0, seen.left) / 640,
        max(0.0, seen.top) / 480,
        min(640.0, seen.right) / 640,
        min(480.0, seen.bottom) / 480,
    )


def test_people_whom_a_camera_is_drawn_with_are_painted_over(views: dict[str, View], painter: Painter) -> None:
    """By the shipped detector; the picture's own truth says where they are."""
    people = painted = 0
    for number, bodies in enumerate(looks()):
        for view in views.values():
            try:
                made = read(painter(view.draw(bodies, number), view.draw(bodies, number + 1), ()))
            except NoStill:
                continue  # too full: nothing is shown
            for one in view.truth(bodies):
                if one.visible >= 0.35:
                    people += 1
                    painted += is_one_colour(made, *_core(shown(one)))
    assert people >= 12
    assert painted == people


def _core(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The middle nine tenths of a person's true box: its corners hold none of them."""
    x1, y1, x2, y2 = box
    aside, above = 0.05 * (x2 - x1), 0.05 * (y2 - y1)
    return x1 + aside, y1 + above, x2 - aside, y2 - above


def test_the_empty_floor_stays_to_be_pointed_at(views: dict[str, View], painter: Painter) -> None:
    for view in views.values():
        empty = view.draw((), 1)
        made = read(painter(empty, view.draw((), 2), ())).astype(int)
        same = np.abs(made - empty).max(axis=2) < 60
        assert same.mean() > 0.7


def test_a_person_whom_the_detector_cannot_see_is_painted_by_memory(views: dict[str, View]) -> None:
    """The node follows them: the still is painted there though nothing is proposed."""

    class Blind:
        net = real_detector().net

        def proposals(self, _image: Image, _patches: object, *, threshold: float) -> NDArray[np.float64]:
            assert threshold == still.SENSITIVE
            return NONE

    view = views["aisle-cam"]
    look = Town(STORE, 1).visit(1).look
    body = Body(at=Spot(6_000, 2_500), facing=Spot(1000, 0), walked_mm=0, pace=0, reach=0, look=look)
    (truth,) = view.truth((body,))
    image = view.draw((body,), 1)
    blind = Painter(detector=Blind(), eyes=Eyes(real_detector(), mask=OPEN, people=()), mask=OPEN)
    around = Around(*shown(truth), now=False)
    assert is_one_colour(read(blind(image, image, (around,))), *shown(truth))
    with pytest.raises(NoStill):
        blind(image, image, (msgspec.structs.replace(around, now=True),))


def frame(at: float) -> Frame:
    return Frame(image=shop(), at=at)


def test_a_sitting_takes_two_frames_from_after_the_order_and_ends() -> None:
    order = TakeStill(nonce="7" * 32, until=20.0, people=())
    sitting: Sitting | None = Sitting(order=order, since=10.0)
    told: list[object] = []
    for at in (9.9, 10.1, 10.3, 10.6, 10.8):
        if sitting is None:
            break
        sitting, said = sitting.see(frame(at), "door", lambda first, last, people: b"jpeg")  # noqa: ARG005 - a painter
        told.append(said)
    assert told == [None, None, None, StillTaken(camera="door", nonce="7" * 32, jpeg=b"jpeg")]
    waiting = Sitting(order=order, since=10.0)
    assert waiting.refused("door", 15.0, blind=None) is None
    assert waiting.refused("door", 20.1, blind=None) == StillRefused(
        camera="door", nonce="7" * 32, reason="no picture came in time"
    )
    dark = waiting.refused("door", 15.0, blind="too little light")
    assert dark is not None
    assert "too little light" in dark.reason


# --- No other type that crosses a room's door can hold pixels. ---


def holders(kind: object, path: str, known: set[object]) -> Iterator[str]:
    """The fields of a type, and of all that it is made of, which could hold a picture."""
    if kind in (bytes, bytearray, memoryview, msgspec.Raw, object, typing.Any) or _is_array(kind):
        yield path
        return
    if typing.get_origin(kind) in (typing.Annotated, list, tuple, dict, set, frozenset, typing.Union, types.UnionType):
        for part in typing.get_args(kind):
            if part is not Ellipsis and not isinstance(part, msgspec.Meta):
                yield from holders(part, path, known)
        return
    if isinstance(kind, type) and kind not in known and not issubclass(kind, enum.Enum):
        known.add(kind)
        if dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct):
            for name, field in typing.get_type_hints(kind, include_extras=True).items():
                yield from holders(field, f"{kind.__name__}.{name}", known)


def _is_array(kind: object) -> bool:
    return kind is np.ndarray or typing.get_origin(kind) is np.ndarray


def crossing() -> list[type]:
    """Whatever goes through the door of a camera's process, or over the wire."""
    kinds = [getattr(module, name) for name in lines._KINDS for module in (inputs, stills) if hasattr(module, name)]
    wire = [
        kind
        for module in (contract.messages, contract.orders)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    ]
    return [*kinds, attention.Heed, stills.TakeStill, planner.PlanNotTaken, *wire]


def test_only_a_still_can_hold_pixels_of_all_that_crosses_a_rooms_door() -> None:
    known: set[object] = set()
    found = {path for kind in crossing() for path in holders(kind, kind.__name__, known)}
    assert found == {
        "StillTaken.jpeg",  # the one exception: ordered, painted over, bounded
        "TagSeen.uid",  # 10 bytes
        # What came in from outside and is kept as it came; a node makes neither.
        "Unread.raw",
        "Envelope.events",
    }


def test_a_planted_frame_at_the_door_is_seen() -> None:
    @dataclasses.dataclass
    class Planted:
        picture: NDArray[np.uint8]
        inside: tuple[bytes, ...]
        plain: str

    assert set(holders(Planted, "Planted", set())) == {"Planted.picture", "Planted.inside"}


def encoders(folder: Path) -> set[str]:
    """The modules that make a picture into bytes, or write one."""
    wanted = {"imencode", "imwrite", "VideoWriter", "imencodemulti", "tofile", "savez"}
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in wanted:
                found.add(path.name)
    return found


def test_one_module_of_a_camera_encodes_a_picture_and_none_writes_one() -> None:
    assert encoders(EDGE / "camera") == {"still.py", "capture.py"}  # capture: the name of a codec, `fourcc`
    words = (EDGE / "camera" / "capture.py").read_text(encoding="utf-8")
    assert "VideoWriter.fourcc" in words
    assert words.count("VideoWriter") == 1


def test_a_line_that_is_too_long_for_a_still_is_none() -> None:
    whole = lines.encode(StillTaken(camera="c", nonce="0" * 32, jpeg=bytes(contract.orders.MOST_STILL)))
    assert isinstance(lines.decode(whole), StillTaken)
    with pytest.raises(lines.LineError):
        lines.decode(
            lines.encode(StillTaken(camera="c", nonce="0" * 32, jpeg=bytes(contract.orders.MOST_STILL + 3_000)))
        )
    with pytest.raises(lines.LineError):  # no other kind of line may be as long
        lines.decode(b'{"kind":"Alive","noticed":{"name":"' + b"x" * lines.LONGEST + b'"}}')

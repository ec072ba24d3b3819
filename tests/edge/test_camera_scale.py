from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from contract.plan import Camera, Pair, Pixel, Point
from edge import jobs
from edge.camera import scale
from edge.camera.eyes import Eyes
from edge.camera.mask import Mask
from edge.camera.scale import Expected, Patch, Size
from edge.camera.settings import Settings
from edge.floor import assumed, plane
from edge.floor.assumed import Mount
from edge.inputs import Box

NET = Size(width=320, height=256)
VGA = Size(width=640, height=480)
WHOLE = scale.whole(VGA, NET)


def people(*tall: float, across: int = 9) -> tuple[Expected, ...]:
    """Rows of people over the whole width, each row so many shares of the picture tall, the tallest nearest."""
    rows = [(share, 0.2 + 0.75 * (index + 1) / len(tall)) for index, share in enumerate(sorted(tall))]
    return tuple(Expected(x=(i + 0.5) / across, y=y, tall=share) for share, y in rows for i in range(across))


def test_people_of_a_size_that_the_detector_knows_are_looked_at_in_one_whole_picture() -> None:
    assert scale.chosen(people(0.2, 0.3, 0.4), VGA, NET) == (WHOLE,)
    assert scale.chosen((), VGA, NET) == (WHOLE,)


def test_people_who_are_near_are_looked_at_in_a_picture_made_smaller() -> None:
    (patch,) = scale.chosen(people(0.5, 0.7, 0.9), VGA, NET)

    assert (patch.width, patch.height) == (640, 480)
    assert patch.zoom * 0.9 * 480 == pytest.approx(scale.LARGE, rel=0.01)


def test_people_who_are_far_are_looked_at_in_tiles() -> None:
    patches = scale.chosen(people(0.05, 0.06, 0.07), VGA, NET)

    assert patches[0] == WHOLE
    assert 2 <= len(patches) - 1 <= scale.MOST_TILES
    assert all(patch.zoom >= scale.WORTH * WHOLE.zoom for patch in patches[1:])


def test_people_near_and_far_are_looked_at_in_the_whole_and_in_tiles() -> None:
    whole, *tiles = scale.chosen(people(0.05, 0.05, 0.3, 0.4, 0.9), VGA, NET)

    assert (whole.width, whole.height) == (640, 480)
    assert whole.zoom < WHOLE.zoom
    assert tiles
    assert max(tile.top + tile.height for tile in tiles) < 480  # only where the far ones stand


FULL_HD = Size(width=1920, height=1080)


def test_a_closer_look_covers_the_whole_picture_with_a_bounded_number_of_tiles() -> None:
    tiles = scale.closer((), FULL_HD, NET)

    assert len(tiles) <= scale.MOST_CLOSE
    assert all(tile.zoom >= 2 * max(patch.zoom for patch in scale.survey(FULL_HD, NET)) for tile in tiles)
    seen = np.zeros((1080, 1920), np.bool_)
    for tile in tiles:
        seen[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = True
    assert seen.all()


def test_nobody_is_looked_at_closer_where_enough_people_show_large_or_the_picture_has_no_more_to_show() -> None:
    assert scale.closer(people(0.1, 0.2, 0.3), FULL_HD, NET) == ()
    assert scale.closer(people(0.05, 0.06, 0.07), FULL_HD, NET)
    assert scale.closer((), VGA, NET) == ()
    assert scale.closer((), Size(width=768, height=576), NET) == ()


def test_whether_people_show_large_enough_is_told_by_the_patch_that_has_them_whole_and_largest() -> None:
    far = people(0.05)
    patches = scale.chosen(far, FULL_HD, NET)

    blind = scale.usual(far, (scale.whole(FULL_HD, NET),), FULL_HD, NET)
    tiled = scale.usual(far, patches, FULL_HD, NET)

    assert blind is not None
    assert (blind.px, blind.input_px) == (54, 9)
    assert "about 54 px tall here, of which the detector sees 9" in (blind.advice or "")
    assert tiled is not None
    assert tiled.input_px == pytest.approx(54 * patches[1].zoom, abs=0.1)
    assert scale.usual((), patches, FULL_HD, NET) is None


some = st.lists(
    st.builds(Expected, x=st.floats(0, 1), y=st.floats(0.01, 1), tall=st.floats(0.004, 1.2)), min_size=1, max_size=20
)
sizes = st.builds(Size, width=st.integers(64, 4000), height=st.integers(64, 4000))


@settings(max_examples=80, deadline=None)
@given(some, sizes)
def test_every_patch_lies_in_the_picture_and_fits_the_input_and_nobody_is_too_large(
    expected: list[Expected], picture: Size
) -> None:
    patches = scale.chosen(expected, picture, NET)

    assert 1 <= len(patches) <= scale.MOST_TILES + 1
    for patch in patches:
        assert patch.left >= 0 <= patch.top
        assert patch.left + patch.width <= picture.width
        assert patch.top + patch.height <= picture.height
        assert round(patch.width * patch.zoom) <= NET.width
        assert round(patch.height * patch.zoom) <= NET.height
    tall = np.array([one.tall for one in expected]) * picture.height
    assert np.mean(tall * min(patch.zoom for patch in patches) <= scale.LARGE * 1.001) >= 1 - scale.TALL_TAIL


@settings(max_examples=80, deadline=None)
@given(st.floats(0.02, 0.1), st.floats(0.06, 0.94), st.floats(0, 1))
def test_whoever_stands_on_a_seam_is_whole_in_one_tile(tall: float, x: float, y: float) -> None:
    rows = people(tall, tall, tall)
    _, *tiles = scale.chosen(rows, VGA, NET)
    assume(tiles)
    height = tall * 480
    lowest, highest = min(one.y for one in rows), max(one.y for one in rows)
    foot = (x * 640, (lowest + (highest - lowest) * y) * 480)
    body = np.array([[foot[0] - height / 4, foot[1] - height, foot[0] + height / 4, foot[1]]]).clip(0, (640, 480) * 2)

    within = [
        patch
        for patch in tiles
        if body[0, 0] >= patch.left - 1
        and body[0, 1] >= patch.top - 1
        and body[0, 2] <= patch.left + patch.width + 1
        and body[0, 3] <= patch.top + patch.height + 1
    ]
    assert any(not scale.cut(body, patch, VGA)[0] for patch in within)


def test_a_box_that_a_seam_cuts_is_left_to_the_neighbour() -> None:
    tile = Patch(left=300, top=0, width=340, height=480, zoom=0.5)
    boxes = np.array([[300.5, 100, 340, 200], [310, 100, 340, 200], [600, 100, 640, 200.0]])

    assert scale.cut(boxes, tile, VGA).tolist() == [True, False, False]  # the picture's own edge cuts nobody


class Shop:
    """A detector that finds everybody of the size that NanoDet-g knows, and nobody else."""

    net = NET

    def __init__(self, *tall: float) -> None:
        self.boxes = [Box(x1=60 * i + 5, y1=400 - t, x2=60 * i + 30, y2=400, score=0.9) for i, t in enumerate(tall)]
        self.runs = 0

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        assert image.size
        self.runs += len(patches)
        zooms = [patch.zoom for patch in patches]
        return tuple(b for b in self.boxes if any(scale.SMALL <= (b.y2 - b.y1) * z <= scale.LARGE for z in zooms))


def test_a_camera_without_calibration_finds_out_by_its_boxes_how_large_to_look() -> None:
    shop = Shop(*[380.0] * 8)
    eyes = Eyes(shop, mask=Mask(), people=())
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)

    seen = [eyes.see(np.roll(picture, 7 * look, axis=1), look / 5) for look in range(100)]

    assert len(seen[0].boxes) == 8  # the first look is a survey
    assert len(seen[1].boxes) == 0  # as large as the camera's picture has it, they are too large for the detector
    assert all(len(each.boxes) == 8 for each in seen[80:])
    assert [each.effort for each in seen[80:]] == [1.0] * 20
    assert eyes.patches[0].zoom < WHOLE.zoom


def mounted(up: float, tilt: float) -> Camera:
    """A camera with four pairs, calibrated, that sees 2 to 9 m of floor."""
    floor = assumed.as_floor(Mount(focus=600.0, tilt=tilt, up=up), width=640, height=480)
    spots = np.array([[-1.5, 2.5], [1.5, 2.5], [-2.0, 7.0], [2.0, 7.0]])
    pairs = [Pair(u, v, x, y) for (u, v), (x, y) in zip(plane.unproject(floor, spots), spots, strict=True)]
    return Camera(
        id="c",
        node="n",
        width=640,
        height=480,
        at=Point(0, 0),
        height_m=up,
        look_at=Point(0, 4),
        field_of_view_deg=60,
        sees=(Point(-3, 2), Point(3, 2), Point(3, 9), Point(-3, 9)),
        pairs=tuple(pairs),
        masks=((Pixel(0, 0), Pixel(320, 0), Pixel(320, 480), Pixel(0, 480)),),
    )


def test_a_calibrated_camera_is_told_how_tall_people_will_show_where_nothing_is_masked() -> None:
    camera = mounted(3.0, 0.5)
    floor = assumed.as_floor(Mount(focus=600.0, tilt=0.5, up=3.0), width=640, height=480)

    told = jobs.job(Settings(name="c", source="x"), camera, floor)

    assert told.masks == (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)
    assert len(told.people) > 10
    assert all(one.x > 0.5 for one in told.people)
    near, far = max(told.people, key=lambda one: one.y), min(told.people, key=lambda one: one.y)
    assert near.tall > far.tall
    place = plane.project(floor, np.array([[far.x * 640, far.y * 480]]))[0]
    assert far.tall * 480 == pytest.approx(600 * 1.65 / np.hypot(place[1], 3.0), rel=0.15)


def test_a_floor_that_knows_no_upright_leaves_it_to_the_boxes() -> None:
    flat = plane.from_matrix(np.diag([0.01, 0.013, 1.0]), width=640, height=480)

    assert flat.rise is None
    assert jobs.people(mounted(3.0, 0.5), flat, Mask()) == ()

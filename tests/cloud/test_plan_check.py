"""What is wrong with a plan: everything at once, each with its shape; and what a picture beneath it may be."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage import shapes
from cloud.manage.backdrop import MAX_BYTES, Format, PictureError, measure
from cloud.manage.plan_check import Checked, Code, check
from cloud.web.language import Language
from cloud.web.manage.planning.words import Speech
from contract.plan import Plan, Point, encode_plan
from tests.cloud.grey import png
from tests.cloud.morning import PAGES, box, plan


def raw() -> dict[str, Any]:
    return dict(json.loads(encode_plan(plan())))


def checked(changed: object) -> Checked:
    return check(json.dumps(changed).encode(), store="daon")


def codes(changed: object) -> list[tuple[Code, str, str]]:
    return [(one.code, one.part, one.id) for one in checked(changed).problems]


def test_a_good_plan_is_read_and_nothing_is_said() -> None:
    assert checked(raw()) == Checked(plan=plan(), problems=())


def test_all_problems_are_told_at_once_with_their_shapes() -> None:
    changed = raw()
    changed["zones"][0]["polygon"] = [[0, 0], [2, 2], [2, 0], [0, 2]]
    changed["zones"][1]["polygon"][2] = [9.5, 1.5]
    changed["lines"][0]["b"] = changed["lines"][0]["a"]
    changed["shelves"][0]["zone"] = "nowhere"
    changed["tags"][0]["gtin"] = "12"
    changed["readers"][0]["title"]["ko"] = ""
    changed["cameras"].append(dict(changed["cameras"][0]))
    found = checked(changed)
    assert found.plan is None
    assert {(one.code, one.part, one.id) for one in found.problems if not one.warning} == {
        (Code.SELF_CROSSING, "zones", "tea"),
        (Code.OUTSIDE, "zones", "cake"),
        (Code.NO_LENGTH, "lines", "door"),
        (Code.LOST_NAME, "shelves", "tea-wall"),
        (Code.UNREADABLE, "tags", "tag-tea"),
        (Code.NO_NAME, "readers", "tea-reader"),
        (Code.DOUBLE_ID, "cameras", "cam-a"),
    }
    for language in Language:
        speech = Speech(pages=PAGES, language=language, plan=plan())
        assert all("%(" not in speech.problem(one) and speech.problem(one) for one in found.problems)


def test_what_is_only_doubtful_can_be_saved() -> None:
    changed = raw()
    changed["zones"][0]["polygon"] = [[3, 2.5], [5, 2.5], [5, 3.5], [3, 3.5]]  # its camera sees up to 4
    changed["tags"][0]["at"] = [4, 3]
    changed["zones"][1]["polygon"] = [[4, 1.9], [5, 1.9], [5, 3], [4, 3]]
    found = checked(changed)
    assert found.plan is not None
    assert all(one.warning for one in found.problems)
    told = {(one.code, one.id): one.amount for one in found.problems}
    assert told[Code.UNSEEN, "tea"] == pytest.approx(0.5, abs=0.03)
    assert told[Code.OVERLAP, "tea"] == pytest.approx(0.5, abs=0.06)
    assert told[Code.TAG_AWAY, "tag-tea"] == pytest.approx(3.2, abs=0.01)


def test_who_works_there_may_stand_in_another_zone() -> None:
    changed = raw()
    changed["zones"][1] |= {"kind": "staff", "polygon": changed["zones"][0]["polygon"], "camera": "cam-a"}
    assert codes(changed) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("store", "other", Code.OTHER_STORE),
        ("title", {"ko": "", "en": "x"}, Code.NO_NAME),
        ("width_m", 0, Code.UNREADABLE),
        ("zones", {}, Code.UNREADABLE),
        ("unknown", 1, Code.UNREADABLE),
        ("lines", [], Code.NO_LINE),
    ],
)
def test_a_plans_own_fields_are_checked(field: str, value: object, code: Code) -> None:
    assert next(found for found, *_ in codes(raw() | {field: value})) == code


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000, b" " * (1024 * 1024 + 1)])
def test_what_is_no_plan_is_refused_with_a_reason(data: bytes) -> None:
    found = check(data, store="daon")
    assert found.plan is None
    assert found.problems


def test_a_gtin_that_nobody_sells_is_told() -> None:
    found = check(encode_plan(plan()), store="daon", gtins=["09520000000011"])
    assert {(one.code, one.name) for one in found.problems} == {(Code.NO_PRODUCT, "09520000000059")}


def junk() -> st.SearchStrategy[object]:
    leaf = st.none() | st.booleans() | st.integers(-5, 2000) | st.text(max_size=5) | st.floats(-9, 9)
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_put_into_a_plan_is_a_plan_or_a_problem(data: st.DataObject) -> None:
    changed = raw()
    part = data.draw(st.sampled_from(sorted(changed)))
    value = data.draw(junk())
    if isinstance(changed[part], list) and data.draw(st.booleans()):
        changed[part][0][data.draw(st.sampled_from(sorted(changed[part][0])))] = value
    else:
        changed[part] = value
    found = checked(changed)
    assert (found.plan is None) == any(not one.warning for one in found.problems)
    if found.plan is not None:
        assert isinstance(found.plan, Plan)


def test_shapes_are_measured() -> None:
    square = box(0, 0, 2, 2)
    assert shapes.area_m2(square) == 4
    assert shapes.area_m2(square[::-1]) == 4
    assert shapes.crossed_edges(square) is None
    assert shapes.crossed_edges((Point(0, 0), Point(2, 2), Point(2, 0), Point(0, 2))) == (0, 2)
    assert shapes.crossed_edges((Point(0, 0), Point(4, 0), Point(2, 0), Point(2, 2))) == (0, 1)  # folds back
    assert shapes.twin_corner((Point(0, 0), Point(1, 0), Point(1, 0), Point(0, 1))) == 1
    assert shapes.shares(square, box(1, 0, 5, 5)) == pytest.approx((0.5, 2), abs=0.05)
    assert shapes.shares(square, box(3, 3, 4, 4)) == (0, 0)
    assert shapes.away_m(square, Point(2, 5)) == 3


JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x11\x08\x01\x02\x03\x04\x03" + bytes(12)
WEBP_LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480) + bytes(4)
WEBP_MORE = b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")


def test_pictures_are_told_by_their_content() -> None:
    assert (measure(png(3, 2)).format, measure(png(3, 2)).width, measure(png(3, 2)).height) == (Format.PNG, 3, 2)
    assert (measure(JPEG).format, measure(JPEG).width, measure(JPEG).height) == (Format.JPEG, 0x304, 0x102)
    for body in (WEBP_LOSSY, WEBP_MORE):
        assert (measure(body).format, measure(body).width, measure(body).height) == (Format.WEBP, 640, 480)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "neither"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither"),
        (b"GIF89a" + bytes(40), "neither"),
        (png(9000, 1)[:40], "at most 8192"),
        (png(3, 2)[:18], "cut off"),
        (JPEG[:6], "cut off"),
        (bytes(MAX_BYTES + 1), "at most"),
    ],
)
def test_other_pictures_are_refused_with_a_reason(body: bytes, why: str) -> None:
    with pytest.raises(PictureError, match=why):
        measure(body)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64), st.sampled_from((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP")))
def test_any_bytes_are_a_picture_or_an_error(body: bytes, head: bytes) -> None:
    try:
        found = measure(head + body)
    except PictureError:
        return
    assert 1 <= found.width <= 8192

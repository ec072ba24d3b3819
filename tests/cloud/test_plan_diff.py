"""What changed between two plans, in words that a manager reads; and two people's changes brought together."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.plan_diff import Act, changes
from cloud.manage.plan_merge import merge
from cloud.web.language import Language
from cloud.web.manage.planning import words as words_module
from cloud.web.manage.planning.words import Speech
from cloud.web.pages import HERE
from contract.plan import Pair, Plan, Point, Title, Zone, ZoneKind
from tests.cloud.morning import PAGES, box, plan

replace = msgspec.structs.replace


def with_zone(base: Plan, place: int, **fields: object) -> Plan:
    zones = list(base.zones)
    zones[place] = replace(zones[place], **fields)
    return replace(base, zones=tuple(zones))


def told(before: Plan | None, after: Plan, language: Language = Language.EN) -> list[str]:
    speech = Speech(pages=PAGES, language=language, plan=after)
    return [speech.change(one) for one in changes(before, after)]


def corner() -> Zone:
    title = Title(ko="행사", en="Sale")
    return Zone(id="sale", title=title, kind=ZoneKind.OTHER, camera="cam-a", polygon=box(2, 2, 3, 3))


def test_nothing_changed_is_told_as_nothing() -> None:
    assert told(plan(), plan()) == []
    assert told(plan(), replace(plan(), version=9)) == []


def test_what_was_added_removed_moved_and_reshaped_is_told() -> None:
    base = plan()
    assert told(base, replace(base, zones=(*base.zones, corner()))) == ["Zone Sale added"]
    assert told(base, replace(base, lines=())) == ["Line Entrance removed"]
    assert told(base, with_zone(base, 0, polygon=box(0.5, 0.9, 2, 1.9))) == ["Zone Tea moved by 40 cm"]
    assert told(base, with_zone(base, 0, polygon=box(2.5, 0.5, 4, 1.5))) == ["Zone Tea moved by 2.00 m"]
    assert told(base, with_zone(base, 0, polygon=box(0.5, 0.5, 2.5, 1.5))) == ["Zone Tea reshaped, 1.50 m² → 2.00 m²"]


def test_a_swapped_line_a_kind_and_a_fitted_camera_are_told() -> None:
    base = plan()
    line = base.lines[0]
    assert told(base, replace(base, lines=(replace(line, a=line.b, b=line.a),))) == [
        "Line Entrance: in and out swapped"
    ]
    staff = with_zone(base, 1, kind=ZoneKind.STAFF)
    assert told(base, staff) == ["Zone Cakes: kind Shelf: look at goods → Staff: work, not counted"]
    assert told(base, staff, Language.KO) == ["구역 과자: 종류 매대: 상품을 보는 곳 → 직원: 일하는 곳, 집계 제외"]
    pairs = tuple(Pair(10 * n, 10, n, 1) for n in range(6))
    cameras = (replace(base.cameras[0], pairs=pairs), base.cameras[1])
    assert told(base, replace(base, cameras=cameras)) == ["Camera cam-a fitted with 6 points"]
    assert told(base, replace(base, width_m=9)) == ["Floor 8 × 4 m → 9 × 4 m"]


def test_a_first_plan_is_all_new() -> None:
    assert {one.act for one in changes(None, plan())} == {Act.ADDED}
    assert len(changes(None, plan())) == 2 + 1 + 2 + 1 + 1 + 2


SPOTS = st.builds(Point, st.integers(0, 7).map(float), st.integers(0, 3).map(float))


@st.composite
def edited(draw: st.DrawFn) -> Plan:
    base = plan()
    zones = [
        draw(st.sampled_from((zone, None, replace(zone, camera="cam-b"), replace(zone, polygon=box(1, 1, 3, 3)))))
        for zone in base.zones
    ]
    more = draw(st.booleans())
    tags = tuple(replace(tag, at=draw(SPOTS)) for tag in base.tags)
    kept = tuple(zone for zone in zones if zone is not None)
    return replace(base, zones=(*kept, corner()) if more else kept, tags=tags)


@settings(max_examples=100, deadline=None)
@given(edited(), edited())
def test_changes_are_told_if_and_only_if_something_is_otherwise(one: Plan, other: Plan) -> None:
    parts = ("zones", "lines", "shelves", "tags", "readers", "cameras")
    same = all({p.id: p for p in getattr(one, name)} == {p.id: p for p in getattr(other, name)} for name in parts)
    assert (changes(one, other) == ()) == same


@settings(max_examples=100, deadline=None)
@given(edited(), edited())
def test_both_sides_changes_are_in_the_merged_plan(mine: Plan, theirs: Plan) -> None:
    base = plan()
    both = merge(base, mine, theirs)
    clashing = {(clash.part, clash.id) for clash in both.clashes}
    for side in (mine, theirs):
        after = {(c.part, c.id, c.act, c.now) for c in changes(base, both.plan)}
        for change in changes(base, side):
            if (change.part, change.id) not in clashing:
                assert (change.part, change.id, change.act, change.now) in after
    assert merge(base, mine, base).plan == replace(mine, version=base.version) or changes(mine, base) == ()
    assert merge(base, base, theirs).plan == theirs


def test_where_both_changed_the_same_it_is_named_and_mine_is_kept() -> None:
    base = plan()
    mine, theirs = with_zone(base, 0, camera="cam-b"), with_zone(base, 0, kind=ZoneKind.OTHER)
    both = merge(base, mine, theirs)
    assert [(clash.part, clash.id) for clash in both.clashes] == [("zones", "tea")]
    assert both.plan.zones[0] == mine.zones[0]
    apart = merge(base, mine, with_zone(base, 1, kind=ZoneKind.OTHER))
    assert apart.clashes == ()
    assert (apart.plan.zones[0].camera, apart.plan.zones[1].kind) == ("cam-b", ZoneKind.OTHER)


@pytest.mark.parametrize("language", list(Language))
def test_every_act_has_words(language: Language) -> None:
    base = plan()
    for after in (replace(base, lines=()), with_zone(base, 0, title=Title(ko="녹차", en="Green tea"))):
        for words in told(base, after, language):
            assert "%" not in words
            assert words.strip()


def said() -> set[str]:
    """Every message of the plan's templates."""
    templates = (HERE / "templates" / "manage" / "plan").glob("*.html")
    texts = [path.read_text(encoding="utf-8") for path in templates]
    return {word for text in texts for word in re.findall(r'_\("([^"]+)"', text)}


def test_every_word_of_the_plans_page_is_known_in_korean() -> None:
    assert len(said()) > 100
    words = {word for word in said() | {*words_module.MESSAGES} if re.search(r"[a-z]", re.sub(r"%\(\w+\)s", "", word))}
    assert {word for word in words if PAGES.text(Language.KO, word) == word} == set()

"""What nodes say, on a Korean page: as the node itself writes it, put into the page's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.web.language import Language
from cloud.web.manage import node_words
from cloud.web.pages import Pages
from edge.camera.choice import quickest
from edge.camera.watch import begin, time_passed

EDGE = Path(__file__).parents[2] / "edge"
SCORED = EDGE / "camera" / "pictures.py"  # a folder of pictures is scored; no node's camera is one
REFUSALS = {
    "ChipFault": 0,
    "CaptureError": 0,
    "NoStill": 0,
    "OrderRefused": 0,
    "PlanRefused": 1,
    "_refuse": 1,
    "Blind": "reason",
    "StillRefused": "reason",
    "PlanNotTaken": "reason",
    "Watch": "reason",
}
"""By whom a node's sentences are made, and in which argument."""
ANSWERS = {"advice", "_described", "_why_not", "_life", "_attend", "_last_words"}
"""Functions whose texts are such sentences."""
PAGES = Pages(timezone="Asia/Seoul")


def korean(words: str) -> node_words.Told:
    return node_words.told(PAGES, Language.KO, words)


def test_every_message_is_in_korean_too() -> None:
    assert [text for text in node_words.messages() if PAGES.text(Language.KO, text) == text] == []


def test_what_the_node_itself_writes_is_known() -> None:
    choice = quickest({"int8": [0.0121], "fp16": [0.0243]}, {})
    assert korean(choice.reason).words == "int8 (가장 빠름: fp16 24.3 ms, int8 12.1 ms)"
    lost = time_passed(begin(0.0), 20.0, patience=5.0)
    assert korean(lost.reason) == node_words.Told("5초 동안 화면 없음")
    assert korean(begin(0.0).reason).lang is None


@pytest.mark.parametrize("words", ["HTTP 401 from the camera", "int8, the quickest", "%(kind)s 100 %"])
def test_what_nobody_foresaw_stays_as_it_is_and_says_in_which_language(words: str) -> None:
    assert korean(words) == node_words.Told(words, "en")
    assert node_words.told(PAGES, Language.EN, words) == node_words.Told(words)


def sentences(source: str) -> Iterator[str]:
    """What a module of the node writes for people: texts as they stand, with a number where a value comes."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in REFUSALS:
            where = REFUSALS[name]
            given = [word.value for word in node.keywords if word.arg == where]
            given += node.args[where : where + 1] if isinstance(where, int) else []
            yield from filter(None, map(written, given))
        elif isinstance(node, ast.FunctionDef) and node.name in ANSWERS:
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
            yield from filter(None, map(written, returned))


def written(value: ast.expr) -> str:
    """A text in a program, or nothing where it is made elsewhere."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="told")), *rest]):
            return "version 7" + "".join(map(written, rest))  # as edge.plans.judging begins its refusals
        case ast.JoinedStr(values=values):
            return "".join(map(written, values))
        case ast.FormattedValue(value=ast.Name(id="wrong")):
            return "it has no camera 'k1'; it has none"
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="_told"))):
            return "ended with status 7"
        case ast.FormattedValue(value=ast.Attribute(attr="last")):
            return "MemoryError"
        case ast.FormattedValue():
            return "7"
        case _:
            return ""


def test_whatever_a_node_may_write_of_its_devices_plans_and_orders_is_in_korean() -> None:
    found = {text for path in EDGE.rglob("*.py") if path != SCORED for text in sentences(path.read_text("utf-8"))}
    assert len(found) > 40
    assert {text for text in found if korean(text).lang} == set()
    assert "there is no device at 7" in found


def test_a_sentence_that_nobody_has_put_into_korean_would_be_found() -> None:
    (text,) = sentences("raise ChipFault(f'the antenna of {path} is wet')")
    assert korean(text) == node_words.Told("the antenna of 7 is wet", "en")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("the camera does not see: no picture for 5 s", "카메라가 보지 못함: 5초 동안 화면 없음"),
        ("as kept: version 3 is not newer: version 4 runs", "노드에 저장된 도면: 3판은 쓰고 있는 도면보다 새것이 아님"),
        ("version 3 does not fit this node: it has no reader 'r1'; it has none", "3판에 이 노드의 리더 'r1' 없음"),
    ],
)
def test_a_sentence_within_a_sentence_is_put_into_korean_too(said: str, read: str) -> None:
    assert korean(said) == node_words.Told(read)

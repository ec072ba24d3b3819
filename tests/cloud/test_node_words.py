"""What nodes say, on a Korean page: as the node itself writes it, put into the page's language."""

import pytest

from cloud.web.language import Language
from cloud.web.manage import node_words
from cloud.web.pages import Pages
from edge.camera.choice import quickest
from edge.camera.watch import begin, time_passed

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

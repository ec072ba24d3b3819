"""The words of a consent: kept for good, in each language, as they were shown."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from cloud.shop import wording
from cloud.shop.consent import ADVERTISING, Purpose
from cloud.shop.wording import TEXT_VERSION, WORDINGS, read, texts
from cloud.web.language import Language

FILES = Path(wording.__file__).parent / "wordings"

RELEASED = {
    "2026-11-21": "cc66bcca2dcda482ada97467a2a7907bd2f2d7d773b5d1128709c45a391e87b2",
    "2026-11-22": "5c6a63b92626a361167c335bc7100ae490c2080151983b30d263a28b0abdcbb4",
}
"""The SHA-256 of each released file. Other words are another version: add a line, change none."""


def changed(files: dict[str, bytes]) -> set[str]:
    """The versions whose words are not those that were released."""
    return {v for v, body in files.items() if hashlib.sha256(body).hexdigest() != RELEASED.get(v)}


def test_whoever_changes_a_word_makes_a_new_version() -> None:
    files = {path.stem: path.read_bytes() for path in FILES.glob("*.json")}
    assert set(files) == set(RELEASED)
    assert changed(files) == set()
    one = files[TEXT_VERSION]
    assert changed({TEXT_VERSION: one.replace("90일".encode(), "80일".encode())}) == {TEXT_VERSION}


def test_each_choice_is_asked_in_each_language() -> None:
    for purpose in Purpose:
        for language in Language:
            asked = texts(purpose, language)
            assert asked.title
            assert asked.words
    assert max(WORDINGS) == TEXT_VERSION


def test_what_is_advertising_says_so_in_its_title() -> None:
    for purpose in Purpose:
        assert ("(광고)" in texts(purpose, "ko").title) is (purpose in ADVERTISING)
        assert ("(advertising)" in texts(purpose, "en").title) is (purpose in ADVERTISING)


def test_words_of_an_earlier_version_can_still_be_shown() -> None:
    assert texts(Purpose.HISTORY, "ko", "2026-11-21").words.startswith("이 매장에서 찍은 제품을 90일 동안")
    with pytest.raises(LookupError):
        texts(Purpose.ADS_PUSH, "ko", "2026-11-21")


def test_a_version_of_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="Invalid enum value"):
        read(b'{"everything": {"ko": ["a", "b"]}}')

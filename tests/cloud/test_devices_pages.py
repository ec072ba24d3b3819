"""The page of machines, and the tags that it says are dead."""

import random
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from cloud.manage.nodes import NodeState
from cloud.store import silences
from cloud.web.manage import devices
from cloud.web.manage.devices import devices_router
from contract.events import Cause, Device, DeviceChanged, Stay
from tests.cloud import trading
from tests.cloud.entered import cookie, session
from tests.cloud.morning import MINUTE, NOON_MS, SEOUL, Town, bus_of_nobody, plan, serving, town

HOUR = 60 * MINUTE
DAY = 24 * HOUR


def visited(place: Town, *, days: int, dies_at: int | None) -> None:
    """Days of people who stop at the tea from ten to noon, one of eight of whom taps its tag, until it dies."""
    luck, node = random.Random(5), place.node("left")
    for day in range(-days, 1):
        at = NOON_MS + day * DAY - 2 * HOUR
        moments = [at + number * 45_000 for number in range(160)]
        node.tell([Stay(zone="tea", at=moment, for_ms=9_000) for moment in moments])
        for moment in moments:
            if luck.random() < 0.12 and (dies_at is None or moment < dies_at):
                place.phone_tap("tag-tea", at=moment)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("devices"), floor=plan()) as place:
        visited(place, days=20, dies_at=NOON_MS - DAY - 90 * MINUTE)
        place.clock.now_ms = NOON_MS + 5_000
        lost = DeviceChanged(
            at=NOON_MS - 2 * HOUR, device=Device.CAMERA, name="cam-a", ok=False, reason="", cause=Cause.BLOCKED
        )
        back = DeviceChanged(at=NOON_MS - HOUR, device=Device.CAMERA, name="cam-a", ok=True, reason="")
        place.node("left").tell([lost, back])
        trading.speak(place, hours=8)
        yield place


@pytest.fixture(scope="module")
def pages(place: Town) -> dict[str, str]:
    """The page in each language."""
    with serving(place, devices_router) as site:
        signed_in = cookie(session(site, place.password))
        return {
            language: httpx.get(f"{site.url}/manage/devices?lang={language}", headers=signed_in).text
            for language in ("ko", "en")
        }


@pytest.fixture(scope="module")
def words(pages: dict[str, str]) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", pages["en"]).split())


def test_a_silent_node_stands_first_and_says_since_when(place: Town, words: str) -> None:
    machines = devices.gather(place.desk(bus_of_nobody()))
    assert [tile.row.name for tile in machines.tiles] == ["right", "left"]
    assert machines.count(NodeState.SILENT) == 1
    assert "right silent last word 20 min ago No word since 21 Nov 11:40" in words
    assert words.index("right silent") < words.index("left in order")


def test_a_nodes_day_is_told_in_figures(words: str) -> None:
    left = words.partition("left in order")[2]
    assert "Heard since 21 Nov 04:00 100.0 %" in left
    assert "cam-a slow" in left
    assert "6.0 looks a second" in left
    assert "2 things that never move are not taken for people" in left
    assert "dropped 3.3 %" in left
    assert "hog-small" in left
    assert "24 h: 6.0–14.8" in left


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_line_ends_between_an_amount_and_its_unit(pages: dict[str, str], language: str) -> None:
    of_cameras = re.findall(r'<p class="under"><b>.*?</p>', unescape(pages[language]))
    assert "\N{NO-BREAK SPACE}ms" in of_cameras[0]
    assert [each for each in of_cameras if re.search(r"\d ?(ms|%|MB)", each)] == []


def test_what_came_and_went_is_told_in_words(words: str) -> None:
    assert "Camera cam-a at left works again." in words
    assert "Camera cam-a at left tells nothing: something stands before the lens." in words


def test_a_dead_tag_is_told_with_its_stops_and_what_was_usual(place: Town, words: str) -> None:
    found = re.search(r"tag-tea: (\d+) stops, no tap since (\d+ Nov \d\d:\d\d); usually (\d+)\.", words)
    assert found
    assert int(found[1]) > 160
    assert 15 <= int(found[3]) <= 45
    assert "at most one false alarm in 30 days" in words
    with place.store.reading() as connection:
        (watched, *_) = (it for it in silences.watched(connection, plan(), now_ms=NOON_MS, zone=SEOUL) if it.past)
    assert len(watched.past) == 19
    assert all(day.stops == 160 for day in watched.past)


def test_a_living_tag_is_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory.mktemp("living"), floor=plan()) as place:
        visited(place, days=12, dies_at=None)
        with place.store.reading() as connection:
            assert silences.dead_tags(connection, plan(), now_ms=NOON_MS, zone=SEOUL) == ()


def test_what_no_node_told_of_did_not_stay_as_it_was(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place, serving(place, devices_router) as site:
        ask = cookie(session(site, place.password))
        silent = httpx.get(f"{site.url}/manage/devices?lang=en", headers=ask).text
        place.node("left").well()
        spoken = httpx.get(f"{site.url}/manage/devices?lang=en", headers=ask).text
    assert "Not known: no node has said a word" in silent
    assert "stayed as it was" not in silent
    assert "no word yet" not in silent  # "not heard yet" says it
    assert "stayed as it was" in spoken


def test_a_node_that_is_new_says_since_when_it_was_heard(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place, serving(place, devices_router) as site:
        ask = cookie(session(site, place.password))
        place.node("left").well()
        english, korean = (
            httpx.get(f"{site.url}/manage/devices?lang={lang}", headers=ask).text for lang in ("en", "ko")
        )
    assert "Heard in 24 h" not in english
    assert "Heard since 21 Nov 12:00" in english
    assert "11월 21일 12:00부터 수신율" in korean


def test_a_store_without_a_plan_and_a_word_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory.mktemp("nothing")) as place:
        machines = devices.gather(place.desk(bus_of_nobody()))
    assert [*machines.tiles, *machines.changes, *machines.dead] == []

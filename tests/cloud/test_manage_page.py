"""The manager's page as the server makes it: every state of it, without any script."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from cloud.manage.nodes import SILENT_MS
from cloud.web.manage.glossary import GLOSSARY
from cloud.web.manage.handbook import as_markdown
from contract.events import Tap
from contract.messages import CameraHealth, ReaderHealth
from contract.plan import Title
from tests.cloud.entered import cookie, session
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, entries, plan, serving, stays, town, watched


@pytest.fixture
def site(place: Town) -> Iterator[Site]:
    with serving(place) as site:
        yield site


def page(site: Site, place: Town, query: str = "lang=en") -> str:
    answer = httpx.get(f"{site.url}/manage?{query}", headers=cookie(session(site, place.password)))
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def quarter(place: Town) -> None:
    """A quarter of an hour at the tea."""
    left, at = place.node("left"), NOON_MS - 5 * MINUTE
    left.tell([*watched(["tea"], ["cam-a"], minutes=range(-15, 0)), *entries(9, at=at)])
    left.tell(stays("tea", [2] * 8 + [12] * 12, at=at))
    left.tell([Tap(at=at + 30_000 + number, reader="tea-reader", tag=None) for number in range(8)])
    left.well(cameras={"cam-a": CameraHealth(ok=True)}, readers={"tea-reader": ReaderHealth(ok=True)})


def test_a_store_without_a_plan_says_how_to_give_it_one(tmp_path: Path) -> None:
    with town(tmp_path) as place, serving(place) as site:
        assert "This store has no plan yet" in page(site, place)
        assert "아직 도면이 없습니다" in page(site, place, "lang=ko")


def test_a_store_in_which_nothing_happened_shows_gaps_and_no_zeros(place: Town, site: Site) -> None:
    told = words(page(site, place))
    assert "Nothing has been told in this period yet." in told
    assert "Tea – – – – –" in told
    assert "no word yet" in told


def test_a_quarter_of_an_hour_reads_as_what_happened(place: Town, site: Site) -> None:
    quarter(place)
    told = words(page(site, place, "lang=en&period=15m&zone=tea"))
    for said in (
        "Entered ? 9",
        "Inside now ? 9",
        "Stop rate ? 60.0% last week –",
        "Passed 20",
        "Stopped 12 ↳ 60.0% (39–78%)",
        "Tapped 8 ↳ 66.7% (39–86%)",
        "Tea 20 0:11 2:40 60.0% –",
        "left in order last word just now · 182 MB",
        "produced 67 = stored 67 + quarantined 0 + pending 0 + dropped 0 ✓",
    ):
        assert said in told, said


def test_the_same_in_korean(place: Town, site: Site) -> None:
    quarter(place)
    told = words(page(site, place, "lang=ko&period=15m"))
    for said in ("들어온 사람 ? 9", "멈춤률 ? 60.0% 지난주 –", "차 20 0:11 2:40 60.0% –", "최근 15분"):
        assert said in told, said
    assert not re.search(r"(?:Entered|Median|Stopped|Sign out)", told)


def test_few_people_are_said_to_be_few(place: Town, site: Site) -> None:
    place.node("left").tell([*watched(["tea"], ["cam-a"], minutes=range(-15, 0)), *entries(3, at=NOON_MS - MINUTE)])
    assert "Entered ? fewer than 5" in words(page(site, place))
    assert "들어온 사람 ? 5명 미만" in words(page(site, place, "lang=ko"))


def test_a_silent_node_is_named_with_its_last_word(place: Town, site: Site) -> None:
    quarter(place)
    place.clock.now_ms += SILENT_MS + 1_000
    told = words(page(site, place))
    assert "No word from node left since 21 Nov 12:00." in told
    assert "last word 2 min ago" in told


def test_a_lost_camera_is_named_with_its_reason(place: Town, site: Site) -> None:
    place.node("left").well(cameras={"cam-a": CameraHealth(ok=False, reason="black for 6 s")})
    assert "Camera cam-a sees nothing. Cause: black for 6 s" in words(page(site, place))
    place.node("left").well(cameras={"cam-a": CameraHealth(ok=False, reason="no picture for 5 s")})
    assert "카메라 cam-a: 아무것도 보지 못합니다. 원인: 5초 동안 화면 없음" in words(page(site, place, "lang=ko"))


def test_a_period_seen_in_part_says_so(place: Town, site: Site) -> None:
    place.node("left").tell(watched(["tea", "cake"], ["cam-a"], minutes=range(-15, 0), covered_ms=30_000))
    assert "Only 50% of this period was seen." in words(page(site, place))


def test_what_no_covered_camera_saw_is_hatched(place: Town, site: Site) -> None:
    place.node("left").tell(watched(["tea"], ["cam-a"], minutes=range(-15, 0)))
    seen = re.search(r'<g id="seen">(.*?)</g>', page(site, place), re.DOTALL)
    assert seen is not None
    assert seen[1].count("<polygon") == 1
    assert 'points="0,0 4,0 4,4 0,4"' in seen[1]


def test_every_figure_explains_itself_in_both_languages(place: Town, site: Site) -> None:
    for language in ("en", "ko"):
        html = unescape(page(site, place, f"lang={language}"))
        asked = set(re.findall(r'popovertarget="why-(\w+)"', html))
        assert asked
        assert asked <= {entry.key for entry in GLOSSARY}
        for entry in GLOSSARY:
            text = entry.counted.ko if language == "ko" else entry.counted.en
            assert text in html
    for entry in GLOSSARY:
        for said in (entry.name, entry.counted, entry.source, entry.caveat):
            assert re.search("[가-힣]", said.ko)
            assert not re.search("[가-힣]", said.en)


def test_the_documentation_says_what_the_page_says() -> None:
    kept = Path(__file__).parents[2] / "cloud" / "FIGURES.md"
    assert kept.read_text(encoding="utf-8") == as_markdown(), "python -m cloud.web.manage.handbook > cloud/FIGURES.md"


def test_the_address_holds_the_state_and_links_keep_it(place: Town, site: Site) -> None:
    html = page(site, place, "lang=en&period=1h&theme=dark&zone=tea")
    assert 'data-theme="dark"' in html
    assert 'href="/manage?lang=en&amp;period=15m&amp;theme=dark&amp;zone=tea"' in html
    assert '"period":"1h"' in html
    assert 'data-mode="live"' in html
    later = page(site, place, "lang=en&period=7d&mode=replay&metric=taps&scheme=cividis&at=11:30")
    assert 'data-mode="replay" data-metric="taps" data-scheme="cividis"' in later
    odd = page(site, place, "lang=en&period=year&theme=pink&zone=%3Cb%3E")
    assert 'data-theme="auto"' in odd
    assert 'aria-current="true">All</a>' in odd


def test_names_from_outside_are_words_and_never_markup(tmp_path: Path) -> None:
    evil = Title(ko="<img src=x>", en="<img src=x onerror=alert(1)>")
    base = plan()
    floor = replace(base, zones=(replace(base.zones[0], title=evil), *base.zones[1:]))
    with town(tmp_path, floor=floor) as place, serving(place) as site:
        html = page(site, place)
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html

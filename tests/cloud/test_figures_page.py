"""The figures as a manager reads them: eight tiles, funnels and zones, each beside what it is compared with."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from cloud.manage.insight import State
from cloud.manage.period import Compare
from cloud.manage.report import Report
from cloud.manage.tiles import Why
from cloud.manage.verdict import Verdict
from cloud.store.closing import Terms, close_days
from cloud.store.sums import STOP_BIN
from cloud.web.manage import glossary, reading
from cloud.web.manage.figures import figures_router
from contract.events import Crossing, Direction, Event, Heat, Occupancy, Outcome, Queue, Stay, Tap, Wait
from contract.plan import Line, LineKind, Plan, Point, Title, Zone, ZoneKind
from tests.cloud.entered import cookie, entered, session
from tests.cloud.morning import (
    MINUTE,
    NOON_MS,
    SEOUL,
    TEA,
    Site,
    Town,
    box,
    bus_of_nobody,
    entries,
    plan,
    serving,
    stays,
    town,
)

WEEK = 7 * 1440 * MINUTE


def floor() -> Plan:
    """The usual one, with a line past which people walk outside, and a queue."""
    usual = plan()
    street = Line(
        id="street",
        title=Title(ko="거리", en="Street"),
        camera="cam-a",
        a=Point(0.1, 3.9),
        b=Point(3, 3.9),
        kind=LineKind.STREET,
    )
    queue = Zone(
        id="line-up",
        title=Title(ko="계산 줄", en="Till queue"),
        kind=ZoneKind.QUEUE,
        camera="cam-b",
        polygon=box(5, 1.6, 6, 2),
    )
    return replace(usual, lines=(*usual.lines, street), zones=(*usual.zones, queue))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, floor=floor()) as place:
        yield place


@pytest.fixture
def site(place: Town) -> Iterator[Site]:
    with serving(place, figures_router) as site:
        yield site


def page(site: Site, place: Town, address: str) -> str:
    answer = httpx.get(f"{site.url}{address}", headers=cookie(session(site, place.password)))
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def words(html: str) -> str:
    """What a reader sees."""
    return unescape(" ".join(re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split()))


def seen_minutes(at: int, *, minutes: int, covered_ms: int = MINUTE) -> list[Event]:
    """Two hours before noon in which all was seen, or a part of it."""
    told: list[Event] = []
    for back in range(minutes, 0, -1):
        moment = at - back * MINUTE
        told += [
            Occupancy(zone=zone, at=moment, span_ms=MINUTE, covered_ms=covered_ms, person_ms=0, peak=0)
            for zone in ("tea", "cake", "line-up")
        ]
        told += [
            Heat(camera=camera, at=moment, span_ms=MINUTE, covered_ms=covered_ms, cell_mm=250, cells=())
            for camera in ("cam-a", "cam-b")
        ]
        told.append(Queue(zone="line-up", at=moment, span_ms=MINUTE, covered_ms=covered_ms, waiting_ms=90_000, peak=3))
    return told


def morning(
    place: Town, at: int, *, people: int, lengths: list[float], taps: int, receipts: int, covered_ms: int = MINUTE
) -> None:
    """Two hours up to noon of one day."""
    left = place.node("left")
    left.tell(seen_minutes(at, minutes=120, covered_ms=covered_ms))
    begin = at - 90 * MINUTE
    left.tell(entries(people, at=begin))
    left.tell(
        [Crossing(at=begin + n, line="street", direction=Direction(("in", "out")[n % 2])) for n in range(4 * people)]
    )
    left.tell(stays("tea", lengths, at=begin))
    left.tell([Tap(at=begin + 30_000 + n, reader="tea-reader", tag=None) for n in range(taps)])
    left.tell([Wait(zone="line-up", at=begin + n, for_ms=40_000, outcome=Outcome.SERVED) for n in range(9)])
    left.tell([Wait(zone="line-up", at=begin + n, for_ms=90_000, outcome=Outcome.LEFT) for n in range(6)])
    for number in range(receipts):
        place.sale(TEA, at=begin + 5 * MINUTE + number)


@pytest.fixture
def two_weeks(place: Town) -> Town:
    """This noon, and the same weekday a week ago with half the people; people stay alike."""
    alike = [2.0, 3.0, 6.0, 12.0, 20.0]
    morning(place, NOON_MS, people=100, lengths=alike * 20, taps=40, receipts=30)
    morning(place, NOON_MS - WEEK, people=50, lengths=alike * 10, taps=20, receipts=14)
    close_days(place.store, Terms(zone=SEOUL, stop_bin=STOP_BIN), now_ms=place.clock.now_ms)
    return place


def report(place: Town, period: str = "today", compare: Compare = Compare.WEEKDAY) -> Report:
    found = reading.morning(place.desk(bus_of_nobody()), period, compare)
    assert found is not None
    return found.report


def test_today_stands_beside_the_same_weekday_up_to_the_same_time(two_weeks: Town) -> None:
    afternoon = NOON_MS - WEEK + 60 * MINUTE
    two_weeks.node("left").tell(entries(70, at=afternoon))  # later than now, a week ago
    tiles = report(two_weeks).tiles
    assert (tiles.entered.figure.value, tiles.entered.other and tiles.entered.other.value) == (100, 50)
    assert (tiles.entered.change.verdict, tiles.entered.change.difference) == (Verdict.UP, 50)
    assert tiles.stay.change.verdict is Verdict.SAME
    assert tiles.stop_rate.change.verdict is Verdict.SAME
    assert tiles.conversion.figure.value == pytest.approx(0.3)
    assert tiles.spend.figure.value == pytest.approx(300)
    assert tiles.capture.figure.value == pytest.approx(0.25)
    assert all(len(tile.series) > 2 for tile in tiles.all if tile.key != "inside")


def test_nothing_is_compared_where_the_address_says_so(two_weeks: Town) -> None:
    told = report(two_weeks, compare=Compare.NONE)
    assert {tile.other for tile in told.tiles.all} == {None}
    assert {tile.change.verdict for tile in told.tiles.all} == {Verdict.NONE}
    assert told.other_from_ms is None


def test_there_is_no_verdict_where_one_side_was_seen_too_little(place: Town) -> None:
    alike = [2.0, 6.0, 12.0, 20.0]
    morning(place, NOON_MS, people=100, lengths=alike * 20, taps=9, receipts=9)
    morning(place, NOON_MS - WEEK, people=20, lengths=alike * 5, taps=9, receipts=9, covered_ms=50_000)
    told = report(place)
    assert told.other_coverage == pytest.approx(5 / 6)
    assert {tile.change.verdict for tile in told.tiles.all} == {Verdict.NONE}
    assert {zone.change.verdict for zone in told.zones} == {Verdict.NONE}
    assert told.tiles.entered.other is not None
    assert told.tiles.entered.other.value == 20


def test_what_the_store_cannot_measure_says_why(tmp_path: Path) -> None:
    bare = replace(plan(), readers=(), tags=(), lines=())
    with town(tmp_path, floor=bare) as place:
        place.node("left").tell(seen_minutes(NOON_MS, minutes=5))
        tiles = report(place).tiles
    whys = {tile.key: tile.why for tile in tiles.all if tile.why}
    assert whys == {
        "entered": Why.NO_DOOR,
        "inside": Why.NO_DOOR,
        "taps": Why.NO_TAPS,
        "conversion": Why.NO_TILL,
        "spend": Why.NO_TILL,
        "capture": Why.NO_STREET,
    }
    assert all(tile.figure.state is State.UNSEEN for tile in tiles.all if tile.why)


def test_a_shelfs_few_people_cannot_be_had_from_the_sum_of_all_shelves_and_the_table_of_zones(place: Town) -> None:
    begin = NOON_MS - 60 * MINUTE
    for zone, people in (("tea", 30), ("cake", 3), ("line-up", 6)):
        place.node("left").tell(stays(zone, [9.0] * people, at=begin))
    told = report(place)
    shelves = {row.id: row.stays.state for row in told.zones if row.kind is ZoneKind.SHELF}
    assert [step.count.value for step in told.funnels[0].steps[:2]] == [33, 33]
    assert shelves == {"tea": State.FEW, "cake": State.FEW}, "33 less 30 would be the cake's three"


def test_what_a_few_receipts_came_to_is_withheld_with_them(place: Town) -> None:
    morning(place, NOON_MS, people=100, lengths=[8.0] * 9, taps=9, receipts=3)
    tiles = report(place, compare=Compare.NONE).tiles
    assert tiles.conversion.figure.state is tiles.spend.figure.state is State.FEW
    assert all(not point for point in tiles.spend.series)


def test_more_receipts_than_people_is_a_door_that_misses_people_and_no_conversion(place: Town) -> None:
    morning(place, NOON_MS, people=6, lengths=[8.0] * 9, taps=0, receipts=9)
    conversion = report(place).tiles.conversion
    assert (conversion.figure.state, conversion.why) == (State.UNSEEN, Why.TOO_FEW_IN)


def test_a_funnel_of_a_product_is_of_its_zone_and_its_own_taps_and_sales(two_weeks: Town) -> None:
    told = report(two_weeks)
    tea = next(funnel for funnel in told.products if funnel.product == TEA)
    assert [step.count.value for step in tea.steps] == [100, 60, 40, 30]
    assert [step.other and step.other.value for step in tea.steps] == [50, 30, 20, 14]
    assert tea.zones == ("tea",)
    zone = next(funnel for funnel in told.funnels if funnel.zone == "tea")
    assert [step.count for step in zone.steps] == [step.count for step in tea.steps]


def test_a_queue_tells_its_length_and_its_waits(two_weeks: Town) -> None:
    queue = next(zone.queue for zone in report(two_weeks).zones if zone.id == "line-up")
    assert queue is not None
    assert queue.people.value == pytest.approx(1.5)
    assert (queue.peak.value, queue.waits.value) == (3, 15)
    assert queue.given_up.figure.value == pytest.approx(6 / 15)
    assert queue.change.verdict is Verdict.SAME


def test_a_day_of_last_month_reads_as_a_day_does(two_weeks: Town) -> None:
    past = report(two_weeks, "2026-11-14")
    assert past.tiles.entered.figure.value == 50
    assert [step.count.value for step in past.funnels[0].steps] == [50, 30, 20, 14]


def test_the_tiles_say_what_changed_in_words(two_weeks: Town, site: Site) -> None:
    told = words(page(site, two_weeks, "/manage?lang=en"))
    for said in (
        "Entered ? 100 ▲ more by 100.0% last week 50",
        "Median stay ? 0:06 ≈ same last week 0:06",
        "Stop rate ? 60.0% ≈ same last week 60.0%",
        "Conversion ? 30.0%",
        "Sales per visitor ? ₩300",
        "Capture rate ? 25.0%",
    ):
        assert said in told, said
    korean = words(page(site, two_weeks, "/manage?lang=ko"))
    for said in ("들어온 사람 ? 100 명 ▲ 증가 100.0% 지난주 50", "방문객당 매출 ? 300원", "≈ 비슷"):
        assert said in korean, said


def test_the_pages_of_funnels_and_zones_stand_on_their_own(two_weeks: Town, site: Site) -> None:
    funnel = words(page(site, two_weeks, "/manage/funnel?lang=en"))
    assert "Sat 2026-11-21 00:00–12:01" in funnel
    assert "Tapped 40" in funnel
    assert "↳ 66.7% (54–77%) last week 66.7% ≈ same" in funnel
    zones = words(page(site, two_weeks, "/manage/zones?lang=ko&period=7d"))
    for said in ("계산 줄", "기다림 (중앙값)", "포기", "멈춤 = 5초 이상", "오차"):
        assert said in zones, said


def test_old_links_keep_working(two_weeks: Town, site: Site) -> None:
    for query in ("period=15m", "period=1h&zone=tea", "period=year&compare=who&zone=%3Cb%3E", "period=2026-99-99"):
        assert "part-tiles" in page(site, two_weeks, f"/manage?{query}")


def test_the_api_takes_any_period_and_comparison(two_weeks: Town, site: Site) -> None:
    with entered(site, two_weeks.password) as client:
        ask: Callable[[str], httpx.Response] = lambda query: client.get(f"/v1/insight/report?{query}")  # noqa: E731 - one line, four uses
        week = ask("period=2026-11-15..2026-11-21&compare=before").json()
        assert week["compare"] == "before"
        assert week["tiles"]["entered"]["figure"]["value"] == 100
        assert week["tiles"]["entered"]["other"]["value"] == 50
        assert week["tiles"]["entered"]["change"]["verdict"] == "none"  # most of the week before was not seen
        assert ask("period=fortnight").status_code == 422
        assert ask("compare=who").status_code == 422


def test_each_tile_explains_itself_from_the_glossary_with_an_example(two_weeks: Town, site: Site) -> None:
    keys = {entry.key for entry in glossary.GLOSSARY}
    assert {tile.key for tile in report(two_weeks).tiles.all} <= keys
    for address in ("/manage/funnel", "/manage/zones"):
        html = page(site, two_weeks, f"{address}?lang=en")
        assert set(re.findall(r'popovertarget="why-(\w+)"', html)) <= keys
    for entry in glossary.GLOSSARY:
        assert re.search("[가-힣]", entry.example.ko)
        assert not re.search("[가-힣]", entry.example.en)
    with pytest.raises(Exception, match="missing required field `example`"):
        glossary.load(
            '[[figure]]\nkey = "x"\nname = {ko = "a", en = "b"}\ncounted = {ko = "a", en = "b"}\n'
            'source = {ko = "a", en = "b"}\ncaveat = {ko = "a", en = "b"}\n'
        )


def test_hours_of_four_people_leave_a_gap_in_the_sparkline(place: Town) -> None:
    left = place.node("left")
    left.tell(seen_minutes(NOON_MS, minutes=180))
    left.tell([*entries(30, at=NOON_MS - 235 * MINUTE), *entries(9, at=NOON_MS - 175 * MINUTE)])
    left.tell(entries(4, at=NOON_MS - 115 * MINUTE))
    entered = report(place, compare=Compare.NONE).tiles.entered
    assert entered.figure.value == 43
    assert entered.series[-4:] == (30, None, None, 0), "nor can the four be had from the day's sum"


def test_a_stay_is_a_stop_from_the_length_on_that_the_store_has_set(place: Town) -> None:
    left = place.node("left")
    left.tell(seen_minutes(NOON_MS, minutes=30))
    left.tell([Stay(zone="tea", at=NOON_MS - 9 * MINUTE + n, for_ms=8_000 if n % 2 else 40_000) for n in range(20)])
    desk = dataclasses.replace(place.desk(bus_of_nobody()), stop_ms=30_000)
    found = reading.morning(desk, "today")
    assert found is not None
    assert found.report.tiles.stop_rate.figure.value == 0.5
    assert report(place).tiles.stop_rate.figure.value == 1.0

"""Pictures of a period as a page gets them: a known walk in, known bytes out."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import numpy as np
import pytest

from cloud.manage.heat import CELL_M, SIGMA_M, UNSEEN
from cloud.manage.maps import Metric
from cloud.manage.raster import SAME, WITHHELD, floor_only, smoothed
from cloud.store import heat_domains, plans
from cloud.store.heat_domains import Domain
from cloud.web.manage.floor.domains import Domains
from cloud.web.manage.floor.live import base_of
from tests.cloud.floor_world import Page, looking, row, shaped, tell, walked
from tests.cloud.morning import CAKE, MINUTE, NOON_MS, TEA, Town, bus_of_nobody, plan, stays, town, warm

HOUR = range(-59, 0)
DAY = 24 * 60 * MINUTE
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def page(place: Town) -> Iterator[Page]:
    with looking(place) as page:
        yield page


def line(value: float) -> np.ndarray:
    """What a row of cells of this value looks like across, from three cells beside it to three behind."""
    steps = np.arange(-3, 4)
    weights = np.exp(-((steps * CELL_M / SIGMA_M) ** 2) / 2)
    shares: np.ndarray = weights / weights.sum()
    return value * shares


def walks(place: Town, *, minutes: range = HOUR, ms: int = 200, tracks: int = 1) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, row(ms, tracks)) for minute in minutes])


def test_a_row_that_59_tracks_walked_has_236_tracks_a_metre(place: Town, page: Page) -> None:
    walks(place)
    told = page.heat(metric="passing", period="1h")
    assert told["unit"] == "tracks/m"
    levels = shaped(told, told, "levels")
    expected = np.rint(255 * line(59 / CELL_M) / told["top"])
    # The middle of the row; what smoothing carries to where nobody was near is left out.
    assert levels[7:10, 8].tolist() == expected[2:5].tolist()
    assert levels[:, 8].sum() == expected[2:5].sum()


def test_the_stay_of_the_same_walk_is_in_people_seconds_a_square_metre(place: Town, page: Page) -> None:
    walks(place)
    told = page.heat(metric="stay", period="1h")
    levels = shaped(told, told, "levels")
    assert told["unit"] == "people·s/m²"
    assert levels[7:10, 8].tolist() == np.rint(255 * line(59 * 0.2 / CELL_M**2) / told["top"])[2:5].tolist()


def test_cells_near_which_fewer_than_five_passed_are_withheld(place: Town, page: Page) -> None:
    walks(place, minutes=range(-4, 0), ms=5_000)
    told = page.heat(period="15m")
    seen, levels = shaped(told, told, "seen"), shaped(told, told, "levels")
    assert set(seen[8, 3:13]) == {WITHHELD}
    assert levels.sum() == 0
    walks(place, minutes=range(-1, 0), ms=5_000)  # a fifth
    told = page.heat(period="15m")
    assert shaped(told, told, "levels")[8, 8] > 0


def test_somebody_who_stays_without_coming_in_is_not_shown_alone(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, {(8, 8): (60_000, 0), (1, 1): (200, 9)}) for minute in HOUR])
    told = page.heat(period="15m")
    assert shaped(told, told, "seen")[8, 8] == WITHHELD


def test_what_no_camera_saw_is_unseen_and_what_half_a_minute_saw_is_half(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS + m * MINUTE, {}, covered_ms=30_000) for m in range(-15, 1)])
    told = page.heat(period="15m")
    seen = shaped(told, told, "seen")
    assert set(seen[:, 20:].ravel()) == {UNSEEN}
    assert set(seen[:, :16].ravel()) <= {49, 50, 51, 52, 53}


def test_taps_lie_at_their_tag_and_few_of_them_are_withheld(place: Town, page: Page) -> None:
    for minute in range(-40, -30):
        place.phone_tap("tag-tea", at=NOON_MS + minute * MINUTE)
    told = page.heat(metric="taps", period="1h")
    levels = shaped(told, told, "levels")
    assert told["unit"] == "taps/m²"
    assert levels.argmax() == 2 * told["columns"] + 4
    total = levels.sum() / 255 * told["top"] * CELL_M**2
    assert total == pytest.approx(10, rel=0.05)  # the tag's own cell is beyond the scale's end
    few = page.heat(metric="taps", period="15m")
    for minute in (-3, -2):
        place.phone_tap("tag-tea", at=NOON_MS + minute * MINUTE)
    assert shaped(few, few, "seen")[2, 4] == 100
    few = page.heat(metric="taps", period="15m")
    assert shaped(few, few, "seen")[2, 4] == WITHHELD
    assert shaped(few, few, "levels").sum() == 0


def test_a_store_without_a_camera_has_a_map_of_its_sales(tmp_path: Path) -> None:
    shelves = tuple(msgspec.structs.replace(shelf, zone=None) for shelf in plan().shelves)
    bare = msgspec.structs.replace(plan(), cameras=(), zones=(), lines=(), readers=(), shelves=shelves)
    with town(tmp_path, floor=bare) as place, looking(place) as page:
        for minute in range(-50, -20):
            place.sale(TEA, at=NOON_MS + minute * MINUTE)
        place.sale("09520000000999", at=NOON_MS - 9 * MINUTE)
        told = page.heat(period="1h")
        assert told["metric"] == "sales"
        levels = shaped(told, told, "levels")
        assert levels[:2, 2:8].min() > 0
        assert levels[6:].sum() == 0
        assert levels.sum() / 255 * told["top"] * CELL_M**2 == pytest.approx(30, rel=0.05)
        assert told["elsewhere"] == 1
        assert page.get("/v1/insight/floor").json()["metrics"] == ["taps", "sales"]


def test_twice_the_passers_of_the_hour_before_are_a_difference(place: Town, page: Page) -> None:
    walks(place, minutes=range(-119, -60), tracks=1)
    walks(place, minutes=range(-59, 1), tracks=2)
    change = page.heat(metric="passing", period="1h", compare="before")["compare"]
    told = page.heat(metric="passing", period="1h")
    levels, marks = shaped(change, told, "levels"), shaped(change, told, "seen")
    assert change["unit"] == "tracks/m per hour seen"
    assert (levels[8, 4:12] > 128).all()
    assert set(marks[8, 4:12]) <= set(range(101))
    assert change["shown"] == (marks <= 100).sum() > 0
    assert set(levels[marks > 100]) == {128}
    assert told["compare"] is None


def test_the_same_hour_twice_is_no_difference(place: Town, page: Page) -> None:
    walks(place, minutes=range(-119, 1))
    change = page.heat(metric="stay", period="1h", compare="before")["compare"]
    assert change["shown"] == 0
    assert change["compared"] > 0
    assert change["basis"] == "tracks"
    assert SAME in shaped(change, page.heat(period="1h"), "seen")


def test_old_nodes_that_do_not_count_tracks_are_shown_by_their_cameras_people(place: Town, page: Page) -> None:
    tell(place, [*stays("tea", [9] * 6, at=NOON_MS - 5 * MINUTE), warm("cam-a", {(8, 8): 60_000}, at=NOON_MS - MINUTE)])
    told = page.heat(period="15m")
    assert told["watching"] == ["cam-a"]
    assert shaped(told, told, "levels")[8, 8] > 0
    assert page.heat(period="15m", compare="before")["compare"]["basis"] == "none"


def test_the_colours_stay_when_the_store_starts_again_and_until_somebody_refits_them(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        walks(place, ms=2_000)
        with looking(place) as page:
            top = page.heat(period="1h")["top"]
            place.clock.now_ms += 20 * MINUTE
            assert page.heat(period="1h")["top"] == top > 1
        with looking(place, page.cookie) as page:
            assert page.heat(period="1h")["top"] == top
            tell(place, [walked(NOON_MS + minute * MINUTE, row(20_000, 6)) for minute in range(10, 20)])
            higher = page.heat(period="1h")["top"]
            assert higher > top  # four weeks are not known yet
            with place.store.atomic() as connection:
                connection.execute("UPDATE heat_domains SET days = 28, top = 4.0")
            assert page.heat(period="1h", metric="stay", compare="before")["top"] == 4.0  # fixed
            page.get("/v1/insight/heat")
            form = {"metric": "stay", "period": "1h", "next": "/manage"}
            done = httpx.post(f"{page.site.url}/manage/scale", data=form, headers=dict(page.cookie))
            assert done.status_code == 303
            assert page.heat(period="1h")["top"] > 4.0


def test_a_past_day_is_drawn_on_the_plan_that_was_valid_then(place: Town, page: Page) -> None:
    walks(place, minutes=range(-26 * 60, -25 * 60))
    with place.store.atomic() as connection:
        wider = msgspec.structs.replace(plan(), version=2, width_m=12)
        plans.save(connection, wider, by="manager", note="", now_ms=NOON_MS - 60 * MINUTE)
    then, now = page.heat(period="yesterday"), page.heat(period="today")
    assert (then["plan_version"], then["columns"]) == (1, 32)
    assert (now["plan_version"], now["columns"]) == (2, 48)


@pytest.mark.parametrize("asked", ["period=3d", "metric=joy", "compare=never", "period=2026-13-40"])
def test_what_is_no_picture_is_refused(page: Page, asked: str) -> None:
    assert page.get(f"/v1/insight/heat?{asked}").status_code == 422


def test_sales_of_a_product_on_two_shelves_are_shared_between_them(tmp_path: Path) -> None:
    floor = plan()
    both = tuple(msgspec.structs.replace(shelf, products=(CAKE,)) for shelf in floor.shelves)
    with town(tmp_path, floor=msgspec.structs.replace(floor, shelves=both)) as place, looking(place) as page:
        for minute in range(-50, -30):
            place.sale(CAKE, at=NOON_MS + minute * MINUTE)
        told = page.heat(metric="sales", period="1h")
        levels = shaped(told, told, "levels").astype(float)
        assert levels[:, :16].sum() == pytest.approx(levels[:, 16:].sum(), rel=0.02)


def test_one_who_stands_still_in_a_young_store_does_not_set_its_colours(place: Town, page: Page) -> None:
    tell(place, [walked(NOON_MS + minute * MINUTE, {(8, 8): (60_000, 1)}) for minute in HOUR])
    assert page.heat(period="1h")["top"] == 40.0
    assert page.heat(period="15m")["top"] == 10.0
    walks(place, minutes=range(-120, -60), ms=20_000)  # many walk: now the floor tells what is usual
    assert Domains(place.store, SEOUL).top(Metric.STAY, 60, now_ms=NOON_MS + DAY) > 40.0


def test_a_year_of_a_store_of_one_day_is_drawn_in_that_days_colours(place: Town) -> None:
    walks(place, ms=2_000)
    domains, day = Domains(place.store, SEOUL), 1_440
    assert domains.top(Metric.STAY, 365 * day, now_ms=NOON_MS) == domains.top(Metric.STAY, day, now_ms=NOON_MS)
    week_later = domains.top(Metric.STAY, 365 * day, now_ms=NOON_MS + 6 * DAY)
    assert week_later == domains.top(Metric.STAY, 7 * day, now_ms=NOON_MS + 6 * DAY)
    assert week_later > domains.top(Metric.STAY, day, now_ms=NOON_MS + 6 * DAY)


def test_a_young_stores_colours_are_fitted_anew_each_day_and_an_old_ones_stay(place: Town) -> None:
    walks(place, ms=2_000)
    domains = Domains(place.store, SEOUL)

    def top(now_ms: int, *, days: int) -> float:
        with place.store.atomic() as connection:
            heat_domains.put(connection, "stay", 60, Domain(top=9_000, days=days, fitted_ms=NOON_MS))
        return domains.top(Metric.STAY, 60, now_ms=now_ms)

    usual = domains.top(Metric.STAY, 60, now_ms=NOON_MS)
    assert top(NOON_MS + 60 * MINUTE, days=3) == 9_000  # within a day it never falls
    assert top(NOON_MS + DAY, days=3) == usual < 9_000
    assert top(NOON_MS + DAY, days=28) == 9_000


def test_the_living_pictures_colours_fit_what_it_draws(place: Town) -> None:
    for y in (4, 11):
        tell(place, [walked(NOON_MS + minute * MINUTE, row(20_000, 6, y=y)) for minute in range(-14, 0)])
    desk = place.desk(bus_of_nobody())
    base = base_of(desk, Domains(desk.store, desk.zone))
    assert base is not None
    drawn = floor_only(smoothed(base.stay))
    assert base.top / 2.5 <= drawn.max() <= 1.1 * base.top

"""The pages of products and offers as a manager meets them."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cloud.manage.period import span_of
from cloud.store import campaigns
from cloud.web.language import Language
from cloud.web.manage import offers, products
from cloud.web.manage.counting import products_counted
from cloud.web.manage.devices import devices_router
from cloud.web.manage.offers import campaigns_router
from cloud.web.manage.products import products_router
from cloud.web.manage.quality import quality_router
from cloud.web.manage.shell import Here
from cloud.web.manage.view import Look
from cloud.web.manage.wording import Wording
from contract.plan import Title
from tests.cloud import trading
from tests.cloud.entered import cookie, entered, session
from tests.cloud.morning import CAKE, MINUTE, NOON_MS, TEA, Town, bus_of_nobody, plan, serving, town
from tests.cloud.offered import campaign

OFF_PLAN = "09520000000998"
WEEK = 7 * 24 * 60 * MINUTE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Today twelve taps of the tea and six of its sales, one sale of cakes; a week ago eight taps."""
    with town(tmp_path_factory.mktemp("products"), floor=plan()) as place:
        trading.stock_up(place)
        trading.run_campaigns(place)
        for number in range(12):
            place.phone_tap("tag-tea", at=NOON_MS - 60 * MINUTE + number * MINUTE)
        for number in range(6):
            place.sale(TEA, at=NOON_MS - 50 * MINUTE + number * MINUTE)
        place.sale(CAKE, at=NOON_MS - 40 * MINUTE)
        for number in range(8):
            place.phone_tap("tag-tea", at=NOON_MS - WEEK - 60 * MINUTE + number * MINUTE)
        yield place


@pytest.fixture(scope="module")
def manager(place: Town) -> Iterator[httpx.Client]:
    with (
        serving(place, products_router, campaigns_router, devices_router, quality_router) as site,
        entered(site, place.password) as client,
    ):
        yield client


def rows(page: str) -> list[list[str]]:
    """The table's rows as words."""
    found = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    cells = (re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in found)
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def test_the_most_tapped_product_stands_first_with_its_sales_inside(manager: httpx.Client) -> None:
    page = manager.get("/manage/products?lang=en").text
    tea, cake = rows(page)
    assert tea[0] == "1"
    assert tea[1].startswith("First flush &lt;b&gt; tea")
    assert tea[3:8] == ["12", "6", "50.0%", "6", "0"]
    assert tea[8] == "as before ="
    assert tea[9] == "0 tapped, but out"
    assert cake[3] == "–"  # nothing of it could be tapped
    assert cake[7] == "&lt;5 fewer than 5"
    assert "First flush <b>" not in page


def test_a_products_amount_is_never_parted_from_its_unit(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        trading.stock_up(place)
        with place.store.atomic() as connection:
            connection.execute("UPDATE products SET name_en = 'Green tea, 500 g' WHERE gtin = ?", (TEA,))
        with serving(place, products_router) as site, entered(site, place.password) as client:
            page = client.get("/manage/products?lang=en").text
    assert ">Green tea, 500\N{NO-BREAK SPACE}g<" in page


def test_a_quarter_of_an_hour_without_taps_says_so(manager: httpx.Client) -> None:
    page = manager.get("/manage/products?period=15m&compare=before&lang=en").text
    assert "Nothing was tapped or sold in this time." in page
    assert rows(page)[0][3] == "0"


def test_a_product_is_not_new_because_the_store_is(manager: httpx.Client) -> None:
    tea = rows(manager.get("/manage/products?period=2026-11-14&lang=en").text)[0]
    assert (tea[3], tea[8]) == ("8", "–")
    page = manager.get("/manage/products?period=28d&lang=en").text
    assert "Counting began on 2026-11-14." in page
    assert "8 of the 28 days" in page
    assert "Counting began" not in manager.get("/manage/products?period=7d&lang=en").text


def test_a_category_shows_its_products_alone_and_stays_in_the_address(manager: httpx.Client) -> None:
    page = manager.get("/manage/products?category=cakes&sort=name&way=up&lang=en").text
    assert [row[1].split()[0] for row in rows(page)] == ["Yakgwa"]
    assert 'aria-sort="ascending"' in page
    assert "category=cakes" in page.partition("<thead>")[2].partition("</thead>")[0]
    assert "Nothing in this category" in manager.get("/manage/products?category=none&lang=en").text


def test_a_category_stands_there_by_its_title_where_the_store_has_given_one(place: Town) -> None:
    titles = {"cakes": Title(ko="과자", en="Cakes & sweets")}
    with (
        serving(place, lambda desk: products_router(replace(desk, categories=titles))) as site,
        entered(site, place.password) as client,
    ):
        korean, english = (client.get(f"/manage/products?lang={lang}").text for lang in ("ko", "en"))
    assert "과자 · " in rows(korean)[1][1]
    assert "Cakes &amp; sweets · " in rows(english)[1][1]
    chips = english.partition('class="chips"')[2].partition("</nav>")[0]
    assert re.findall(r"category=(\w+)[^>]*>([^<]+)<", chips) == [("cakes", "Cakes &amp; sweets"), ("tea", "tea")]


def test_a_stock_below_nothing_asks_to_be_counted_anew(tmp_path: Path) -> None:
    with town(tmp_path, floor=plan()) as place:
        trading.stock_up(place)
        for number in range(7):  # of which the store counts six
            place.sale(TEA, at=NOON_MS - number * MINUTE)
        with serving(place, products_router) as site:
            page = httpx.get(f"{site.url}/manage/products?lang=en", headers=cookie(session(site, place.password))).text
    assert "−1 count anew" in [row[9] for row in rows(page)]


@pytest.mark.parametrize("query", ["sort=nonsense", "sort=taps&way=sideways", "period=never", "category=" + "x" * 99])
def test_an_address_that_nobody_understands_still_opens_the_page(manager: httpx.Client, query: str) -> None:
    assert manager.get(f"/manage/products?{query}").status_code == 200


def test_sales_off_the_plan_are_read_only_where_they_are_shown(place: Town) -> None:
    desk = place.desk(bus_of_nobody())
    now_ms = place.clock.now_ms
    span = span_of("today", now_ms=now_ms, zone=desk.zone)
    asked: list[str] = []
    with place.store.reading() as connection:
        connection.set_trace_callback(asked.append)
        shown = products_counted(connection, span, [OFF_PLAN], now_ms=now_ms)[OFF_PLAN]
        read = [query for query in asked if "sum(lines)" in query]
        asked.clear()
        left_out = products_counted(connection, span, [OFF_PLAN], now_ms=now_ms, off_plan=False)[OFF_PLAN]
        connection.set_trace_callback(None)
    assert (shown.sales, left_out.sales) == (0, None)
    assert read
    assert not [query for query in asked if "sum(lines)" in query]


def test_the_page_asks_once_for_sales_off_the_plan_and_the_floors_page_never(place: Town) -> None:
    desk = place.desk(bus_of_nobody())
    asked: list[str] = []
    with place.store.reading() as connection:  # lent again to whoever reads next
        connection.set_trace_callback(asked.append)
    counts: list[int] = []
    for off_plan in (True, False):
        asked.clear()
        products.gather(desk, Look(period="15m"), Language.EN, off_plan=off_plan)
        counts.append(sum("sum(lines)" in query for query in asked))
    asked.clear()
    products.part(desk, Look(period="15m"), Language.EN)
    assert asked
    assert not [query for query in asked if "sum(lines)" in query]
    with place.store.reading() as connection:
        connection.set_trace_callback(None)
    assert counts == [1, 0]


def test_the_floors_page_gets_seven_at_most(place: Town) -> None:
    values = products.part(place.desk(bus_of_nobody()), Look(), Language.EN)
    top = values["top_products"]
    assert [row.ranked.gtin for row in top] == [TEA]  # type: ignore[attr-defined]  # cakes have no rank


def test_a_known_effect_is_told_and_an_unknown_one_says_that_it_is(manager: httpx.Client) -> None:
    page = manager.get("/manage/offers?lang=en").text
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "+16.0 points" in words
    assert words.count("not known yet") >= 3
    assert "Of one more campaign too few people are known." in words
    assert words.count("Something is said from 30 people in each group.") == 1
    assert re.search(r"With about [0-9,]+ people more", words)
    assert words.index("Hojicha tasting") < words.index("15 % off first flush")  # it stopped by itself


def test_an_intervals_point_lies_between_its_ends_and_zero_where_the_axis_says(manager: httpx.Client) -> None:
    page = manager.get("/manage/offers?lang=en").text
    drawings = re.findall(r'<svg class="interval (\w+)"(.*?)</svg>', page, re.DOTALL)
    assert len(drawings) == 4 + 1  # of the fifth too few people are known
    for verdict, drawing in drawings[:4]:
        zero = float(re.findall(r'class="zero" x1="([0-9.]+)%', drawing)[0])
        ((low, high),) = [
            (float(low), float(high))
            for low, high in re.findall(r'class="span" x1="([0-9.]+)%" x2="([0-9.]+)%', drawing)
        ]
        (point,) = map(float, re.findall(r'<circle cx="([0-9.]+)%', drawing))
        assert low < point < high
        assert (low <= zero <= high) == (verdict == "unknown")


def test_what_few_said_is_withheld(manager: httpx.Client) -> None:
    page = manager.get("/manage/offers?lang=en").text
    card = page.partition('id="tasting"')[2].partition("</section>")[0]
    assert "fewer than 5 people" in card  # one opt-out of 410
    assert "25.0" in page  # sixty "not now" of 2,400


def test_old_addresses_of_campaigns_lead_here(manager: httpx.Client) -> None:
    answer = manager.get("/manage/campaigns?lang=ko")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/manage/offers?lang=ko"


def test_what_stopped_stands_first_and_the_axis_holds_every_interval(place: Town) -> None:
    desk = place.desk(bus_of_nobody())
    rows = offers.gather(desk, Language.KO)
    assert [row.standing.value for row in rows][:2] == ["harmed", "running"]
    assert rows[1].title == "우전 15% 쿠폰"
    luck = random.Random(3)
    axis = offers.axis(rows)
    for _ in range(50):
        share = luck.uniform(-2, 2)
        assert 0 <= float(axis.x(share).rstrip("%")) <= 100
    assert 0.0 in axis.ticks
    assert axis.limit >= 0.1


def test_programs_read_the_same_figures(manager: httpx.Client) -> None:
    tea, cake = manager.get("/v1/insight/products?lang=en").json()
    assert (tea["ranked"]["rank"], tea["ranked"]["taps"]["value"], tea["ranked"]["paid"]["value"]) == (1, 12, 6)
    assert cake["ranked"]["plain"] == {"state": "few", "value": None}
    effects = {it["campaign"]: it["effect"] for it in manager.get("/v1/insight/offers").json()}
    assert effects["coupon"]["verdict"] == "more"
    assert effects["coupon"]["interval"]["low"] > 0
    assert effects["welcome"]["interval"] is None
    assert manager.get("/v1/insight/quality?period=7d").json()["all"]["repeated"] == 0
    assert manager.get("/v1/insight/products?period=never").status_code == 422


@pytest.mark.parametrize("language", Language)
def test_the_parts_of_the_floors_page_stand_by_themselves(place: Town, language: Language) -> None:
    desk = place.desk(bus_of_nobody())
    values = {
        "here": Here("/manage", (("lang", str(language)), ("sort", "name"))),
        "w": Wording(korean=language is Language.KO, zone=desk.zone, k=desk.k),
        **products.part(desk, Look(), language),
        **offers.part(desk, language),
    }
    top = desk.pages.render("manage/part_products.html", language, values)
    assert "First flush &lt;b&gt;" in top
    assert f'href="/manage/products?lang={language}"' in top
    done = desk.pages.render("manage/part_offers.html", language, values)
    assert done.count('class="interval ') == 4 + 1


def test_where_no_effect_is_known_a_line_says_so_and_no_empty_axis_is_drawn(tmp_path: Path) -> None:
    with town(tmp_path) as place:
        with place.store.atomic() as connection:
            campaigns.add(connection, campaign("young", words="young", gtins=(TEA,)), place.clock.now_ms)
        desk = place.desk(bus_of_nobody())
        assert [row.shown for row in offers.gather(desk, Language.EN)] == [0]  # nothing to withhold
        wording = Wording(korean=False, zone=desk.zone, k=desk.k)
        values = {"here": Here("/manage", ()), "w": wording, **offers.part(desk, Language.EN)}
        part = desk.pages.render("manage/part_offers.html", Language.EN, values)
    assert "No campaign has been seen by enough people yet." in part
    assert "too few people" in part
    assert "<svg" not in part

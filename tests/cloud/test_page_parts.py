"""What a product's page tells beyond its name: sizes, neighbours, marks for machines, lists, comparisons, search."""

import gzip
import html
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.catalogue import CsvError, parse_products
from cloud.store import catalogue, wishes
from cloud.web.pages import HERE
from cloud.web.shop.packing import Form, pack
from cloud.web.shop.sheet import Level, Sheets
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, GONE, TEA
from tests.cloud.stocked import BARLEY, HONEY, TEA_50, TEA_200, YUJA, serving, shelf

HEAD = "gtin,name_ko,name_en,price_krw,list_price_krw,category,variant_group,size_ko,size_en,alternatives\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as (site, _):
        yield site


@pytest.fixture
def phone(site: Served) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


def test_a_product_s_own_picture_comes_first_and_its_neighbours_when_they_are_scrolled_to(phone: httpx.Client) -> None:
    text = phone.get(f"/01/{TEA}", params={"lang": "en"}).text
    own, *others = re.findall(r"<img [^>]*>", text)
    assert 'fetchpriority="high"' in own
    assert "loading" not in own
    assert others
    assert all('loading="lazy"' in other for other in others)


def page(client: httpx.Client, gtin: str = TEA, **query: str) -> str:
    return html.unescape(client.get(f"/01/{gtin}", params={"lang": "en", **query}).text)


def test_the_new_columns_are_read_and_an_old_file_stays_as_it_was() -> None:
    (product,) = parse_products(HEAD + f"{TEA},차,Tea,900,1000,tea,flush,100 g,100 g,{CAKE} {YUJA}\n")

    assert (product.list_price, product.reduced, product.category, product.group) == (1000, 10, "tea", "flush")
    assert (product.size["en"], product.alternatives) == ("100 g", (CAKE, YUJA))
    (old,) = parse_products(f"gtin,name_ko,name_en,price_krw\n{TEA},차,Tea,900\n")
    assert (old.list_price, old.reduced, old.category, old.alternatives) == (None, 0, "", ())


@pytest.mark.parametrize(
    ("cells", "words"),
    [("900,800,,,,,", "list_price_krw: '800'"), ("900,,Tea!,,,,", "category"), ("900,,,,,,123", "alternatives")],
)
def test_what_is_wrong_in_a_new_column_is_named(cells: str, words: str) -> None:
    with pytest.raises(CsvError, match="^line 2, " + re.escape(words)):
        parse_products(HEAD + f"{TEA},차,Tea,{cells}\n")


def test_a_price_that_is_reduced_for_all_stands_beside_the_one_before(phone: httpx.Client) -> None:
    assert "<s>₩15,000</s>" in page(phone)
    assert "15%" in page(phone)
    assert "<s>" not in page(phone, BARLEY).partition('<nav class="sizes"')[0].partition('<div class="rail"')[0]


def test_each_size_is_a_link_with_its_own_price_and_stock(phone: httpx.Client) -> None:
    sizes = page(phone).partition('class="sizes"')[2].partition("</nav>")[0]

    assert [gtin for gtin in (TEA_50, TEA, TEA_200) if f"/01/{gtin}?" in sizes] == [TEA_50, TEA, TEA_200]
    assert sizes.count('aria-current="page"') == 1
    for words in ("50\N{NO-BREAK SPACE}g", "₩6,900", "Sold out", "In stock", "₩23,000", "Almost gone"):
        assert words in sizes


def test_what_is_there_comes_before_what_is_sold_out(site: Served, phone: httpx.Client) -> None:
    def others(gtin: str) -> list[str]:
        return re.findall(r'<div><a href="/01/([0-9]{14})', page(phone, gtin).partition('id="others"')[2])

    assert others(CAKE) == [YUJA, HONEY]
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 0 WHERE gtin = ?", (YUJA,))
    assert others(CAKE) == [HONEY, YUJA]
    assert set(others(TEA)) == {BARLEY, YUJA}
    assert others(TEA)[0] == BARLEY


def test_search_engines_read_the_same_as_people(phone: httpx.Client) -> None:
    answer = phone.get(f"/01/{TEA}?lang=en&t=tag-tea")
    told = json.loads(re.search(r'ld\+json">(.*?)</script>', answer.text)[1])  # type: ignore[index]  # it is there

    base = str(phone.base_url).rstrip("/")
    assert told["@type"] == "Product"
    assert told["gtin14"] == TEA
    assert told["image"].startswith(f"{base}/picture/")
    assert told["offers"]["price"] == 12_800
    assert told["offers"]["priceCurrency"] == "KRW"
    assert told["offers"]["availability"] == "https://schema.org/InStock"
    assert told["offers"]["priceSpecification"]["price"] == 15_000
    assert told["aggregateRating"]["ratingCount"] == 25
    assert told["aggregateRating"]["ratingValue"] == 4.4
    assert f'<link rel="canonical" href="{base}/01/{TEA}">' in answer.text
    for language in ("ko", "en"):
        assert f'hreflang="{language}" href="{base}/01/{TEA}?lang={language}"' in answer.text
    assert f'property="og:image" content="{base}/picture/' in answer.text
    assert f"{base}/01/{TEA}?linkType=linkset" in answer.headers["link"]
    assert "OutOfStock" in phone.get(f"/01/{CAKE}").text


def test_what_is_no_longer_sold_leads_to_what_is(phone: httpx.Client) -> None:
    answer = phone.get(f"/01/{GONE}?lang=en")

    assert answer.status_code == 410
    assert f"/01/{BARLEY}?" in answer.text
    assert 'role="search"' in answer.text
    told = phone.get(f"/01/{GONE}?linkType=linkset")
    assert told.status_code == 410
    assert told.json()["linkset"][0]["anchor"].endswith(GONE)


def test_a_code_that_anybody_can_open_is_said_to_earn_nothing(site: Served, phone: httpx.Client) -> None:
    assert "no points for it" in page(phone, CAKE, t="tag-cake")
    assert "no points for it" not in page(phone, CAKE)
    assert "no points for it" not in html.unescape(phone.get(site.tap(phone) + "&lang=en").text)


def test_search_finds_each_word_anywhere_and_says_when_there_is_nothing(phone: httpx.Client) -> None:
    found = phone.get("/", params={"q": "BARLEY tea", "lang": "en"}).text
    assert f"/01/{BARLEY}?" in found
    assert f"/01/{HONEY}?" not in found
    assert "Nothing found" in phone.get("/", params={"q": "barley honey", "lang": "en"}).text
    assert f"/01/{HONEY}?" in phone.get("/", params={"q": HONEY}).text


def test_a_wish_begins_a_profile_and_agrees_to_nothing(site: Served, phone: httpx.Client) -> None:
    answer = phone.post("/me/wish", data={"gtin": TEA, "lang": "en"})

    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].partition(";")[0]
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM consents").fetchone() == (0,)
        assert [wish.gtin for wish in wishes.listed(connection, 1)] == [TEA]
    with site.client(cookie) as known:
        assert 'name="on" value="0"' in known.get(f"/01/{TEA}").text
        assert "set-cookie" not in known.post("/me/wish", data={"gtin": TEA, "on": "0"}).headers
        assert 'name="on" value="0"' not in known.get(f"/01/{TEA}").text
        assert known.post("/me/wish", data={"gtin": "09506000134352"}).status_code == 404


@pytest.mark.parametrize(
    ("language", "keep", "take_off"),
    [("en", "Keep on my list", "On my list: take it off"), ("ko", "내 목록에 담기", "내 목록에 있음: 빼기")],
)
def test_the_heart_says_what_a_press_does_now_and_is_no_switch_that_says_so_twice(
    site: Served, phone: httpx.Client, language: str, keep: str, take_off: str
) -> None:
    def heart(client: httpx.Client) -> str:
        told = client.get(f"/01/{TEA}", params={"lang": language}).text
        return told.partition('action="/me/wish"')[2].partition("</form>")[0]

    answer = phone.post("/me/wish", data={"gtin": TEA})
    with site.client(answer.headers["set-cookie"].partition(";")[0]) as known, site.client() as stranger:
        assert take_off in heart(known)
        assert keep in heart(stranger)
        assert "aria-pressed" not in heart(known) + heart(stranger)


def test_each_moment_of_a_phones_page_is_written_for_machines_by_the_stores_clock(site: Served) -> None:
    with site.client(site.enrol("history")) as known:
        site.tap(known)
        moments = re.findall(r"<time([^>]*)>", known.get("/me").text)
    assert set(moments) == {' datetime="2026-11-21T12:00+09:00"'}


def test_no_page_tells_a_time_to_people_alone() -> None:
    told = {
        (path.name, attributes)
        for path in (HERE / "templates").rglob("*.html")
        for attributes in re.findall(r"<time\b((?:\{\{.*?\}\}|[^>])*)>", path.read_text("utf-8"))
    }
    assert len(told) > 8
    assert {each for each in told if ' datetime="{{ ' not in each[1]} == set()


def test_korean_on_an_english_page_is_marked_for_those_who_hear_it(phone: httpx.Client) -> None:
    privacy = phone.get("/privacy", params={"lang": "en"}).text
    assert 'begins with “<span lang="ko">(광고)</span>”' in privacy
    assert '<span lang="ko">' not in phone.get("/privacy", params={"lang": "ko"}).text


def test_a_list_has_an_end(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        with site.shop.store.atomic() as connection:
            for number in range(wishes.MOST):
                assert wishes.add(connection, profile=1, person=1, gtin=f"{number:014}", at_ms=number)
        assert "told=full" in client.post("/me/wish", data={"gtin": TEA}).headers["location"]


def test_nothing_is_kept_by_reading(site: Served, phone: httpx.Client) -> None:
    for path in (f"/01/{TEA}", f"/01/{CAKE}", "/me/wishlist", f"/compare?a={TEA}&b={CAKE}", f"/01/{TEA}/reviews"):
        assert "set-cookie" not in phone.get(path).headers
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM profiles").fetchone() == (0,)


def test_the_product_before_is_offered_for_comparison(site: Served, phone: httpx.Client) -> None:
    link = f"/compare?a={CAKE}&b={TEA}&lang=en"
    assert link in page(phone, CAKE, **{"from": TEA})
    assert "/compare?a=" not in page(phone, CAKE).partition('id="facts"')[0].partition('id="others"')[0]
    with site.client(site.enrol("history")) as known:
        known.get(site.tap(known))
        assert link in page(known, CAKE)
    with site.client(site.enrol("card")) as forgetful:
        forgetful.get(site.tap(forgetful))
        assert link not in page(forgetful, CAKE)


def test_two_products_stand_side_by_side(phone: httpx.Client) -> None:
    shown = html.unescape(phone.get(f"/compare?a={TEA}&b={YUJA}&lang=en").text)
    for words in ("₩12,800", "₩9,800", "24 in store", "31 in store", "4.4", "better"):
        assert words in shown
    for wrong, status in ((f"a={TEA}", 400), (f"a={TEA}&b=1", 400), (f"a={TEA}&b={TEA}", 400)):
        assert phone.get(f"/compare?{wrong}").status_code == status
    assert phone.get(f"/compare?a={TEA}&b=09506000134352").status_code == 404


def test_a_prepared_page_is_never_older_than_what_it_shows(site: Served, phone: httpx.Client) -> None:
    tea = shelf()[0]
    assert "24 in store" in page(phone)
    with site.shop.store.atomic() as connection:
        catalogue.take_stock(connection, TEA, 1)
    assert "23 in store" in page(phone)
    with site.shop.store.atomic() as connection:
        catalogue.put_products(connection, [replace(tea, price=9_999)])
    assert "₩9,999" in page(phone)
    with site.shop.store.atomic() as connection:
        catalogue.put_picture(connection, "green-tea.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        digest = catalogue.picture_digest(connection, "green-tea.svg")
    assert f"/picture/{digest}" in page(phone)
    # A neighbour's level shows here too.
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 0 WHERE gtin = ?", (TEA_200,))
    assert page(phone).partition('class="sizes"')[2].partition("</nav>")[0].count("Sold out") == 2


def test_two_visits_get_the_same_page_with_their_own_tokens(site: Served, phone: httpx.Client) -> None:
    first, second = site.tap(phone), site.tap(phone)
    bodies = [phone.get(link).text for link in (first, second, first)]
    tokens = [link.partition("visit=")[2].partition("&")[0] for link in (first, second)]

    assert tokens[0] in bodies[0]
    assert tokens[1] not in bodies[0]
    assert tokens[0] not in bodies[1]
    assert bodies[0] == bodies[2]
    assert bodies[0].replace(tokens[0], "") == bodies[1].replace(tokens[1], "")
    site.shop.clock.now_ms += 16 * 60_000
    assert "Genuine tag" not in phone.get(first + "&lang=en").text


def test_a_sheet_is_gathered_once_until_something_moves(site: Served) -> None:
    sheets = Sheets()
    with site.shop.store.reading() as connection:
        first = sheets.of(connection, TEA)
        assert first is sheets.of(connection, TEA)
        assert sheets.of(connection, "09506000134352") is None
    assert first is not None
    assert first.level is Level.PLENTY
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 0 WHERE gtin = ?", (CAKE,))
        assert sheets.of(connection, TEA) is first
        connection.execute("UPDATE stock SET store = 6 WHERE gtin = ?", (CAKE,))
        assert sheets.of(connection, TEA) is not first


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["<style>a{}</style>", "<style>한국</style>", "none", ""]),
            st.text(max_size=300),
            st.sampled_from(["<script>a()</script>", "<script>'한국'</script><script>b()", "none", ""]),
        ),
        max_size=6,
    )
)
def test_whatever_is_packed_comes_out_the_same(pieces: list[tuple[str, str, str]]) -> None:
    for beginning, rest, ending in pieces:
        page = beginning + rest.encode("utf-8", "replace").decode() + ending
        assert gzip.decompress(pack(page)).decode() == page


def test_the_script_that_pages_end_with_is_compressed_once_for_all_of_them() -> None:
    script = f"<script>{random.Random(7).randbytes(500).hex()}</script>"
    pages = [pack(f"<style>a{{}}</style>{own}{script}") for own in ("<p>12,800", "<p>a shopper's own")]

    # 500 bytes told in hexadecimals are no less than 500 bytes; behind them each page has its own check and length.
    first, second = (page[-408:-8] for page in pages)
    assert first == second


MARK = "~" * 22
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=len(MARK), max_size=len(MARK))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet='<ab=" 한국\0\n', max_size=400), min_size=1, max_size=6), WORDS, WORDS)
def test_a_form_holds_the_word_that_was_filled_in_and_no_other(pieces: list[str], first: str, second: str) -> None:
    form = Form(MARK.join(pieces), MARK)
    for word in (first, second, "a" * len(MARK)):
        page = word.join(pieces).replace("\0", "\N{REPLACEMENT CHARACTER}")
        assert gzip.decompress(form.packed(word)).decode() == page
        assert form.plain(word).decode() == page


@pytest.mark.parametrize("word", ["", "a" * 21, "a" * 23, "한" * 22])
def test_a_word_of_another_size_is_refused(word: str) -> None:
    form = Form(f"a{MARK}b", MARK)
    with pytest.raises(ValueError, match="22 of ASCII"):
        form.packed(word)
    with pytest.raises(ValueError, match="22 of ASCII"):
        form.plain(word)


def test_what_is_sold_out_promises_no_points_for_buying_it(site: Served, phone: httpx.Client) -> None:
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 0 WHERE gtin = ?", (CAKE,))
    assert "Buy it and earn" not in page(phone, CAKE)
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 3 WHERE gtin = ?", (CAKE,))
    assert "Buy it and earn 89 points" in page(phone, CAKE)


def test_many_points_are_written_as_other_numbers_are(site: Served, phone: httpx.Client) -> None:
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE products SET price = 1234500 WHERE gtin = ?", (YUJA,))
    assert "Buy it and earn 12,345 points" in page(phone, YUJA)
    assert "12,345포인트" in page(phone, YUJA, lang="ko")


def test_a_product_without_a_brand_has_no_empty_line_for_it(phone: httpx.Client) -> None:
    empty = '<span class="small"></span><br>'
    assert "Jirisan" in phone.get("/?lang=en").text
    assert empty not in phone.get("/?lang=en").text
    assert empty not in phone.get(f"/compare?a={HONEY}&b={TEA}&lang=en").text

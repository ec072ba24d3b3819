import gzip
import html
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest

from cloud.shop.catalogue import Product, Tag, TagMode, Words
from cloud.shop.tag_keys import TagKeys
from cloud.store import catalogue
from cloud.sun import diversified
from cloud.sun.aes import cmac, encrypt_blocks
from cloud.web.language import Language
from cloud.web.pages import Pages
from tests.cloud.served import Served, served
from tests.cloud.shop import CAKE, GONE, KEYS, NOON_MS, TEA, UID, Chip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, frame_ancestors=("http://localhost:9",)) as site:
        yield site


@pytest.fixture
def phone(site: Served) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


def rows(site: Served, question: str) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question).fetchall()


def test_the_page_is_useful_without_script_or_cookie(phone: httpx.Client) -> None:
    answer = phone.get(f"/01/{TEA}", headers={"accept-language": "ko"})

    assert answer.status_code == 200
    for words in ("제주 유기농 녹차 우전 100 g", "12,800원", "100 g당", "매장에 24개", "원산지 제주", "개성 약과"):
        assert words in answer.text
    assert "<script>" not in answer.text
    assert "set-cookie" not in answer.headers


def test_at_its_shelf_the_page_says_what_is_left_there(phone: httpx.Client) -> None:
    page = phone.get(f"/01/{TEA}?t=tag-tea&lang=ko").text

    assert "이 선반에 7개 · 매장 전체 24개" in page
    assert "차 벽면" in page


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_page_fits_into_one_round_trip(site: Served, language: str, encoding: str) -> None:
    cookie = site.enrol("history", "offers", "card")
    with site.client(cookie) as client:
        body = client.get(f"/01/{TEA}?t=tag-tea&lang={language}").content

    packed = gzip.compress(body, 6) if encoding == "gzip" else brotli.compress(body, quality=5)
    assert len(packed) <= 11_000
    scripts = re.findall(rb"<script>(.*?)</script>", body, re.DOTALL)
    assert len(scripts) == 1
    assert len(gzip.compress(scripts[0])) <= 3_000


@pytest.mark.parametrize(
    ("timezone", "clock", "instant", "iso_day"),
    [
        ("Asia/Seoul", "21 Nov 12:00", "2026-11-21T12:00+09:00", "2026-11-21"),
        ("Europe/Berlin", "21 Nov 04:00", "2026-11-21T04:00+01:00", "2026-11-21"),
        ("Pacific/Pago_Pago", "20 Nov 16:00", "2026-11-20T16:00-11:00", "2026-11-20"),
    ],
)
def test_moments_are_told_by_the_stores_own_clock(timezone: str, clock: str, instant: str, iso_day: str) -> None:
    filters = Pages(timezone=timezone)._filters(Language.EN)
    assert [filters[name](NOON_MS) for name in ("clock", "instant", "iso_day")] == [clock, instant, iso_day]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('_("%(all)s in store", all=many)', "매장에 &lt;b&gt;개"),
        ('_("Genuine tag")', "확인된 태그"),
        ('_("%(points)s, good through", points=_("Genuine tag"))', "확인된 태그, 사용 기한"),
        ('{"a": _("%(all)s in store", all=3)}["a"]', "매장에 3개"),
    ],
)
def test_a_value_in_a_sentence_is_escaped_and_the_sentence_is_in_the_pages_language(words: str, told: str) -> None:
    environment = Pages(timezone="Asia/Seoul")._environments[Language.KO]
    assert environment.from_string("{{ " + words + " }}").render(many="<b>") == told


def test_the_language_is_the_links_or_else_the_browsers(phone: httpx.Client) -> None:
    english = {"accept-language": "de;q=0.9, en;q=0.8, ko;q=0.1"}

    assert "Goes well with" in phone.get(f"/01/{TEA}", headers=english).text
    assert "함께하면 좋은 제품" in phone.get(f"/01/{TEA}?lang=ko", headers=english).text
    assert '<html lang="ko">' in phone.get(f"/01/{TEA}", headers={"accept-language": "fr"}).text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/01/09520000000012", 400, "check digit"),
        ("/01/123", 400, "14 are allowed"),
        (f"/01/{TEA}/21/1/10/2", 400, "order"),
        (f"/01/{TEA}?10=ABC", 400, "belongs in the path"),
        ("/01/09506000134352", 404, "We do not know this product"),
        (f"/01/{GONE}", 410, "No longer on sale"),
        ("/nowhere", 404, "Nothing here"),
    ],
)
def test_a_wrong_link_is_answered_with_help(phone: httpx.Client, path: str, status: int, words: str) -> None:
    answer = phone.get(path, headers={"accept-language": "en"})

    assert answer.status_code == status
    assert words in html.unescape(answer.text)
    assert "Look around the store" in answer.text


def test_qualifiers_lead_to_the_same_product(phone: httpx.Client) -> None:
    assert phone.get(f"/01/{TEA}/10/LOT%2F1/21/S1?17=271031").status_code == 200


def test_machines_get_a_linkset(phone: httpx.Client) -> None:
    for answer in (
        phone.get(f"/01/{TEA}?linkType=linkset"),
        phone.get(f"/01/{TEA}", headers={"accept": "application/linkset+json"}),
    ):
        assert answer.headers["content-type"] == "application/linkset+json"
        (context,) = answer.json()["linkset"]
        assert context["anchor"].endswith(f"/01/{TEA}")
        assert {link["hreflang"][0] for link in context["https://ref.gs1.org/voc/pip"]} == {"ko", "en"}


def test_a_signed_tap_is_redirected_to_a_link_without_its_code(site: Served, phone: httpx.Client) -> None:
    location = site.tap(phone)

    assert not re.search("cmac|picc|enc", location)
    page = phone.get(location)
    assert page.status_code == 200
    assert "확인된 태그" in page.text
    assert rows(site, "SELECT signed, counter, profile FROM visits") == [(1, 1, None)]


def test_the_clean_page_can_be_read_again_and_then_expires(site: Served, phone: httpx.Client) -> None:
    location = site.tap(phone)

    assert all("확인된 태그" in phone.get(location).text for _ in range(3))
    site.shop.clock.now_ms += 15 * 60_000
    assert "다시 대 주세요" in phone.get(location).text
    assert rows(site, "SELECT count(*) FROM visits") == [(1,)]


def test_a_visit_is_of_its_product_alone(site: Served, phone: httpx.Client) -> None:
    visit = site.tap(phone).partition("visit=")[2]

    assert "확인된 태그" not in phone.get(f"/01/{CAKE}?visit={visit}").text


def bad_taps(site: Served) -> dict[str, str]:
    """Links that must not be believed, by what is wrong with them."""
    chip = site.shop.chip
    old = chip.query()
    good = chip.query()
    wrong = Chip(keys=TagKeys(meta_read=KEYS.meta_read, file_master=bytes(16)), counter=50)
    other = Chip(uid=bytes.fromhex("04998877665544"), counter=60)
    last = "0" if good[-1] != "0" else "1"
    return {
        "forged mac": good[:-1] + last,
        "wrong key": wrong.query(),
        "another chip": other.query(),
        "another tag's name": good.replace("tag-tea", "tag-cake"),
        "unknown tag": good.replace("tag-tea", "tag-nix"),
        "no tag": good.partition("&")[2],
        "truncated": good[:-2],
        "not hex": good[:-1] + "Z",
        "no picc": "t=tag-tea&cmac=" + good.partition("cmac=")[2],
        "doubled": good + "&cmac=" + good.partition("cmac=")[2],
        "doubled tag": good + "&t=tag-tea",
        "file data that is none": good.replace("&cmac", "&enc=00&cmac"),
        "older": old,
    }


def test_no_bad_tap_is_believed_and_all_get_the_same_page(site: Served, phone: httpx.Client) -> None:
    links = bad_taps(site)
    fresh = site.shop.chip.query()
    assert phone.get(f"/01/{TEA}?{fresh}").status_code == 303

    answers = {what: phone.get(f"/01/{TEA}?{query}") for what, query in {**links, "replayed": fresh}.items()}

    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 403)
    bodies = {re.sub(r'nonce="[^"]*"|href="/01/[^"]*lang=en"', "", answer.text) for answer in answers.values()}
    assert len(bodies) == 1
    assert rows(site, "SELECT count(*) FROM visits") == [(1,)]
    assert rows(site, "SELECT sum(taps) FROM refused_tap_sums WHERE span_ms = 60000") == [(len(answers),)]


def test_a_tag_of_another_product_is_not_believed(site: Served, phone: httpx.Client) -> None:
    assert phone.get(f"/01/{CAKE}?{site.shop.chip.query()}").status_code == 403


def test_of_64_racing_requests_one_wins(site: Served) -> None:
    link = f"{site.base}/01/{TEA}?{site.shop.chip.query()}"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: httpx.get(link, timeout=30).status_code, range(64)))

    assert sorted(answers) == [303] + [403] * 63
    assert rows(site, "SELECT count(*) FROM visits") == [(1,)]


def test_of_64_racing_threads_one_spends_the_counter(site: Served) -> None:
    def spend(_: int) -> bool:
        with site.shop.store.atomic() as connection:
            return catalogue.spend(connection, tag_id="tag-tea", uid=UID, counter=7)

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(spend, range(64))) == 1


def test_a_guess_at_the_next_page_spends_nothing(site: Served, phone: httpx.Client) -> None:
    link = f"/01/{TEA}?{site.shop.chip.query()}"

    assert phone.head(link).status_code == 503
    assert phone.get(link, headers={"sec-purpose": "prefetch;prerender"}).status_code == 503
    assert phone.get(link).status_code == 303


def test_a_tag_with_file_data_is_believed(phone: httpx.Client) -> None:
    count = (9).to_bytes(3, "little")
    picc = encrypt_blocks(KEYS.meta_read, b"\xc7" + UID + count + bytes(5)).hex()
    session = cmac(diversified(KEYS.file_master, UID), b"\x3c\xc3\x00\x01\x00\x80" + UID + count)
    mac = cmac(session, b"AB" * 16 + b"&cmac=")[1::2].hex()

    assert phone.get(f"/01/{TEA}?t=tag-tea&picc={picc}&enc={'ab' * 16}&cmac={mac}").status_code == 303


def test_an_unsigned_tap_shows_the_page_counts_as_such_and_earns_nothing(site: Served, phone: httpx.Client) -> None:
    page = phone.get(f"/01/{CAKE}?t=tag-cake")

    assert page.status_code == 200
    assert "/me/begin" not in page.text
    phone.get(f"/01/{CAKE}?t=tag-of-nobody")
    assert rows(site, "SELECT tag, signed FROM visits") == [("tag-cake", 0)]
    assert rows(site, "SELECT signed, unsigned FROM phone_tap_sums WHERE span_ms = 3600000") == [(0, 1)]


def test_every_answer_is_guarded(phone: httpx.Client) -> None:
    for path in ("/", f"/01/{TEA}", "/01/1", "/me", "/nowhere", "/privacy"):
        headers = phone.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'self' http://localhost:9" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in phone.get("/manage/x").headers["content-security-policy"]


def test_the_log_holds_no_query(site: Served, phone: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    location = site.tap(phone)
    phone.get(location)
    phone.get("/a%0Ab")

    written = "\n".join(record.getMessage() for record in caplog.records if record.name == "aisle.access")
    assert f"GET /01/{TEA} 303" in written
    assert not re.search("cmac|picc|visit", written)
    assert "/a\\nb" in written


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "</script><script>alert(1)</script>",
    "' onmouseover=alert(1) x='",
    "\u202egnp.exe",
)


@pytest.mark.parametrize("payload", HOSTILE)
def test_whatever_a_product_is_called_is_text(site: Served, phone: httpx.Client, payload: str) -> None:
    words = Words(ko=payload, en=payload)
    evil = Product(
        gtin=TEA, name=words, brand=words, line=words, price=1, unit=words, unit_price=1, facts=words, offer=words
    )
    with site.shop.store.atomic() as connection:
        catalogue.put_products(connection, (evil,))

    for path in (f"/01/{TEA}", "/"):
        text = phone.get(path).text
        assert "<script>alert" not in text
        assert "' onmouseover" not in text
        assert "onerror=alert(1)>" not in text
        assert "49" not in text.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize("payload", HOSTILE)
def test_whatever_a_link_holds_is_text(phone: httpx.Client, payload: str) -> None:
    for params in ({"lang": payload}, {"t": payload}, {"visit": payload}):
        text = phone.get(f"/01/{TEA}", params=params).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "<script>alert" not in phone.get("/01/" + payload.replace("/", "%2F").replace("#", "")).text


def test_another_sites_form_is_refused(site: Served, phone: httpx.Client) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ):
        assert phone.post("/me/end", headers=headers).status_code == 403
    assert phone.post("/me/end", headers={"origin": site.base}).status_code == 200


def test_a_long_body_is_refused(phone: httpx.Client) -> None:
    assert phone.post("/me/begin", content=b"x" * 70_000).status_code == 413
    assert phone.post("/me/begin", content=iter([b"x" * 60_000] * 2)).status_code == 413


def test_a_picture_can_do_nothing_by_itself(site: Served, phone: httpx.Client) -> None:
    with site.shop.store.atomic() as connection:
        catalogue.put_picture(connection, "tea.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        digest = catalogue.picture_digest(connection, "tea.svg")

    answer = phone.get(f"/picture/{digest}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]
    assert phone.get("/picture/nix").status_code == 404


def test_a_changed_chip_begins_its_counter_anew_and_two_tags_cannot_share_one(site: Served) -> None:
    tag = Tag(id="tag-tea", gtin=TEA, shelf=None, uid=UID, mode=TagMode.AES)
    other = Tag(id="tag-tea", gtin=TEA, shelf=None, uid=bytes(7), mode=TagMode.AES)
    with site.shop.store.atomic() as connection:
        assert catalogue.spend(connection, tag_id="tag-tea", uid=UID, counter=5)
        catalogue.put_tags(connection, (tag,))
        assert not catalogue.spend(connection, tag_id="tag-tea", uid=UID, counter=5)
        catalogue.put_tags(connection, (other,))
        assert catalogue.spend(connection, tag_id="tag-tea", uid=bytes(7), counter=0)
        with pytest.raises(sqlite3.IntegrityError):
            catalogue.put_tags(connection, (Tag(id="x", gtin=TEA, shelf=None, uid=bytes(7), mode=TagMode.AES),))


def test_a_forms_address_that_is_opened_by_hand_is_answered_with_a_page(phone: httpx.Client) -> None:
    answer = phone.get("/me/begin?lang=ko")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "페이지가 없습니다" in answer.text
    assert "매장 둘러보기" in answer.text
    assert phone.put("/me/begin").text == "Method Not Allowed\n"


def test_a_fault_of_ours_is_told_kindly_in_both_languages(site: Served) -> None:
    with site.shop.store.atomic() as connection:
        connection.execute("ALTER TABLE products RENAME TO lost")
    # The server hangs up after such an answer.
    with site.client() as one, site.client() as other:
        english, korean = one.get(f"/01/{GONE}?lang=en"), other.get(f"/01/{GONE}?lang=ko")
    assert english.status_code == korean.status_code == 500
    assert "It is our fault, not yours." in html.unescape(english.text)
    assert "손님 잘못이 아닙니다." in korean.text
    assert english.headers["cache-control"] == "no-store"
    assert "lost" not in english.text
    assert "products" not in english.text

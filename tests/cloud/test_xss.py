"""Whatever people write is shown as they wrote it: escaping stops it, before the policy has to."""

import dataclasses
import functools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import msgspec
import pytest

from cloud.gs1 import check_digit
from cloud.shop.catalogue import Product, Words
from cloud.shop.reviews import Draft
from cloud.store import catalogue, plans, reviews, wishes
from cloud.web.language import Language
from cloud.web.shop.offering import CouponView, OfferView
from contract.plan import Plan
from tests.cloud.noticed import Readers
from tests.cloud.payloads import ALL, PAYLOADS
from tests.cloud.phones import phone, press, tap
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, GONE, NOON_MS, TEA, plan
from tests.cloud.stocked import YUJA, serving, shelf

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
SKELETON = """async ([requests]) => {
  const bones = async ([path, form]) => {
    const answer = await fetch(path, form ? {method: 'POST', body: new URLSearchParams(form)} : {});
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return [...page.querySelectorAll('*')].map((one) => one.tagName + [...one.attributes].map((a) => a.name)).join();
  };
  const found = [];
  for (const each of requests) found.push(await bones(each));
  return found;
}"""
"""The elements and attributes of each answer's page, without what is written in them."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    with serving(tmp_path_factory.mktemp("xss")) as place:
        yield place


@pytest.fixture
def site(place: tuple[Served, str]) -> Served:
    """The store, whose goods, plan and reviews somebody hostile wrote."""
    site, _ = place
    everything = Words(ko=ALL, en=ALL)
    told = dict.fromkeys(("name", "brand", "line", "facts", "unit", "offer", "size"), everything)
    with site.shop.store.atomic() as connection:
        hostile = [replace(each, **told, category="evil", unit_price=1) for each in shelf()]  # type: ignore[arg-type]  # words
        catalogue.put_products(connection, hostile)
        catalogue.put_products(connection, map(one, range(len(PAYLOADS))))
        plans.save(connection, hostile_plan(), by="", note="", now_ms=0)
        for number, payload in enumerate(PAYLOADS):
            draft = Draft(stars=1 + number % 5, name=payload, text=payload)
            reviews.bring_in(
                connection, draft, gtin=TEA, language="en", at_ms=NOON_MS + number, verified=True, rewarded=True
            )
        minute = site.shop.clock.now_ms // 60_000 * 60_000
        connection.execute(
            "INSERT OR REPLACE INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, 9000, 1)", (minute,)
        )
    return site


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Served]:
    """The store as it should be."""
    with serving(tmp_path) as (site, _):
        yield site


def one(number: int) -> Product:
    """The product whose every word is this payload."""
    start = f"09521{number:08d}"
    words = Words(ko=PAYLOADS[number], en=PAYLOADS[number])
    gtin = start + check_digit(start)
    return Product(gtin=gtin, name=words, brand=words, line=words, facts=words, price=1, stock=3, category="evil")


def hostile_plan() -> Plan:
    """The store's plan, each of whose titles breaks out of something."""
    made = plan()
    title = msgspec.structs.replace(made.title, ko=PAYLOADS[18][:60], en=PAYLOADS[1][:60])
    retitled = {
        name: tuple(msgspec.structs.replace(each, title=title) for each in getattr(made, name))
        for name in ("zones", "shelves", "readers")
    }
    return msgspec.structs.replace(made, title=title, version=2, **retitled)


def test_two_hundred_payloads_in_every_field_do_nothing(
    place: tuple[Served, str], site: Served, browser: "Browser"
) -> None:
    _, password = place
    readers = Readers(site)
    with phone(browser) as (_, page, wrong):
        tap(site, page, "en")
        assert page.locator("h1").inner_text().startswith(PAYLOADS[0])
        page.check("input[value=history]")
        page.check("input[value=offers]")
        page.check("input[value=card]")
        press(page, "#choices button")
        with site.shop.store.atomic() as connection:
            (profile,) = connection.execute("SELECT max(id) FROM profiles").fetchone()
            for number in range(150):
                wishes.add(connection, profile=profile, person=profile, gtin=one(number).gtin, at_ms=number)
        page.goto(f"{site.base}/me/wishlist?lang=en")
        assert page.locator(".wishes li").count() == 150
        press(page, "button[value=list]")
        for path in (
            f"/01/{CAKE}?from={TEA}",
            f"/01/{GONE}",
            f"/compare?a={TEA}&b={YUJA}",
            "/",
            "/me",
            "/me/kept",
            "/me/choices",
            *(f"/01/{TEA}/reviews?page={number}" for number in range(12)),
            *(f"/01/{one(number).gtin}" for number in range(0, len(PAYLOADS), 23)),
        ):
            page.goto(f"{site.base}{path}{'&' if '?' in path else '?'}lang=ko")
        page.goto(f"{site.base}/me?lang=ko&waiting=tea-reader")
        page.select_option("select[name=reader]", "tea-reader")
        page.get_by_role("button", name="내 카드 연결").click()
        readers.tap()
        page.locator("#live .card").first.wait_for()
        site.shop.clock.now_ms += 1_000
        readers.tap()
        page.locator("#live a.card").wait_for()
        assert PAYLOADS[0] in page.locator("#live a.card").inner_text()
        page.goto(f"{site.base}/manage/login?next=/manage/requests")
        page.fill("#password", password)
        press(page, "button.main")
        page.goto(f"{site.base}/manage/requests?lang=en")
        assert PAYLOADS[0] in page.locator("#inbox").inner_text()
        settle(page)

    assert wrong == []


def test_an_offer_whose_every_word_is_hostile_does_nothing(plain: Served, browser: "Browser") -> None:
    """A campaign's words are bounded, so each payload gets an offer of its own; all stand on one page."""
    services = plain.shop.services
    offers = [
        OfferView(
            showing=1,
            title=payload,
            text=payload,
            why=(payload, payload, payload),
            contact=payload,
            stop_url=f"/stop/{payload}",
            won=1_000,
            needs=(payload,),
            days=7,
            coupon=CouponView(code=payload, won=1, title=payload, needs=(payload,), expires_ms=NOON_MS),
        )
        for payload in PAYLOADS
    ]
    offers += [dataclasses.replace(each, coupon=None) for each in offers]
    template = (
        '{% import "shop/parts.html" as parts with context %}{% set carried = parts.carried() %}'
        '{% for offer in offers %}{% include "shop/_offer.html" %}{% endfor %}'
    )
    body = (
        services.pages._environments[Language.EN].from_string(template).render(offers=offers, carry={"t": PAYLOADS[20]})
    )
    policy = "default-src 'none'; img-src 'self' data:"
    with phone(browser) as (context, page, wrong):
        answer = {"body": f"<!doctype html>{body}", "content_type": "text/html; charset=utf-8"}
        context.route("**/raw*", functools.partial(_fulfil, {**answer, "headers": {"content-security-policy": policy}}))
        page.goto(f"{plain.base}/raw")
        assert page.locator("section").count() == 2 * len(PAYLOADS)
        assert page.locator("h2").nth(3).inner_text() == PAYLOADS[3]
        settle(page)
    assert wrong == []


def settle(page: "Page") -> None:
    """Gives what would run late its chance."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)


REFLECTED = (
    "/?q={}",
    "/?lang={}",
    "/01/{}",
    f"/01/{YUJA}?t={{}}",
    f"/01/{YUJA}?visit={{}}",
    f"/01/{YUJA}?from={{}}",
    f"/01/{YUJA}?told={{}}",
    f"/01/{YUJA}?linkType={{}}",
    f"/01/{YUJA}/reviews?page={{}}",
    f"/01/{YUJA}/reviews?told={{}}",
    "/compare?a={}&b={}",
    "/request/{}",
    "/stop/{}",
    "/me/join?code={}",
    "/me?waiting={}",
    "/{}",
    "/manage/login?next={}",
)
SHORT = ("/?q={}",)
"""What cuts long words: there each payload goes alone."""
CHUNKS = tuple(" ".join(PAYLOADS[start : start + 24]) for start in range(0, len(PAYLOADS), 24))
FORMS = (
    (f"/01/{YUJA}/reviews", ("name", "text", "stars")),
    ("/me/wish", ("gtin", "visit", "t")),
    ("/request", ("gtin", "kind", "visit")),
    ("/me/card", ("reader",)),
    ("/me/claim", ("visit",)),
    ("/me/join/find", ("code",)),
)


def test_what_a_link_or_a_form_holds_adds_no_element_to_any_answer(plain: Served, browser: "Browser") -> None:
    """Each answer to a payload has the elements and attributes of the answer to a plain word, and no more."""
    with phone(browser) as (_, page, wrong):
        tap(plain, page, "en")
        page.check("input[value=history]")
        press(page, "#choices button")
        for pattern in REFLECTED:
            # A path's slash may make it another path: the answer to either plain word will do.
            words = ("zzzq9", "zzz/q9", *(PAYLOADS if pattern in SHORT else CHUNKS))
            links = [[pattern.format(*[quote(word, safe="")] * 2), None] for word in words]
            usual, slashed, *found = page.evaluate(SKELETON, [links])
            assert [words[n + 2] for n, bones in enumerate(found) if bones not in (usual, slashed)][:3] == [], pattern
        for path, fields in FORMS:
            for name in fields:
                given = {"lang": "en", "gtin": YUJA, "account": "nobody", "password": "x"}
                posts = [[path, {**given, name: word}] for word in ("zzzq9", *CHUNKS)]
                usual, *found = page.evaluate(SKELETON, [posts])
                assert [CHUNKS[n] for n, bones in enumerate(found) if bones != usual][:3] == [], (path, name)
        settle(page)
    assert wrong == []


def test_a_page_that_forgot_to_escape_is_found_both_ways(plain: Served, browser: "Browser") -> None:
    """The control: raw words open dialogs; behind the policy alone they are reported; and they add elements."""
    raw = f"<!doctype html><html lang=en><title>x</title><p>{ALL}"
    policy = "default-src 'none'; script-src 'nonce-x'; style-src 'nonce-x'"
    for headers, expected in (({}, "dialog: 1"), ({"content-security-policy": policy}, "policy: script-src")):
        with phone(browser) as (context, page, wrong):
            answer = {"body": raw, "content_type": "text/html", "headers": headers}
            context.route("**/raw*", functools.partial(_fulfil, answer))
            page.goto(f"{plain.base}/raw", wait_until="commit")
            deadline = time.monotonic() + 10
            while not any(each.startswith(expected) for each in wrong):
                assert time.monotonic() < deadline, wrong
                page.wait_for_timeout(50)
    with phone(browser) as (context, page, _):
        context.route(
            f"{plain.base}/raw*",
            lambda route: route.fulfill(
                content_type="text/html",
                body="<!doctype html><title>x</title><p title='" + unquoted(route.request.url) + "'>",
            ),
        )
        page.goto(f"{plain.base}/privacy")
        links = [["/raw?q=" + quote(word, safe=""), None] for word in ("zzzq9", *PAYLOADS)]
        usual, *found = page.evaluate(SKELETON, [links])
    assert any(bones != usual for bones in found)


def _fulfil(answer: dict[str, Any], route: "Route") -> None:
    route.fulfill(**answer)


def unquoted(url: str) -> str:
    return unquote(url.partition("q=")[2])

"""The offer on the page and what a shopper does with it, over real HTTP; and the commands for campaigns."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cloud.offers.campaigns import CouponTerms, Standing
from cloud.offers.reasons import Input, Reason
from cloud.offers.rules import Budget
from cloud.shop.messages import Both
from cloud.store import campaigns, coupons, decisions
from cloud.web.shop import offering
from tests.cloud.command_line import aisle_cloud
from tests.cloud.noticed import people_stop
from tests.cloud.offered import CAKE, TEA, TOML, campaign
from tests.cloud.served import Served, served

WON = campaign(
    "coupon",
    gtins=(TEA,),
    priority=90,
    coupon=CouponTerms(won=1_000, gtins=(TEA, CAKE)),
    budget=Budget(coupons=1),
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        people_stop(site, person_ms=23_000, peak=2)
        with site.shop.store.atomic() as connection:
            connection.execute("UPDATE stock SET store = 3 WHERE gtin = ?", (CAKE,))
            campaigns.add(connection, WON, site.shop.clock.now_ms)
        yield site


def outcomes(site: Served) -> dict[str, int]:
    with site.shop.store.reading() as connection:
        rows = connection.execute("SELECT outcome, times FROM offer_sums WHERE span_ms = 3600000")
        return dict(rows.fetchall())


def opened(site: Served, phone: httpx.Client, lang: str = "en") -> tuple[str, str]:
    """A signed tap's page and its link."""
    link = f"{site.tap(phone)}&lang={lang}"
    return phone.get(link).text, link


def showing(page: str) -> str:
    found = re.search(r"/offers/(\d+)/", page)
    assert found
    return found[1]


def test_the_offer_says_who_advertises_why_and_how_to_end_it(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        english, _ = opened(site, phone)

    assert '<span lang="ko">(광고)</span> Daon Market · Tea' in english
    assert "coupon less" in english
    for words in ("You tapped this product just now.", "spent 23 seconds at this shelf", "24 are in stock."):
        assert words in english
    assert "Questions: 02-123-4567" in english
    stop = re.search(r'<form method="post" action="(/stop/[^"?]+)"', english)
    assert stop
    with site.client() as anybody:  # one touch, and no login
        assert "You get no advertising from us any more" not in anybody.get(f"{stop[1]}?lang=en").text
        done = anybody.post(stop[1], data={"lang": "en"}).headers["location"]
        assert "You get no advertising from us any more" in anybody.get(done).text


def test_the_korean_page_reads_as_a_korean_shop_writes(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        page, _ = opened(site, phone, "ko")

    for words in (
        "(광고) 다온상회 · 녹차",
        "1,000원 할인 쿠폰 받기",
        "지금은 괜찮아요",
        "방금 이 제품을 찍으셨습니다.",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("reason", "en", "ko"),
    [
        (Reason(Input.TAPPED, 59), "You tapped this product just now.", "방금 이 제품을 찍으셨습니다."),
        (Reason(Input.TAPPED, 119), "You tapped this product a minute ago.", "1분 전에 이 제품을 찍으셨습니다."),
        (Reason(Input.TAPPED, 120), "You tapped this product 2 minutes ago.", "2분 전에 이 제품을 찍으셨습니다."),
        (Reason(Input.STOCK, 1), "One is in stock.", "재고가 1개 있습니다."),
        (Reason(Input.STOCK, 1_200), "1,200 are in stock.", "재고가 1,200개 있습니다."),
        (Reason(Input.BACK, 1), "It was sold out, and one is here again.", "품절이었다가 다시 1개 들어왔습니다."),
        (Reason(Input.AWAY, 1), "You were last here a day ago.", "1일 만에 다시 오셨습니다."),
        (
            Reason(Input.LIKED),
            "You tapped it less than a day ago and let us remember that.",
            "하루가 지나기 전에 찍으셨고, 그 기록을 저장하도록 동의하셨습니다.",
        ),
    ],
)
def test_a_reason_is_said_as_people_say_it_of_none_of_one_and_of_many(
    site: Served, reason: Reason, en: str, ko: str
) -> None:
    assert offering.words(site.shop.services, reason) == Both(ko=ko, en=en)


def test_a_page_read_again_shows_the_same_offer_and_counts_it_once(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        first, link = opened(site, phone)
        again = phone.get(link).text

    assert showing(first) == showing(again)
    assert outcomes(site) == {"shown": 1}


def code_on(page: str) -> str:
    """A taken coupon's code, which stands there in two halves."""
    code = re.search(r"<b>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</b>", re.sub(r"</?span>", "", page))
    assert code
    return code[1]


def test_a_coupon_stays_on_its_products_page_when_it_is_tapped_again_until_it_was_used(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        first, _ = opened(site, phone)
        again, link = opened(site, phone)
        assert "One for each person, good for 7 days once you have it." in again
        visit = link.partition("visit=")[2].partition("&")[0]
        phone.post(f"/offers/{showing(again)}/claim", data={"visit": visit, "lang": "en", "gtin": TEA})
        taken, _ = opened(site, phone)
        code = code_on(taken)
        with site.shop.store.atomic() as connection:
            coupons.redeem(connection, code=code, sale=1, gtins=(TEA, CAKE), now_ms=site.shop.clock.now_ms)
        used, _ = opened(site, phone)

    assert showing(first) == showing(again) == showing(taken)
    assert '<div class="code">' not in used
    assert showing(used) != showing(first)  # nothing of it can be taken any more: the product's own offer has its turn
    assert outcomes(site) == {"shown": 2}


def test_an_offer_that_was_sent_away_does_not_come_back_with_the_next_tap(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        page, link = opened(site, phone)
        visit = link.partition("visit=")[2].partition("&")[0]
        phone.post(f"/offers/{showing(page)}/not-now", data={"visit": visit, "lang": "en", "gtin": TEA})
        again, _ = opened(site, phone)

    assert 'action="/offers/' not in again


def test_a_page_read_again_is_decided_on_once_a_minute_until_there_is_an_offer(site: Served) -> None:
    with site.shop.store.atomic() as connection:
        connection.execute("UPDATE occupancy_sums SET person_ms = 0")  # nobody stopped at the shelf
    with site.client(site.enrol("offers")) as phone:
        page, link = opened(site, phone)
        assert phone.get(link).text.count('action="/offers/') == page.count('action="/offers/') == 0
        before = sum(outcomes(site).values())
        people_stop(site, person_ms=23_000, peak=2)
        site.shop.clock.now_ms += 60_000
        assert 'action="/offers/' in phone.get(link).text

    assert before == 1
    assert outcomes(site)["shown"] == 1


def test_a_consent_given_on_the_page_counts_at_once(site: Served) -> None:
    with site.client(site.enrol("history")) as phone:
        page, link = opened(site, phone)
        assert 'action="/offers/' not in page
        visit = link.partition("visit=")[2].partition("&")[0]
        phone.post("/me/consent", data={"visit": visit, "purpose": ["history", "offers"], "lang": "en"})
        assert 'action="/offers/' in phone.get(link).text


def test_a_taken_coupon_is_shown_as_a_code_on_both_pages_and_the_till_takes_it(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        page, link = opened(site, phone)
        visit = link.partition("visit=")[2].partition("&")[0]
        answer = phone.post(f"/offers/{showing(page)}/claim", data={"visit": visit, "lang": "en", "gtin": TEA})
        assert answer.status_code == 303
        after = phone.get(answer.headers["location"]).text
        mine = phone.get("/me?lang=en").text

    assert "The coupon is yours." in after
    code = code_on(after)
    assert "₩1,000 off at the till" in after
    assert "when you buy Jeju organic green tea, first flush, 100 g + Gaeseong yakgwa, 8" in after.replace("\xa0", " ")
    assert "<svg" in after
    assert code_on(mine) == code
    with site.shop.store.atomic() as connection:
        now_ms = site.shop.clock.now_ms
        taken = coupons.redeem(connection, code=code, sale=1, gtins=(TEA, CAKE), now_ms=now_ms)
    assert isinstance(taken, coupons.Redeemed)
    with site.client(site.enrol("offers")) as other:
        page, _ = opened(site, other)
        # The only coupon is out: the next shopper sees the product's own offer.
        assert "₩1,000 off with yakgwa" in page


def test_the_last_coupon_that_somebody_else_took_is_said_plainly(site: Served) -> None:
    phones = [site.client(site.enrol("offers")) for _ in range(2)]
    pages = [opened(site, phone)[0] for phone in phones]
    for phone, page in zip(phones, pages, strict=True):
        answer = phone.post(f"/offers/{showing(page)}/claim", data={"lang": "en"})
        told = phone.get(answer.headers["location"]).text
        phone.close()

    assert "The last of these coupons was taken a moment ago." in told


def test_not_now_sends_the_offer_away_and_leaves_the_shopper_alone(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        page, link = opened(site, phone)
        visit = link.partition("visit=")[2].partition("&")[0]
        answer = phone.post(f"/offers/{showing(page)}/not-now", data={"visit": visit, "lang": "en", "gtin": TEA})
        after = phone.get(answer.headers["location"]).text
        assert "All right. No offers for a day." in after
        assert 'action="/offers/' not in after
        assert 'action="/offers/' not in opened(site, phone)[0]

    assert outcomes(site)["not-now"] >= 1
    with site.shop.store.reading() as connection:
        head = campaigns.head(connection, "coupon")
    assert head is not None
    assert head.answers.not_now == 1


def test_nobody_answers_for_another_and_nothing_is_changed_by_reading(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        page, _ = opened(site, phone)
        number = showing(page)
        assert phone.get(f"/offers/{number}/claim").status_code == 405
        for act in ("claim", "not-now", "complain"):
            with site.client(site.enrol("offers")) as other:
                assert other.post(f"/offers/{number}/{act}").status_code == 404
            with site.client() as nobody:
                assert nobody.post(f"/offers/{number}/{act}").status_code == 403
        assert phone.post(f"/offers/{2**70}/claim").status_code == 404
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM coupons").fetchone() == (0,)


def test_a_page_that_a_browser_only_guesses_shows_nobody_anything(site: Served) -> None:
    with site.client(site.enrol("offers")) as phone:
        link = site.tap(phone)
        phone.get(link, headers={"sec-purpose": "prefetch"})
        phone.head(link)

    assert outcomes(site) == {}


def test_without_that_consent_there_is_no_offer_and_nothing_is_written_down(site: Served) -> None:
    with site.client(site.enrol("history", "card")) as phone:
        page, _ = opened(site, phone)

    assert "(광고)" not in page
    assert outcomes(site) == {"no-consent": 1}
    with site.shop.store.reading() as connection:
        assert list(decisions.numbers(connection)) == []


# --- commands ----------------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    aisle_cloud("init", "--data", tmp_path / "data", "--store", "daon")
    (tmp_path / "tea.toml").write_text(TOML, encoding="utf-8")
    settings = tmp_path / "data" / "cloud.toml"
    settings.write_text(
        'store = "daon"\n[sender]\nname_ko = "다온상회"\nname_en = "Daon Market"\ncontact = "02-123-4567"\n',
        encoding="utf-8",
    )
    return tmp_path / "data"


def test_a_campaign_is_checked_added_listed_paused_and_resumed(data: Path) -> None:
    file = data.parent / "tea.toml"

    assert "is right" in aisle_cloud("campaign", "check", file)
    assert aisle_cloud("campaign", "add", file, "--data", data) == "tea-with-yakgwa, version 1: running\n"
    assert aisle_cloud("campaign", "add", file, "--data", data) == "tea-with-yakgwa, version 1: running\n"
    file.write_text(TOML.replace("1,000원", "천 원"), encoding="utf-8")
    assert "version 2" in aisle_cloud("campaign", "add", file, "--data", data)
    aisle_cloud("campaign", "pause", "tea-with-yakgwa", "--why", "sold out", "--data", data)
    listed = aisle_cloud("campaign", "list", "--data", data)
    assert '"standing": "paused", "why": "sold out"' in listed
    assert f'"standing": "{Standing.RUNNING}"' not in listed
    aisle_cloud("campaign", "resume", "tea-with-yakgwa", "--data", data)
    assert '"standing": "running"' in aisle_cloud("campaign", "list", "--data", data)
    assert "0 decisions come out the same" in aisle_cloud("campaign", "replay", "--data", data)


def test_a_preview_is_the_exact_message_and_never_a_figure_about_few(data: Path) -> None:
    told = aisle_cloud("campaign", "preview", data.parent / "tea.toml", "--data", data)

    assert "[ko] (광고) 다온상회 · 유기농 녹차\n     약과와 함께 사면 1,000원 할인" in told
    assert "[en] (광고) Daon Market · Organic green tea\n     ₩1,000 off with yakgwa" in told
    assert "02-123-4567" in told
    assert "page: fewer than 5 shoppers may see it" in told


def test_what_is_wrong_with_a_campaign_is_said_by_key_and_value(data: Path) -> None:
    file = data.parent / "tea.toml"
    file.write_text(TOML.replace("won = 1000", "won = -1"), encoding="utf-8")

    said = aisle_cloud("campaign", "add", file, "--data", data, status=2)
    assert "coupon.won = -1" in said
    assert aisle_cloud("campaign", "list", "--data", data) == ""
    assert "'nothing' is not a campaign" in aisle_cloud("campaign", "pause", "nothing", "--data", data, status=2)


def test_a_preview_counts_those_who_agreed(data: Path, site: Served) -> None:
    del data
    for _ in range(5):
        site.enrol("offers")
    site.enrol("history")
    directory = site.shop.store.path.parent
    (directory / "cloud.toml").write_text('store = "daon"\n', encoding="utf-8")

    told = aisle_cloud("campaign", "preview", "coupon", "--data", directory)
    assert "page: 5 shoppers may see it" in told
    assert "(sender.name is not set)" in told

"""The card of points on the pages: the price of data before anything, what there is, and the code for the till."""

import re

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import codes
from cloud.store import member_codes
from cloud.store.member_codes import code_of
from cloud.web.qr import svg
from tests.cloud.served import Served
from tests.cloud.shop import TEA


def card(page: str) -> str:
    """The words of the card, without its tags."""
    found = re.search(r'<section class="card" id="points".*?</section>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_the_price_of_data_stands_on_the_page_before_anything_is_shared(site: Served) -> None:
    with site.client() as phone:
        korean, english = (card(phone.get(f"/01/{TEA}?lang={lang}").text) for lang in ("ko", "en"))

    assert "Sharing taps: 1 point each, at most 20 a day." in english
    assert "One point pays ₩1, from 100 points on. Points last 24 months." in english
    assert "‘찍은 제품 기억하기’를 켜면 찍을 때마다 1포인트, 하루 최대 20포인트가 쌓입니다." in korean
    assert "You have" not in english


def test_a_shared_tap_shows_its_point_at_once_and_a_reload_gives_none(site: Served) -> None:
    cookie = site.enrol("history")
    with site.client(cookie) as phone:
        link = site.tap(phone)
        pages = [card(phone.get(f"{link}&lang=en").text) for _ in range(3)]

    # The tap that enrolled earned nothing here: its page was not opened again.
    assert {re.search(r"(\d+) points?\b", page)[1] for page in pages} == {"1"}  # type: ignore[index]  # it is there
    assert all("+1 for this tap" in page for page in pages)


def test_who_does_not_share_taps_earns_nothing(site: Served) -> None:
    cookie = site.enrol("card")
    with site.client(cookie) as phone:
        page = card(phone.get(f"{site.tap(phone)}&lang=en").text)
        assert "0 points" in page
        assert "for this tap" not in page
        assert "You do not share taps now" in card(phone.get("/me?lang=en").text)


def test_the_code_appears_by_the_shoppers_press_alone_and_another_one_next_time(site: Served) -> None:
    cookie = site.enrol("history")
    with site.client(cookie) as phone:
        for _ in range(2):
            assert "<svg" not in re.findall(r'id="points".*?</section>', phone.get("/me").text, re.DOTALL)[0]
        assert rows(site) == []
        answer = phone.post("/me/code", data={"lang": "en"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/me?lang=en#points")
        page = phone.get("/me?lang=en").text
        (first,) = rows(site)
        assert f"{first[:4]}-{first[4:]}" in card(page)
        assert decoded(page) == first
        site.shop.clock.now_ms += 60_000
        phone.post("/me/code", data={"lang": "en"})
        assert decoded(phone.get("/me").text) == rows(site)[-1] != first
        site.shop.clock.now_ms += member_codes.LASTS_MS
        assert "<svg" not in re.findall(r'id="points".*?</section>', phone.get("/me").text, re.DOTALL)[0]


def test_nobody_gets_a_code_without_a_choice_and_no_other_site_may_ask(site: Served) -> None:
    with site.client() as stranger:
        assert stranger.post("/me/code").status_code == 403
        assert stranger.get("/me/code").status_code == 405
    with site.client(site.enrol("history")) as phone:
        assert phone.post("/me/code", headers={"origin": "https://evil.example"}).status_code == 403
    assert rows(site) == []


def test_every_movement_is_told_in_words(site: Served) -> None:
    cookie = site.enrol("history")
    with site.client(cookie) as phone:
        phone.get(site.tap(phone))
        english, korean = card(phone.get("/me?lang=en").text), card(phone.get("/me?lang=ko").text)

    assert "You shared a tap: +1" in english
    assert "1 point, good through 21 Nov 2028" in english
    assert "태그를 찍음: +1" in korean


def rows(site: Served) -> list[str]:
    with site.shop.store.reading() as connection:
        return [code for (code,) in connection.execute("SELECT code FROM member_codes ORDER BY made_ms")]


def decoded(page: str) -> str:
    """What a scanner reads off the page."""
    found = re.search(r'class="code">(<svg.*?</svg>)', page, re.DOTALL)
    assert found is not None
    return scanned(found[1])


def scanned(image: str) -> str:
    """The text of a QR code, drawn as a browser draws its one dark path."""
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', image)
    paths = re.findall(r' d="([^"]+)"', image)
    assert box is not None
    grid = np.full((int(box[2]), int(box[1])), 255, np.uint8)
    x, y = 0.0, 0.0
    for letter, numbers in re.findall(r"([Mmh])([-\d. ]+)", paths[-1]):
        moves = [float(number) for number in numbers.split()]
        match letter:
            case "M":
                x, y = moves
            case "m":
                x, y = x + moves[0], y + moves[1]
            case "h":
                grid[int(y), int(x) : int(x + moves[0])] = 0
                x += moves[0]
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.kron(grid, np.ones((8, 8), np.uint8)))
    return text


def test_a_label_cannot_break_out_of_its_image() -> None:
    image = svg("ABCD1234", label='<script>"&')
    assert "<script>" not in image
    assert "style=" not in image
    assert scanned(image) == "ABCD1234"


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=5, max_size=5), st.booleans(), st.booleans())
def test_a_code_is_the_same_however_it_is_typed(random: bytes, small: bool, spaced: bool) -> None:
    code = code_of(random)
    typed = f" {code[:4]} - {code[4:]}" if spaced else code
    assert len(code) == 8
    assert codes.typed(typed.lower() if small else typed, 8) == code
    assert codes.typed(code.replace("0", "O").replace("1", "l"), 8) == code

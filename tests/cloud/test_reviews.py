"""What shoppers say: who may, what is taken, what is marked, and what stays when somebody is forgotten."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import cli
from cloud.shop import reviews as rules
from cloud.shop.reviews import MOST_TEXT, Draft, Fault
from cloud.shop.sales import Sale, SaleLine
from cloud.store import reviews, sales
from cloud.store.connection import Store
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, NOON_MS, TEA
from tests.cloud.stocked import SAID, serving

WORDS = "향이 깊고 떫지 않아요."


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as (site, _):
        yield site


def write(client: httpx.Client, gtin: str = CAKE, **fields: str) -> httpx.Response:
    given_fields = {"stars": "4", "name": "지은", "text": WORDS, "lang": "en", **fields}
    return client.post(f"/01/{gtin}/reviews", data=given_fields)


def buy(site: Served, person: int, gtin: str = CAKE) -> None:
    """A sale that the shopper linked by their own act, as the till tells it."""
    sale = Sale(sale="1", at=NOON_MS, currency="KRW", lines=(SaleLine(gtin=gtin, quantity=1, amount=8_900),))
    with site.shop.store.atomic() as connection:
        assert sales.keep(connection, till_name="till", sale=sale, received_ms=NOON_MS) is sales.Kept.NEW
        (sale_id,) = connection.execute("SELECT id FROM sales").fetchone()
        sales.link(connection, sale_id=sale_id, profile_id=person, sale=sale)


def test_everybody_reads_and_the_marks_say_what_is_known(site: Served) -> None:
    with site.client() as client:
        page = client.get(f"/01/{TEA}/reviews?lang=en").text
        assert page.count("<article") == 20
        assert "Bought here" in page
        assert "Got points for writing" in page
        assert 'lang="ko"' in page
        assert client.get(f"/01/{TEA}/reviews?lang=en&page=1").text.count("<article") == len(SAID) * 5 - 20
        assert client.get(f"/01/{TEA}/reviews?page=x").status_code == 200
        assert client.get("/01/09506000134352/reviews").status_code == 404
        assert client.get("/01/123/reviews").status_code == 400


def test_who_writes_is_known_and_without_a_purchase_it_is_not_marked(site: Served) -> None:
    with site.client() as nobody:
        assert write(nobody).status_code == 403
    with site.client(site.enrol("history")) as client:
        assert write(client).headers["location"].endswith("told=published")
        page = client.get(f"/01/{CAKE}/reviews?lang=en").text
    assert WORDS in page
    assert '<span class="mark">' not in page
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT verified, rewarded FROM reviews WHERE gtin = ?", (CAKE,)).fetchall() == [
            (0, 0)
        ]


def test_a_linked_purchase_verifies_it_and_pays_once_whatever_the_stars(site: Served) -> None:
    cookie = site.enrol("history")
    with site.shop.store.reading() as connection:
        (person,) = connection.execute("SELECT person FROM profiles").fetchone()
    buy(site, person)
    with site.client(cookie) as client:
        assert write(client, stars="1").headers["location"].endswith("told=paid")
        assert write(client, stars="5").headers["location"].endswith("told=published")
        page = client.get(f"/01/{CAKE}/reviews?lang=en").text
    assert "Bought here" in page
    assert "Got points for writing" in page
    with site.shop.store.reading() as connection:
        assert reviews.rating(connection, CAKE).times == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stars": "6"}, "one to five stars"),
        ({"stars": ""}, "one to five stars"),
        ({"name": "x" * 25}, "24 letters"),
        ({"name": "a\u202eb"}, "24 letters"),
        ({"text": "  ok "}, "a few words more"),
        ({"text": "x y " * 300}, "below 1,000"),
        ({"text": "Look\u0007 here now"}, "cannot show"),
        ({"text": "aaaaaaaaaaaaaaaa"}, "cannot show"),
        ({"text": "Buy at www.evil.example now"}, "leave out links"),
        ({"text": "h\u0335\u0336\u0337\u0338ello there"}, "cannot show"),
    ],
)
def test_what_is_not_taken_is_said_and_not_lost(site: Served, fields: dict[str, str], words: str) -> None:
    with site.client(site.enrol("history")) as client:
        answer = write(client, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    if "text" not in fields:
        assert WORDS in answer.text
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM reviews WHERE gtin = ?", (CAKE,)).fetchone() == (0,)


def test_it_can_be_changed_and_taken_back(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        write(client, stars="2")
        write(client, stars="5", text="Better the second time.")
        with site.shop.store.reading() as connection:
            assert reviews.rating(connection, CAKE).times == (1, 0, 0, 0, 0)
        assert "Better the second time." in client.get(f"/01/{CAKE}?lang=en").text
        write(client, act="remove")
        assert "Better the second time." not in client.get(f"/01/{CAKE}?lang=en").text
    with site.shop.store.reading() as connection:
        assert reviews.rating(connection, CAKE).count == 0


def test_of_a_forgotten_writer_only_the_stars_stay(site: Served) -> None:
    with site.client(site.enrol("history")) as client:
        write(client)
        client.post("/me/end")
        page = client.get(f"/01/{CAKE}/reviews?lang=en").text
    assert WORDS not in page
    assert "지은" not in page
    with site.shop.store.reading() as connection:
        assert reviews.rating(connection, CAKE).count == 1


def test_reviews_of_an_earlier_system_come_in_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    Store(data, new_store_id="0" * 32).close()
    products, said = tmp_path / "products.csv", tmp_path / "reviews.csv"
    products.write_text(f"gtin,name_ko,name_en,price_krw\n{TEA},차,Tea,12800\n", encoding="utf-8")
    said.write_text(
        "gtin,stars,name,text,language,date,verified,rewarded\n"
        f"{TEA},5,민서,떫지 않고 향이 깊어요.,ko,2026-11-01,1,\n"
        f"{TEA},3,,Good for the price,en,2026-11-02,,1\n",
        encoding="utf-8",
    )
    assert cli.main(["products", "import", str(products), "--data", str(data)]) == 0
    for new in (2, 0):
        assert cli.main(["reviews", "import", str(said), "--data", str(data)]) == 0
        assert f"{new} new reviews" in capsys.readouterr().out
    said.write_text(f"gtin,stars,name,text,language,date\n{TEA},9,a,Good enough,en,2026-11-02\n", encoding="utf-8")
    assert cli.main(["reviews", "import", str(said), "--data", str(data)]) != 0
    assert "line 2, stars: '9'" in capsys.readouterr().err


@settings(max_examples=200, deadline=None)
@given(stars=st.text(max_size=3), name=st.text(max_size=40), text=st.text(max_size=200))
def test_whatever_is_written_is_shown_safely_or_refused(stars: str, name: str, text: str) -> None:
    read = rules.read(stars, name, text)
    if isinstance(read, Fault):
        return
    assert isinstance(read, Draft)
    assert read.stars in rules.STARS
    assert len(read.text) <= MOST_TEXT
    assert all(each.isprintable() or each in "\n\u200d" for each in read.name + read.text)
    # Written again it is the same: nothing is read differently the second time.
    assert rules.read(str(read.stars), read.name, read.text) == read

"""The question on a product's page: asked of those who share taps, answered by a press, paid once."""

import html
import json
import re
from pathlib import Path

import httpx
import pytest

from cloud.cli import main
from cloud.points.earning import Earned, NotEarned
from cloud.points.rates import Rates, Scheme
from cloud.points.sweeping import sweep
from cloud.shop.consent import Purpose
from cloud.store import interests, points
from cloud.store.interests import Interest, InterestCount
from tests.cloud.purses import books, earner, say, shopper
from tests.cloud.served import Served
from tests.cloud.shop import CAKE, NOON_MS, TEA

DAY_MS = 86_400_000


def fields(page: str) -> dict[str, str]:
    """The question's form as a phone sends it without a script."""
    form = re.search(r'<form method="post" action="/me/answer">.*?</form>', page, re.DOTALL)
    assert form is not None
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
        if name != "interest"
    }


def rows(site: Served, question: str) -> list[tuple[object, ...]]:
    with site.shop.store.reading() as connection:
        return connection.execute(question).fetchall()


def asked(phone: httpx.Client, site: Served) -> dict[str, str]:
    return fields(phone.get(f"{site.tap(phone)}&lang=en").text)


def test_an_answer_is_paid_once_and_thanked_for(site: Served) -> None:
    with site.client(site.enrol("history")) as phone:
        link = f"{site.tap(phone)}&lang=en"
        page = phone.get(link).text
        assert "Whom is it for? +10" in page
        given = fields(page)
        for interest in ("gift", "self"):
            answer = phone.post("/me/answer", data={**given, "interest": interest})
            assert (answer.status_code, answer.headers["location"].endswith("#points")) == (303, True)
        after = phone.get(answer.headers["location"]).text

    assert "Thank you. +10 for your answer" in after
    assert "/me/answer" not in after
    assert rows(site, "SELECT gtin, interest FROM interests") == [(TEA, "gift")]
    assert rows(site, "SELECT reason, amount FROM points_transfers ORDER BY id") == [("tap", 1), ("answer", 10)]


def test_nobody_is_asked_who_does_not_share_taps(site: Served) -> None:
    with site.client(site.enrol("card")) as phone:
        link = site.tap(phone)
        assert "/me/answer" not in phone.get(link).text
        visit = link.partition("visit=")[2].partition("&")[0]
        phone.post("/me/answer", data={"visit": visit, "interest": "gift"})
    with site.client() as stranger:
        assert "/me/answer" not in stranger.get(site.tap(stranger)).text
        assert stranger.post("/me/answer", data={"visit": visit, "interest": "gift"}).status_code == 403
    assert rows(site, "SELECT count(*) FROM interests UNION ALL SELECT count(*) FROM interest_sums") == [(0,), (0,)]


def test_an_answer_needs_a_fresh_tap_and_one_of_the_three(site: Served) -> None:
    with site.client(site.enrol("history")) as phone:
        given = asked(phone, site)
        for wrong in (
            {**given, "interest": "resale"},
            {"interest": "gift"},
            {**given, "visit": "x", "interest": "gift"},
        ):
            assert phone.post("/me/answer", data=wrong).status_code == 403
        site.shop.clock.now_ms += 15 * 60_000
        assert phone.post("/me/answer", data={**given, "interest": "gift"}).status_code == 403
    assert rows(site, "SELECT count(*) FROM interests") == [(0,)]


def test_withdrawing_takes_the_answer_and_leaves_the_points_and_the_sums(site: Served) -> None:
    with site.client(site.enrol("history")) as phone:
        phone.post("/me/answer", data={**asked(phone, site), "interest": "gift"})
        assert rows(site, "SELECT count(*) FROM points_marks WHERE reason = 'answer'") == [(1,)]
        phone.post("/me/consent", data={"lang": "en"})
    assert rows(site, "SELECT count(*) FROM interests") == [(0,)]
    assert rows(site, "SELECT count(*) FROM points_marks WHERE reason = 'answer'") == [(0,)]
    assert rows(site, "SELECT interest, times FROM interest_sums") == [("gift", 1)]
    assert rows(site, "SELECT sum(left) FROM points_lots") == [(11,)]


def test_old_answers_are_swept_and_may_be_given_again(site: Served) -> None:
    with site.client(site.enrol("history")) as phone:
        phone.post("/me/answer", data={**asked(phone, site), "interest": "gift"})
        site.shop.clock.now_ms += 91 * DAY_MS
        services = site.shop.services
        assert sweep(services.store, now_ms=services.clock(), random=services.random).interests == 1
        phone.post("/me/answer", data={**asked(phone, site), "interest": "self"})
    assert rows(site, "SELECT interest FROM interests") == [("self",)]


def test_there_is_a_most_for_answers_in_a_day() -> None:
    with books() as connection:
        phone = shopper(connection, Purpose.HISTORY)
        store = earner(Scheme(rates=Rates(answer=10, answers_a_day=25)))
        gave = [store.answer(connection, phone, f"interest:{n}", NOON_MS) for n in range(4)]
        assert [each.points if isinstance(each, Earned) else each for each in gave] == [
            10,
            10,
            5,
            NotEarned.ENOUGH_TODAY,
        ]
        assert isinstance(store.answer(connection, phone, "interest:9", NOON_MS + DAY_MS), Earned)
        say(connection, phone.id, Purpose.HISTORY, given=False)
        assert store.answer(connection, phone, "interest:10", NOON_MS + DAY_MS) is NotEarned.NO_CONSENT
        assert points.audit(connection).sum == 0


def test_no_figure_is_told_about_few_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with books() as connection:
        for number in range(9):
            phone = shopper(connection, Purpose.HISTORY)
            kind = Interest.GIFT if number < 5 else Interest.SELF
            interests.put(connection, profile_id=phone.id, gtin=TEA, interest=kind, now_ms=NOON_MS)
            if number < 4:
                interests.put(connection, profile_id=phone.id, gtin=CAKE, interest=kind, now_ms=NOON_MS)
        told = interests.counts(connection, least=5)
        assert told == (InterestCount(gtin=TEA, interest=Interest.GIFT, people=5),)
        assert interests.counts(connection, least=5, to_ms=NOON_MS) == ()
    data = str(tmp_path / "data")
    assert main(["init", "--data", data, "--store", "daon"]) == 0
    assert main(["interests", "--data", data]) == 0
    assert main(["interests", "--least", "4", "--data", data]) == 2
    assert "no figure is about fewer than 5 people" in capsys.readouterr().err
    assert json.dumps(Interest.GIFT) == '"gift"'

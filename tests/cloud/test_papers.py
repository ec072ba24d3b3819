"""Papers: notes beside the days that they explain, the weekly report, the signs."""

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.store import notes
from cloud.web.manage.noting import notes_router
from cloud.web.manage.papers import papers_router, week_of
from tests.cloud.entered import entered
from tests.cloud.morning import HOUSE, MINUTE, NOON_MS, Site, Town, entries, plan, serving, stays, town, watched

DAY = 24 * 60 * MINUTE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A Saturday on which forty came in, and the one before with ten."""
    with town(tmp_path_factory.mktemp("papers"), floor=plan()) as place:
        left = place.node("left")
        for days, people in ((7, 10), (0, 40)):
            at = NOON_MS - days * DAY
            left.tell(watched(["tea"], ["cam-a"], minutes=range(-days * 1440 - 60, -days * 1440)))
            left.tell([*entries(people, at=at - 50 * MINUTE), *stays("tea", [9] * people, at=at - 40 * MINUTE)])
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, notes_router, lambda desk: papers_router(desk, HOUSE)) as site:
        yield site


@pytest.fixture(scope="module")
def client(site: Site, place: Town) -> Iterator[httpx.Client]:
    with entered(site, place.password) as client:
        yield client


def write(client: httpx.Client, **fields: str) -> str:
    answer = client.post("/manage/notes", data={"first": "2026-11-18", "words": "Rain all day", "lang": "en"} | fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_note_stands_in_the_report_of_its_week_until_it_is_removed(client: httpx.Client, place: Town) -> None:
    assert write(client, kind="weather", last="2026-11-19") == "/manage/notes?lang=en"
    assert "Rain all day" in client.get("/manage/notes?lang=en").text
    assert "Rain all day" in client.get("/manage/report?week=2026-W47&lang=en").text
    assert "Rain all day" not in client.get("/manage/report?week=2026-W46&lang=en").text
    assert "Rain all day" in client.get("/manage?period=2026-11-19&lang=en").text
    assert "Rain all day" not in client.get("/manage?period=2026-11-20&lang=en").text
    with place.store.reading() as connection:
        (note,) = notes.newest(connection)
    assert client.post(f"/manage/notes/{note.id}/remove").status_code == 303
    assert client.post(f"/manage/notes/{note.id}/remove").status_code == 404
    assert "Rain all day" not in client.get("/manage/report?week=2026-W47&lang=en").text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"words": "  "}, "words"),
        ({"words": "x" * 201}, "words"),
        ({"last": "2026-11-17"}, "order"),
        ({"last": "2029-11-17"}, "days"),
        ({"first": "1926-11-17"}, "days"),
    ],
)
def test_what_cannot_be_written_down_is_said(client: httpx.Client, fields: dict[str, str], wrong: str) -> None:
    where = write(client, **fields)
    assert where == f"/manage/notes?lang=en&wrong={wrong}"
    assert 'role="alert"' in client.get(where).text


def test_a_note_is_words_and_no_markup(client: httpx.Client) -> None:
    write(client, words="<script>alert(1)</script>")
    assert "<script>alert" not in client.get("/manage/report?week=2026-W47").text


def test_the_report_says_what_changed_and_compares_with_the_week_before(client: httpx.Client) -> None:
    page = client.get("/manage/report?week=2026-W47&lang=en").text
    assert "2026-W47" in page
    assert "▲" in page.partition("What was different")[2].partition("</section>")[0]
    assert "2026-11-16" in page
    assert "2026-11-22" not in page.partition("Day by day")[2], "days to come are not in it"


def test_a_report_of_a_week_that_was_counted_in_part_says_of_how_many_days(client: httpx.Client) -> None:
    page = client.get("/manage/report?week=2026-W46&lang=en").text
    assert "Counting began on 2026-11-14." in page
    assert "2 of the 7 days" in page
    assert "Nothing was counted in the week before, so there is nothing to compare with." in page
    assert "No figure differs" not in page
    assert "Nothing was counted in this week." in client.get("/manage/report?week=2026-W45&lang=en").text
    assert "Counting began" not in client.get("/manage/report?week=2026-W47&lang=en").text
    assert "이 기간 7일 중 2일" in client.get("/manage/report?week=2026-W46&lang=ko").text


def test_the_signs_say_who_where_and_that_nothing_is_stored(client: httpx.Client) -> None:
    page = client.get("/manage/signs?lang=ko&contact=02-999").text
    for words in ("제25조", "다온상회", "02-999", "입구, 차, 과자", "카메라 2대", "보관 기간 0일"):
        assert words in page
    for words in ("Article 13 GDPR", "Daon &lt;Market&gt;", "Entrance, Tea, Cakes", "fewer than 5 people"):
        assert words in page


@given(today=st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), back=st.integers(0, 400))
def test_a_week_has_the_name_by_which_it_is_found(today: dt.date, back: int) -> None:
    week = week_of((today - dt.timedelta(days=back)).strftime("%G-W%V"), today)
    assert week.first.weekday() == 0
    assert week.first <= week.last <= today
    assert (week.last - week.first).days == 6 or week.last == today
    assert week_of(week.name, today) == week


@pytest.mark.parametrize("asked", ["", "x", "2026-W60", "2026-11-18", "9999-W01"])
def test_a_week_that_is_none_is_the_last_that_is_over(asked: str) -> None:
    today = dt.date(2026, 11, 18)
    assert week_of(asked, today).name in ("2026-W46", "2026-W47")

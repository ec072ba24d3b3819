"""Tables as files: every one of them, with nothing about few people, and each written down."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pyarrow import parquet as files  # type: ignore[import-untyped]  # it ships no types

from cloud.manage.insight import parts
from cloud.store import audit_log
from cloud.store.tables import TABLES, Bounds, Column, Kind, Table, rows
from cloud.web.manage.exports import exports_router
from tests.cloud.entered import entered
from tests.cloud.morning import (
    CAKE,
    MINUTE,
    NOON_MS,
    SEOUL,
    TEA,
    Site,
    Town,
    entries,
    plan,
    serving,
    stays,
    town,
    watched,
)

HOUR = 60 * MINUTE
SHELVES = ("tea", "cake", "bread")
DOORS = ("door", "back", "side")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An hour with seven who came in and two who came in an hour later; tea drew many, cake drew nine, then three."""
    with town(tmp_path_factory.mktemp("exports"), floor=plan()) as place:
        left = place.node("left")
        left.tell([*watched(["tea"], ["cam-a"], minutes=range(-120, 0)), *entries(7, at=NOON_MS - 2 * HOUR)])
        left.tell([*entries(2, at=NOON_MS - HOUR), *stays("tea", [9] * 12, at=NOON_MS - HOUR)])
        place.node("right").tell(
            [*stays("cake", [8] * 9, at=NOON_MS - 2 * HOUR), *stays("cake", [8] * 3, at=NOON_MS - HOUR)]
        )
        place.sale("=cmd", at=NOON_MS - HOUR)
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, exports_router) as site:
        yield site


@pytest.fixture(scope="module")
def client(site: Site, place: Town) -> Iterator[httpx.Client]:
    with entered(site, place.password) as client:
        yield client


def table(client: httpx.Client, name: str) -> list[dict[str, str]]:
    text = client.get(f"/v1/insight/tables/{name}?period=today").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("one", TABLES, ids=lambda one: one.key)
def test_both_forms_of_a_table_hold_the_same(client: httpx.Client, one: Table) -> None:
    told = table(client, one.key)
    answer = client.get(f"/v1/insight/tables/{one.key}?period=today&form=parquet")
    assert answer.headers["content-disposition"] == f'attachment; filename="{one.key}-today.parquet"'
    read = files.read_table(io.BytesIO(answer.content))
    assert read.column_names == [column.name for column in one.columns]
    assert read.num_rows == len(told)
    for column in one.columns:
        values = read.column(column.name).to_pylist()
        for value, row in zip(values, told, strict=True):
            if value is None or column.kind in (Kind.COUNT, Kind.DAY):
                assert row[column.name] == ("" if value is None else str(value))


def test_nothing_is_told_about_few_people(client: httpx.Client) -> None:
    assert [(row["went_in"], row["went_out"]) for row in table(client, "hour-lines")] == [("", "0"), ("", "")]
    by_zone = {row["zone"]: row for row in table(client, "hour-zones")}
    assert (by_zone["tea"]["stays"], by_zone["tea"]["stayed_ms"]) == ("12", "108000")
    assert (by_zone["cake"]["stays"], by_zone["cake"]["stayed_ms"]) == ("", "")


def test_moments_are_by_the_stores_clock(client: httpx.Client) -> None:
    assert [row["at"] for row in table(client, "hour-lines")] == [
        "2026-11-21T10:00:00+09:00",
        "2026-11-21T11:00:00+09:00",
    ]


def test_a_spreadsheet_takes_no_word_for_a_formula(client: httpx.Client) -> None:
    assert [row["gtin"] for row in table(client, "hour-sales")] == ["'=cmd"]


def test_who_took_a_file_is_written_down(client: httpx.Client, place: Town) -> None:
    client.get("/v1/insight/tables/days?period=7d")
    with place.store.reading() as connection:
        newest = audit_log.lines(connection)[0]
    assert (newest.who, newest.act, newest.subject) == ("manager", "exported", "days 7d csv")


def test_the_page_says_where_the_files_of_some_days_hold_nothing_or_a_part(client: httpx.Client) -> None:
    empty, same = (
        client.get(f"/manage/exports?first=2020-01-01&last=2020-01-07&lang={lang}").text for lang in ("en", "ko")
    )
    assert "Nothing was told in these days." in empty
    assert "이 기간에는 집계한 것이 없습니다." in same
    part = client.get("/manage/exports?first=2026-01-01&last=2026-11-21&lang=en").text
    assert "Nothing was told" not in part
    assert "Counting began on 2026-11-" in part


def test_the_page_leads_to_every_file(client: httpx.Client) -> None:
    page = client.get("/manage/exports?first=2026-11-03&last=2026-11-01&lang=en").text
    for one in TABLES:
        for form in ("csv", "parquet"):
            assert f"/v1/insight/tables/{one.key}?period=2026-11-01..2026-11-03&amp;form={form}" in page
    assert "period=2026-10-25..2026-11-21" in client.get("/manage/exports?first=x&last=2026-13-01").text


@pytest.mark.parametrize(("path", "status"), [("nothing", 404), ("days?period=ever", 422), ("days?form=xls", 422)])
def test_what_is_not_there_is_said(client: httpx.Client, path: str, status: int) -> None:
    assert client.get(f"/v1/insight/tables/{path}").status_code == status


@settings(max_examples=60, deadline=None)
@given(counts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 10**6)), max_size=20))
def test_no_count_of_one_to_four_ever_leaves(place: Town, counts: list[tuple[int, int, int]]) -> None:
    people = [Column(name=name, kind=Kind.COUNT, people=True) for name in ("stays", "cut", "stayed_ms")]
    values = ", ".join(f"({n}, {cut}, {ms})" for n, cut, ms in counts) or "(0, 0, 0)"
    asked = Table(key="x", columns=tuple(people), sql=f"VALUES {values}", about="stays")
    with place.store.reading() as connection:
        told = list(rows(connection, asked, Bounds(first_ms=0, end_ms=1, first_day=0, end_day=1), k=5, zone=SEOUL))
    for (n, cut, ms), row in zip(counts, told, strict=False):
        few = 0 < n < 5
        assert row == [None if few else n, None if few or 0 < cut < 5 else cut, None if few else ms]


def told(place: Town, asked: Table) -> list[list[object]]:
    with place.store.reading() as connection:
        found = rows(connection, asked, Bounds(first_ms=0, end_ms=10**13, first_day=0, end_day=10**7), k=5, zone=SEOUL)
        return [list(row) for row in found]


def test_what_one_table_withholds_no_other_one_tells() -> None:
    """By the words of the columns: a figure that is about people in one table is so in all."""
    withheld = {column.name for table in TABLES for column in table.columns if column.people}
    told = {column.name for table in TABLES for column in table.columns if not column.people}
    assert not withheld & told
    assert {"taps", "lines", "quantity", "won"} <= withheld


def test_an_hours_few_taps_and_few_receipts_are_withheld(tmp_path: Path) -> None:
    tables = {table.key: table for table in TABLES}
    with town(tmp_path, floor=plan()) as place:
        with place.store.atomic() as connection:
            for reader, taps in (("a", 2), ("b", 7)):
                connection.execute("INSERT INTO tap_sums VALUES (?, ?, ?, ?, 0, 0, 0)", (HOUR, reader, NOON_MS, taps))
            connection.execute("INSERT INTO phone_tap_sums VALUES (?, 't', ?, 3, 1)", (HOUR, NOON_MS))
            connection.execute("INSERT INTO sale_sums VALUES (?, '1', ?, 9, 2), (?, '2', ?, 9, 6)", (HOUR, NOON_MS) * 2)
        assert [row[2:] for row in told(place, tables["hour-taps"])] == [["a", None], ["b", 7], ["t", None]]
        assert [row[1:] for row in told(place, tables["hour-sales"])] == [["1", None, None], ["2", 9, 6]]


def test_an_hour_that_is_withheld_cannot_be_had_from_its_days_sum(tmp_path: Path) -> None:
    tables = {table.key: table for table in TABLES}
    people, day = (30, 9, 3, 12), NOON_MS - 24 * HOUR
    with town(tmp_path, floor=plan()) as place:
        with place.store.atomic() as connection:
            for hour, came in enumerate(people):
                connection.execute(
                    "INSERT INTO crossing_sums VALUES (?, 'door', ?, ?, 6)", (HOUR, NOON_MS + hour * HOUR, came)
                )
            connection.execute("INSERT INTO crossing_sums VALUES (?, 'door', ?, 9, 9)", (HOUR, day))
        hours = [row[2:] for row in told(place, tables["hour-lines"])]
        assert hours == [[9, 9], [30, 6], [None, 6], [None, None], [12, 6]], "each day by itself"
        bounds = Bounds(first_ms=NOON_MS + HOUR, end_ms=NOON_MS + 2 * HOUR, first_day=0, end_day=1)
        with place.store.reading() as connection:
            of_one_hour = list(rows(connection, tables["hour-lines"], bounds, k=5, zone=SEOUL))
        assert [row[2] for row in of_one_hour] == [None], "an hour by itself tells no more than among its day's"


def test_a_shelf_that_is_withheld_cannot_be_had_from_the_days_sum_of_all_shelves(tmp_path: Path) -> None:
    """The pages tell 43, 39 and 20 of the three days; the shelves' 40 and then nothing would be their three."""
    tables = {table.key: table for table in TABLES}
    people = {1: (40, 3), 2: (30, 9), 3: (12, 8)}
    with town(tmp_path, floor=plan()) as place:
        with place.store.atomic() as connection:
            for day, (tea, cake) in people.items():
                connection.execute("INSERT INTO days VALUES (?, 0, 0, 0, NULL, NULL, 60000, 0, 0, 0)", (day,))
                for kind, name, passed in (
                    *(("zone", "tea", tea), ("zone", "cake", cake), ("zone", "queue", 5)),
                    *(("product", TEA, tea), ("product", CAKE, cake)),
                ):
                    connection.execute(
                        "INSERT INTO day_chains (day, kind, name, passed, stopped, taps, tapped, sales, bought, paid) "
                        "VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 0)",
                        (day, kind, name, passed),
                    )
        left = {(row[0], row[2]): row[3] for row in told(place, tables["day-funnels"])}
    assert {day: (left[day, "tea"], left[day, "cake"]) for day in people} == {
        1: (None, None),
        2: (30, 9),
        3: (None, None),
    }, "the eight of the third day would tell the cake's three by the sum of its days, and the twelve the eight"
    assert {left[day, "queue"] for day in people} == {5}, "no page sums shelves and queues"
    for zone, product in (("tea", TEA), ("cake", CAKE)):
        assert [left[day, product] for day in people] == [left[day, zone] for day in people], "the same people"


def test_a_doors_hour_or_day_that_is_withheld_cannot_be_had_from_the_other_doors_hours(wide: Town) -> None:
    """The bars tell 33 of the first hour and the page 72 of the day: without these 30 and 39 all would be told."""
    assert hours_of(wide, "line", {"door": (30, 9, 30), "back": (3, 0, 0)}) == {
        "door": [None, None, 30],
        "back": [None],
    }
    assert hours_of(wide, "line", {"door": (30, 30), "back": (3, 8)}) == {"door": [None, None], "back": [None, None]}
    assert hours_of(wide, "line", {"door": (9, 7, 20), "back": (8, 6, 0), "side": (0, 0, 3)})["side"] == [None]
    whole = {"tea": (30, 30), "cake": (3, 8)}
    assert hours_of(wide, "zone", whole)["tea"] == [30, 30], "no page tells all shelves' people of an hour"
    assert hours_of(wide, "zone", {"tea": (30, 9), "cake": (3, 0)})["tea"] == [None, None], "but of a day"


@settings(max_examples=200, deadline=None)
@given(hours=st.lists(st.tuples(st.integers(1, 20), st.integers(1, 9), st.integers(0, 6)), min_size=1, max_size=4))
def test_no_told_sums_of_doors_hours_and_the_day_leave_few_people_no_choice(
    wide: Town, hours: list[tuple[int, int, int]]
) -> None:
    """By the rank of all told together. Of an hour in which one door alone was crossed the bars tell that door's."""
    counts = np.array(hours).T
    left = hours_of(wide, "line", dict(zip(DOORS, counts.tolist(), strict=True)), gaps=True)
    cells = np.eye(counts.size).reshape(*counts.shape, counts.size)
    shown = [
        *zip(cells.sum(1), parts(counts.sum(1).tolist()).figures, strict=True),  # a day's doors, as its file tells them
        *zip(cells.sum(0), parts(counts.sum(0).tolist()).figures, strict=True),  # its hours, as its page does
    ]
    told = [cells.sum((0, 1)), *(sum_ for sum_, figure in shown if figure.value is not None)]
    told += [cells[at] for at in np.ndindex(*counts.shape) if left[DOORS[at[0]]][at[1]] is not None]
    known = np.linalg.pinv(np.array(told)) @ np.array(told)
    few = [(cells[at], counts[at]) for at in np.ndindex(*counts.shape)]
    few += [*zip(cells.sum(1), counts.sum(1), strict=True), *zip(cells.sum(0), counts.sum(0), strict=True)]
    if counts.sum() >= 5:
        assert not any(np.allclose(sum_ @ known, sum_) for sum_, people in few if 0 < people < 5)


def hours_of(
    place: Town, names: str, counts: Mapping[str, Sequence[int]], *, gaps: bool = False
) -> dict[str, list[object]]:
    """What a file tells of each hour of some zones or lines; an hour of nobody has no row, or (`gaps`) a 0."""
    listed = [
        f"({NOON_MS + hour * HOUR}, '{name}', {people})"
        for name, some in counts.items()
        for hour, people in enumerate(some)
        if people
    ]
    at, name = Column(name="at", kind=Kind.MOMENT), Column(name=names, kind=Kind.WORDS)
    people = Column(name="people", kind=Kind.COUNT, people=True)
    sql = f"VALUES {', '.join(listed)}" if listed else "SELECT 0, '', 0 WHERE 0"
    left = told(place, Table(key="x", columns=(at, name, people), sql=sql, about="people", names=names))
    by_hour = {(row[1], row[0]): row[2] for row in left}
    return {
        name: [
            by_hour.get((name, NOON_MS + hour * HOUR), 0)
            for hour in range(len(some))
            if gaps or (name, NOON_MS + hour * HOUR) in by_hour
        ]
        for name, some in counts.items()
    }


@pytest.fixture(scope="module", name="wide")
def _store_with_three_shelves_and_doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    floor = plan()
    zones = (*floor.zones, replace(floor.zones[1], id="bread"))
    lines = tuple(replace(floor.lines[0], id=name) for name in DOORS)
    with town(tmp_path_factory.mktemp("wide"), floor=replace(floor, zones=zones, lines=lines)) as place:
        yield place


@settings(max_examples=100, deadline=None)
@given(people=st.lists(st.tuples(*[st.integers(0, most) for most in (30, 9, 9)]), min_size=1, max_size=6))
def test_no_told_sum_over_shelves_or_days_lacks_one_of_them_alone(
    wide: Town, people: list[tuple[int, int, int]]
) -> None:
    values = [(day, *of) for day, some in enumerate(people, 1) for of in zip(SHELVES, some, strict=True)]
    listed = ", ".join(f"({day}, '{zone}', {count})" for day, zone, count in values)
    day, zone = Column(name="day", kind=Kind.DAY), Column(name="zone", kind=Kind.WORDS)
    counted = Column(name="stays", kind=Kind.COUNT, people=True)
    asked = Table(
        key="x", columns=(day, zone, counted), sql=f"VALUES {listed}", by_day=True, about="stays", names="zone"
    )
    left = {(row[0], row[1]): row[2] for row in told(wide, asked)}
    for at in (0, 1):
        for name in {row[at] for row in values}:
            whole = [row[2] for row in values if row[at] == name]
            hidden = [row[2] for row in values if row[at] == name and left[row[0], row[1]] is None]
            assert len(hidden) != 1 or sum(whole) < 5 or len(whole) == 1
    for number, some in enumerate(people, 1):
        shown = parts(some).figures  # as the day's page shows them
        assert all(left[number, shelf] is None for shelf, it in zip(SHELVES, shown, strict=True) if it.value is None)


def test_where_each_hour_of_a_day_had_one_person_no_hour_says_so(tmp_path: Path) -> None:
    tables = {table.key: table for table in TABLES}
    with town(tmp_path, floor=plan()) as place:
        with place.store.atomic() as connection:
            for hour in range(6):
                connection.execute(
                    "INSERT INTO crossing_sums VALUES (?, 'door', ?, 1, 0)", (HOUR, NOON_MS + hour * HOUR)
                )
            connection.execute("INSERT INTO crossing_sums VALUES (?, 'back', ?, 9, 0)", (HOUR, NOON_MS))
        hours = told(place, tables["hour-lines"])
    at_door = [row for row in hours if row[1] == "door"]
    assert [row[2] for row in at_door] == [None] * 24, "six hidden hours of six people would be one each"
    assert [row for row in hours if row[1] == "back"] == [[NOON_MS, "back", 9, 0]]
    assert hours == sorted(hours, key=lambda row: (row[0], row[1]))


def test_a_days_few_receipts_are_withheld_with_their_money_and_a_second_day_with_them(tmp_path: Path) -> None:
    tables = {table.key: table for table in TABLES}
    with town(tmp_path, floor=plan()) as place:
        with place.store.atomic() as connection:
            for day, receipts in ((1, 40), (2, 3), (3, 8), (4, 0)):
                connection.execute(
                    "INSERT INTO days VALUES (?, 0, 0, 0, NULL, NULL, 60000, ?, ?, 0)", (day, receipts, 1000 * receipts)
                )
        assert told(place, tables["days"]) == [
            [1, 60_000, 40, 40_000],
            [2, 60_000, None, None],
            [3, 60_000, None, None],
            [4, 60_000, 0, 0],
        ]


def test_a_figure_goes_with_those_whom_it_is_of_and_with_what_nobody_knows(place: Town) -> None:
    columns = (
        Column(name="all", kind=Kind.COUNT, people=True),
        Column(name="some", kind=Kind.COUNT, people=True),
        Column(name="others", kind=Kind.COUNT, people=True),
        Column(name="won", kind=Kind.COUNT, people=True, of=("some", "others")),
    )
    values = "(9, 2, 2, 4000), (9, 2, 3, 5000), (9, 0, 0, 0), (NULL, 7, 7, 7000), (9, NULL, 7, 7000)"
    assert told(place, Table(key="x", columns=columns, sql=f"VALUES {values}", about="all")) == [
        [9, None, None, None],
        [9, None, None, 5000],
        [9, 0, 0, 0],
        [None, None, None, None],
        [9, None, 7, None],
    ]

"""Sales of a file, by the command line."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.cli import main
from cloud.gs1 import check_digit
from cloud.shop.catalogue import CsvError
from cloud.shop.sale_table import parse_sales
from cloud.shop.sales import SaleLine
from cloud.store.connection import FILE, open_reader
from tests.cloud.shop import CAKE, NOON_MS, TEA

GOOD = f"""sale,at,currency,gtin,quantity,amount,discount
A-1,2026-11-21T12:00:00+09:00,KRW,{TEA},2,25600,600
A-1,2026-11-21T12:00:00+09:00,KRW,{CAKE},1,8900,
A-2,{NOON_MS},,{TEA},1,12800,
"""


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    data = tmp_path / "data"
    assert main(["init", "--data", str(data), "--store", "daon"]) == 0
    assert main(["tills", "add", "till-1", "--data", str(data)]) == 0
    capsys.readouterr()
    return data


def imported(data: Path, text: str, till: str = "till-1") -> int:
    file = data.parent / "sales.csv"
    file.write_text(text, encoding="utf-8")
    return main(["sales", "import", str(file), "--till", till, "--data", str(data)])


def rows(data: Path, question: str) -> list[tuple[object, ...]]:
    connection = open_reader(data / FILE)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_a_files_sales_count_once_however_often_it_comes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(data, GOOD) == 0
    assert capsys.readouterr().out == "2 sales, 2 of them new\n"
    assert imported(data, GOOD + f"A-3,{NOON_MS},,{TEA},1,12800,\n") == 0
    assert capsys.readouterr().out == "3 sales, 1 of them new\n"

    assert rows(data, "SELECT sale, total FROM sale_terms ORDER BY sale") == [(1, 33_900), (2, 12_800), (3, 12_800)]
    assert rows(data, "SELECT till, sale, at_ms FROM sales WHERE id < 3") == [
        ("till-1", "A-1", 1_795_230_000_000),
        ("till-1", "A-2", NOON_MS),
    ]
    assert rows(data, "SELECT count(*) FROM sale_links") == [(0,)]


BAD = (
    (GOOD.replace("quantity", "pieces"), "line 1: the columns quantity are missing"),
    (GOOD.replace("discount", "rebate"), "line 1: the column 'rebate' is not known"),
    (GOOD.replace("25600", "25.600"), "line 2, amount: '25.600' is not allowed"),
    (GOOD.replace("25600", str(2**63)), "line 2, amount"),
    (GOOD.replace("25600", "NaN"), "line 2, amount"),
    (GOOD.replace(",600", ",25601"), "line 2, discount"),
    (GOOD.replace(CAKE, "09520000000058"), "line 3, gtin: '09520000000058' is not allowed, it must be a GTIN"),
    (GOOD.replace(f"{CAKE},1", f"{CAKE},0"), "line 3, quantity"),
    (GOOD.replace("T12:00:00+09:00,KRW,0952000000005", "T12:00:01+09:00,KRW,0952000000005"), "line 3, at"),
    (GOOD.replace(str(NOON_MS), "2026-11-22 12:00"), "line 4, at: '2026-11-22 12:00' is not allowed"),
    (GOOD.replace(str(NOON_MS), "yesterday"), "line 4, at"),
    (GOOD.replace("KRW", "USD"), "line 2, currency: 'USD' is not allowed, it must be KRW"),
    (GOOD.replace("A-2", "A 2"), "line 4: "),
    (
        GOOD + f"A-1,{NOON_MS},,{TEA},1,12800,\n",
        "line 5, sale: 'A-1' is not allowed, it must be beside its other lines",
    ),
    (GOOD + "A-9,1,2,3,4,5,6,7\n", "line 5: there are more cells than columns"),
    (GOOD + '"A-9,1\n', "line 5: "),
)


def test_a_wrong_line_is_named_and_nothing_of_the_file_is_taken(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, words in BAD:
        assert imported(data, text) == 2, words
        assert words in capsys.readouterr().err
    assert rows(data, "SELECT count(*) FROM sales") == [(0,)]


def test_another_sale_under_a_known_number_is_named_with_its_line(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(data, GOOD) == 0
    assert imported(data, GOOD.replace("8900", "8800") + f"A-4,{NOON_MS},,{TEA},1,1,\n") == 2
    assert "line 2: Another sale was stored as A-1." in capsys.readouterr().err
    assert rows(data, "SELECT count(*) FROM sales") == [(2,)]


def test_only_a_till_has_sales(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(data, GOOD, till="till-9") == 2
    assert "there is no till 'till-9'" in capsys.readouterr().err


def test_what_is_no_file_of_text_is_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = data.parent / "sales.csv"
    file.write_bytes(b"sale\xff")
    assert main(["sales", "import", str(file), "--till", "till-1", "--data", str(data)]) == 2
    assert "byte 4 is not UTF-8" in capsys.readouterr().err
    assert main(["sales", "import", str(data / "none.csv"), "--till", "till-1", "--data", str(data)]) == 2
    assert "No such file" in capsys.readouterr().err


def test_the_audit_is_in_order_and_finds_what_is_not(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["points", "audit", "--data", str(data)]) == 0
    assert '"sum": 0, "astray": 0' in capsys.readouterr().out
    connection = sqlite3.connect(data / FILE)
    with connection:
        connection.execute("INSERT INTO points_lots (account, expires_ms, left) VALUES (1, 1, 5)")
    connection.close()
    assert main(["points", "audit", "--data", str(data)]) == 1
    assert '"astray": 1' in capsys.readouterr().out


lines = st.builds(
    SaleLine,
    gtin=st.integers(0, 10**13 - 1).map(lambda n: f"{n:013}").map(lambda s: s + check_digit(s)),
    quantity=st.integers(1, 10_000),
    amount=st.integers(-(10**12), 10**12),
    discount=st.just(0),
)
sales = st.lists(st.tuples(st.integers(0, 2**43), st.lists(lines, min_size=1, max_size=3)), max_size=4)


@settings(max_examples=80, deadline=None)
@given(sales)
def test_a_table_is_read_as_it_was_written(told: list[tuple[int, list[SaleLine]]]) -> None:
    text = ["sale,at,gtin,quantity,amount"]
    for number, (at, goods) in enumerate(told):
        text += [f"S{number},{at},{line.gtin},{line.quantity},{line.amount}" for line in goods]
    read = parse_sales("\n".join(text))
    assert [(each.sale.at, list(each.sale.lines)) for each in read] == told


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.booleans())
def test_any_text_is_a_table_or_an_error_with_its_line(text: str, headed: bool) -> None:
    try:
        parse_sales(f"sale,at,gtin,quantity,amount\n{text}" if headed else text)
    except CsvError as error:
        words = str(error)
    else:
        words = "line "
    assert words.startswith("line ")

"""Codes that people read out: every reader of the store reads what is typed in the same way."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import codes
from cloud.manage.passwords import new_password
from cloud.offers.codes import new_code, read_code
from cloud.shop import joining
from cloud.store import member_codes, shoppers
from cloud.store.migrations import migrate

HOW = (" ", "-", "\t", "\r\n", "\N{NO-BREAK SPACE}", "\N{EN DASH}", "\N{HYPHEN}", "\N{NON-BREAKING HYPHEN}")
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    yield connection
    connection.close()


@given(value=st.binary(min_size=1, max_size=20))
def test_a_code_is_read_as_the_number_that_was_written(value: bytes) -> None:
    code = codes.written(value)
    assert len(code) == -(-8 * len(value) // 5)
    assert codes.value_of(code) == int.from_bytes(value)
    assert codes.typed(codes.grouped(code).lower(), len(code)) == code


@pytest.mark.parametrize("between", HOW)
def test_every_reader_takes_the_same_hands(connection: sqlite3.Connection, between: str) -> None:
    """As somebody copies it out of a message, with whatever lies between the groups, and O and l for 0 and 1."""
    profile = shoppers.begin(connection, handle=f"{HOW.index(between):022}", language="ko", now_ms=0)
    member, joins, coupon = codes.written(b"\x00\x11" + bytes(3)), joining.new_code(bytes), new_code(KEY, bytes)

    def by_hand(code: str) -> str:
        return codes.grouped(code).replace("-", between).lower().replace("0", "O").replace("1", "l")

    member_codes.make(connection, profile_id=profile, code=member, now_ms=0)
    assert member_codes.find(connection, by_hand(member), 0) == profile
    assert joining.typed(by_hand(joins)) == joins
    assert read_code(KEY, by_hand(coupon)) == coupon


def test_what_is_no_code_is_none() -> None:
    for text in ("", "ABCD-EFG", "ABCD-EFGHJ", "ABCU-EFGH", "ABCD-EFG\N{FULLWIDTH DIGIT ONE}", "-" * 64 + "ABCDEFGH"):
        assert codes.typed(text, 8) is None


def test_a_made_password_holds_no_letter_that_is_misread() -> None:
    assert not set(new_password(lambda length: bytes(range(length)))) & set("iloILOuU")


def test_the_alphabet_is_said_once() -> None:
    rooms = Path(codes.__file__).parent
    told = [path.name for path in rooms.rglob("*.py") if codes.ALPHABET in path.read_text("utf-8").upper()]
    assert told == ["codes.py"]

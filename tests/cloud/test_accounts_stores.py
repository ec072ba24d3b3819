"""Several stores that share their accounts; and accounts that an earlier version kept in the store's own database."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.accounts import people, stores
from cloud.accounts.database import Accounts
from cloud.accounts.sessions import Means
from cloud.manage import devices
from cloud.manage.beginning import MACHINE, ensure_first_owner, move_accounts, reset_password
from cloud.manage.login import Caller, Door, Entered, Refused
from cloud.manage.passwords import LEAST, MOST_TEXT, Weak, weakness
from cloud.manage.rights import Role
from cloud.store.connection import Store
from contract.plan import Title
from tests.cloud.morning import PASSWORDS

NOW = 1_800_000_000_000
RANDOM = random.Random(5).randbytes


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    accounts = Accounts(tmp_path / "accounts.db")
    yield accounts
    accounts.close()


def door(accounts: Accounts, store: str) -> Door:
    return Door(accounts, store=store, random=RANDOM, passwords=PASSWORDS)


def first(accounts: Accounts, store: str) -> tuple[str, str]:
    made = ensure_first_owner(accounts, RANDOM, store=store, now_ms=NOW, passwords=PASSWORDS)
    assert made
    return made.account, made.password


def enter(accounts: Accounts, store: str, account: str, password: str) -> Entered | Refused:
    return door(accounts, store).enter(account=account, password=password, caller=Caller(), now_ms=NOW)


def test_each_stores_first_owner_has_a_name_of_their_own(accounts: Accounts) -> None:
    assert first(accounts, "daon")[0] == "manager"
    assert first(accounts, "haru")[0] == "manager-haru"
    assert ensure_first_owner(accounts, RANDOM, store="daon", now_ms=NOW, passwords=PASSWORDS) is None


def test_an_account_opens_the_stores_that_gave_it_a_role_and_no_other(accounts: Accounts) -> None:
    account, password = first(accounts, "daon")
    entered = enter(accounts, "daon", account, password)
    assert isinstance(entered, Entered)
    assert enter(accounts, "haru", account, password) == Refused(wait_ms=0, elsewhere=True)
    assert door(accounts, "haru").who(entered.token, NOW) is None
    with accounts.atomic() as connection:
        people.grant(connection, name=account, store="haru", role=Role.READER, by="b", now_ms=NOW)
    assert door(accounts, "haru").who(entered.token, NOW) is None  # a session is of the store where it began
    there = enter(accounts, "haru", account, password)
    assert isinstance(there, Entered)
    who = door(accounts, "haru").who(there.token, NOW)
    assert who
    assert who.role is Role.READER


def test_the_switcher_lists_the_stores_that_an_account_may_enter(accounts: Accounts) -> None:
    account, _ = first(accounts, "daon")
    with accounts.atomic() as connection:
        people.grant(connection, name=account, store="haru", role=Role.STAFF, by="b", now_ms=NOW)
        for name, address in (("daon", "http://localhost:1"), ("haru", "https://haru.example"), ("third", "x")):
            title = Title(ko=f"{name}-ko", en=name)
            stores.tell(connection, name=name, title=title, address=address, now_ms=NOW)
        found = stores.entries(connection, account)
    assert [(one.name, one.address, one.role) for one in found] == [
        ("daon", "http://localhost:1", Role.OWNER),
        ("haru", "https://haru.example", Role.STAFF),
    ]


def test_two_processes_share_the_file(tmp_path: Path, accounts: Accounts) -> None:
    other = Accounts(tmp_path / "accounts.db")
    try:
        account, password = first(other, "daon")
        assert isinstance(enter(accounts, "daon", account, password), Entered)
        with accounts.atomic() as connection:
            people.take_back(connection, name=account, store="daon")
        assert enter(other, "daon", account, password) == Refused(wait_ms=0)
    finally:
        other.close()


def test_an_access_that_ends_takes_the_account_along_only_where_it_was_the_last(accounts: Accounts) -> None:
    account, _ = first(accounts, "daon")
    with accounts.atomic() as connection:
        people.grant(connection, name=account, store="haru", role=Role.STAFF, by="b", now_ms=NOW)
        people.take_back(connection, name=account, store="daon")
        assert people.account(connection, account)
        people.take_back(connection, name=account, store="haru")
        assert people.account(connection, account) is None


def test_accounts_of_before_are_moved_once_as_owners(tmp_path: Path, accounts: Accounts) -> None:
    store = Store(tmp_path, new_store_id="0" * 32)
    hashed = PASSWORDS.hash("the old password")
    with store.atomic() as connection:
        connection.execute("INSERT INTO manager VALUES ('manager', ?, 7)", (hashed,))
        connection.execute("INSERT INTO manager_session VALUES ('digest', 'manager', 1, 1)")
    assert move_accounts(store, accounts, name="daon", random=RANDOM, now_ms=NOW) == 1
    assert move_accounts(store, accounts, name="daon", random=RANDOM, now_ms=NOW) == 0
    assert isinstance(enter(accounts, "daon", "manager", "the old password"), Entered)
    with accounts.reading() as connection:
        (grant,) = people.grants(connection, "daon")
    assert (grant.account, grant.role, grant.by) == ("manager", Role.OWNER, MACHINE)
    assert ensure_first_owner(accounts, RANDOM, store="daon", now_ms=NOW, passwords=PASSWORDS) is None
    left = sqlite3.connect(store.path).execute("SELECT count(*) FROM manager").fetchone()
    assert left == (0,)
    store.close()


def test_a_moved_name_that_is_taken_gets_the_stores_beside_it(tmp_path: Path, accounts: Accounts) -> None:
    first(accounts, "haru")
    store = Store(tmp_path, new_store_id="0" * 32)
    with store.atomic() as connection:
        connection.execute("INSERT INTO manager VALUES ('manager', ?, 7)", (PASSWORDS.hash("the old password"),))
    move_accounts(store, accounts, name="daon", random=RANDOM, now_ms=NOW)
    assert isinstance(enter(accounts, "daon", "manager-daon", "the old password"), Entered)
    assert enter(accounts, "haru", "manager-daon", "the old password") == Refused(wait_ms=0, elsewhere=True)
    store.close()


def test_the_command_line_keeps_a_role_and_makes_an_owner_where_there_is_none(accounts: Accounts) -> None:
    first(accounts, "daon")
    with accounts.atomic() as connection:
        people.add(connection, name="minji", handle=bytes(16), hashed="", now_ms=NOW)
        people.grant(connection, name="minji", store="daon", role=Role.STAFF, by="manager", now_ms=NOW)
    for account, role in (("minji", Role.STAFF), ("new", Role.OWNER)):
        password = reset_password(accounts, RANDOM, store="daon", now_ms=NOW, passwords=PASSWORDS, account=account)
        entered = door(accounts, "daon").enter(account=account, password=password, caller=Caller(), now_ms=NOW)
        assert isinstance(entered, Entered)
        who = door(accounts, "daon").who(entered.token, NOW)
        assert who
        assert who.role is role


def test_a_session_needs_a_role(accounts: Accounts) -> None:
    with accounts.atomic() as connection:
        people.add(connection, name="minji", handle=bytes(16), hashed="", now_ms=NOW)
    opened = door(accounts, "daon").open("minji", Means.PASSKEY, caller=Caller(), now_ms=NOW)
    assert opened == Refused(wait_ms=0, elsewhere=True)


@settings(max_examples=60, deadline=None)
@given(
    password=st.text("abcdefgh é가", max_size=20) | st.just("long words " * 30),
    account=st.text("abc", min_size=1, max_size=4),
)
def test_a_password_that_may_be_chosen_is_long_enough_and_not_the_name(password: str, account: str) -> None:
    match weakness(password, account):
        case None:
            assert LEAST <= len(password) <= MOST_TEXT
            assert account not in password.lower()
            assert len(set(password)) >= 5
        case Weak.SHORT:
            assert len(password) < LEAST
        case Weak.LONG:
            assert len(password) > MOST_TEXT


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/143.0 Safari/537.36 Edg/143.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) SamsungBrowser/29.0 Chrome/136 Mobile", "Samsung Internet · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0; rv:145.0) Gecko Firefox/145.0", "Firefox · Mac"),
        ("python-httpx/0.28", "python-httpx"),
        ("", ""),
    ],
)
def test_a_device_is_told_in_two_words(agent: str, words: str) -> None:
    assert devices.words(agent) == words


@settings(max_examples=100, deadline=None)
@given(agent=st.text(max_size=200))
def test_whatever_a_browser_says_of_itself_is_told_short(agent: str) -> None:
    assert len(devices.words(agent)) <= 40

"""The manager's door: one password at first start, sessions that end, guessers who wait."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.accounts.database import Accounts
from cloud.manage.beginning import FIRST_ACCOUNT, ensure_first_owner, reset_password
from cloud.manage.login import ABSOLUTE_MS, IDLE_MS, Caller, Door, Entered, Refused
from cloud.manage.passwords import Passwords, new_password
from cloud.manage.rights import Role
from cloud.manage.throttle import MEMORY_MS, Kind, Subject, Throttle, wait_ms

NOW = 1_800_000_000_000
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    accounts = Accounts(tmp_path / "accounts.db")
    yield accounts
    accounts.close()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP)


@pytest.fixture
def password(accounts: Accounts, passwords: Passwords) -> str:
    first = ensure_first_owner(accounts, random.Random(1).randbytes, store="daon", now_ms=NOW, passwords=passwords)
    assert first is not None
    return first.password


@pytest.fixture
def door(accounts: Accounts, passwords: Passwords) -> Door:
    return Door(accounts, store="daon", random=random.Random(2).randbytes, passwords=passwords)


def enter(door: Door, password: str, *, at: int = NOW, address: str = "10.0.0.1", account: str = "manager") -> str:
    entered = door.enter(account=account, password=password, caller=Caller(address=address), now_ms=at)
    assert isinstance(entered, Entered)
    return entered.token


def test_the_first_password_is_told_once(accounts: Accounts, passwords: Passwords, password: str) -> None:
    assert len(password) == 23
    assert (
        ensure_first_owner(accounts, random.Random(3).randbytes, store="daon", now_ms=NOW, passwords=passwords) is None
    )


def test_a_password_is_a_hundred_random_bits() -> None:
    seen = {new_password(random.Random(seed).randbytes) for seed in range(200)}
    assert len(seen) == 200
    assert new_password(lambda size: b"\xff" * size) == "zzzzz-zzzzz-zzzzz-zzzzz"


def test_the_right_password_opens_a_session(door: Door, password: str) -> None:
    token = enter(door, password)
    who = door.who(token, NOW + 1)
    assert who is not None
    assert (who.account, who.role) == (FIRST_ACCOUNT, Role.OWNER)
    assert door.who(token[:-1] + "x", NOW + 1) is None
    assert door.who(None, NOW) is None


def test_the_account_is_written_as_people_write_it(door: Door, password: str) -> None:
    assert enter(door, password, account=" Manager ")


def test_a_stranger_and_a_wrong_password_hear_the_same(door: Door, password: str) -> None:
    wrong = door.enter(account="manager", password=password + "x", caller=Caller(address="10.0.0.1"), now_ms=NOW)
    stranger = door.enter(account="root", password=password, caller=Caller(address="10.0.0.2"), now_ms=NOW)
    assert wrong == stranger == Refused(wait_ms=0)


def test_nothing_in_the_database_opens_the_door(accounts: Accounts, door: Door, password: str) -> None:
    token = enter(door, password)
    dump = "\n".join(sqlite3.connect(accounts.path).iterdump())
    assert password not in dump
    assert token not in dump
    assert "$argon2id$" in dump


def test_an_unused_session_ends_after_an_hour(door: Door, password: str) -> None:
    token = enter(door, password)
    assert door.who(token, NOW + IDLE_MS - 1) is not None
    assert door.who(token, NOW + 2 * IDLE_MS) is None


def test_a_used_session_ends_after_twelve_hours(door: Door, password: str) -> None:
    token = enter(door, password)
    times = range(NOW, NOW + ABSOLUTE_MS, IDLE_MS // 2)
    assert all(door.who(token, at) for at in times)
    assert door.who(token, NOW + ABSOLUTE_MS) is None


def test_leaving_ends_the_session_in_every_copy_of_its_cookie(door: Door, password: str) -> None:
    token, other = enter(door, password), enter(door, password)
    door.leave(token)
    assert door.who(token, NOW) is None
    assert door.who(other, NOW) is not None


def test_a_new_password_ends_the_sessions_of_the_old_one(
    accounts: Accounts, door: Door, passwords: Passwords, password: str
) -> None:
    token = enter(door, password)
    new = reset_password(accounts, random.Random(9).randbytes, store="daon", now_ms=NOW, passwords=passwords)
    assert door.who(token, NOW) is None
    assert door.enter(account="manager", password=password, caller=Caller(address="a"), now_ms=NOW) == Refused(
        wait_ms=0
    )
    assert enter(door, new)


def test_a_hash_of_older_costs_is_renewed_at_the_next_login(accounts: Accounts, door: Door, password: str) -> None:
    enter(door, password)
    dearer = Passwords(argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    enter(Door(accounts, store="daon", random=random.Random(4).randbytes, passwords=dearer), password)
    with accounts.reading() as connection:
        (hashed,) = connection.execute("SELECT hash FROM account").fetchone()
    assert "m=16,t=2,p=1" in hashed
    assert enter(door, password)


def test_a_guesser_waits_twice_as_long_each_time(door: Door, password: str) -> None:
    for guess in range(5):
        assert door.enter(
            account="manager", password=f"{guess}", caller=Caller(address="6.6.6.6"), now_ms=NOW
        ) == Refused(wait_ms=0)
    assert door.enter(account="manager", password=password, caller=Caller(address="6.6.6.6"), now_ms=NOW) == Refused(
        wait_ms=2_000
    )
    assert door.enter(account="manager", password="x", caller=Caller(address="6.6.6.6"), now_ms=NOW + 2_000) == Refused(
        wait_ms=0
    )
    assert door.enter(account="manager", password="x", caller=Caller(address="6.6.6.6"), now_ms=NOW + 2_001) == Refused(
        wait_ms=3_999
    )
    assert (door.failed, door.held) == (6, 2)
    assert enter(door, password, address="10.0.0.1", at=NOW + 2_001)


@pytest.mark.usefixtures("password")
def test_a_hundred_guesses_at_once_are_not_all_looked_at(door: Door) -> None:
    answers: list[Entered | Refused] = []

    def guess(number: int) -> None:
        answers.append(
            door.enter(account="manager", password=str(number), caller=Caller(address="6.6.6.6"), now_ms=NOW)
        )

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 100
    assert door.failed == 5
    assert door.held == 95


def test_many_addresses_of_one_network_are_one_guesser(door: Door, password: str) -> None:
    for host in range(5):
        door.enter(account=f"a{host}", password="x", caller=Caller(address=f"2001:db8:1:2::{host}"), now_ms=NOW)
    refused = door.enter(account="manager", password=password, caller=Caller(address="2001:db8:1:2:9::"), now_ms=NOW)
    assert refused == Refused(wait_ms=2_000)


def test_strangers_cannot_lock_the_owner_out_for_long(door: Door, password: str) -> None:
    for host in range(40):
        door.enter(account="manager", password="x", caller=Caller(address=f"7.7.7.{host}"), now_ms=NOW)
    assert door.enter(account="manager", password=password, caller=Caller(address="10.0.0.1"), now_ms=NOW) == Refused(
        wait_ms=5_000
    )
    assert enter(door, password, at=NOW + 5_000)


@settings(max_examples=100, deadline=None)
@given(failures=st.lists(st.integers(0, MEMORY_MS), max_size=40).map(sorted), later=st.integers(0, MEMORY_MS))
def test_a_wait_is_bounded_and_runs_down(failures: list[int], later: int) -> None:
    now = max(failures, default=0)
    for kind in Kind:
        wait = wait_ms(kind, failures, now)
        assert 0 <= wait <= MEMORY_MS
        assert wait_ms(kind, failures, now + later) <= max(0, wait - later) + 0
    assert wait_ms(Kind.ADDRESS, failures, now + MEMORY_MS) == 0


def test_a_flood_of_addresses_takes_bounded_memory() -> None:
    throttle = Throttle()
    for number in range(12_000):
        throttle.begin([Subject(kind=Kind.ADDRESS, name=str(number))], NOW)
    assert len(throttle._failures) == 10_000

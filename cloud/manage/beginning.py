"""How the first owner of a store comes to be, and the ways back in from the machine's own command line."""

import re
import sqlite3
from dataclasses import dataclass

from cloud.accounts import people, sessions
from cloud.accounts.database import Accounts
from cloud.manage.passwords import Passwords, Random, new_password
from cloud.manage.rights import Role
from cloud.store import managers
from cloud.store.connection import Store

FIRST_ACCOUNT = "manager"
MACHINE = "the command line"
"""Who gave a role that nobody with an account gave."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
"""An account's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """An account with a password that is to be shown once."""

    account: str
    password: str


def move_accounts(store: Store, accounts: Accounts, *, name: str, random: Random, now_ms: int) -> int:
    """Moves accounts that an earlier version kept in the store's own database, as owners; how many. Runs twice safely.

    Where the shared database has that name already, the moved account is called `NAME-STORE`. Sessions end.
    """
    with store.reading() as connection:
        old = managers.accounts(connection)
    if not old:
        return 0
    with accounts.atomic() as connection:
        for each in old:
            known = people.account(connection, each.name)
            called = each.name if known is None or known.hashed == each.hashed else f"{each.name}-{name}"
            people.add(connection, name=called, handle=random(16), hashed=each.hashed, now_ms=each.changed_ms)
            people.grant(connection, name=called, store=name, role=Role.OWNER, by=MACHINE, now_ms=now_ms)
    with store.atomic() as connection:
        managers.forget(connection)
    return len(old)


def ensure_first_owner(
    accounts: Accounts, random: Random, *, store: str, now_ms: int, passwords: Passwords
) -> First | None:
    """Makes an owner where the store has none; its password, to be shown once, or None."""
    with accounts.reading() as connection:
        if people.owners(connection, store):
            return None
    password = new_password(random)
    hashed = passwords.hash(password)
    with accounts.atomic() as connection:
        if people.owners(connection, store):
            return None
        taken = people.account(connection, FIRST_ACCOUNT) is not None
        account = f"{FIRST_ACCOUNT}-{store}" if taken else FIRST_ACCOUNT
        _put(connection, account=account, hashed=hashed, handle=random(16), now_ms=now_ms)
        people.grant(connection, name=account, store=store, role=Role.OWNER, by=MACHINE, now_ms=now_ms)
    return First(account=account, password=password)


def reset_password(
    accounts: Accounts,
    random: Random,
    *,
    store: str,
    now_ms: int,
    passwords: Passwords,
    account: str = FIRST_ACCOUNT,
) -> str:
    """Gives the account a new password and ends its sessions; made, and owner, where it has no role here."""
    password = new_password(random)
    hashed = passwords.hash(password)
    with accounts.atomic() as connection:
        _put(connection, account=account, hashed=hashed, handle=random(16), now_ms=now_ms)
        if people.role(connection, name=account, store=store) is None:
            people.grant(connection, name=account, store=store, role=Role.OWNER, by=MACHINE, now_ms=now_ms)
        sessions.end_all(connection, account=account)
    return password


def _put(connection: sqlite3.Connection, *, account: str, hashed: str, handle: bytes, now_ms: int) -> None:
    if not people.add(connection, name=account, handle=handle, hashed=hashed, now_ms=now_ms):
        people.set_hash(connection, name=account, hashed=hashed, now_ms=now_ms)

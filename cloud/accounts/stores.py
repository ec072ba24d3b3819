"""The stores that share the accounts, as each store's process last told: their names, titles and addresses."""

import sqlite3
from dataclasses import dataclass

from cloud.manage.rights import Role
from cloud.store.steps import Step
from contract.plan import Title

STEPS = (
    Step(
        name="accounts-stores-1",
        statements=(
            """CREATE TABLE store (
                name TEXT PRIMARY KEY,
                title_ko TEXT NOT NULL,
                title_en TEXT NOT NULL,
                address TEXT NOT NULL,
                told_ms INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID""",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A store that an account may enter. `address` is the origin of its pages, empty where it never said one."""

    name: str
    title: Title
    address: str
    role: Role


def tell(connection: sqlite3.Connection, *, name: str, title: Title, address: str, now_ms: int) -> None:
    """A store says what it is called and where its pages are."""
    connection.execute(
        "INSERT INTO store VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET title_ko = excluded.title_ko, "
        "title_en = excluded.title_en, address = excluded.address, told_ms = excluded.told_ms",
        (name, title.ko, title.en, address, now_ms),
    )


def entries(connection: sqlite3.Connection, account: str) -> tuple[Entry, ...]:
    """The stores that an account may enter, in the order of their names."""
    rows = connection.execute(
        "SELECT grants.store, coalesce(title_ko, grants.store), coalesce(title_en, grants.store), "
        "coalesce(address, ''), role FROM grants LEFT JOIN store ON store.name = grants.store "
        "WHERE account = ? ORDER BY grants.store",
        (account,),
    )
    return tuple(
        Entry(name=name, title=Title(ko=ko, en=en), address=address, role=Role(role))
        for name, ko, en, address, role in rows
    )

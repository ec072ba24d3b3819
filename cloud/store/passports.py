"""All that is one person's, out of every table and back into another store's."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping

from cloud.shop.passport import Passport, PassportError, Row, Value
from cloud.shop.tokens import new_token
from cloud.store import joinings
from cloud.store.belongings import TABLES
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS

_BY_NAME = {owned.table: owned for owned in TABLES}


def gather(connection: sqlite3.Connection, person: int) -> dict[str, tuple[Row, ...]]:
    """A person's rows by table, without the tables that have none.

    Numbers of rows are counted from 1 in this file: a row's own number only where another row refers to it.
    """
    numbers: dict[str, dict[int, int]] = {}
    found = {owned.table: tuple(_rows(connection, owned, person, numbers)) for owned in TABLES}
    return {table: rows for table, rows in found.items() if rows}


def _rows(
    connection: sqlite3.Connection, owned: Owned, person: int, numbers: dict[str, dict[int, int]]
) -> Iterator[Row]:
    own = numbers.setdefault(owned.table, {})
    for row in stored(connection, owned, person):
        told: Row = {}
        if owned.key:
            own[_number(row[owned.key])] = told["n"] = len(own) + 1
        if not owned.parent and owned.profile != owned.key:
            told[owned.profile] = numbers["profiles"][_number(row[owned.profile])]
        for column, table in owned.refers.items():
            value = row[column]
            told[column] = None if value is None else numbers[table].get(_number(value))
        yield told | {column: row[column] for column in owned.columns}


def stored(connection: sqlite3.Connection, owned: Owned, person: int, *, newest: int | None = None) -> tuple[Row, ...]:
    """A person's rows of one table as they are stored, the oldest first, or the newest so many, the newest first."""
    columns = list(dict.fromkeys((*filter(None, (owned.key, _owner(owned))), *owned.refers, *owned.columns)))
    order = owned.key or ", ".join(columns)
    if newest is not None:
        order = f"{owned.at or owned.key or columns[0]} DESC"
    rows = connection.execute(
        f"""SELECT {", ".join(columns)} FROM {owned.table} WHERE {_whose(owned)}
            ORDER BY {order} LIMIT {-1 if newest is None else newest}""",  # noqa: S608 - only names of ours
        (person,),
    )
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)


def count(connection: sqlite3.Connection, owned: Owned, person: int) -> int:
    """How many rows of one table are a person's."""
    (rows,) = connection.execute(
        f"SELECT count(*) FROM {owned.table} WHERE {_whose(owned)}",  # noqa: S608 - only names of ours
        (person,),
    ).fetchone()
    return int(rows)


def _owner(owned: Owned) -> str:
    """The column that says whose a row is: a profile's number, or the number of the row that it belongs to."""
    if not owned.parent:
        return owned.profile
    return next(column for column, table in owned.refers.items() if table == owned.parent)


def _whose(owned: Owned) -> str:
    if not owned.parent:
        return f"{owned.profile} IN {MEMBERS}"
    parent = _BY_NAME[owned.parent]
    return f"{_owner(owned)} IN (SELECT {parent.key} FROM {parent.table} WHERE {_whose(parent)})"  # noqa: S608 - only names of ours


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


def put(connection: sqlite3.Connection, passport: Passport, *, random: Callable[[int], bytes]) -> int:
    """Writes a person as another store knew them; returns the person. Raises PassportError; then roll back.

    Their phones stay unknown here until one of them joins: its cookie is of the other store.
    """
    unknown = sorted(set(passport.tables) - set(_BY_NAME))
    if unknown:
        raise PassportError(f"tables.{unknown[0][:60]}: this store has no such table")
    numbers: dict[str, dict[int, int]] = {}
    for owned in TABLES:
        for place, row in enumerate(passport.tables.get(owned.table, ())):
            try:
                _put(connection, owned, row, numbers, random)
            except (sqlite3.Error, KeyError, ValueError, OverflowError) as error:
                raise PassportError(f"tables.{owned.table}[{place}]: {error}") from None
    people = tuple(numbers.get("profiles", {}).values())
    if not people:
        raise PassportError("tables.profiles: there must be one at least")
    settled = joinings.settle(connection, people)
    if len(set(settled.values())) != 1:
        raise PassportError("tables.joinings: the profiles are not one person's")
    return settled[people[0]]


def _put(
    connection: sqlite3.Connection,
    owned: Owned,
    row: Row,
    numbers: dict[str, dict[int, int]],
    random: Callable[[int], bytes],
) -> None:
    values = _values(owned, row, numbers) | {
        column: new_token(random) if value == "" else value for column, value in owned.withheld.items()
    }
    if owned.key == owned.profile:
        values["person"] = 0  # until it has a number
    marks = ", ".join("?" * len(values))
    done = connection.execute(
        f"INSERT INTO {owned.table} ({', '.join(values)}) VALUES ({marks})",  # noqa: S608 - only names of ours
        tuple(values.values()),
    )
    if owned.key:
        number = int(done.lastrowid or 0)
        numbers.setdefault(owned.table, {})[_number(row["n"])] = number
        if owned.key == owned.profile:
            connection.execute("UPDATE profiles SET person = id WHERE id = ?", (number,))


def _values(owned: Owned, row: Row, numbers: Mapping[str, Mapping[int, int]]) -> dict[str, object]:
    """A row's columns as they are written here. Raises ValueError and KeyError."""
    expected = set(owned.columns) | set(owned.refers) | ({"n"} if owned.key else set())
    if not owned.parent and owned.profile != owned.key:
        expected.add(owned.profile)
    if set(row) != expected:
        raise ValueError(f"{', '.join(sorted(set(row) ^ expected))}: missing, or unknown here")
    values: dict[str, object] = {column: row[column] for column in owned.columns}
    for column, table in owned.refers.items():
        value = row[column]
        values[column] = None if value is None else numbers[table][_number(value)]
    if not owned.parent and owned.profile != owned.key:
        values[owned.profile] = numbers["profiles"][_number(row[owned.profile])]
    return values

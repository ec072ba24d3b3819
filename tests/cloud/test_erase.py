"""Who is erased is erased: no row, no byte, on no page, in no log; and the totals stand as they stood."""

import itertools
import logging
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.shop import erasure
from cloud.store import erasing, points, shoppers
from cloud.store.belongings import TABLES
from cloud.store.connection import Store, StoreError
from cloud.store.erasing import Due
from cloud.store.owned import Gone
from cloud.web.guard import logged
from tests.cloud.handsets import Phone, join
from tests.cloud.planting import Planted, Planter
from tests.cloud.shop import CAKE, NOON_MS, TEA, Shop

MADE_ANEW = {
    "consent_leaves": "proofs of lines of the ledger: another store's log makes its own",
    "receipts": "that a line's result was told: what is told is exported as a message",
    "rechecks": "that a line was asked about again: what was asked is exported as a message",
    "points_leaves": "proofs of transfers of points: another store's log makes its own",
}
"""Tables whose rows go with an owned row and are exported with it, or not at all."""


_runs = itertools.count()


def tables_of(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in rows]


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def undeclared(connection: sqlite3.Connection) -> list[str]:
    """What holds something of a shopper and is declared nowhere."""
    declared = {owned.table: owned for owned in TABLES}
    found = []
    for table in tables_of(connection):
        links = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
        is_owned = "profile" in columns_of(connection, table) or "profiles" in links.values()
        hangs = any(target in declared for target in links.values())
        if (is_owned or hangs) and table not in declared and table not in MADE_ANEW:
            found.append(table)
    return found


def misdeclared(connection: sqlite3.Connection) -> list[str]:
    """Columns that are declared twice, or not at all, or are not there."""
    found = []
    for owned in TABLES:
        owner = () if owned.parent else (owned.profile,)
        said = [*owned.columns, *owned.refers, *owned.withheld, *{owned.key, *owner} - {""}]
        there = columns_of(connection, owned.table)
        if sorted(said) != sorted(there):
            found.append(f"{owned.table}: {sorted(set(said) ^ set(there))}")
        told = {owned.at, owned.tag, owned.place} - {""}
        if not told <= set(owned.columns) or not set(owned.cleared) <= set(owned.withheld):
            found.append(f"{owned.table}: {told}, {owned.cleared}")
    return found


def test_every_table_of_shoppers_is_declared_for_export_and_erasure(store: Store) -> None:
    with store.reading() as connection:
        assert undeclared(connection) == []
        assert misdeclared(connection) == []


def test_a_table_that_somebody_forgot_to_declare_is_found(store: Store) -> None:
    with store.atomic() as connection:
        connection.execute("CREATE TABLE diaries (profile INTEGER, words TEXT)")
        connection.execute("CREATE TABLE pets (id INTEGER PRIMARY KEY, of INTEGER REFERENCES profiles (id))")
        connection.execute("CREATE TABLE tails (message INTEGER REFERENCES messages (id))")
        connection.execute("ALTER TABLE cards ADD COLUMN nickname TEXT")

        assert undeclared(connection) == ["diaries", "pets", "tails"]
        assert misdeclared(connection) == ["cards: ['nickname']"]


def crowd(store: Store, people: int) -> list[Planted]:
    """Shoppers whose rows lie between each other's on every page."""
    planter = Planter("PLANT")
    with store.atomic() as connection:
        return [planter.shopper(connection) for _ in range(people)]


def found_in(directory: Path, values: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Which of the values stand in which of the directory's files."""
    files = {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    places = {name: [file for file, body in files.items() if value in body] for name, value in values.items()}
    return {name: files for name, files in places.items() if files}


def planted_in(directory: Path) -> set[bytes]:
    """Whatever in the directory's files could be a planted value: 40 hexadecimal digits."""
    runs = [run for path in directory.iterdir() for run in re.findall(rb"[0-9a-f]{40,}", path.read_bytes())]
    return {run[at : at + 40] for run in runs for at in range(len(run) - 39)}


def test_of_an_erased_shopper_no_byte_is_left_in_any_file(store: Store, tmp_path: Path) -> None:
    everybody = crowd(store, 12)
    erased, kept = everybody[5], everybody[6]
    assert set(found_in(tmp_path, erased.values)) == set(erased.values), "all of it was there"
    assert len(erased.values) > 50

    assert erasure.erase(store, erased.person, NOON_MS) == 2
    assert found_in(tmp_path, erased.values) == {}
    assert set(found_in(tmp_path, kept.values)) == set(kept.values), "of the others nothing is missing"
    assert (tmp_path / "aisle.db-wal").stat().st_size == 0


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leave=st.lists(st.booleans(), min_size=2, max_size=30), number=st.integers(0, 2**32))
def test_whoever_leaves_among_whoever_stays_leaves_nothing(
    store: Store, tmp_path: Path, leave: list[bool], number: int
) -> None:
    """In any order and number, with others who come in the meantime."""
    planter = Planter(f"property {number} {next(_runs)}")
    with store.atomic() as connection:
        people = [planter.shopper(connection) for _ in leave]
    gone = [person for person, leaves in zip(people, leave, strict=True) if leaves]
    for person in gone:
        with store.atomic() as connection:
            erasing.erase(connection, person.person, NOON_MS)
            planter.shopper(connection)
    assert erasure.clean(store)

    there = planted_in(tmp_path)
    assert not [name for person in gone for name, value in person.values.items() if value in there]
    stays = [value for person in people if person not in gone for value in person.values.values()]
    assert set(stays) <= there


def test_without_overwriting_all_of_it_would_be_left(store: Store, tmp_path: Path) -> None:
    """The control: the same erasure by a plain DELETE."""
    erased = crowd(store, 12)[5]
    with store.atomic() as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        erasing.erase(connection, erased.person, NOON_MS)
    assert store.empty_log()

    assert len(found_in(tmp_path, erased.values)) > len(erased.values) / 2


def test_overwriting_what_is_deleted_is_not_enough(store: Store, tmp_path: Path) -> None:
    """Why the file is written anew: a row that moved to another page leaves its old copy between the rows there."""
    everybody = crowd(store, 80)
    with store.atomic() as connection:
        for each in everybody[::2]:
            erasing.erase(connection, each.person, NOON_MS)
            Planter(f"new {each.person}").shopper(connection)
    assert store.empty_log()
    values = {value for each in everybody[::2] for value in each.values.values()}
    assert values & planted_in(tmp_path), "if nothing is left here, SQLite has learnt it and `scrub` may go"

    assert erasure.clean(store)
    assert not values & planted_in(tmp_path)


def test_what_is_old_goes_the_same_way(store: Store, tmp_path: Path) -> None:
    planter, day = Planter("OLD"), 24 * 3_600_000
    with store.atomic() as connection:
        old = planter.shopper(connection, at_ms=NOON_MS - 91 * day)
        young = planter.shopper(connection, at_ms=NOON_MS - 89 * day)
        for table in ("messages", "visits"):
            connection.execute(
                f"UPDATE {table} SET at_ms = ? WHERE profile = ?",
                (NOON_MS - 91 * day, young.person),
            )

    assert erasure.erase_old(store, NOON_MS - 90 * day, NOON_MS) == 2
    assert found_in(tmp_path, old.values) == {}
    gone = {"messages.kind", "messages.body", "visits.digest"}
    gone |= {name for name in young.values if name.startswith("pushes.")}  # a push goes with its message
    assert set(young.values) - set(found_in(tmp_path, young.values)) == gone


def test_what_goes_on_counting_is_nobodys_and_the_sums_stand(store: Store) -> None:
    erased = crowd(store, 3)[1]

    def counts() -> dict[str, int]:
        with store.reading() as connection:
            found = {}
            for owned in TABLES:
                if owned.gone is Gone.UNLINKED and owned.table != "points_lots":
                    (found[owned.table],) = connection.execute(f"SELECT count(*) FROM {owned.table}").fetchone()
            return found

    before = counts()
    erasure.erase(store, erased.person, NOON_MS)
    assert counts() == before
    with store.reading() as connection:
        assert (points.audit(connection).sum, points.audit(connection).astray) == (0, 0)
        for owned in TABLES:
            if not owned.parent:
                (left,) = connection.execute(
                    f"SELECT count(*) FROM {owned.table} WHERE {owned.profile} IN (?, ?)",
                    (erased.person, erased.person + 1),
                ).fetchone()
                assert left == 0, owned.table


def test_while_somebody_reads_the_erasure_is_finished_later(store: Store, tmp_path: Path) -> None:
    erased = crowd(store, 6)[2]
    with store.reading() as connection:
        connection.execute("SELECT count(*) FROM profiles").fetchone()
        erasure.erase(store, erased.person, NOON_MS)
        assert found_in(tmp_path, erased.values), "the reader still sees the moment before"
    with store.reading() as connection:
        assert erasing.scrub_due(connection) == Due(since_ms=NOON_MS, times=1)
    assert erasure.clean(store)
    assert found_in(tmp_path, erased.values) == {}
    with store.reading() as connection:
        assert erasing.scrub_due(connection) is None


def test_what_is_erased_while_the_file_is_written_anew_makes_it_due_again(store: Store) -> None:
    first, second = crowd(store, 2)
    with store.atomic() as connection:
        erasing.erase(connection, first.person, NOON_MS)
        due = erasing.scrub_due(connection)
        assert due
        erasing.erase(connection, second.person, NOON_MS)
        erasing.scrub_done(connection, due)

        assert erasing.scrub_due(connection) == Due(since_ms=NOON_MS, times=2)


def test_a_large_file_is_written_anew_by_the_hour(store: Store, tmp_path: Path) -> None:
    erased = crowd(store, 4)[1]
    with store.atomic() as connection:
        erasing.erase(connection, erased.person, NOON_MS)

    assert not erasure.clean(store, most_bytes=1000)
    assert (tmp_path / "aisle.db-wal").stat().st_size == 0
    assert erasure.erase_old(store, 0, NOON_MS) == 0, "the hourly task cleans up after it"
    assert found_in(tmp_path, erased.values) == {}
    with store.reading() as connection:
        assert erasing.scrub_due(connection) is None


def test_where_the_file_cannot_be_written_anew_the_rows_go_all_the_same(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    erased = crowd(store, 3)[1]
    with store.atomic() as connection:
        connection.execute("ATTACH ':memory:' AS vacuum_db")  # the name that VACUUM needs for itself
    assert erasure.erase(store, erased.person, NOON_MS) == 2
    assert "not overwritten yet" in caplog.text
    with store.reading() as connection:
        assert shoppers.members(connection, erased.person) == ()
        assert erasing.scrub_due(connection) is not None


def test_the_file_is_never_written_anew_inside_a_transaction(store: Store) -> None:
    with store.atomic(), pytest.raises(StoreError, match="inside a transaction"):
        store.scrub()


def totals(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Every table in which nothing is a shopper's."""
    own = {owned.table for owned in TABLES} | set(MADE_ANEW) | {"scrubs_due", "shown"}
    with shop.store.reading() as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in tables_of(connection)
            if table not in own and len(columns_of(connection, table)) > 1
        }


def test_one_touch_on_either_phone_erases_the_shopper_everywhere(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All that a shopper can type, press and hold is planted over the pages, and searched in files and logs."""
    caplog.set_level(logging.DEBUG)
    said = {"name": b"Kim-Name-52781", "words": b"Words-of-praise-94170", "zone": b"Asia/Kolkata"}
    host = Phone(shop).begin("history", "offers", "card")
    guest = Phone(shop)
    join(host, guest)
    tap = host.tap()
    host.get(f"/01/{TEA}?t=tag-tea&visit={tap}")
    host.post("/me/wishes", pace="fewer", zone="Asia/Kolkata")
    written = host.post(f"/01/{TEA}/reviews", stars="5", name=said["name"].decode(), text=said["words"].decode())
    assert written.status_code == 303
    assert "Words-of-praise" in guest.get(f"/01/{TEA}/reviews?lang=en").text
    host.post("/me/wish", gtin=TEA)
    guest.post("/me/restock", gtin=CAKE)
    asked = guest.post("/request", kind="bring", gtin=TEA).headers["location"]
    guest.get(asked)
    host.post("/me/card", reader="tea-reader")
    host.post("/me/code")
    host.post("/me/join/code")
    with shop.store.reading() as connection:
        secrets = {
            f"{table}.{column} {row[0]}": str(row[0]).encode()
            for table, column in (
                ("devices", "digest"), ("profiles", "handle"), ("join_codes", "link"), ("stops", "token"),
                ("visits", "digest"), ("requests", "digest"), ("member_codes", "code"),
            )
            for row in connection.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        }  # fmt: skip
    cookies = {"host": host.cookie, "guest": guest.cookie}
    tokens = {name: cookie.partition("=")[2].encode() for name, cookie in cookies.items()}
    tokens |= {"visit": tap.encode(), "request": asked.partition("/request/")[2].partition("?")[0].encode()}
    values = {**said, **secrets, **tokens}
    before = totals(shop)

    answer = guest.post("/me/end")
    assert answer.status_code == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert found_in(tmp_path, values) == {}
    log = [record.getMessage() for record in caplog.records if record.name.startswith("aisle")]
    assert [name for name, value in values.items() if any(value.decode() in line for line in log)] == []
    assert "POST /me/end 200" in log, "the log was on"
    after = totals(shop)
    grown = {table for table in after if after[table] != before[table]}
    assert grown <= {"log_nodes", "log_heads", "erasures"}, (
        "no total changed; a log says only which entries are blinded"
    )
    assert all(set(before[table]) <= set(after[table]) for table in grown)
    host.cookie = cookies["host"]
    assert "not known here" in host.get("/me?lang=en").text


def test_the_log_keeps_no_token_of_a_path() -> None:
    token = "AbCdEfGhIjKlMnOpQrSt_-"

    assert logged(f"/request/{token}/stream") == "/request/*/stream"
    assert logged(f"/stop/{token}") == "/stop/*"
    assert logged(f"/01/{TEA}") == f"/01/{TEA}"
    assert logged("/me/join/code") == "/me/join/code"


def test_nobody_can_keep_the_store_busy_with_being_forgotten(shop: Shop) -> None:
    """The rows go at once, whoever asks; the file is written anew only now and then for the same address."""
    left = []
    for _ in range(4):
        Phone(shop).begin("history").post("/me/end")
        with shop.store.reading() as connection:
            left.append(erasing.scrub_due(connection) is not None)
        assert shop.store.empty_log()

    assert left == [False, False, True, True]
    assert erasure.clean(shop.store)


def test_to_erase_twice_or_as_nobody_is_no_mistake(shop: Shop) -> None:
    phone = Phone(shop).begin("history")
    cookie = phone.cookie
    assert phone.post("/me/end").status_code == 200
    phone.cookie = cookie
    assert phone.post("/me/end").status_code == 200
    assert Phone(shop).post("/me/end").status_code == 200

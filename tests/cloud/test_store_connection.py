"""The database's connections, locks and migrations."""

import sqlite3
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.store import heat
from cloud.store.connection import FILE, Store, StoreError, open_reader
from cloud.store.migrations import STEPS, SchemaError, migrate
from cloud.store.steps import Step
from tests.programs import program

ID = "0123456789abcdef" * 2


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, new_store_id=ID)
    yield store
    store.close()


def _nodes(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM nodes ORDER BY key")]


def _add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("INSERT INTO nodes (name, first_ms) VALUES (?, 0)", (name,))


def _add_twice(connection: sqlite3.Connection, name: str) -> None:
    _add(connection, name)
    _add(connection, name)


def test_a_database_keeps_its_first_identity(tmp_path: Path) -> None:
    Store(tmp_path, new_store_id=ID).close()
    again = Store(tmp_path, new_store_id="f" * 32)
    assert again.store_id == ID
    again.close()


def test_every_commit_is_synced_and_the_log_is_written_ahead(store: Store) -> None:
    with store.atomic() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_failed_block_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.atomic() as connection:
        _add_twice(connection, "a")
    with store.reading() as connection:
        assert _nodes(connection) == []


def test_a_failed_inner_block_leaves_the_outer_one_standing(store: Store) -> None:
    with store.atomic() as outer:
        _add(outer, "a")
        with pytest.raises(sqlite3.IntegrityError), store.atomic() as inner:
            _add_twice(inner, "b")
        with store.atomic() as inner:
            _add(inner, "c")
    with store.reading() as connection:
        assert _nodes(connection) == ["a", "c"]


def test_a_reader_cannot_write(store: Store) -> None:
    with store.reading() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        _add(connection, "a")


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.reading() as connection:
        assert _nodes(connection) == []
        with store.atomic() as writer:
            _add(writer, "a")
        assert _nodes(connection) == []
    with store.reading() as connection:
        assert _nodes(connection) == ["a"]


def test_writers_of_many_threads_take_turns(store: Store) -> None:
    def write(thread: int) -> None:
        for number in range(20):
            with store.atomic() as connection:
                _add(connection, f"{thread}-{number}")

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert len(_nodes(connection)) == 80


def test_another_process_waits_for_its_turn(store: Store, tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\nfrom cloud.store.connection import Store\n"
        f"store = Store(pathlib.Path({str(tmp_path)!r}), new_store_id='0' * 32)\n"
        "for number in range(20):\n"
        "    with store.atomic() as c:\n"
        "        c.execute('INSERT INTO nodes (name, first_ms) VALUES (?, 0)', (f'other-{number}',))\n"
        "store.close()\n"
    )
    with program(sys.executable, "-c", script) as other:
        for number in range(200):
            with store.atomic() as connection:
                _add(connection, f"mine-{number}")
        assert other.wait(timeout=60) == 0
    with store.reading() as connection:
        assert len(_nodes(connection)) == 220
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "aisle.db").write_bytes(b"not a database, but long enough to have a header" * 100)
    with pytest.raises(StoreError, match=r"aisle\.db is not a usable database"):
        Store(tmp_path, new_store_id=ID)


def test_reading_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"aisle\.db cannot be opened"):
        open_reader(tmp_path / "aisle.db")


def test_a_later_versions_database_is_refused(store: Store) -> None:
    later = (*STEPS, Step(name="from-the-future", statements=("CREATE TABLE future (x) STRICT".replace("x", "x INT"),)))
    with store.atomic() as connection:
        migrate(connection, later)
    with store.atomic() as connection, pytest.raises(SchemaError, match="from-the-future"):
        migrate(connection)


def test_a_database_of_before_keeps_its_heat_and_learns_what_was_seen(tmp_path: Path) -> None:
    names = [step.name for step in STEPS]
    before = STEPS[: names.index("rollups-2")]
    path = tmp_path / FILE
    old = sqlite3.connect(path, isolation_level=None)
    migrate(old, before)
    old.execute("INSERT INTO heat_minutes VALUES ('c', 0, 1, 1, 250, ?)", (struct.pack("<hhq", 3, 4, 5_000),))
    old.close()

    store = Store(tmp_path, new_store_id=ID)
    with store.reading() as connection:
        (report,) = heat.minutes(connection, "c", 0, 60_000)
        assert report.sheet.cells.tolist() == [(3, 4, 5_000)]
        assert (report.sheet.tracks.tolist(), len(report.sheet.runs)) == ([0], 0)
    store.close()


def test_a_migration_that_fails_is_undone_as_a_whole(store: Store) -> None:
    broken = Step(name="broken", statements=("CREATE TABLE half (x INT) STRICT", "CREATE TABLE nodes (x INT)"))
    with pytest.raises(sqlite3.OperationalError, match="already exists"), store.atomic() as connection:
        migrate(connection, (*STEPS, broken))
    with store.reading() as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None


def test_every_table_is_strict(store: Store) -> None:
    with store.reading() as connection:
        loose = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
            " AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_sqlite_*'"
        ).fetchall()
    assert loose == []

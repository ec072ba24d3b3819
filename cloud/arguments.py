"""What the command line's modules share: the option for the data directory, and the store in it."""

import argparse
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from cloud.errors import UserError
from cloud.store.connection import FILE, Store, StoreError, open_reader
from cloud.store.migrations import SchemaError

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
"""What `add_subparsers` gives."""


def data_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--data DIR`, a Path in `args.data`."""
    parser.add_argument("--data", metavar="DIR", type=Path, required=True, help="the cloud's data directory")


@contextmanager
def open_store(data: Path) -> Iterator[Store]:
    """The store for a command that writes, beside a running cloud too. Raises UserError."""
    _need(data)
    with make_store(data) as store:
        yield store


@contextmanager
def make_store(data: Path) -> Iterator[Store]:
    """The store in a directory, new where there is none. Raises UserError."""
    try:
        store = Store(data, new_store_id=secrets.token_hex(16))
    except (StoreError, SchemaError) as error:
        raise UserError(str(error)) from None
    try:
        yield store
    finally:
        store.close()


@contextmanager
def look_inside(data: Path) -> Iterator[sqlite3.Connection]:
    """A connection for a command that only reads. Raises UserError."""
    _need(data)
    try:
        connection = open_reader(data / FILE)
    except StoreError as error:
        raise UserError(str(error)) from None
    try:
        connection.execute("BEGIN")
        yield connection
    except sqlite3.DatabaseError as error:
        raise UserError(f"{data / FILE}: {error}") from None
    finally:
        connection.close()


def _need(data: Path) -> None:
    if not (data / FILE).exists():
        raise UserError(f"there is no store in {data}: run `aisle-cloud init` first")

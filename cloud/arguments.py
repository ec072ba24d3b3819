"""What the command line's modules share: options that several commands have, and the store in a data directory."""

import argparse
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from cloud import config
from cloud.accounts.database import Accounts, open_accounts_of
from cloud.clock import now_ms
from cloud.errors import UserError
from cloud.manage.beginning import move_accounts
from cloud.store.connection import FILE, Store, StoreError, one_moment, open_reader
from cloud.store.migrations import SchemaError

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
"""What `add_subparsers` gives."""
_EVER = 2**62


def data_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--data DIR`, a Path in `args.data`."""
    parser.add_argument("--data", metavar="DIR", type=Path, required=True, help="the cloud's data directory")


def time_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--from MS` and `--to MS`, in `args.from_ms` and `args.to_ms`."""
    parser.add_argument(
        "--from", dest="from_ms", type=_moment, default=0, metavar="MS", help="from this time (Unix, ms)"
    )
    parser.add_argument(
        "--to", dest="to_ms", type=_moment, default=_EVER, metavar="MS", help="before this time (Unix, ms)"
    )


def port_option(parser: argparse.ArgumentParser, words: str) -> None:
    """Adds `--port N` in `args.port`: None where it is not given."""
    parser.add_argument("--port", type=_port, metavar="N", help=words)


def store_name(data: Path) -> str | None:
    """The name of the store in a directory; None where no settings say it. Raises UserError."""
    settings = data / config.FILE
    return config.load(settings).store if settings.exists() else None


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
def open_accounts(data: Path) -> Iterator[tuple[Accounts, str]]:
    """The accounts' database of the store in a directory, and the store's name; beside running clouds too.

    Accounts that an earlier version kept in the store's own database are moved first. Raises UserError.
    """
    settings = config.load(data / config.FILE)
    with open_store(data) as store:
        accounts = open_accounts_of(data, settings.manage.accounts)
        try:
            move_accounts(store, accounts, name=settings.store, random=secrets.token_bytes, now_ms=now_ms())
            yield accounts, settings.store
        finally:
            accounts.close()


@contextmanager
def look_inside(data: Path) -> Iterator[sqlite3.Connection]:
    """A connection for a command that only reads. Raises UserError."""
    _need(data)
    try:
        connection = open_reader(data / FILE)
    except StoreError as error:
        raise UserError(str(error)) from None
    try:
        with one_moment(connection):
            yield connection
    except sqlite3.DatabaseError as error:
        raise UserError(f"{data / FILE}: {error}") from None
    finally:
        connection.close()


def _port(text: str) -> int:
    port = _whole(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: 0 to 65535 are allowed")
    return port


def _moment(text: str) -> int:
    at_ms = _whole(text)
    if not 0 <= at_ms <= _EVER:
        raise argparse.ArgumentTypeError(f"{text}: milliseconds since 1970 are needed, such as 1795230000000")
    return at_ms


def _whole(text: str) -> int:
    """The whole number; -1, which nothing here may be, where it is none."""
    try:
        return int(text)
    except ValueError:
        return -1


def _need(data: Path) -> None:
    if not (data / FILE).exists():
        raise UserError(f"there is no store in {data}: run `aisle-cloud init` first")

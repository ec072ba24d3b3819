"""The accounts' database: opened by every store's process that shares it, each beside the others."""

from pathlib import Path

from cloud.accounts import invitations, passkeys, people, sessions, stores
from cloud.errors import UserError
from cloud.store.connection import Database, StoreError
from cloud.store.migrations import SchemaError
from cloud.store.steps import Step

STEPS: tuple[Step, ...] = (*people.STEPS, *stores.STEPS, *sessions.STEPS, *invitations.STEPS, *passkeys.STEPS)
"""Append; never reorder."""


class Accounts(Database):
    """The accounts' database in one file."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it. Raises StoreError, or SchemaError for a later version's database."""
        super().__init__(path, STEPS)


def open_accounts_of(data: Path, chosen: str) -> Accounts:
    """The database that the settings of the store in `data` name. Raises UserError, naming the key."""
    try:
        return Accounts(data / chosen)
    except OSError as error:
        raise UserError(f"manage.accounts = {chosen!r}: {error.filename}: {error.strerror}") from None
    except (StoreError, SchemaError) as error:
        raise UserError(f"manage.accounts = {chosen!r}: {error}") from None

"""The accounts' database: opened by every store's process that shares it, each beside the others."""

from pathlib import Path

from cloud.accounts import invitations, passkeys, people, sessions, stores
from cloud.store.connection import Database
from cloud.store.steps import Step

STEPS: tuple[Step, ...] = (*people.STEPS, *stores.STEPS, *sessions.STEPS, *invitations.STEPS, *passkeys.STEPS)
"""Append; never reorder."""


class Accounts(Database):
    """The accounts' database in one file."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it. Raises StoreError, or SchemaError for a later version's database."""
        super().__init__(path, STEPS)

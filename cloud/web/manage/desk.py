"""What the manager's pages need of the rest of the cloud, handed in by the program's root."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from cloud.bus import Bus
from cloud.manage.insight import K
from cloud.manage.keys import KeyRing
from cloud.manage.login import Door
from cloud.manage.passkeys import PasskeyDoor
from cloud.manage.rights import Who
from cloud.store import audit_log
from cloud.store.audit_log import Act
from cloud.store.connection import Store
from cloud.store.sums import STOP_MS
from cloud.web.pages import Pages
from contract.plan import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One process's parts. `clock` gives the wall time in ms, `zone` is the store's, `k` at least 5.

    `stop_ms` is how long a stop takes; `categories` are the titles of those that have one.
    """

    store: Store
    bus: Bus
    door: Door
    keys: KeyRing = field(init=False)
    passkeys: PasskeyDoor = field(init=False)
    origin: str | None = None  # where browsers find the pages; without it there are no passkeys
    pages: Pages
    clock: Callable[[], int]
    zone: tzinfo
    k: int = K
    stop_ms: int = STOP_MS
    categories: Mapping[str, Title] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", KeyRing(self.store))
        object.__setattr__(self, "passkeys", PasskeyDoor(self.door, origin=self.origin))
        if self.k < K:
            raise ValueError(f"k = {self.k}; figures about fewer than {K} people are never shown, so at least {K}")

    def note(
        self, connection: sqlite3.Connection, who: Who, act: Act, subject: str, *, person: int | None = None
    ) -> None:
        """Writes who did what into the audit log, now: in the transaction of what it tells, or before that is shown.

        `person` is the shopper's, so that they can be told who looked at them.
        """
        at = self.clock()
        audit_log.note(connection, who=who.account, role=who.role, act=act, subject=subject, now_ms=at, person=person)

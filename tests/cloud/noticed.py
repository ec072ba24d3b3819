"""What the readers and cameras of the small store notice: a card that is held there, somebody who stays."""

from dataclasses import dataclass

from cloud.facts import TapStored
from cloud.ingest.decision import read
from cloud.ingest.intake import store_readings
from contract.events import Tap
from tests.cloud.served import Served
from tests.cloud.wire import STORE, batch, message

CARD = "c" * 32


@dataclass(slots=True)
class Readers:
    """The store's readers: each tap is kept in order and told to the application, as the ingest does."""

    site: Served
    count: int = 0

    def tap(self, tag: str | None = CARD, reader: str = "tea-reader", *, tell: bool = True) -> None:
        self.count += 1
        now = self.site.shop.clock.now_ms
        sent = message(batch([Tap(at=now, reader=reader, tag=tag)], first=self.count), received_ms=now)
        stored = store_readings(self.site.shop.store, [read(sent, STORE)])
        assert stored.events == 1
        if tell:
            self.site.shop.services.bus.publish([fact for fact in stored.facts if isinstance(fact, TapStored)])


def people_stop(site: Served, *, person_ms: int = 9_000, peak: int = 1) -> None:
    """This minute somebody stays at the tea: all together so long, and so many at once."""
    now = site.shop.clock.now_ms
    with site.shop.store.atomic() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, ?, ?)",
            (now - now % 60_000, person_ms, peak),
        )

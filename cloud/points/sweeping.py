"""What the till's side does every hour: points that ended, entries for the log, and what was kept for long enough."""

from collections.abc import Callable
from dataclasses import dataclass

from cloud.points.expiring import expire
from cloud.shop.consent import KEPT_MS
from cloud.store import erasing, interests, member_codes, points, sales, tills
from cloud.store.connection import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one sweep did."""

    expired: int  # points
    adopted: int  # transfers that got their entry in the log
    unlinked: int  # sales that are nobody's now
    interests: int  # answers that were old
    codes: int
    answers: int


def sweep(store: Store, *, now_ms: int, random: Callable[[int], bytes]) -> Swept:
    """One sweep; a second one at once finds nothing. Blocks on the store."""
    expired = expire(store, now_ms=now_ms, random=random)
    with store.atomic() as connection:
        answered = interests.forget_older(connection, now_ms - KEPT_MS)
        unlinked = sales.unlink_old(connection, now_ms - KEPT_MS)
        if unlinked or answered:
            erasing.need_scrub(connection, now_ms)
        return Swept(
            expired=expired,
            adopted=points.adopt(connection, random),
            unlinked=unlinked,
            interests=answered,
            codes=member_codes.prune(connection, now_ms),
            answers=tills.prune(connection, now_ms),
        )

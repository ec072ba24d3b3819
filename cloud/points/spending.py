"""Points that pay for a sale, and what a void or a return moves back; always in the transaction of the sale."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cloud.points import ledger
from cloud.points.ledger import Draw, Reason
from cloud.points.rates import Scheme, day_began_ms, expires_ms
from cloud.store import points
from cloud.store.points import Move

GRACE_MONTHS = 1
"""What comes back after its end can be spent for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Moves the points of one purchase, the row of a sale's link; `random` gives so many unguessable bytes."""

    scheme: Scheme
    random: Callable[[int], bytes]

    def spend(self, connection: sqlite3.Connection, *, person: int, purchase: int, wanted: int, now_ms: int) -> None:
        """Pays with so many points, those that end first, first. Raises ledger.TooFew; then nothing is written."""
        draws = ledger.spend(points.lots(connection, person), wanted, now_ms)
        self._draw(connection, draws, Reason.SPEND, purchase, now_ms)

    def give_back(self, connection: sqlite3.Connection, *, purchase: int, wanted: int, now_ms: int) -> int:
        """Up to so many of the points that paid for a sale, into the lots that they came from; returns how many.

        Those that would have ended last come back first. What has ended meanwhile can be spent for a month more.
        """
        before = sum(draw.points for draw in points.of_purchase(connection, purchase, Reason.GIVE_BACK))
        given = 0
        for draw in reversed(points.of_purchase(connection, purchase, Reason.SPEND)):
            skipped = min(before, draw.points)
            before -= skipped
            back = min(draw.points - skipped, wanted - given)
            if back:
                move = Move(
                    account=draw.lot.account,
                    lot=self._open_lot(connection, draw, now_ms),
                    reason=Reason.GIVE_BACK,
                    points=back,
                    purchase=purchase,
                    day_ms=day_began_ms(now_ms, self.scheme.zone),
                )
                points.write(connection, move, self.random)
                given += back
        return given

    def take_back(self, connection: sqlite3.Connection, *, person: int, purchase: int, wanted: int, now_ms: int) -> int:
        """Up to so many of the points that a sale earned; returns how many there were left to take."""
        earned = points.of_purchase(connection, purchase, Reason.SALE)
        first = earned[0].lot.id if earned else None
        draws = ledger.take_back(points.lots(connection, person), wanted, first=first, now_ms=now_ms)
        return self._draw(connection, draws, Reason.TAKE_BACK, purchase, now_ms)

    def _draw(
        self, connection: sqlite3.Connection, draws: tuple[Draw, ...], reason: Reason, purchase: int, now_ms: int
    ) -> int:
        return points.draw(
            connection,
            draws,
            reason=reason,
            purchase=purchase,
            day_ms=day_began_ms(now_ms, self.scheme.zone),
            random=self.random,
        )

    def _open_lot(self, connection: sqlite3.Connection, draw: Draw, now_ms: int) -> int:
        if draw.lot.expires_ms > now_ms:
            return draw.lot.id
        return points.lot(connection, draw.lot.account, expires_ms(now_ms, self.scheme, months=GRACE_MONTHS))

"""When a shopper gets points: for what they share or buy, once each, while they agree that their taps are kept."""

import enum
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

from cloud.points import ledger
from cloud.points.ledger import Reason
from cloud.points.rates import Scheme, day_began_ms, expires_ms, for_sale
from cloud.shop.consent import Purpose
from cloud.store import consents, points, points_marks
from cloud.store.points import Move
from cloud.store.shoppers import Profile
from cloud.store.visits import VISIT_MS, Visit


class NotEarned(enum.StrEnum):
    """Why there were no points."""

    NO_CONSENT = "no-consent"  # the shopper does not agree that taps are kept
    UNPROVEN = "unproven"  # no signature, or too long ago
    TWICE = "twice"  # this very thing has earned before
    ENOUGH_TODAY = "enough-today"  # the day's most is reached
    NOTHING = "nothing"  # the rate, or what its rounding leaves, is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Points were given."""

    points: int
    balance: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What somebody would get, for what."""

    reason: Reason
    points: int
    purchase: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earner:
    """Gives points in the transactions of others; `random` gives so many unguessable bytes."""

    scheme: Scheme
    random: Callable[[int], bytes]

    def tap(self, connection: sqlite3.Connection, profile: Profile, visit: Visit, now_ms: int) -> Earned | NotEarned:
        """For a signed tap, while its visit lasts and up to the day's most."""
        if not (visit.signed and 0 <= now_ms - visit.at_ms < VISIT_MS):
            return NotEarned.UNPROVEN
        if points_marks.visit_earned(connection, visit.id):
            return NotEarned.TWICE
        rates = self.scheme.rates
        given = self._capped(connection, profile, _Claim(reason=Reason.TAP, points=rates.tap), rates.taps_a_day, now_ms)
        if isinstance(given, Earned):
            points_marks.mark_visit(connection, visit.id, given.points)
        return given

    def review(self, connection: sqlite3.Connection, profile: Profile, gtin: str, now_ms: int) -> Earned | NotEarned:
        """For a review of something bought here: once for each person and product."""
        if points_marks.has_earned(connection, profile.person, Reason.REVIEW, gtin):
            return NotEarned.TWICE
        claim = _Claim(reason=Reason.REVIEW, points=self.scheme.rates.review)
        given = self._give(connection, profile, claim, now_ms)
        if isinstance(given, Earned):
            points_marks.mark(connection, profile.id, Reason.REVIEW, gtin, given.points)
        return given

    def answer(
        self, connection: sqlite3.Connection, profile: Profile, question: str, now_ms: int
    ) -> Earned | NotEarned:
        """For an answer about what interests the shopper: once for each person and question, up to the day's most."""
        if points_marks.has_earned(connection, profile.person, Reason.ANSWER, question):
            return NotEarned.TWICE
        rates = self.scheme.rates
        claim = _Claim(reason=Reason.ANSWER, points=rates.answer)
        given = self._capped(connection, profile, claim, rates.answers_a_day, now_ms)
        if isinstance(given, Earned):
            points_marks.mark(connection, profile.id, Reason.ANSWER, question, given.points)
        return given

    def sale(
        self, connection: sqlite3.Connection, profile: Profile, purchase: int, paid: int, now_ms: int
    ) -> Earned | NotEarned:
        """For a sale, on what was paid in money: `paid` in minor units, `purchase` the row of its link."""
        if points.purchase_earned(connection, purchase):
            return NotEarned.TWICE
        claim = _Claim(reason=Reason.SALE, points=for_sale(self.scheme.rates, paid), purchase=purchase)
        return self._give(connection, profile, claim, now_ms)

    def _capped(
        self, connection: sqlite3.Connection, profile: Profile, claim: _Claim, most: int, now_ms: int
    ) -> Earned | NotEarned:
        """What is left of the day's most for this reason."""
        since_ms = day_began_ms(now_ms, self.scheme.zone)
        so_far = points.earned_since(connection, profile.person, claim.reason, since_ms)
        given = self._give(connection, profile, replace(claim, points=min(claim.points, max(0, most - so_far))), now_ms)
        return NotEarned.ENOUGH_TODAY if given is NotEarned.NOTHING and claim.points else given

    def _give(self, connection: sqlite3.Connection, profile: Profile, claim: _Claim, now_ms: int) -> Earned | NotEarned:
        if Purpose.HISTORY not in consents.standing(connection, profile.person):
            return NotEarned.NO_CONSENT
        if claim.points <= 0:
            return NotEarned.NOTHING
        ends_ms, day_ms = expires_ms(now_ms, self.scheme), day_began_ms(now_ms, self.scheme.zone)
        account = points.account(connection, profile.id)
        lot = points.lot(connection, account, ends_ms)
        move = Move(
            account=account, lot=lot, reason=claim.reason, points=claim.points, purchase=claim.purchase, day_ms=day_ms
        )
        points.write(connection, move, self.random)
        balance = ledger.balance(points.lots(connection, profile.person), now_ms)
        return Earned(points=claim.points, balance=balance, expires_ms=ends_ms)

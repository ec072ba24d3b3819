"""The rules of the ledger: which accounts a transfer joins, and which lots it draws on, oldest expiry first."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final


class StoreAccount(enum.StrEnum):
    """The store's own accounts; each transfer joins one of them with one shopper's."""

    ISSUED = "issued"  # where points come from: as far below zero as were ever given
    REDEEMED = "redeemed"  # what was paid with
    EXPIRED = "expired"  # what nobody used in time
    TAKEN_BACK = "taken-back"  # what a void or a return took back


class Reason(enum.StrEnum):
    """Why points move."""

    TAP = "tap"  # a signed tap was shared
    REVIEW = "review"  # of something bought here
    ANSWER = "answer"  # to a question about what interests the shopper
    SALE = "sale"
    SPEND = "spend"
    GIVE_BACK = "give-back"  # what paid for a sale that was voided, or for goods that came back
    EXPIRE = "expire"
    TAKE_BACK = "take-back"  # what such a sale had earned


EARNING: Final = (Reason.TAP, Reason.REVIEW, Reason.ANSWER, Reason.SALE)

STORE_SIDE: Final = {
    **dict.fromkeys(EARNING, StoreAccount.ISSUED),
    Reason.SPEND: StoreAccount.REDEEMED,
    Reason.GIVE_BACK: StoreAccount.REDEEMED,
    Reason.EXPIRE: StoreAccount.EXPIRED,
    Reason.TAKE_BACK: StoreAccount.TAKEN_BACK,
}
"""The other side of each reason's transfer."""

TO_SHOPPER: Final = frozenset((*EARNING, Reason.GIVE_BACK))
"""The reasons that credit the shopper; the others debit them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """The points of one account that end at one moment."""

    id: int
    account: int
    left: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """So many points of one lot."""

    lot: Lot
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One side of a transfer: a credit where it is above zero, a debit where it is below."""

    account: int | StoreAccount  # a shopper's by number
    points: int


class TooFew(Exception):
    """There are fewer points than asked for."""

    def __init__(self, *, asked: int, balance: int) -> None:
        super().__init__(f"{asked} points were asked for, there are {balance}")
        self.balance = balance


def entries(account: int, reason: Reason, points: int) -> tuple[Entry, Entry]:
    """Both sides of a transfer of `points` > 0; their sum is zero."""
    signed = points if reason in TO_SHOPPER else -points
    return Entry(account=account, points=signed), Entry(account=STORE_SIDE[reason], points=-signed)


def balance(lots: Iterable[Lot], now_ms: int) -> int:
    """What can be spent now."""
    return sum(lot.left for lot in lots if lot.expires_ms > now_ms)


def spend(lots: Sequence[Lot], points: int, now_ms: int) -> tuple[Draw, ...]:
    """Where so many points come from: those that end first, first. Raises TooFew."""
    valid = sorted((lot for lot in lots if lot.expires_ms > now_ms), key=_age)
    if (there := balance(valid, now_ms)) < points:
        raise TooFew(asked=points, balance=there)
    return _drawn(valid, points)


def take_back(lots: Sequence[Lot], points: int, *, first: int | None, now_ms: int) -> tuple[Draw, ...]:
    """Up to so many points: of the lot `first`, in which they were given, then of those that end first.

    What was spent since cannot be taken back: an account never falls below zero.
    """
    valid = sorted((lot for lot in lots if lot.expires_ms > now_ms), key=lambda lot: (lot.id != first, *_age(lot)))
    return _drawn(valid, min(points, balance(valid, now_ms)))


def expired(lots: Iterable[Lot], now_ms: int) -> tuple[Draw, ...]:
    """What has ended, the oldest first."""
    over = sorted((lot for lot in lots if lot.left and lot.expires_ms <= now_ms), key=_age)
    return tuple(Draw(lot=lot, points=lot.left) for lot in over)


def _age(lot: Lot) -> tuple[int, int]:
    return lot.expires_ms, lot.id


def _drawn(lots: Iterable[Lot], points: int) -> tuple[Draw, ...]:
    draws: list[Draw] = []
    for lot in lots:
        taken = min(lot.left, points)
        if taken:
            draws.append(Draw(lot=lot, points=taken))
            points -= taken
    return tuple(draws)

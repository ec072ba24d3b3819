"""What a coupon is shown of a sale, and what it answers: the door between the till and the coupons."""

import sqlite3
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """So many of one product; `net` is what they cost after the line's own discount, in minor units."""

    gtin: str
    quantity: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """A sale that is being made, before points pay for any of it."""

    sale_id: int  # the row in `sales`
    lines: tuple[BasketLine, ...]
    left: int  # minor units to pay after the coupons before this one; above zero
    person: int | None  # who showed a card or a code; nobody where there was none
    at_ms: int  # by the till's clock
    now_ms: int  # by the cloud's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOff:
    """The coupon is redeemed: so many minor units less, from 1 to what is left (the till takes no more than that)."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """The coupon is not taken; nothing of it is changed."""

    reason: str  # one word for programs, such as "expired"


class Redeemer(Protocol):
    """Redeems coupons in the sale's own transaction."""

    def redeem(self, connection: sqlite3.Connection, code: str, basket: Basket) -> TakenOff | NotTaken:
        """Redeems a coupon once, for this sale."""
        ...

    def give_back(self, connection: sqlite3.Connection, sale_id: int, now_ms: int) -> int:
        """All coupons of a sale that was undone are as before it; returns how many."""
        ...


class NoCoupons:
    """A store without coupons: every code is unknown."""

    def redeem(self, connection: sqlite3.Connection, code: str, basket: Basket) -> TakenOff | NotTaken:  # noqa: ARG002 - the protocol's
        """Takes none."""
        return NotTaken(reason="unknown")

    def give_back(self, connection: sqlite3.Connection, sale_id: int, now_ms: int) -> int:  # noqa: ARG002 - the protocol's
        """Has none."""
        return 0

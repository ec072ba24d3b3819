"""What a till tells of a sale, its undoing and its returns: amounts are whole minor units, quantities whole pieces."""

import json
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from cloud.gs1 import is_gtin14
from contract.fields import Gtin, Millis, Token

_MOST = 10**12
Amount = Annotated[int, Meta(ge=-_MOST, le=_MOST, description="minor units of the currency: whole won")]
Number = Annotated[
    str,
    Meta(
        min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$(?!\n)", description="the till's own, once for each till"
    ),
]
Quantity = Annotated[int, Meta(ge=1, le=10_000, description="whole pieces")]
Place = Annotated[int, Meta(ge=0, lt=500, description="which line of the sale, from 0 on")]
TillName = Annotated[str, Meta(min_length=1, max_length=60, description="where the sale was made, if not here")]

T = TypeVar("T", bound=Struct)


class SaleError(ValueError):
    """What came cannot be read; the message says where and why."""


class SaleLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many of one product for so much in all; `discount` comes off `amount`."""

    gtin: Gtin
    quantity: Quantity
    amount: Amount
    discount: Annotated[int, Meta(ge=0, le=_MOST, description="off this line's amount, in minor units")] = 0

    @property
    def net(self) -> int:
        """What the line costs, in minor units."""
        return self.amount - self.discount


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who buys, by their own act at the till: a connected card, or the code on their page. Exactly one of both."""

    card: Annotated[Token, Meta(description="a card's pseudonym, as the store's readers make it")] | None = None
    code: (
        Annotated[
            str,
            Meta(min_length=8, max_length=20, pattern=r"^[0-9A-Za-z -]+$(?!\n)", description="read or typed, any case"),
        ]
        | None
    ) = None


Coupon = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^[\x1d\x20-\x7e]+$(?!\n)", description="a coupon's code, as read")
]


class Sale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One receipt of a till; `sale` is the till's own number for it, and makes it count once."""

    sale: Number
    at: Millis
    currency: Literal["KRW"]  # as every price of the catalogue
    lines: Annotated[tuple[SaleLine, ...], Meta(min_length=1, max_length=500)]
    member: Member | None = None
    coupons: Annotated[tuple[Coupon, ...], Meta(max_length=10, description="redeemed in this order")] = ()
    points: Annotated[int, Meta(ge=0, le=10**9, description="to pay with; the member's")] = 0
    paid: (
        Annotated[Amount, Meta(description="what the till took; where it is not what is due, nothing is kept")] | None
    ) = None


class ReturnedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many pieces of one line came back."""

    line: Place
    quantity: Quantity
    restock: Annotated[bool, Meta(description="false where they cannot be sold again")] = True


class Return(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Goods of one sale that came back; `return` is the till's own number for it, and makes it count once."""

    number: Number = msgspec.field(name="return")
    sale: Number
    at: Millis
    lines: Annotated[tuple[ReturnedLine, ...], Meta(min_length=1, max_length=500)]
    till: TillName | None = None


class Undoing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A sale that is undone as a whole; an empty body will do."""

    at: Millis | None = None
    till: TillName | None = None


_sales = msgspec.json.Decoder(Sale)
_returns = msgspec.json.Decoder(Return)
_undoings = msgspec.json.Decoder(Undoing)
_encoder = msgspec.json.Encoder()


def decode_sale(data: bytes) -> Sale:
    """A sale from its JSON. Raises SaleError."""
    sale = _decoded(_sales, data)
    for number, line in enumerate(sale.lines):
        if not is_gtin14(line.gtin):
            raise SaleError(f"{line.gtin} has a wrong check digit - at `$.lines[{number}].gtin`")
        if line.discount > max(0, line.amount):
            raise SaleError(f"{line.discount} is more than the line's amount - at `$.lines[{number}].discount`")
    if sale.member and (sale.member.card is None) == (sale.member.code is None):
        raise SaleError("Expected exactly one of `card` and `code` - at `$.member`")
    if len(set(sale.coupons)) < len(sale.coupons):
        raise SaleError("A coupon stands twice - at `$.coupons`")
    return sale


def decode_return(data: bytes) -> Return:
    """A return from its JSON. Raises SaleError."""
    told = _decoded(_returns, data)
    places = [line.line for line in told.lines]
    if len(set(places)) < len(places):
        raise SaleError("A line stands twice - at `$.lines`")
    return told


def decode_undoing(data: bytes) -> Undoing:
    """A void from its JSON, or from no bytes at all. Raises SaleError."""
    return _decoded(_undoings, data) if data.strip() else Undoing()


def _decoded(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    try:
        decoded = decoder.decode(data)
        # What decoded is shallow. A name that stands twice would count as the last one here and as the first elsewhere.
        json.loads(data, object_pairs_hook=_single)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SaleError("".join(c if c.isprintable() else "?" for c in str(error))[:300]) from None
    return decoded


def _single(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise SaleError(f"Object contains the field `{name}` twice")


def encode_sale(sale: Sale) -> bytes:
    """The sale as JSON, always the same for the same sale."""
    return _encoder.encode(sale)


def encode_return(told: Return) -> bytes:
    """The return as JSON, always the same for the same return."""
    return _encoder.encode(told)

"""A sale as a till tells it: amounts are whole minor units of its currency, quantities whole pieces."""

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from cloud.gs1 import is_gtin14
from contract.fields import Gtin, Millis

MAX_BYTES = 64 * 1024
Amount = Annotated[int, Meta(ge=-(10**12), le=10**12)]


class SaleError(ValueError):
    """The sale cannot be read; the message says where and why."""


class SaleLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many of one product for so much in all."""

    gtin: Gtin
    quantity: Annotated[int, Meta(ge=1, le=10_000)]
    amount: Amount


class Sale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One receipt of a till; `sale` is the till's own number for it, and makes it count once."""

    sale: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$(?!\n)")]
    at: Millis
    currency: Literal["KRW"]  # as every price of the catalogue
    lines: Annotated[tuple[SaleLine, ...], Meta(min_length=1, max_length=500)]


_decoder = msgspec.json.Decoder(Sale)
_encoder = msgspec.json.Encoder()


def decode_sale(data: bytes) -> Sale:
    """A sale from its JSON. Raises SaleError."""
    try:
        sale = _decoder.decode(data)
        # What decoded is shallow. A name that stands twice would count as the last one here and as the first elsewhere.
        json.loads(data, object_pairs_hook=_single)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SaleError("".join(c if c.isprintable() else "?" for c in str(error))[:300]) from None
    for number, line in enumerate(sale.lines):
        if not is_gtin14(line.gtin):
            raise SaleError(f"{line.gtin} has a wrong check digit - at `$.lines[{number}].gtin`")
    return sale


def _single(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise SaleError(f"Object contains the field `{name}` twice")


def encode_sale(sale: Sale) -> bytes:
    """The sale as JSON, always the same for the same sale."""
    return _encoder.encode(sale)

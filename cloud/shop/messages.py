"""What is told to one shopper's open page, as JSON in both languages."""

from dataclasses import dataclass

import msgspec
from msgspec import Struct

from cloud.shop.catalogue import Product
from cloud.shop.offers import Reasons

LABEL = "(광고)"
"""Begins every advertisement, in these very characters (Network Act, art. 50; Decree, art. 61)."""

NIGHT_BEGINS_H, NIGHT_ENDS_H = 21, 8
_DAY_MS = 24 * 3_600_000
_SEOUL_MS = 9 * 3_600_000


class Both(Struct, frozen=True, kw_only=True):
    """Words in both languages."""

    ko: str
    en: str


class ShownProduct(Struct, frozen=True, kw_only=True):
    """A product as a small card shows it."""

    gtin: str
    name: Both
    brand: Both
    price: int
    price_text: Both
    picture: str | None


class TapMessage(Struct, frozen=True, kw_only=True):
    """The shopper's own card touched a reader."""

    at: int
    reader: str
    reader_title: Both
    sent_ms: int
    product: ShownProduct | None
    url: str | None


class Advertisement(Struct, frozen=True, kw_only=True):
    """An offer that is pushed. Only `advertise` makes one, so that none lacks its label, sender and way out."""

    at: int
    title: Both
    text: Both
    why: Reasons
    sender: Both
    stop_url: str
    url: str


class CardMessage(Struct, frozen=True, kw_only=True):
    """What became of the wait for a card."""

    bound: bool
    reason: str  # "bound", "contested" or "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who advertises."""

    name_ko: str
    name_en: str


_encoder = msgspec.json.Encoder()


def encode(message: TapMessage | Advertisement | CardMessage) -> str:
    """The message as one line of JSON."""
    return _encoder.encode(message).decode()


def advertise(*, product: Product, why: Reasons, sender: Sender, at_ms: int) -> Advertisement:
    """The store's offer on a product as an advertisement with all that the law asks for."""
    return Advertisement(
        at=at_ms,
        title=Both(
            ko=f"{LABEL} {sender.name_ko} · {product.name['ko']}", en=f"{LABEL} {sender.name_en} · {product.name['en']}"
        ),
        text=Both(ko=product.offer["ko"], en=product.offer["en"]),
        why=why,
        sender=Both(ko=sender.name_ko, en=sender.name_en),
        stop_url="/me",
        url=f"/01/{product.gtin}",
    )


def is_night(at_ms: int) -> bool:
    """Whether it is from 21:00 to 08:00 in Korea, when its law asks a consent of its own for advertising.

    Korea has one time all year; the law's night is Korea's, whatever the store's clock is set to.
    """
    hour = (at_ms + _SEOUL_MS) % _DAY_MS // 3_600_000
    return hour >= NIGHT_BEGINS_H or hour < NIGHT_ENDS_H

"""The bytes between the till and the cloud: what it tells of sales, voids and returns, and what the answers say."""

import json
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from firmware_sim.actors.calls import Said
from firmware_sim.town.character import Regret
from firmware_sim.town.visits import Line

_TAKEN: Final = frozenset((200, 201))


class Piece(Struct, frozen=True, kw_only=True):
    """So many of a product."""

    gtin: Annotated[str, Meta(pattern=r"^[0-9]{14}$")]
    quantity: Annotated[int, Meta(ge=1, le=99)]


class Purchase(Struct, frozen=True, kw_only=True):
    """What the visitor puts on the counter and shows there."""

    lines: Annotated[tuple[Piece, ...], Meta(min_length=1, max_length=50)]
    member: Annotated[str, Meta(max_length=40)] = ""
    coupon: Annotated[str, Meta(max_length=200)] = ""
    points: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a shopper shows at the till: a code on their phone or a card, coupons, and how many points are to pay."""

    code: str = ""
    card: str = ""  # its name in this store, as the readers make it
    coupons: tuple[str, ...] = ()
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One call of the till."""

    kind: str  # sale, void, return
    number: str
    path: str
    body: bytes


class ReceiptLine(Struct, frozen=True, kw_only=True):
    """One line, as it is printed."""

    gtin: str
    quantity: int
    amount: int


class Receipt(Struct, frozen=True, kw_only=True):
    """What the till prints; `refused` says why nothing was sold."""

    sale: str
    at: int
    lines: tuple[ReceiptLine, ...]
    discount: int = 0
    points_spent: int = 0
    points_earned: int = 0
    balance: int | None = None
    paid: int = 0
    notes: tuple[str, ...] = ()
    refused: str = ""


class _Coupon(Struct, frozen=True, kw_only=True):
    off: int = 0
    refused: str | None = None


class _Points(Struct, frozen=True, kw_only=True):
    spent: int = 0
    worth: int = 0
    earned: int = 0
    balance: int | None = None


class SaleAnswer(Struct, frozen=True, kw_only=True):
    """What the cloud says of a sale; what it says beyond that is left aside."""

    due: int
    member: str = "nobody"
    coupons: tuple[_Coupon, ...] = ()
    points: _Points = _Points()


_answers = msgspec.json.Decoder(SaleAnswer)


def message_of(number: str, *, at: int, lines: tuple[Line, ...], shown: Shown) -> Message:
    """A sale."""
    body: dict[str, object] = {
        "sale": number,
        "at": at,
        "currency": "KRW",
        "lines": [{"gtin": s.gtin, "quantity": s.quantity, "amount": s.amount} for s in lines],
    }
    if shown.code or shown.card:
        body["member"] = {"code": shown.code} if shown.code else {"card": shown.card}
    if shown.coupons:
        body["coupons"] = list(shown.coupons)
    if shown.points:
        body["points"] = shown.points
    return Message(kind="sale", number=number, path="/v1/sales", body=json.dumps(body).encode())


def taken_back(number: str, regret: Regret, *, at: int) -> Message:
    """The whole sale, or one piece of its first line."""
    if regret is Regret.VOID:
        void = json.dumps({"at": at}).encode()
        return Message(kind=regret, number=number, path=f"/v1/sales/{number}/void", body=void)
    body = {"return": f"{number}-back", "sale": number, "at": at, "lines": [{"line": 0, "quantity": 1}]}
    return Message(kind=regret, number=number, path="/v1/returns", body=json.dumps(body).encode())


def answer_of(said: Said) -> SaleAnswer | None:
    """What a cloud says of a sale that it took; None where it took none, or says nothing that can be read."""
    try:
        return _answers.decode(said.text) if said.status in _TAKEN else None
    except msgspec.MsgspecError:
        return None


def receipt_of(number: str, *, at: int, lines: tuple[Line, ...], said: Said) -> Receipt:
    """The receipt of a sale, from what the cloud said of it."""
    printed = tuple(ReceiptLine(gtin=line.gtin, quantity=line.quantity, amount=line.amount) for line in lines)
    if said.status not in _TAKEN:
        return Receipt(sale=number, at=at, lines=printed, refused=said.text.strip()[:300] or f"status {said.status}")
    answer = answer_of(said) or SaleAnswer(due=sum(line.amount for line in lines))
    notes = [f"coupon: {coupon.refused}" for coupon in answer.coupons if coupon.refused]
    if answer.member == "unknown":
        notes.append("member: unknown")
    return Receipt(
        sale=number,
        at=at,
        lines=printed,
        discount=sum(coupon.off for coupon in answer.coupons),
        points_spent=answer.points.spent,
        points_earned=answer.points.earned,
        balance=answer.points.balance,
        paid=answer.due,
        notes=tuple(notes),
    )

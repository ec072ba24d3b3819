"""What phones, till and staff noted of a day, read into typed lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct


class _Kind(Struct, frozen=True):
    kind: str


class Chose(Struct, frozen=True, kw_only=True):
    """A shopper agreed to exactly this."""

    at: int  # wall ms, as all `at` here
    shopper: int
    choices: frozenset[str]


class Stopped(Struct, frozen=True, kw_only=True):
    """A shopper refused all advertising; `status` is the page's answer, 0 where there was none."""

    at: int
    shopper: int
    status: int = 0


class Heard(Struct, frozen=True, kw_only=True):
    """A message came to an open page; `title` by language."""

    at: int
    shopper: int
    event: str
    title: dict[str, str] | str | None = None


class PushedTo(Struct, frozen=True, kw_only=True):
    """A push message came to a phone and was opened there."""

    at: int
    shopper: int
    title: str


class CouponHeld(Struct, frozen=True, kw_only=True):
    """A shopper pressed for a coupon; whether the page then showed its code."""

    at: int
    shopper: int
    held: bool


class Balance(Struct, frozen=True, kw_only=True):
    """The points that a shopper's page showed."""

    at: int
    shopper: int
    points: int | None


class CameAgain(Struct, frozen=True, kw_only=True):
    """A phone that was a member's on a day before."""

    shopper: int


class Told(Struct, frozen=True, kw_only=True):
    """The till told the cloud of a sale, a void or a return, and this was the answer."""

    at: int
    sale: str
    status: int
    said: str = ""


class Acted(Struct, frozen=True, kw_only=True):
    """A form was sent; `status` is the answer, 0 where there was none."""

    at: int
    shopper: int
    status: int = 0


class Coupon(Struct, frozen=True, kw_only=True):
    """What became of a coupon at the till."""

    off: int = 0


class Points(Struct, frozen=True, kw_only=True):
    """What a sale did to points."""

    spent: int
    earned: int


class Sale(Struct, frozen=True, kw_only=True):
    """What the cloud answered of a sale."""

    member: str
    total: int
    due: int
    points: Points
    coupons: tuple[Coupon, ...] = ()


class BackPoints(Struct, frozen=True, kw_only=True):
    """What a void or a return did to points."""

    given_back: int
    taken_back: int


class Back(Struct, frozen=True, kw_only=True):
    """What the cloud answered of a void or a return; `coupons` can be used again."""

    points: BackPoints
    coupons: int


Line = Chose | Stopped | Heard | PushedTo | CouponHeld | Balance | CameAgain | Told | Acted

_KINDS: Final[dict[str, type[Line]]] = {
    "chose": Chose,
    "stop": Stopped,
    "heard": Heard,
    "pushed": PushedTo,
    "coupon": CouponHeld,
    "balance": Balance,
    "came-again": CameAgain,
    "sale": Told,
    "void": Told,
    "return": Told,
    "review": Acted,
    "ask": Acted,
}
_kind = msgspec.json.Decoder(_Kind)
_decoders: Final[dict[str, msgspec.json.Decoder[Line]]] = {
    kind: msgspec.json.Decoder(shape) for kind, shape in _KINDS.items()
}
_TAKEN: Final = frozenset((200, 201))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One line and its kind."""

    kind: str
    line: Line

    @property
    def done(self) -> bool:
        """Whether what was asked of the cloud was done."""
        return isinstance(self.line, Told | Acted | Stopped) and self.line.status in _TAKEN


def read_diary(lines: Iterable[bytes]) -> tuple[Noted, ...]:
    """The lines that are compared, in their order. Raises msgspec.ValidationError."""
    read = []
    for line in lines:
        kind = _kind.decode(line).kind
        if kind in _decoders:
            read.append(Noted(kind=kind, line=_decoders[kind].decode(line)))
    return tuple(read)

"""What the cloud tells a node to do, each signed by the cloud's key: a plan to work by, and orders of one moment.

A signature is Ed25519 (RFC 8032) over `plan_signed` or `order_signed`: the store and the node are in it, so that
what was said to one is nothing to another. A node has the cloud's public key from its credentials.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from contract.calibration import Calibration, Request
from contract.fields import Millis, Name, Token, Words
from contract.messages import MAX_BYTES, Message, WireError, decoded, encoded

MOST_PLAN: Final = 200_000
"""Characters of a plan's JSON: a hundred times the demo store's zones still fit into one message."""
MOST_ORDER: Final = 32_000
MOST_BADGES: Final = 500
"""Of one store's staff; each is a pseudonym of 32 digits."""
LONGEST_MS: Final = 60_000
"""For which an order may be good."""
NONCE_BYTES: Final = 16
MOST_STILL: Final = MAX_BYTES - NONCE_BYTES
"""Bytes of a still's JPEG."""

Signature = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$(?!\n)", description="Ed25519, 64 bytes in lower-case hex")]
Version = Annotated[int, Meta(ge=1, le=2**53)]


class SignedPlan(Message, frozen=True, kw_only=True):
    """A version of the store's plan for one node, retained by the broker: `plan` is its JSON, as it was signed."""

    version: Version
    plan: Annotated[str, Meta(max_length=MOST_PLAN)]
    signature: Signature


class SignedOrder(Message, frozen=True, kw_only=True):
    """An order for one node: `order` is the JSON of an `Order`, as it was signed."""

    order: Annotated[str, Meta(max_length=MOST_ORDER)]
    signature: Signature


class Order(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all orders have: a `nonce` that is never used twice, and by the cloud's clock when it was given and ends."""

    nonce: Token
    at: Millis
    until: Millis


class StillOrder(Order, frozen=True, kw_only=True, tag="still"):
    """Take one picture of this camera, paint over everybody in it, and send it on the channel `still`."""

    camera: Name


class CalibrationOrder(Order, frozen=True, kw_only=True, tag="calibration"):
    """Say how well these pairs tie a picture to the floor."""

    request: Request


class BadgesOrder(Order, frozen=True, kw_only=True, tag="badges"):
    """These are the badges of the store's staff, and no others; a node says by `badges_digest` which ones it has."""

    badges: Annotated[tuple[Token, ...], Meta(max_length=MOST_BADGES)]


AnyOrder = StillOrder | CalibrationOrder | BadgesOrder


class Answer(Message, frozen=True, kw_only=True):
    """What came of the order of that nonce, where it is no picture: why not, or the calibration that was asked for."""

    nonce: Token
    refusal: Words | None = None
    calibration: Calibration | None = None


_plan = msgspec.json.Decoder(SignedPlan)
_signed_order = msgspec.json.Decoder(SignedOrder)
_order: msgspec.json.Decoder[AnyOrder] = msgspec.json.Decoder(AnyOrder)
_answer = msgspec.json.Decoder(Answer)


def plan_signed(*, store: str, node: str, version: int, plan: str) -> bytes:
    """The bytes that a plan's signature is over; no name can hold a line's end, so that they are read one way only."""
    return f"aisle plan 1\n{store}\n{node}\n{version}\n{plan}".encode()


def order_signed(*, store: str, node: str, order: str) -> bytes:
    """The bytes that an order's signature is over."""
    return f"aisle order 1\n{store}\n{node}\n{order}".encode()


def encode_signed(message: SignedPlan | SignedOrder | Answer) -> bytes:
    """The message as JSON. Raises WireError where it would be longer than a broker takes."""
    return encoded(message)


def encode_order(order: AnyOrder) -> str:
    """An order as the JSON that is signed."""
    return msgspec.json.encode(order).decode()


def decode_signed_plan(data: bytes) -> SignedPlan:
    """A signed plan, its signature not checked. Raises WireError."""
    return decoded(data, _plan)


def decode_signed_order(data: bytes) -> SignedOrder:
    """A signed order, its signature not checked. Raises WireError."""
    return decoded(data, _signed_order)


def decode_order(text: str) -> AnyOrder:
    """What a signed order says. Raises WireError, also for one that is good for longer than a minute."""
    try:
        order = _order.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError(f"the order: {error}"[:300]) from None
    if not 0 < order.until - order.at <= LONGEST_MS:
        raise WireError(f"the order is good for {order.until - order.at} ms; allowed are 1 to {LONGEST_MS}")
    return order


def decode_answer(data: bytes) -> Answer:
    """An answer. Raises WireError."""
    return decoded(data, _answer)


def badges_digest(badges: Iterable[str]) -> str:
    """The name of a list of badges, whatever its order: 32 hex digits of its SHA-256."""
    return hashlib.sha256("\n".join(sorted(badges)).encode()).hexdigest()[:32]


def pack_still(nonce: str, jpeg: bytes) -> bytes:
    """A still for the wire: the order's nonce, 16 bytes, and then the JPEG. The one message that is a picture.

    It is sent once at QoS 0 and not retained, so that no broker keeps it. Raises WireError where it is too long.
    """
    if len(jpeg) > MOST_STILL:
        raise WireError(f"a still of {len(jpeg)} bytes; allowed are {MOST_STILL}")
    return bytes.fromhex(nonce) + jpeg


def unpack_still(data: bytes) -> tuple[str, bytes]:
    """The nonce and the JPEG of a still. Raises WireError for what is none."""
    nonce, jpeg = data[:NONCE_BYTES], data[NONCE_BYTES:]
    if len(data) > MAX_BYTES or not (jpeg.startswith(b"\xff\xd8\xff") and jpeg.endswith(b"\xff\xd9")):
        raise WireError(f"{len(data)} bytes that are no still")
    return nonce.hex(), jpeg

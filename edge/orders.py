"""Whether an order of the cloud is to be obeyed: signed for this node, fresh, and never seen before."""

from dataclasses import dataclass

from contract.messages import WireError
from contract.orders import AnyOrder, decode_order, decode_signed_order, order_signed
from edge.plans.judging import Self
from edge.signature import signed


class OrderRefused(Exception):
    """The order is not obeyed; the message says why. `nonce` where it is the cloud's: then it hears of it."""

    def __init__(self, reason: str, *, nonce: str | None = None) -> None:
        super().__init__(reason)
        self.nonce = nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The nonces of orders that may still come again, each with when it ends (ms by the cloud's clock)."""

    since_ms: int  # when the node began, which has forgotten what it was told before
    seen: tuple[tuple[str, int], ...] = ()


def obey(orders: Orders, data: bytes, me: Self, *, now_ms: int) -> tuple[Orders, AnyOrder]:
    """The order of a message at the wall time `now_ms`, and what to remember of it. Raises OrderRefused.

    An order from before the node's start is refused, so that a restart opens nothing to a replay.
    """
    order = _read(data, me)
    if order.until < now_ms or order.at < orders.since_ms:
        late = (now_ms - order.at) / 1000
        raise OrderRefused(f"the order is {late:.0f} s old by this node's clock", nonce=order.nonce)
    if order.at > now_ms + (order.until - order.at):
        ahead = (order.at - now_ms) / 1000
        raise OrderRefused(f"the order is of {ahead:.0f} s ahead of this node's clock", nonce=order.nonce)
    if any(nonce == order.nonce for nonce, _ in orders.seen):
        raise OrderRefused("the order came before")
    # Kept for as long as the order may be obeyed by a clock that is set back as far as is allowed.
    left = tuple((nonce, until) for nonce, until in orders.seen if until + 60_000 >= now_ms)
    return Orders(since_ms=orders.since_ms, seen=(*left, (order.nonce, order.until))), order


def _read(data: bytes, me: Self) -> AnyOrder:
    try:
        message = decode_signed_order(data)
        if me.cloud_key is None:
            raise OrderRefused("the credentials have no cloud_key, so that no order can be proven")
        text = order_signed(store=me.store, node=me.node, order=message.order)
        if not signed(me.cloud_key, text, message.signature):
            raise OrderRefused("the order was not signed by the cloud for this node")
        return decode_order(message.order)
    except WireError as error:
        raise OrderRefused(f"an order that is none: {error}") from None

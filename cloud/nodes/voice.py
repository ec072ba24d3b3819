"""The cloud's voice to its nodes: plans and orders with the signature that a node knows it by."""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from cloud.proof.keys import SigningKey
from contract.orders import AnyOrder, SignedOrder, SignedPlan, encode_order, encode_signed, order_signed, plan_signed
from contract.plan import Plan
from contract.topics import Channel


class Line(Protocol):
    """The way to the nodes (`cloud.ingest.subscriber.Subscriber`)."""

    def say(self, node: str, channel: Channel, payload: bytes) -> bool:
        """Hands a message to the broker; False where it is away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Speaks for one store."""

    store: str
    key: SigningKey
    line: Line

    def plan(self, node: str, plan: Plan) -> bool:
        """Leaves a version of the plan with the broker, for the node to take now or when it comes back.

        False where the broker is away. Raises WireError for a plan that no message can hold.
        """
        text = msgspec.json.encode(plan).decode()
        signed = plan_signed(store=self.store, node=node, version=plan.version, plan=text)
        message = SignedPlan(version=plan.version, plan=text, signature=self.key.sign(signed).hex())
        return self.line.say(node, Channel.PLAN, encode_signed(message))

    def order(self, node: str, order: AnyOrder) -> bool:
        """Tells a node that is there now; False where the broker is away. Raises WireError for one too long."""
        text = encode_order(order)
        signed = order_signed(store=self.store, node=node, order=text)
        message = SignedOrder(order=text, signature=self.key.sign(signed).hex())
        return self.line.say(node, Channel.ORDER, encode_signed(message))

"""What the cloud says to a node, by the cloud's own code and key."""

from dataclasses import dataclass, field

import msgspec

from cloud.nodes.voice import Voice
from cloud.proof.keys import SigningKey
from contract.orders import AnyOrder, SignedPlan
from contract.plan import Plan
from contract.topics import Channel

KEY = SigningKey(b"k" * 32)
FORGER = SigningKey(b"f" * 32)


@dataclass(slots=True)
class Said:
    """A line that keeps what was said."""

    said: list[bytes] = field(default_factory=list)

    def say(self, _node: str, _channel: Channel, payload: bytes) -> bool:
        self.said.append(payload)
        return True


def plan_for(node: str, plan: Plan, *, store: str, key: SigningKey = KEY) -> bytes:
    """The message that brings a node this plan."""
    line = Said()
    Voice(store=store, key=key, line=line).plan(node, plan)
    return line.said[0]


def order_for(node: str, order: AnyOrder, *, store: str, key: SigningKey = KEY) -> bytes:
    """The message that orders it."""
    line = Said()
    Voice(store=store, key=key, line=line).order(node, order)
    return line.said[0]


def changed(message: bytes, **fields: object) -> bytes:
    """A signed plan with something else in it than was signed."""
    return msgspec.json.encode(msgspec.structs.replace(msgspec.json.decode(message, type=SignedPlan), **fields))

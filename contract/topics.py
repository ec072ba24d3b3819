"""The MQTT topics, and which side may publish on each.

`aisle/{store}/{node}/events`   node → cloud, QoS 1: a `Batch`
`aisle/{store}/{node}/receipt`  cloud → node, QoS 1: a `Receipt`
`aisle/{store}/{node}/health`   node → cloud, QoS 1: a `Health`
`aisle/{store}/{node}/live`     node → whoever watches, QoS 0: a `Live`
`aisle/{store}/{node}/plan`     cloud → node, QoS 1, retained: a `SignedPlan`
`aisle/{store}/{node}/order`    cloud → node, QoS 1: a `SignedOrder`
`aisle/{store}/{node}/answer`   node → cloud, QoS 0: an `Answer`
`aisle/{store}/{node}/still`    node → cloud, QoS 0: a picture that was ordered (`contract.orders.pack_still`)

Ids are `contract.fields.Name`, so that no topic can hold a wildcard or a level of somebody else's.
"""

import enum
import re
from dataclasses import dataclass


class Channel(enum.StrEnum):
    """The last level of a topic."""

    EVENTS = "events"
    RECEIPT = "receipt"
    HEALTH = "health"
    LIVE = "live"
    PLAN = "plan"
    ORDER = "order"
    ANSWER = "answer"
    STILL = "still"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A topic, taken apart."""

    store: str
    node: str
    channel: Channel


_NAME = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
_TOPIC = re.compile(rf"aisle/({_NAME})/({_NAME})/({'|'.join(Channel)})")


def topic(store: str, node: str, channel: Channel) -> str:
    """The topic of one node's channel."""
    return f"aisle/{store}/{node}/{channel}"


def every_node(store: str, channel: Channel) -> str:
    """The filter that matches this channel of all nodes of a store."""
    return f"aisle/{store}/+/{channel}"


def parse(text: str) -> Address | None:
    """A topic's parts, or None where it is not one of ours."""
    found = _TOPIC.fullmatch(text)
    return found and Address(store=found[1], node=found[2], channel=Channel(found[3]))

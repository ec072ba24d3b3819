"""The wire written down for other people's programs: an AsyncAPI 3.0 document, generated from the types.

`python -m contract.asyncapi` writes contract/asyncapi.json; a test fails where the file is not what this makes.
"""

from pathlib import Path
from typing import Final

import msgspec

from contract.messages import VERSION, Batch, Health, Live, Message, Receipt
from contract.orders import MOST_STILL, NONCE_BYTES, Answer, SignedOrder, SignedPlan
from contract.topics import Channel

DOCUMENT: Final = Path(__file__).with_name("asyncapi.json")
_CARRIES: Final[dict[Channel, type[Message]]] = {
    Channel.EVENTS: Batch,
    Channel.RECEIPT: Receipt,
    Channel.HEALTH: Health,
    Channel.LIVE: Live,
    Channel.PLAN: SignedPlan,
    Channel.ORDER: SignedOrder,
    Channel.ANSWER: Answer,
}
_STILL: Final = {
    "name": "Still",
    "contentType": "application/octet-stream",
    "summary": "The one picture that ever leaves a node: a calibration still that the manager ordered",
    "description": (
        f"{NONCE_BYTES} bytes: the order's nonce; then a JPEG of at most {MOST_STILL} bytes, 1280 px at most, in which"
        " everybody who was found is painted over. Kept in memory alone, shown once."
    ),
}
_FROM_CLOUD: Final = frozenset((Channel.RECEIPT, Channel.PLAN, Channel.ORDER))
_ONCE: Final = frozenset((Channel.LIVE, Channel.ANSWER, Channel.STILL))
"""At QoS 0: what is late is of no use, and what is a picture must lie on no broker's disk."""


def document() -> bytes:
    """The document as indented JSON, from the cloud's side: it receives what nodes send, and sends receipts."""
    kinds = list(_CARRIES.values())
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return msgspec.json.format(msgspec.json.encode(_root(schemas)), indent=2) + b"\n"


def _root(schemas: dict[str, object]) -> dict[str, object]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aisle: node and cloud",
            "version": f"{VERSION}.0.0",
            "license": {"name": "Apache-2.0"},
            "description": "What a node tells the cloud over MQTT, the receipts that let it forget, plans and orders.",
        },
        "defaultContentType": "application/json",
        "channels": {channel.value: _channel(channel) for channel in Channel},
        "operations": {channel.value: _operation(channel) for channel in Channel},
        "components": {
            "messages": {
                kind.__name__: {"name": kind.__name__, "payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}
                for kind in _CARRIES.values()
            }
            | {"Still": _STILL},
            "schemas": schemas,
        },
    }


def _channel(channel: Channel) -> dict[str, object]:
    kind = _CARRIES[channel].__name__ if channel in _CARRIES else "Still"
    return {
        "address": f"aisle/{{store}}/{{node}}/{channel}",
        "parameters": {"store": {"description": "the store's id"}, "node": {"description": "the node's id"}},
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
    }


def _operation(channel: Channel) -> dict[str, object]:
    return {
        "action": "send" if channel in _FROM_CLOUD else "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": 0 if channel in _ONCE else 1, "retain": channel is Channel.PLAN}},
    }


if __name__ == "__main__":
    DOCUMENT.write_bytes(document())

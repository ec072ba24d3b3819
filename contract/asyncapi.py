"""The wire written down for other people's programs: an AsyncAPI 3.0 document, generated from the types.

`python -m contract.asyncapi` writes contract/asyncapi.json; a test fails where the file is not what this makes.
"""

from pathlib import Path
from typing import Final

import msgspec

from contract.messages import VERSION, Batch, Health, Live, Receipt
from contract.topics import Channel

DOCUMENT: Final = Path(__file__).with_name("asyncapi.json")
_CARRIES: Final = {Channel.EVENTS: Batch, Channel.RECEIPT: Receipt, Channel.HEALTH: Health, Channel.LIVE: Live}
_QOS: Final = {Channel.EVENTS: 1, Channel.RECEIPT: 1, Channel.HEALTH: 1, Channel.LIVE: 0}


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
            "description": "What a node tells the cloud over MQTT, and the receipts that let it forget.",
        },
        "defaultContentType": "application/json",
        "channels": {channel.value: _channel(channel) for channel in Channel},
        "operations": {channel.value: _operation(channel) for channel in Channel},
        "components": {
            "messages": {
                kind.__name__: {"name": kind.__name__, "payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}
                for kind in _CARRIES.values()
            },
            "schemas": schemas,
        },
    }


def _channel(channel: Channel) -> dict[str, object]:
    kind = _CARRIES[channel].__name__
    return {
        "address": f"aisle/{{store}}/{{node}}/{channel}",
        "parameters": {"store": {"description": "the store's id"}, "node": {"description": "the node's id"}},
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
    }


def _operation(channel: Channel) -> dict[str, object]:
    return {
        "action": "send" if channel is Channel.RECEIPT else "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": _QOS[channel], "retain": False}},
    }


if __name__ == "__main__":
    DOCUMENT.write_bytes(document())

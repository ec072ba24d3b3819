"""What the broker is told: its users, their rights and its limits, in the language of nats-server."""

import json
from dataclasses import dataclass

from contract.messages import MAX_BYTES
from contract.topics import Channel, topic

CLOUD = "cloud"
OBSERVER = "observer"

FROM_NODES = (Channel.EVENTS, Channel.HEALTH, Channel.LIVE, Channel.ANSWER, Channel.STILL)
TO_NODES = (Channel.RECEIPT, Channel.PLAN, Channel.ORDER)
WATCHED = (Channel.HEALTH, Channel.LIVE)
"""What an observer may read: how nodes are and where somebody stands, no event."""

_WINDOW = 256
"""QoS 1 messages on their way to one subscription. At 100 events each the cloud's memory stays below 20 MB."""

_PATIENCE_S = 5
"""Until a message that was not acknowledged is delivered again, to a cloud that was killed and came back too: the
server's own 30 s would keep a tap waiting. Too soon costs a repetition, which the store skips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files in PEM. With `ca` a client must show a certificate of that authority too."""

    certificate: str
    key: str
    ca: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where the broker listens for MQTT, and where it keeps its files."""

    host: str
    port: int
    directory: str
    tls: Tls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may connect."""

    name: str
    password: str


def render(store: str, listener: Listener, users: tuple[User, ...]) -> str:
    """The configuration file of nats-server.

    `sync_interval` stays at the server's own two minutes: syncing every message costs three quarters of the rate,
    and closes only the loss of a power cut. A node keeps every event until the cloud's receipt, so that what a
    broker loses is sent again.
    """
    lines = [
        "server_name: aisle",
        # Nobody speaks NATS itself: the listener that cannot be left out is on a random port that no user may enter.
        "host: 127.0.0.1",
        "port: -1",
        f"max_payload: {2 * MAX_BYTES}",
        f"pid_file: {_quoted(f'{listener.directory}/nats.pid')}",
        "jetstream {",
        f"  store_dir: {_quoted(f'{listener.directory}/jetstream')}",
        "  max_mem: 64MB",
        # While the cloud is away nodes send again and again; beyond this they wait, and nothing is lost.
        "  max_file: 2GB",
        "}",
        "mqtt {",
        f"  host: {_quoted(listener.host)}",
        f"  port: {listener.port}",
        f"  max_ack_pending: {_WINDOW}",
        f'  ack_wait: "{_PATIENCE_S}s"',
        *(_tls(listener.tls) if listener.tls else ()),
        "}",
        "authorization {",
        "  users: [",
        *(_user(store, user) for user in users),
        "  ]",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _tls(tls: Tls) -> tuple[str, ...]:
    authority = (f"    ca_file: {_quoted(tls.ca)}", "    verify: true") if tls.ca else ()
    return (
        "  tls {",
        f"    cert_file: {_quoted(tls.certificate)}",
        f"    key_file: {_quoted(tls.key)}",
        *authority,
        "  }",
    )


def _user(store: str, user: User) -> str:
    publish, subscribe = _rights(store, user.name)
    rights = f"publish: {{ allow: {_list(publish)} }}, subscribe: {{ allow: {_list(subscribe)} }}"
    if not publish:
        rights = f'publish: {{ deny: [">"] }}, subscribe: {{ allow: {_list(subscribe)} }}'
    return (
        f"    {{ user: {_quoted(user.name)}, password: {_quoted(user.password)},"
        f' allowed_connection_types: ["MQTT"], permissions: {{ {rights} }} }}'
    )


def _rights(store: str, name: str) -> tuple[list[str], list[str]]:
    """The topics on which a user may publish, and those that it may hear."""
    if name == CLOUD:
        return [topic(store, "*", channel) for channel in TO_NODES], [
            topic(store, "*", channel) for channel in FROM_NODES
        ]
    if name == OBSERVER:
        return [], [topic(store, "*", channel) for channel in WATCHED]
    return [topic(store, name, channel) for channel in FROM_NODES], [
        topic(store, name, channel) for channel in TO_NODES
    ]


def _list(topics: list[str]) -> str:
    return "[" + ", ".join(_quoted(it.replace("/", ".")) for it in topics) + "]"


def _quoted(text: str) -> str:
    return json.dumps(text)

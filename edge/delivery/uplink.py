"""The node's one connection to the broker; the only module of a node that knows paho-mqtt."""

import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from contract.credentials import Credentials
from contract.topics import Channel, topic

KEEPALIVE = 10
"""Seconds: a link that died without a word is noticed within twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The broker let the node in, and its receipts will reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The connection is gone, or the broker refused it; `reason` in words. It is tried again for ever."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Bytes on the node's receipt topic."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Bytes on the node's topic of orders."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCame:
    """Bytes on the node's topic of plans: at each connection the newest, and each new one."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unled:
    """The broker lets the node hear neither plans nor orders: its rights are those of an older version."""


Heard = Connected | Disconnected | Received | Ordered | PlanCame | Unled


class Uplink:
    """MQTT 3.1.1 with the node's own name as client id, so that a broker never holds two of it.

    `hear` is called on paho's thread with each `Heard`; it must not block and cannot raise: a callback that raises
    ends paho's thread while `is_connected()` stays true.
    """

    def __init__(self, credentials: Credentials, *, hear: Callable[[Heard], None]) -> None:
        self._store, self._node = credentials.store, credentials.username
        self._hear = hear
        self._receipts: int | None = None  # the packet that asked for them
        # A new session each time: what the node has to say is in its log, and receipts of the past say nothing new.
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._node, clean_session=True)
        client.username_pw_set(credentials.username, credentials.password)
        if credentials.ca is not None:
            client.tls_set(ca_certs=credentials.ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.max_inflight_messages_set(64)
        client.max_queued_messages_set(64)  # more would be a broker that takes and never acknowledges
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        self._client = client
        client.connect_async(credentials.host, credentials.port, keepalive=KEEPALIVE)

    def start(self) -> None:
        """Connect, and keep connecting, on a thread of its own."""
        self._client.loop_start()

    def send_batch(self, payload: bytes) -> bool:
        """Publish a batch at QoS 1; False where there is no connection: nothing is queued, for the log has it."""
        return self._publish(Channel.EVENTS, payload, qos=1)

    def send_health(self, payload: bytes) -> bool:
        """Publish the node's health at QoS 1, or not at all."""
        return self._publish(Channel.HEALTH, payload, qos=1)

    def send_live(self, payload: bytes) -> bool:
        """Publish where people are now at QoS 0, or not at all."""
        return self._publish(Channel.LIVE, payload, qos=0)

    def send_answer(self, payload: bytes) -> bool:
        """Publish what came of an order at QoS 0, or not at all."""
        return self._publish(Channel.ANSWER, payload, qos=0)

    def send_still(self, payload: bytes) -> bool:
        """Publish a still that was ordered at QoS 0, so that no broker keeps it, or not at all."""
        return self._publish(Channel.STILL, payload, qos=0)

    def renew(self) -> None:
        """Give this connection up; the thread makes another one, as after any loss."""
        # To reconnect from here would race with paho's thread; a socket that is shut is a loss that it mends itself.
        link = self._client.socket()
        if isinstance(link, socket):
            with contextlib.suppress(OSError):
                link.shutdown(SHUT_RDWR)

    def stop(self) -> None:
        """Say goodbye and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, channel: Channel, payload: bytes, *, qos: int) -> bool:
        # publish() would queue in memory, without limit, what it cannot send.
        if not self._client.is_connected():
            return False
        info = self._client.publish(topic(self._store, self._node, channel), payload, qos=qos)
        return info.rc == mqtt.MQTT_ERR_SUCCESS

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._hear(Disconnected(reason=f"the broker refuses the node: {reason}"))
        else:
            _, self._receipts = client.subscribe(topic(self._store, self._node, Channel.RECEIPT), qos=1)

    def _on_subscribe(
        self, client: mqtt.Client, _data: Any, number: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        failed = any(reason.is_failure for reason in reasons)
        if number != self._receipts:
            if failed:
                self._hear(Unled())
        elif failed:
            self._hear(Disconnected(reason="the broker lets the node in but not hear its receipts"))
        else:
            self._hear(Connected())
            client.subscribe(
                [(topic(self._store, self._node, channel), 1) for channel in (Channel.PLAN, Channel.ORDER)]
            )

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        self._hear(Disconnected(reason=str(reason)))

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        match message.topic.rpartition("/")[2]:
            case Channel.PLAN:
                self._hear(PlanCame(payload=payload))
            case Channel.ORDER:
                self._hear(Ordered(payload=payload))
            case _:
                self._hear(Received(payload=payload))

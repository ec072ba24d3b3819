"""The cloud's one connection to the broker: what nodes say comes in here, and receipts go out."""

import hashlib
import logging
import ssl
import threading
from collections.abc import Callable, Sequence

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cloud.facts import BrokerListens, Fact
from cloud.ingest.decision import Message, read_people
from cloud.ingest.intake import Addressed
from cloud.ingest.mailbox import Delivery, Mailbox
from cloud.metrics import Metrics
from contract.credentials import Credentials
from contract.messages import encode
from contract.topics import Address, Channel, every_node, parse, topic

_KEEPALIVE_S = 30
_MOST_RECEIPTS = 1_000
"""Receipts that may wait for the broker; a later one says all that an earlier one said."""

_log = logging.getLogger("aisle.broker")


_AT_ONCE = (Channel.LIVE, Channel.ANSWER, Channel.STILL)
"""What is handed on as it comes, and stored nowhere."""


def _unasked(_address: Address, _payload: bytes) -> None:
    """Nobody asks: what answers is forgotten."""


class Subscriber:
    """Hears events and health at QoS 1 in a session that outlives the connection, and live positions at QoS 0.

    A message is acknowledged only when `acknowledge` says so, after its commit.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        mailbox: Mailbox,
        metrics: Metrics,
        clock: Callable[[], int],
        tell: Callable[[Sequence[Fact]], None],
    ) -> None:
        self._credentials = credentials
        self._mailbox = mailbox
        self._metrics = metrics
        self._clock = clock
        self._tell = tell
        self.answered: Callable[[Address, bytes], None] = _unasked  # on the connection's thread
        self._session = 0
        self._hearing = False
        self._stopping = threading.Event()
        self._client = self._make_client()

    def run(self) -> None:
        """Connects, and again whenever the connection is lost, until `stop`. Raises what a callback raised."""
        self._client.connect_async(self._credentials.host, self._credentials.port, keepalive=_KEEPALIVE_S)
        # Not paho's own thread: one that died would leave `is_connected()` true and say nothing.
        self._client.loop_forever(retry_first_connection=True)

    def stop(self) -> None:
        """Ends `run`; the broker keeps the session."""
        self._stopping.set()
        self._mailbox.close()
        self._client.disconnect()

    def connected(self) -> bool:
        """Whether the broker listens to us now, and lets us hear what we asked for."""
        return self._hearing and self._client.is_connected()

    def receipt(self, addressed: Addressed) -> bool:
        """Sends a receipt; False where the broker is away: paho would queue it without end."""
        if not self._client.is_connected():
            return False
        path = topic(self._credentials.store, addressed.node, Channel.RECEIPT)
        sent = self._client.publish(path, encode(addressed.receipt), qos=1)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def say(self, node: str, channel: Channel, payload: bytes) -> bool:
        """Publishes a plan, retained, or an order; False where the broker is away. Thread-safe."""
        if not self.connected():
            return False
        path = topic(self._credentials.store, node, channel)
        sent = self._client.publish(path, payload, qos=1, retain=channel is Channel.PLAN)
        return sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def acknowledge(self, delivery: Delivery) -> None:
        """Lets the broker forget the message. A packet id of an earlier connection may now be another message's."""
        if delivery.qos and delivery.session == self._session:
            self._client.ack(delivery.packet, delivery.qos)

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=_client_id(self._credentials),
            clean_session=False,
            manual_ack=True,
        )
        client.username_pw_set(self._credentials.username, self._credentials.password)
        if self._credentials.ca is not None:
            client.tls_set(ca_certs=self._credentials.ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        client.reconnect_delay_set(min_delay=1, max_delay=10)
        client.max_queued_messages_set(_MOST_RECEIPTS)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: Client, _userdata: object, _flags: ConnectFlags, code: ReasonCode, _properties: Properties | None
    ) -> None:
        if code.is_failure:
            _log.error("the broker refuses %s: %s", self._credentials.username, code)
            return
        self._session += 1
        store = self._credentials.store
        # What answers an order comes at QoS 0: a still must not lie in a session on the broker's disk.
        wanted = ((Channel.EVENTS, 1), (Channel.HEALTH, 1), *((channel, 0) for channel in _AT_ONCE))
        client.subscribe([(every_node(store, channel), qos) for channel, qos in wanted])

    def _on_subscribe(
        self, _client: Client, _userdata: object, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._hearing = not any(code.is_failure for code in codes)
        self._metrics.connected(now=self._hearing)
        if self._hearing:
            _log.info("the broker at %s:%d listens", self._credentials.host, self._credentials.port)
            self._tell((BrokerListens(),))
        else:
            _log.error("the broker does not let %s hear the nodes: has it the rights?", self._credentials.username)

    def _on_disconnect(
        self, _client: Client, _userdata: object, _flags: DisconnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        self._hearing = False
        self._metrics.connected(now=False)
        if not self._stopping.is_set():
            _log.warning("the broker is away (%s); trying again", code)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        came = Message(topic=message.topic, payload=bytes(message.payload), received_ms=self._clock())
        delivery = Delivery(message=came, packet=message.mid, qos=message.qos, session=self._session)
        channel = came.topic.rpartition("/")[2]
        self._metrics.received(channel)
        if channel in _AT_ONCE:
            self._on_passing(channel, came)
            self.acknowledge(delivery)
        else:
            self._mailbox.put(delivery)

    def _on_passing(self, channel: str, came: Message) -> None:
        if channel == Channel.LIVE:
            self._on_live(came)
            return
        address = parse(came.topic)
        if address is not None and address.store == self._credentials.store:
            self.answered(address, came.payload)

    def _on_live(self, came: Message) -> None:
        people = read_people(came, self._credentials.store)
        if people is None:
            self._metrics.live_refused()
        else:
            self._tell((people,))


def _client_id(credentials: Credentials) -> str:
    """The same at each start, so that the session lasts, and nobody else's to guess: whoever knew it could take
    the session away.
    """
    secret = hashlib.sha256(credentials.password.encode()).hexdigest()
    return f"{credentials.username}-{secret[:16]}"

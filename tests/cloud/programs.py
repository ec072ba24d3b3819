"""Real programs for the tests of the cloud: a broker, and clients of it."""

import contextlib
import queue
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from cloud.broker.nats import Broker, Setup
from contract.credentials import Credentials
from tests.cloud.knocking import wait_until_ready
from tests.cloud.wire import STORE
from tests.programs import free_port, program


def new_broker(directory: Path, *nodes: str) -> Broker:
    numbers = iter(range(1, 1_000))
    broker = Broker(directory=directory / "broker", random=lambda size: next(numbers).to_bytes(size))
    broker.initialise(Setup(store=STORE, port=free_port()))
    for node in nodes:
        broker.add(node)
    return broker


@contextlib.contextmanager
def answering(broker: Broker) -> Iterator[Broker]:
    """The broker, while it runs and answers."""
    data = broker.directory.parent
    log = data / "broker.log"
    with program(sys.executable, "-m", "cloud", "broker", "run", "--data", data, log=log):
        assert wait_until_ready(broker.credentials("observer"), seconds=30), log.read_text()
        yield broker


@contextlib.contextmanager
def running_broker(directory: Path, *nodes: str) -> Iterator[Broker]:
    with answering(new_broker(directory, *nodes)) as broker:
        yield broker


@dataclass(slots=True)
class Caller:
    """A user of the broker, with plain paho: what it heard, and what the broker said to it."""

    credentials: Credentials
    client: Client = field(init=False)
    heard: "queue.Queue[tuple[str, bytes]]" = field(default_factory=queue.Queue)
    granted: "queue.Queue[list[int]]" = field(default_factory=queue.Queue)
    published: "queue.Queue[int]" = field(default_factory=queue.Queue)
    answers: "queue.Queue[bool]" = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=self.credentials.username)
        self.client.username_pw_set(self.credentials.username, self.credentials.password)
        if self.credentials.ca is not None:
            self.client.tls_set(ca_certs=self.credentials.ca)
        self.client.on_connect = lambda _c, _u, _f, code, _p: self.answers.put(not code.is_failure)
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self.granted.put([code.value for code in codes])
        self.client.on_publish = lambda _c, _u, mid, _r, _p: self.published.put(mid)
        self.client.on_message = self._take

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))

    def connect(self) -> bool:
        self.client.connect(self.credentials.host, self.credentials.port)
        self.client.loop_start()
        return self.answers.get(timeout=10)

    def subscribe(self, topic: str) -> bool:
        """Whether the broker grants it."""
        self.client.subscribe(topic, qos=1)
        return self.granted.get(timeout=10) == [1]

    def publish(self, topic: str, payload: bytes) -> None:
        """Published, and acknowledged by the broker (which it does for what it then throws away, too)."""
        self.client.publish(topic, payload, qos=1)
        self.published.get(timeout=10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextlib.contextmanager
def caller(credentials: Credentials) -> Iterator[Caller]:
    one = Caller(credentials)
    assert one.connect()
    try:
        yield one
    finally:
        one.close()

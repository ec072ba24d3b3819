"""The subscriber on a real broker: what it hears, when it acknowledges, and how it ends."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from cloud.broker.nats import Broker
from cloud.facts import BrokerListens, Fact, PeopleSeen
from cloud.ingest.intake import Addressed
from cloud.ingest.mailbox import Delivery, Mailbox
from cloud.ingest.subscriber import Subscriber
from cloud.metrics import Metrics
from cloud.store.connection import Store
from contract.messages import Live, Person, Receipt, decode_receipt, encode
from tests.cloud.programs import caller, running_broker
from tests.cloud.wire import EPOCH, ID, STORE, batch, tap
from tests.programs import eventually


@dataclasses.dataclass(slots=True)
class Ear:
    """A subscriber in its thread, whose mailbox nobody empties but the test."""

    subscriber: Subscriber
    mailbox: Mailbox
    facts: list[Fact]
    metrics: Metrics
    ended: list[Exception] = dataclasses.field(default_factory=list)

    def run(self) -> None:
        try:
            self.subscriber.run()
        except ArithmeticError as error:  # as planted below
            self.ended.append(error)

    def take(self) -> list[Delivery]:
        return self.mailbox.take(most_bytes=1_000_000, most=100)


@pytest.fixture(name="broker", scope="module")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker"), "n1") as broker:
        yield broker


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, new_store_id=ID)
    yield store
    store.close()


@contextlib.contextmanager
def _ear(broker: Broker, store: Store, *, user: str = "cloud", clock: Callable[[], int] = lambda: 5) -> Iterator[Ear]:
    facts: list[Fact] = []

    def tell(more: Sequence[Fact]) -> None:
        facts.extend(more)

    mailbox, metrics = Mailbox(capacity=1_000_000), Metrics(store)
    subscriber = Subscriber(broker.credentials(user), mailbox=mailbox, metrics=metrics, clock=clock, tell=tell)
    ear = Ear(subscriber, mailbox, facts, metrics)
    thread = threading.Thread(target=ear.run)
    thread.start()
    try:
        yield ear
    finally:
        subscriber.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(broker: Broker, store: Store) -> None:
    with _ear(broker, store) as ear, caller(broker.credentials("n1")) as node:
        eventually(ear.subscriber.connected, "the broker")
        node.publish(f"aisle/{STORE}/n1/events", batch([tap(1)]))
        (first,) = ear.take()
    with _ear(broker, store) as ear:
        (again,) = ear.take()
        assert again.message.payload == first.message.payload
        ear.subscriber.acknowledge(again)
        with caller(broker.credentials("n1")) as node:
            node.publish(f"aisle/{STORE}/n1/events", b"next")
        (following,) = ear.take()
        assert following.message.payload == b"next"
        ear.subscriber.acknowledge(following)


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(broker: Broker, store: Store) -> None:
    with _ear(broker, store) as ear, caller(broker.credentials("n1")) as node:
        eventually(ear.subscriber.connected, "the broker")
        node.publish(f"aisle/{STORE}/n1/events", b"kept")
        (kept,) = ear.take()
        ear.subscriber.acknowledge(dataclasses.replace(kept, session=kept.session - 1))
    with _ear(broker, store) as ear:
        (again,) = ear.take()
        assert again.message.payload == b"kept"
        ear.subscriber.acknowledge(again)


def test_a_receipt_reaches_its_node(broker: Broker, store: Store) -> None:
    with _ear(broker, store) as ear, caller(broker.credentials("n1")) as node:
        eventually(ear.subscriber.connected, "the broker")
        assert node.subscribe(f"aisle/{STORE}/n1/receipt")
        receipt = Receipt(store_id=ID, epoch=EPOCH, through=7)
        assert ear.subscriber.receipt(Addressed(node="n1", receipt=receipt))
        assert decode_receipt(node.heard.get(timeout=10)[1]) == receipt


def test_where_people_are_goes_to_the_pages_and_nowhere_else(broker: Broker, store: Store) -> None:
    live = Live(at=3, camera="c", people=(Person(x=1.0, y=2.0),))
    with _ear(broker, store) as ear, caller(broker.credentials("n1")) as node:
        eventually(ear.subscriber.connected, "the broker")
        node.publish(f"aisle/{STORE}/n1/live", b"nonsense")
        node.publish(f"aisle/{STORE}/n1/live", encode(live))
        eventually(lambda: ear.facts != [BrokerListens()], "the people")
        assert ear.facts == [BrokerListens(), PeopleSeen(node="n1", camera="c", at_ms=3, people=live.people)]
        assert b"aisle_live_refused_total 1.0" in ear.metrics.render()


def test_an_error_in_a_callback_ends_the_subscriber_where_all_can_see(broker: Broker, store: Store) -> None:
    def broken() -> int:
        raise ArithmeticError("planted")

    with _ear(broker, store, clock=broken) as ear, caller(broker.credentials("n1")) as node:
        eventually(ear.subscriber.connected, "the broker")
        node.publish(f"aisle/{STORE}/n1/events", b"anything")
        eventually(lambda: ear.ended, "the end")
        assert isinstance(ear.ended[0], ArithmeticError)
    with _ear(broker, store) as ear:
        (again,) = ear.take()
        assert again.message.payload == b"anything"
        ear.subscriber.acknowledge(again)


def test_a_user_who_may_not_hear_the_nodes_is_told_so(
    broker: Broker, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with _ear(broker, store, user="n1") as ear:
        eventually(lambda: "does not let n1 hear the nodes" in caplog.text, "the log")
        assert not ear.subscriber.connected()


def test_without_a_broker_no_receipt_piles_up(broker: Broker, store: Store) -> None:
    credentials = structs.replace(broker.credentials("cloud"), port=1)
    subscriber = Subscriber(
        credentials, mailbox=Mailbox(capacity=1), metrics=Metrics(store), clock=lambda: 1, tell=lambda _: None
    )
    receipt = Receipt(store_id=ID, epoch=EPOCH, through=7)
    assert not subscriber.receipt(Addressed(node="n1", receipt=receipt))

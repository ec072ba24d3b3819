"""What Prometheus reads: the ingest's counters since the start, and every node's account from the store."""

from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from cloud.ingest.intake import Stored
from cloud.store import accounts, quarantine
from cloud.store.connection import Store

TYPE = CONTENT_TYPE_LATEST

_ACCOUNTS = {
    "produced": ("aisle_events_produced", "Events that the node ever made, drops included"),
    "stored": ("aisle_events_stored", "Events stored for good"),
    "quarantined": ("aisle_events_quarantined", "Events kept raw because nobody understood them"),
    "pending": ("aisle_events_pending", "Events that the node still holds for the cloud"),
    "dropped": ("aisle_events_dropped", "Events that the node could not keep"),
    "missing": ("aisle_events_missing", "Events that the node no longer has and that never came"),
    "difference": (
        "aisle_conservation_difference",
        "produced - stored - quarantined - pending - dropped: 0 where nothing is lost",
    ),
}
"""By the figure of a node's account: the name and the words of its gauge."""
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """One process's figures, in a registry of their own."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.registry.register(_Accounts(store))
        self._messages = self._counter("aisle_messages_received", "MQTT messages that came, by channel", ["channel"])
        self._events = self._counter("aisle_ingest_events", "Events of batches, by what became of them", ["outcome"])
        self._refused = self._counter("aisle_messages_refused", "Messages in quarantine that belong to no log")
        self._gaps = self._counter("aisle_ingest_gaps", "Batches not taken because something before them is missing")
        self._failures = self._counter("aisle_ingest_failures", "Transactions that could not be committed")
        self._unsent = self._counter("aisle_receipts_unsent", "Receipts not sent because the broker was away")
        self._lives = self._counter("aisle_live_refused", "Live messages that nobody understood")
        self._seconds = Histogram(
            "aisle_commit_seconds", "From the first message of a transaction to its commit",
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._connected = Gauge("aisle_broker_connected", "1 while the broker listens to us", registry=self.registry)
        self._stalled = Gauge("aisle_ingest_stalled", "1 while the store cannot be written", registry=self.registry)

    def render(self) -> bytes:
        """The figures in Prometheus's text form."""
        return generate_latest(self.registry)

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """A figure that another part keeps, read when somebody asks."""
        Gauge(name, words, registry=self.registry).set_function(read)

    def received(self, channel: str) -> None:
        """A message came."""
        self._messages.labels(channel).inc()

    def stored(self, told: Stored, seconds: float) -> None:
        """A transaction was committed."""
        for outcome, count in (
            ("stored", told.events),
            ("repeated", told.repeated),
            ("quarantined", told.quarantined),
            ("missing", told.missing),
        ):
            self._events.labels(outcome).inc(count)
        self._refused.inc(told.refused)
        self._gaps.inc(told.gaps)
        self._seconds.observe(seconds)
        self._stalled.set(0)

    def failed(self) -> None:
        """A transaction was not committed; it will be tried again."""
        self._failures.inc()
        self._stalled.set(1)

    def unsent(self) -> None:
        """A receipt could not be sent; the node will ask again."""
        self._unsent.inc()

    def live_refused(self) -> None:
        """A live message was no such thing."""
        self._lives.inc()

    def connected(self, *, now: bool) -> None:
        """The broker came or went."""
        self._connected.set(now)

    def _counter(self, name: str, words: str, labels: list[str] | None = None) -> Counter:
        return Counter(name, words, labels or [], registry=self.registry)


class _Accounts(Collector):
    """Reads every node's account when somebody asks: what is stored is the truth, not what this process counted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry would read the store only to learn the names."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Each figure by node, its epochs added up."""
        with self._store.reading() as connection:
            found = accounts.accounts(connection)
            counts = quarantine.counts(connection)
        books = {node: accounts.total(epochs) for node, epochs in accounts.by_node(found).items()}
        for figure, (name, words) in _ACCOUNTS.items():
            family = GaugeMetricFamily(name, words, labels=["node"])
            for node, account in books.items():
                family.add_metric([node], getattr(account, figure))
            yield family
        for name, words, count in (
            ("aisle_quarantined_messages", "Messages of nobody's log in quarantine, ever", counts.messages),
            ("aisle_quarantine_bytes", "Bytes that the quarantine keeps", counts.kept_bytes),
            (
                "aisle_quarantine_not_kept",
                "Misfits that came when it was full",
                counts.full_messages + counts.full_events,
            ),
        ):
            yield GaugeMetricFamily(name, words, value=count)

"""Stores what some messages say, in one transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.facts import Fact, HealthStored, RollupsChanged, TapStored
from cloud.ingest.decision import BatchRead, Decision, HealthRead, Reading, Refused, decide
from cloud.store import accounts, arrivals, events, quarantine, rollups
from cloud.store.connection import Store
from cloud.store.sums import HeatReport, report, summed
from contract.events import DeviceChanged, Event, Heat, Tap
from contract.messages import Receipt, Unread, encode_event

_APART = {Tap, Heat, DeviceChanged}
"""The kinds that are kept in a table of their own beside all events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A receipt and the node that it is for."""

    node: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a committed transaction has to tell: to the nodes, to the rest of the cloud, to the counters."""

    receipts: tuple[Addressed, ...]
    facts: tuple[Fact, ...]
    events: int  # stored for the first time
    repeated: int  # that were stored already
    quarantined: int  # events
    refused: int  # messages
    missing: int
    gaps: int  # batches that were not taken because something before them has not come


@dataclass(slots=True)
class _Log:
    """One epoch of one node while the transaction lasts."""

    node: str
    key: int
    through: int
    received_ms: int
    in_a_file: bool
    quarantined: int = 0
    missing: int = 0
    repeated: int = 0
    late: int = 0
    carried: int = 0
    spoke: bool = False
    runs: list[events.Run] = field(default_factory=list)
    reports: list[HeatReport] = field(default_factory=list)
    changes: list[rollups.Change] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """How many events it gains."""
        return sum(len(run.events) for run in self.runs)

    def keep(self, first: int, known: tuple[Event, ...]) -> None:
        """Adds events that are to be stored from the place `first` on."""
        if not self.runs or self.runs[-1].first + len(self.runs[-1].events) != first:
            self.runs.append(events.Run(first=first, received_ms=self.received_ms, events=[]))
        self.runs[-1].events.extend(known)
        if self.in_a_file:
            self.carried += len(known)
        else:
            self.late += arrivals.late(known, self.received_ms)


@dataclass(slots=True)
class _Work:
    """All that one transaction gathers before it writes."""

    connection: sqlite3.Connection
    quarantine_cap: int
    in_a_file: bool
    logs: dict[tuple[str, str], _Log] = field(default_factory=dict)
    taps: list[events.TapPlace] = field(default_factory=list)
    tap_origins: list[tuple[str, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    health: set[str] = field(default_factory=set)
    refused: int = 0
    gaps: int = 0


def store_readings(
    store: Store, readings: Sequence[Reading], *, quarantine_cap: int = quarantine.CAP_BYTES, in_a_file: bool = False
) -> Stored:
    """Stores all that the messages say, in their order, or nothing; when it returns, it lasts.

    `in_a_file`: they were carried here, so that none of them is late. Raises sqlite3.Error as SQLite does (a full disk
    among them), with nothing stored.
    """
    with store.atomic() as connection:
        work = _Work(connection, quarantine_cap, in_a_file)
        for reading in readings:
            match reading:
                case BatchRead():
                    _take_batch(work, reading)
                case HealthRead():
                    _take_health(work, reading)
                case Refused():
                    _take_refused(work, reading)
        ids = _write(work)
    return _told(work, ids, store.store_id)


def _log(work: _Work, node: str, epoch: str, now_ms: int) -> _Log:
    log = work.logs.get((node, epoch))
    if log is None:
        found = events.progress(work.connection, node, epoch, now_ms)
        log = work.logs[node, epoch] = _Log(node, found.key, found.through, now_ms, work.in_a_file)
    return log


def _take_batch(work: _Work, reading: BatchRead) -> None:
    batch = reading.batch
    log = _log(work, batch.node, batch.epoch, reading.message.received_ms)
    decision = decide(batch, log.through)
    log.missing += decision.missing
    log.through = decision.through
    if batch.first > decision.first:
        work.gaps += 1
    else:
        log.repeated += len(batch.events) - len(decision.events)
    _take_events(work, log, reading, decision)


def _take_events(work: _Work, log: _Log, reading: BatchRead, decision: Decision) -> None:
    """The hot path: as little as can be for each event; the rest is done once a transaction, in `_write`."""
    if any(type(event) is Unread for event in decision.events):
        _take_one_by_one(work, log, reading, decision)
        return
    known: tuple[Event, ...] = decision.events  # type: ignore[assignment] # no Unread: looked for just above
    log.keep(decision.first, known)
    work.events.extend(known)
    for sequence, event in enumerate(known, decision.first):
        if type(event) in _APART:
            _take_apart(work, log, sequence, event, reading.message.received_ms)


def _take_one_by_one(work: _Work, log: _Log, reading: BatchRead, decision: Decision) -> None:
    for sequence, event in enumerate(decision.events, decision.first):
        if isinstance(event, Unread):
            _take_misfit(work, log, reading, sequence, event)
        else:
            log.keep(sequence, (event,))
            work.events.append(event)
            _take_apart(work, log, sequence, event, reading.message.received_ms)


def _take_apart(work: _Work, log: _Log, sequence: int, event: Event, received_ms: int) -> None:
    """What is also kept in a table of its own."""
    match event:
        case Tap():
            work.taps.append(events.TapPlace(epoch=log.key, sequence=sequence, tap=event))
            work.tap_origins.append((log.node, received_ms))
        case Heat():
            log.reports.append(report(event, sequence))
        case DeviceChanged():
            log.changes.append(rollups.Change(sequence=sequence, event=event))
        case _:
            pass


def _take_misfit(work: _Work, log: _Log, reading: BatchRead, sequence: int, event: Unread) -> None:
    misfit = quarantine.Misfit(
        received_ms=reading.message.received_ms,
        topic=reading.message.topic,
        version=reading.batch.v,
        reason=event.reason,
        raw=event.raw,
        place=quarantine.Place(epoch=log.key, sequence=sequence),
    )
    quarantine.keep(work.connection, misfit, work.quarantine_cap)
    log.quarantined += 1


def _take_health(work: _Work, reading: HealthRead) -> None:
    health, now_ms = reading.health, reading.message.received_ms
    log = _log(work, reading.node, health.epoch, now_ms)
    node = events.node_key(work.connection, reading.node, now_ms)
    accounts.record(work.connection, node, log.key, accounts.Said(health=health, received_ms=now_ms))
    log.spoke = True
    work.health.add(reading.node)


def _take_refused(work: _Work, reading: Refused) -> None:
    message = reading.message
    misfit = quarantine.Misfit(
        received_ms=message.received_ms,
        topic=message.topic,
        version=reading.version,
        reason=reading.reason,
        raw=message.payload,
    )
    quarantine.keep(work.connection, misfit, work.quarantine_cap)
    work.refused += 1


def _write(work: _Work) -> range:
    """Writes what was gathered; returns the ids of the taps."""
    connection = work.connection
    ids = events.append_taps(connection, work.taps) if work.taps else range(0)
    rollups.write_sums(connection, summed(work.events))
    for log in work.logs.values():
        for run in log.runs:
            events.append(connection, log.key, run)
        rollups.write_reports(connection, log.key, log.reports)
        rollups.write_changes(connection, log.key, log.changes)
        growth = events.Growth(through=log.through, stored=log.stored, quarantined=log.quarantined, missing=log.missing)
        events.grow(connection, log.key, growth)
        _count(connection, log)
    return ids


def _count(connection: sqlite3.Connection, log: _Log) -> None:
    """What the page on the data's quality reads: how the log's events came, and its books as they stand now."""
    arrived = arrivals.Arrived(
        epoch=log.key,
        received_ms=log.received_ms,
        stored=log.stored,
        late=log.late,
        carried=log.carried,
        repeated=log.repeated,
        quarantined=log.quarantined,
        missing=log.missing,
    )
    arrivals.count(connection, arrived)
    arrivals.keep_books(connection, accounts.account(connection, log.key), log.key, log.received_ms)
    if log.spoke:
        arrivals.forget_books(connection, log.key, log.received_ms)


def _told(work: _Work, ids: range, store_id: str) -> Stored:
    taps = (
        TapStored(
            id=number,
            node=node,
            reader=place.tap.reader,
            tag=place.tap.tag,
            at_ms=place.tap.at,
            received_ms=received_ms,
        )
        for number, place, (node, received_ms) in zip(ids, work.taps, work.tap_origins, strict=True)
    )
    changed = (RollupsChanged(node=log.node, events=log.stored) for log in work.logs.values() if log.stored)
    return Stored(
        receipts=tuple(
            Addressed(node=node, receipt=Receipt(store_id=store_id, epoch=epoch, through=log.through))
            for (node, epoch), log in work.logs.items()
        ),
        facts=(*taps, *changed, *(HealthStored(node=node) for node in sorted(work.health))),
        events=sum(log.stored for log in work.logs.values()),
        repeated=sum(log.repeated for log in work.logs.values()),
        quarantined=sum(log.quarantined for log in work.logs.values()),
        refused=work.refused,
        missing=sum(log.missing for log in work.logs.values()),
        gaps=work.gaps,
    )


def as_misfits(reading: BatchRead, reason: str) -> BatchRead:
    """The same batch with no event understood: what an error of our own cannot store can still be kept."""
    batch = reading.batch

    def misfit(event: Event | Unread) -> Unread:
        return event if isinstance(event, Unread) else Unread(raw=encode_event(event), reason=reason)

    arrived = type(batch)(
        v=batch.v,
        store=batch.store,
        node=batch.node,
        epoch=batch.epoch,
        first=batch.first,
        oldest=batch.oldest,
        events=tuple(misfit(event) for event in batch.events),
    )
    return BatchRead(message=reading.message, batch=arrived)

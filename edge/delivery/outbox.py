"""Events on their way: kept in the log, sent in order, deleted on the cloud's receipt alone."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.events import Dropped, Event
from contract.messages import Receipt, WireError, decode_receipt, encode_batch, encode_event
from edge.delivery import dating, sending
from edge.delivery.dating import Reading
from edge.delivery.log import Kept, Log, LogDamaged, LogFull, LogUnusable, StrangeReceipt
from edge.delivery.logs import Opened, forget
from edge.delivery.uplink import Connected, Disconnected, Heard, Received

_MOST_A_COMMIT: Final = 1_000
"""Events in one transaction: a minute of heat from ten cameras, and still some milliseconds."""
_CLOCK_PATIENCE: Final = 60.0
"""How long after the first connection events wait for a clock that is still to be set, s."""


class _Dated(msgspec.Struct, frozen=True, kw_only=True):
    """What every event has, whatever version of this program has kept it."""

    at: int


_dated = msgspec.json.Decoder(_Dated)


@dataclass(slots=True, kw_only=True)
class _Lane:
    """One log and how far its events are on their way."""

    log: Log
    progress: sending.Sending | None = None  # None while there is no connection
    sent: int = 0  # the last event that any connection took since the program's start

    def connect(self) -> None:
        self.progress = sending.connected(produced=self.log.produced, receipted=self.log.receipted)


class Outbox:
    """The one owner of a node's log, and of what is left of earlier ones. One thread.

    `send` publishes a batch, or says False where it cannot; `renew` gives the connection up for another one.
    `mend` opens the logs anew, after they were closed, when the disk has damaged one while it was open; without it
    LogDamaged is raised. It may raise LogDamaged and LogUnusable.
    """

    def __init__(
        self,
        log: Log,
        *,
        store: str,
        node: str,
        send: Callable[[bytes], bool],
        renew: Callable[[], None],
        notes: logging.Logger,
        earlier: Sequence[Log] = (),
        mend: Callable[[], Opened] | None = None,
    ) -> None:
        self._lane = _Lane(log=log)
        self._earlier = [_Lane(log=each) for each in earlier]
        self._store, self._node = store, node
        self._send, self._renew = send, renew
        self._notes = notes
        self._mend_with = mend
        self._unkept: Dropped | None = None  # what found no room since the last commit
        self._clock: Reading | None = None
        self._first_connected: float | None = None  # CLOCK_MONOTONIC, s
        self.refused_receipts = 0
        self.offline_because = "not connected yet"

    @property
    def _log(self) -> Log:
        return self._lane.log

    @property
    def _lanes(self) -> list[_Lane]:
        """Of every epoch, the oldest first."""
        return [*self._earlier, self._lane]

    @property
    def waiting(self) -> int:
        """Kept events without a receipt, of this epoch and of earlier ones."""
        return sum(lane.log.pending for lane in self._lanes)

    @property
    def dropped(self) -> int:
        """Events that could not be kept, since the log was made."""
        return self._log.dropped + (self._unkept.count if self._unkept else 0)

    @property
    def produced(self) -> int:
        """Events that the node has made, kept or dropped, since the log was made."""
        return self._log.produced + self.dropped

    @property
    def pending(self) -> int:
        """Kept events of this epoch without a receipt."""
        return self._log.pending

    @property
    def epoch(self) -> str:
        """The name of the log."""
        return self._log.epoch

    def date(self, clock: Reading) -> None:
        """Events are dated by this clock from now on; those of this boot that were not sent yet are dated anew by it.

        After a start it is not known what was sent before: that may go again with another time, and a cloud that has
        stored it passes over it by its sequence.
        """
        before, self._clock = self._clock, clock
        if before is not None and self._unkept is not None and dating.is_step(before, clock):
            at = dating.moved(self._unkept.at, clock.ahead_ms - before.ahead_ms)
            self._unkept = Dropped(at=at, count=self._unkept.count, reason=self._unkept.reason)
        with contextlib.suppress(LogFull):  # it is tried again, and nothing is kept before it went well
            try:
                self._date()
            except LogDamaged as error:
                self._mend(error)

    def _date(self) -> None:
        """Raises LogFull, LogDamaged."""
        for lane in self._lanes:
            if self._clock is not None:
                self._date_one(lane, self._clock)

    def _date_one(self, lane: _Lane, clock: Reading) -> None:
        log, before = lane.log, lane.log.runs
        sent = max(log.receipted, lane.sent)
        runs = dating.dated(before, clock, receipted=log.receipted, sent=sent, produced=log.produced)
        if runs != before:
            log.date(runs)
            if before and before[-1].reading.boot == clock.boot:
                self._notes.warning("the clock was set; events of this start that were not sent are dated by it")

    def keep(self, events: Sequence[Event], *, urgent: bool, at_ms: int, now: float) -> bool:
        """Commit these events, a thousand at a time; those that find no room are counted, and False comes back.

        Each thousand is kept whole or not at all; every event is kept or counted.
        `urgent` where somebody waits for them (a tap). `at_ms` is the wall time and `now` CLOCK_MONOTONIC in s.
        """
        commits = [
            self._commit(events[first : first + _MOST_A_COMMIT], at_ms)
            for first in range(0, len(events), _MOST_A_COMMIT)
        ]
        lane = self._lane
        if lane.progress is not None:
            lane.progress = sending.kept(lane.progress, produced=lane.log.produced, urgent=urgent, now=now)
        return all(commits)

    def _commit(self, events: Sequence[Event], at_ms: int) -> bool:
        lost = self._unkept
        bodies = [encode_event(event) for event in ((lost, *events) if lost else events)]
        try:
            self._append(bodies, dropped=lost.count if lost else 0)
        except LogFull as error:
            self._drop(len(events), str(error), at_ms)
            return False
        self._unkept = None
        return True

    def _append(self, bodies: Sequence[bytes], *, dropped: int) -> None:
        try:
            self._append_dated(bodies, dropped)
        except LogDamaged as error:
            self._mend(error)
            self._append_dated(bodies, dropped)

    def _append_dated(self, bodies: Sequence[bytes], dropped: int) -> None:
        self._date()
        self._log.append(bodies, dropped=dropped)

    def _mend(self, error: LogDamaged) -> None:
        """Go on with what can be saved of the logs. Raises LogDamaged where nobody can."""
        if self._mend_with is None:
            raise error
        self._notes.error("%s", error)
        connected = self._lane.progress is not None
        for lane in self._lanes:
            lane.log.close()
        try:
            opened = self._mend_with()
        except LogFull as full:  # it means no more than that these events find no room where there is a log
            raise LogUnusable(str(full)) from full
        sent = {lane.log.epoch: lane.sent for lane in self._lanes}
        self._lane, *self._earlier = (
            _Lane(log=log, sent=sent.get(log.epoch, 0)) for log in (opened.log, *opened.earlier)
        )
        if connected:
            self._connect()

    def _connect(self) -> None:
        for lane in self._lanes:
            lane.connect()

    def _drop(self, count: int, reason: str, at_ms: int) -> None:
        if self._unkept is None:
            self._notes.error("events cannot be kept: %s", reason)
            self._unkept = Dropped(at=at_ms, count=count, reason=reason[:300])
        else:
            self._unkept = Dropped(at=self._unkept.at, count=self._unkept.count + count, reason=self._unkept.reason)

    def hear(self, heard: Heard, now: float) -> None:
        """Take a word of the connection."""
        match heard:
            case Connected():
                self.offline_because = ""
                self._first_connected = now if self._first_connected is None else self._first_connected
                self._connect()
            case Disconnected(reason=reason):
                self.offline_because = reason
                for lane in self._lanes:
                    lane.progress = None
            case Received(payload=payload):
                self._take_receipt(payload, now)

    def _take_receipt(self, payload: bytes, now: float) -> None:
        try:
            self._take(decode_receipt(payload), now)
        except (WireError, StrangeReceipt) as error:
            self.refused_receipts += 1
            self._notes.warning("a receipt is refused: %s", error)
        except LogFull as error:
            self._notes.error("a receipt cannot be taken yet: %s", error)  # the cloud repeats it
        except LogDamaged as error:
            self._mend(error)  # likewise

    def _take(self, receipt: Receipt, now: float) -> None:
        """Raises StrangeReceipt, LogFull, LogDamaged."""
        lane = next((lane for lane in self._earlier if lane.log.epoch == receipt.epoch), self._lane)
        through = receipt.through
        if lane is not self._lane:  # its head may have lost what the cloud has
            through = min(through, lane.log.produced)
        lane.log.receipt(store_id=receipt.store_id, epoch=receipt.epoch, through=through)
        if lane.progress is not None:
            lane.progress = sending.receipted(lane.progress, through=lane.log.receipted, now=now)
        if lane is not self._lane and not lane.log.pending:
            self._earlier.remove(lane)
            forget(lane.log)
            self._notes.info("all that was left of an earlier log has arrived")

    def push(self, now: float, *, unset: bool = False) -> float:
        """Send what is due; how many seconds may pass before something can be due by time alone.

        `unset` while the clock is still to be set: what goes then has a wrong time for ever, so it waits for a while.
        """
        if unset and self._first_connected is not None and now < self._first_connected + _CLOCK_PATIENCE:
            return sending.LINGER
        try:
            return min(self._push(lane, now) for lane in self._lanes)
        except LogDamaged as error:
            self._mend(error)
            return 0.0

    def _push(self, lane: _Lane, now: float) -> float:
        while lane.progress is not None and sending.is_due(lane.progress, now) and self._send_one(lane, now):
            pass
        if lane.progress is None:
            return sending.LINGER
        if sending.is_stale(lane.progress, now):
            self._notes.warning("no receipt for %.0f s: another connection is made", sending.STALE)
            lane.progress = sending.renewed(lane.progress, now=now)
            self._renew()
        lane.progress = sending.gone_silent(lane.progress, now)
        return sending.next_look(lane.progress, now)

    def _send_one(self, lane: _Lane, now: float) -> bool:
        assert lane.progress is not None
        first = lane.progress.sent + 1
        rows = lane.log.read(first, events=sending.BATCH_EVENTS, octets=sending.BATCH_BYTES)
        batch = encode_batch(
            store=self._store,
            node=self._node,
            epoch=lane.log.epoch,
            first=first,
            oldest=lane.log.receipted + 1,
            events=[self._body(row) for row in rows],
        )
        if not self._send(batch):
            lane.progress = sending.refused(lane.progress, now=now)
            return False
        last = first + len(rows) - 1
        lane.sent = max(lane.sent, last)
        lane.progress = sending.sent(lane.progress, last=last, now=now)
        return True

    def _body(self, row: Kept) -> bytes:
        """The event; where the disk has damaged it, the fact that one was lost, in its place."""
        if row.body:
            return dating.shifted(row.body, row.shift_ms)
        return encode_event(Dropped(at=0, count=1, reason=f"row {row.sequence} of the log is damaged"))

    def oldest_at(self) -> int | None:
        """The wall time (ms) of the first event without a receipt whose time is known; None where there is none.

        A version that was rolled back may have kept events that this one does not know: only their time is read.
        """
        try:
            rows = [row for lane in self._lanes for row in _first_rows(lane.log)]
        except LogDamaged as error:
            self._mend(error)
            return None
        times = (_time(dating.shifted(row.body, row.shift_ms)) for row in rows if row.body is not None)
        return next((at for at in times if at), None)

    def close(self) -> None:
        """Close the logs."""
        for lane in self._lanes:
            lane.log.close()


def _first_rows(log: Log) -> list[Kept]:
    return log.read(log.receipted + 1, events=sending.BATCH_EVENTS, octets=sending.BATCH_BYTES)


def _time(body: bytes) -> int:
    """When the event was; 0 where that cannot be read."""
    try:
        return _dated.decode(body).at
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0

"""Events on their way: kept in the log, sent in order, deleted on the cloud's receipt alone."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from contract.events import Dropped, Event
from contract.messages import WireError, decode_receipt, encode_batch, encode_event
from edge.delivery import dating, sending
from edge.delivery.dating import Reading
from edge.delivery.log import Kept, Log, LogFull, StrangeReceipt
from edge.delivery.uplink import Connected, Disconnected, Heard, Received

_MOST_A_COMMIT: Final = 1_000
"""Events in one transaction: a minute of heat from ten cameras, and still some milliseconds."""
_CLOCK_PATIENCE: Final = 60.0
"""How long after the first connection events wait for a clock that is still to be set, s."""


class _Dated(msgspec.Struct, frozen=True, kw_only=True):
    """What every event has, whatever version of this program has kept it."""

    at: int


_dated = msgspec.json.Decoder(_Dated)


class Outbox:
    """The one owner of a node's log. One thread.

    `send` publishes a batch, or says False where it cannot; `renew` gives the connection up for another one.
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
    ) -> None:
        self._log = log
        self._store, self._node = store, node
        self._send, self._renew = send, renew
        self._notes = notes
        self._sending: sending.Sending | None = None  # None while there is no connection
        self._unkept: Dropped | None = None  # what found no room since the last commit
        self._clock: Reading | None = None
        self._sent = 0  # the last event that any connection took since the program's start
        self._first_connected: float | None = None  # CLOCK_MONOTONIC, s
        self.refused_receipts = 0
        self.offline_because = "not connected yet"

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
        """Kept events without a receipt."""
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
            self._date()

    def _date(self) -> None:
        """Raises LogFull."""
        log, before = self._log, self._log.runs
        if self._clock is None:
            return
        sent = max(log.receipted, self._sent)
        runs = dating.dated(before, self._clock, receipted=log.receipted, sent=sent, produced=log.produced)
        if runs != before:
            log.date(runs)
            if before and before[-1].reading.boot == self._clock.boot:
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
        if self._sending is not None:
            self._sending = sending.kept(self._sending, produced=self._log.produced, urgent=urgent, now=now)
        return all(commits)

    def _commit(self, events: Sequence[Event], at_ms: int) -> bool:
        lost = self._unkept
        bodies = [encode_event(event) for event in ((lost, *events) if lost else events)]
        try:
            self._date()
            self._log.append(bodies, dropped=lost.count if lost else 0)
        except LogFull as error:
            self._drop(len(events), str(error), at_ms)
            return False
        self._unkept = None
        return True

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
                self._sending = sending.connected(produced=self._log.produced, receipted=self._log.receipted)
            case Disconnected(reason=reason):
                self.offline_because = reason
                self._sending = None
            case Received(payload=payload):
                self._take_receipt(payload, now)

    def _take_receipt(self, payload: bytes, now: float) -> None:
        try:
            receipt = decode_receipt(payload)
            self._log.receipt(store_id=receipt.store_id, epoch=receipt.epoch, through=receipt.through)
        except (WireError, StrangeReceipt) as error:
            self.refused_receipts += 1
            self._notes.warning("a receipt is refused: %s", error)
        except LogFull as error:
            self._notes.error("a receipt cannot be taken yet: %s", error)  # the cloud repeats it
        else:
            if self._sending is not None:
                self._sending = sending.receipted(self._sending, through=self._log.receipted, now=now)

    def push(self, now: float, *, unset: bool = False) -> float:
        """Send what is due; how many seconds may pass before something can be due by time alone.

        `unset` while the clock is still to be set: what goes then has a wrong time for ever, so it waits for a while.
        """
        if unset and self._first_connected is not None and now < self._first_connected + _CLOCK_PATIENCE:
            return sending.LINGER
        while self._sending is not None and sending.is_due(self._sending, now) and self._send_one(now):
            pass
        if self._sending is None:
            return sending.LINGER
        if sending.is_stale(self._sending, now):
            self._notes.warning("no receipt for %.0f s: another connection is made", sending.STALE)
            self._sending = sending.renewed(self._sending, now=now)
            self._renew()
        self._sending = sending.gone_silent(self._sending, now)
        return sending.next_look(self._sending, now)

    def _send_one(self, now: float) -> bool:
        assert self._sending is not None
        first = self._sending.sent + 1
        rows = self._log.read(first, events=sending.BATCH_EVENTS, octets=sending.BATCH_BYTES)
        batch = encode_batch(
            store=self._store,
            node=self._node,
            epoch=self._log.epoch,
            first=first,
            oldest=self._log.receipted + 1,
            events=[self._body(row) for row in rows],
        )
        if not self._send(batch):
            self._sending = sending.refused(self._sending, now=now)
            return False
        last = first + len(rows) - 1
        self._sent = max(self._sent, last)
        self._sending = sending.sent(self._sending, last=last, now=now)
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
        rows = self._log.read(self._log.receipted + 1, events=sending.BATCH_EVENTS, octets=sending.BATCH_BYTES)
        times = (_time(dating.shifted(row.body, row.shift_ms)) for row in rows if row.body is not None)
        return next((at for at in times if at), None)

    def close(self) -> None:
        """Close the log."""
        self._log.close()


def _time(body: bytes) -> int:
    """When the event was; 0 where that cannot be read."""
    try:
        return _dated.decode(body).at
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0

"""Which events to send next: go-back-N over the log, decided from what was sent, what was receipted and the time.

`(state, what happened, now)` in, state out; the owner reads the log and publishes. Times are CLOCK_MONOTONIC, s.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

BATCH_EVENTS: Final = 100
BATCH_BYTES: Final = 100_000
"""Below AWS IoT Core's 128 KiB for a whole message, the lowest limit of the brokers that stores have."""
WINDOW_EVENTS: Final = 2_000
"""Sent and not yet receipted: 20 full batches keep the link busy over 200 ms of round trip at 10,000 events/s."""
LINGER: Final = 0.2
"""How long an event that nobody waits for may wait for company, s."""
PATIENCE: Final = 2.0
"""How long sent events may go without any new receipt before they are sent again, s."""
LONGEST_PATIENCE: Final = 60.0
"""Patience doubles up to this while no receipt comes: a broker keeps for an absent cloud what is sent meanwhile."""
PAUSE: Final = 0.5
"""How long a link that did not take a batch, though it is up, is left alone, s."""
STALE: Final = 300.0
"""How long a link may take batches without one receipt before it is made anew, s: a cloud that is away is no harm,
and a broker or a router that swallows what it takes is left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One connection's progress; produced ≥ sent ≥ receipted, all of them sequences."""

    produced: int  # the last event of the log
    sent: int  # the last event given to this connection
    receipted: int  # the last event that the cloud has for good
    urgent: int = 0  # the last event that may not wait for company
    unsent_since: float = math.inf  # when the oldest event not yet sent was kept
    silent_since: float = math.inf  # when something went out, or a receipt moved on, with more receipts due
    patience: float = PATIENCE
    window: int = WINDOW_EVENTS  # after a silence one batch only asks whether the cloud is back
    resume_at: float = -math.inf  # when the link may be asked again, after it did not take a batch
    unanswered_since: float = math.inf  # when the first batch went out of those since the last receipt


def connected(*, produced: int, receipted: int) -> Sending:
    """A new connection: whatever has no receipt is sent again, at once."""
    return Sending(produced=produced, sent=receipted, receipted=receipted, unsent_since=-math.inf)


def kept(state: Sending, *, produced: int, urgent: bool, now: float) -> Sending:
    """The log has events up to `produced`; `urgent` where somebody waits for them (a tap)."""
    since = now if state.sent == state.produced else state.unsent_since
    return replace(state, produced=produced, urgent=produced if urgent else state.urgent, unsent_since=since)


def is_due(state: Sending, now: float) -> bool:
    """Whether the next batch should go now: it is full, urgent or has waited, and the window has room."""
    unsent = state.produced - state.sent
    if unsent == 0 or state.sent - state.receipted >= state.window or now < state.resume_at:
        return False
    return unsent >= BATCH_EVENTS or state.urgent > state.sent or now >= state.unsent_since + LINGER


def sent(state: Sending, *, last: int, now: float) -> Sending:
    """A batch that ends with `last` was handed to the connection; what remains has waited long enough already."""
    return replace(
        state,
        sent=last,
        silent_since=min(state.silent_since, now),
        unanswered_since=min(state.unanswered_since, now),
    )


def refused(state: Sending, *, now: float) -> Sending:
    """The connection did not take a batch: it has more to do than it can, or is about to be told as gone."""
    return replace(state, resume_at=now + PAUSE)


def is_stale(state: Sending, now: float) -> bool:
    """Whether the connection has swallowed batches for so long that another one should be made."""
    return now >= state.unanswered_since + STALE


def renewed(state: Sending, *, now: float) -> Sending:
    """Another connection was asked for; should it be the same again, that is asked again after as long."""
    return replace(state, unanswered_since=now)


def receipted(state: Sending, *, through: int, now: float) -> Sending:
    """The cloud has everything up to `through`, perhaps from an earlier connection."""
    sent = max(state.sent, through)
    return replace(
        state,
        receipted=through,
        sent=sent,
        silent_since=now if sent > through else math.inf,
        unanswered_since=now if sent > through else math.inf,
        patience=PATIENCE,
        window=WINDOW_EVENTS,
    )


def gone_silent(state: Sending, now: float) -> Sending:
    """Without a new receipt for too long, go back to the first event without one and ask with one batch; else as is."""
    if now < state.silent_since + state.patience:
        return state
    return replace(
        state,
        sent=state.receipted,
        unsent_since=-math.inf,
        silent_since=math.inf,
        patience=min(2 * state.patience, LONGEST_PATIENCE),
        window=1,
    )


def next_look(state: Sending, now: float) -> float:
    """How many seconds may pass before `is_due` or `gone_silent` can change by time alone; inf for never."""
    linger = max(state.unsent_since + LINGER, state.resume_at) if state.produced > state.sent else math.inf
    return max(0.0, min(linger, state.silent_since + state.patience, state.unanswered_since + STALE) - now)

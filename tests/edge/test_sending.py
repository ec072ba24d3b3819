"""Go-back-N over a log, against a link and a cloud that lose, repeat and restart."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.delivery.sending import (
    BATCH_EVENTS,
    LINGER,
    PATIENCE,
    WINDOW_EVENTS,
    Sending,
    connected,
    gone_silent,
    is_due,
    kept,
    next_look,
    receipted,
    sent,
)


def fresh() -> Sending:
    return connected(produced=0, receipted=0)


def test_a_tap_goes_at_once_and_others_wait_for_company() -> None:
    calm = kept(fresh(), produced=1, urgent=False, now=10.0)
    assert not is_due(calm, 10.0)
    assert is_due(calm, 10.0 + LINGER)
    assert is_due(kept(fresh(), produced=1, urgent=True, now=10.0), 10.0)


def test_a_full_batch_goes_at_once() -> None:
    assert is_due(kept(fresh(), produced=BATCH_EVENTS, urgent=False, now=10.0), 10.0)


def test_a_backlog_goes_at_once_when_the_link_is_back() -> None:
    assert is_due(connected(produced=3, receipted=1), 0.0)


def test_the_window_bounds_what_is_under_way() -> None:
    state = connected(produced=WINDOW_EVENTS + 500, receipted=0)
    batches = 0
    while is_due(state, 1.0):
        state = sent(state, last=state.sent + BATCH_EVENTS, now=1.0)
        batches += 1
    assert batches == WINDOW_EVENTS // BATCH_EVENTS


def test_silence_sends_again_from_the_first_without_a_receipt() -> None:
    state = sent(connected(produced=9, receipted=4), last=9, now=1.0)
    assert gone_silent(state, 1.0 + PATIENCE / 2) is state
    assert gone_silent(state, 1.0 + PATIENCE).sent == 4


def test_an_absent_cloud_is_asked_ever_more_rarely_and_with_one_batch() -> None:
    state, now, asked = connected(produced=10_000, receipted=0), 0.0, []
    for _ in range(2_000):
        now += 0.5
        state = gone_silent(state, now)
        while is_due(state, now):
            state = sent(state, last=state.sent + BATCH_EVENTS, now=now)
            asked.append(now)
    later = [at for at in asked if at > 500]
    assert 5 <= len(later) <= 10
    assert state.sent == BATCH_EVENTS


def test_the_first_receipt_after_a_silence_opens_the_window_again() -> None:
    state = gone_silent(sent(connected(produced=9_999, receipted=0), last=100, now=0.0), 5.0)
    state = receipted(sent(state, last=100, now=5.0), through=100, now=5.1)
    assert (state.window, state.patience) == (WINDOW_EVENTS, PATIENCE)


def test_nothing_under_way_is_never_silent() -> None:
    state = receipted(sent(connected(produced=9, receipted=0), last=9, now=1.0), through=9, now=1.5)
    assert gone_silent(state, 1e9) is state
    assert next_look(state, 2.0) == float("inf")


@pytest.mark.parametrize("seed", range(3))
def test_a_simulated_week_of_bad_links_ends_with_all_receipted(seed: int) -> None:
    assert simulate(random.Random(seed), events=2_000, loss=0.3) == 2_000


@given(st.integers(0, 10**6), st.integers(1, 400), st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
def test_whatever_is_lost_everything_is_receipted_in_the_end(seed: int, events: int, loss: float) -> None:
    assert simulate(random.Random(seed), events=events, loss=loss) == events


def simulate(chance: random.Random, *, events: int, loss: float) -> int:
    """A cloud that stores only what continues what it has, behind a link that loses batches, receipts and itself."""
    state, now, stored = fresh(), 0.0, 0
    produced = 0
    while state.receipted < events:
        now += 0.05
        assert now < 10_000, "no progress"
        if produced < events:
            produced = min(events, produced + chance.randrange(1, 30))
            state = kept(state, produced=produced, urgent=chance.random() < 0.1, now=now)
        if chance.random() < 0.01:
            state = connected(produced=produced, receipted=state.receipted)
        while is_due(state, now):
            first, last = state.sent + 1, min(state.sent + BATCH_EVENTS, state.produced)
            state = sent(state, last=last, now=now)
            if chance.random() < loss:
                continue
            if first <= stored + 1:
                stored = max(stored, last)
            if chance.random() >= loss:
                state = receipted(state, through=max(stored, state.receipted), now=now)
        state = gone_silent(state, now)
    return stored

"""Whatever people and time do: nobody gets an offer against their word, the law, the caps or the budget."""

from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cloud.offers import decision
from cloud.offers.channels import Channel
from cloud.offers.decision import Decision
from cloud.offers.refusals import Refusal
from cloud.offers.situation import Person, Situation, Terms
from cloud.shop.consent import Purpose
from tests.cloud.offer_world import HOURS, PEOPLE, PURPOSES, SOUND, STEPS_MS, Faults, World, play

SEQUENCES, EVENTS = 20_000, 14
REPLACE = msgspec.structs.replace


def test_twenty_thousand_sequences_breach_nothing_and_every_decision_replays() -> None:
    breaches: Counter[str] = Counter()
    decisions = sent = 0
    for seed in range(SEQUENCES):
        world = play(seed, EVENTS)
        breaches.update(world.judge.breaches)
        decisions += world.decisions
        sent += world.sent

    assert breaches == Counter()
    # Had nothing been sent, nothing could have been breached.
    assert decisions > 5 * SEQUENCES
    assert sent > SEQUENCES


def without(**known: Any) -> Faults:
    """A decision and a gate to which a part of the person is not told."""

    def decides(now: Situation) -> Decision:
        return decision.decide(REPLACE(now, person=REPLACE(now.person, **known)))

    def gates(now_ms: int, channel: Channel, person: Person, terms: Terms) -> Refusal | None:
        return decision.may_send(now_ms, channel, REPLACE(person, **known), terms)

    return Faults(decide=decides, may_send=gates)


def a_minute_late(now: Situation) -> Decision:
    """The night begins after 21:00 instead of with it."""
    found = decision.decide(now)
    return decision.decide(REPLACE(now, at_ms=now.at_ms - 60_000)) if found.refusal is Refusal.NIGHT else found


PLANTED = {
    "the gate is asked at queueing alone": (Faults(gate_at_queueing=True), "night"),
    "consent is not asked": (without(consents=tuple(sorted(PURPOSES))), "consent"),
    "a refusal is forgotten": (
        without(consents=(Purpose.ADS_PUSH, Purpose.NIGHT_PUSH, Purpose.OFFERS), suppressed=False),
        "suppression",
    ),
    "own hours are not asked": (without(hours=()), "own hours"),
    "the caps know nothing": (without(shown=()), "cap a day"),
    "the same words may come again": (without(shown=()), "same words"),
    "pushes do not count": (Faults(seen_on_one_channel=True), "cap a day"),
    "the budget is not counted": (Faults(budget_uncounted=True), "budget of showings"),
    "the night begins a minute late": (Faults(decide=a_minute_late), "night"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str) -> None:
    faults, breach = PLANTED[name]
    found: Counter[str] = Counter()
    for seed in range(SEQUENCES):
        found.update(play(seed, EVENTS, faults).judge.breaches)
        if found[breach]:
            return
    pytest.fail(f"{name}: no breach of {breach!r} in {SEQUENCES} sequences, but {found}")


class Store(RuleBasedStateMachine):
    """The same world, led by Hypothesis, which makes a failing sequence short."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Random(7), SOUND)

    @rule(who=st.integers(0, PEOPLE - 1), purpose=st.sampled_from(PURPOSES), given=st.booleans())
    def choose(self, who: int, purpose: Purpose, given: bool) -> None:
        self.world.choose(who, purpose, given=given)

    @rule(who=st.integers(0, PEOPLE - 1))
    def refuse(self, who: int) -> None:
        self.world.refuse(who)

    @rule(who=st.integers(0, PEOPLE - 1), hours=st.sampled_from(HOURS))
    def wish(self, who: int, hours: Any) -> None:
        self.world.wish(who, hours)

    @rule(who=st.integers(0, PEOPLE - 1))
    def say_not_now(self, who: int) -> None:
        self.world.say_not_now(who)

    @rule(ms=st.sampled_from(STEPS_MS) | st.integers(1, 10**9))
    def wait(self, ms: int) -> None:
        self.world.wait(ms)

    @rule(who=st.integers(0, PEOPLE - 1), channel=st.sampled_from((Channel.PAGE, Channel.LIVE, Channel.PUSH)))
    def meet(self, who: int, channel: Channel) -> None:
        self.world.meet(who, channel)

    @invariant()
    def nothing_is_breached(self) -> None:
        assert self.world.judge.breaches == []


Store.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStore = Store.TestCase

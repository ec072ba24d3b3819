"""A played world of a few shoppers and campaigns, and a judge that knows the law without asking the program.

The world does what the store and the dispatcher do, without a database: it asks the decision with what it knows, queues
pushes and asks the gate again before each attempt. The judge keeps books of its own from the same events and says what
was breached. A world with a planted fault must be found out.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from cloud.offers.channels import Channel
from cloud.offers.decision import Decision, Record, decide, may_send, replay
from cloud.offers.refusals import Refusal
from cloud.offers.rules import Budget, Rules, Trigger, When
from cloud.offers.situation import Considered, Moment, Person, Shown, Situation, Terms
from cloud.shop.consent import ADVERTISING, Purpose
from cloud.shop.preferences import Hours

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
START_MS: Final = 1_795_230_000_000
PEOPLE: Final = 3
GTIN: Final = "09520000000011"
PURPOSES: Final = (Purpose.OFFERS, Purpose.ADS_PUSH, Purpose.NIGHT_PUSH)
HOURS: Final = ((), (Hours(from_min=9 * 60, to_min=20 * 60),), (Hours(from_min=20 * 60, to_min=9 * 60),))
STEPS_MS: Final = (1_000, 60_000, 10 * 60_000, HOUR_MS, 5 * HOUR_MS, 13 * HOUR_MS, 2 * DAY_MS, 9 * DAY_MS)

BORDERS_MS: Final = tuple(
    (hour * HOUR_MS + late_ms - 9 * HOUR_MS) % DAY_MS for hour in (8, 9, 20, 21) for late_ms in (-1, 0, 30_000)
)
"""Moments of the day in UTC at which something begins or ends in Seoul."""

Decide = Callable[[Situation], Decision]
MaySend = Callable[[int, Channel, Person, Terms], Refusal | None]


@dataclass(slots=True)
class Shopper:
    """One shopper as the store knows them."""

    handle: str
    consents: set[Purpose] = field(default_factory=set)
    suppressed: bool = False
    hours: tuple[Hours, ...] = ()
    shown: list[Shown] = field(default_factory=list)


@dataclass(slots=True)
class Push:
    """An offer that was decided on and waits to be sent."""

    who: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Faults:
    """What may be planted in a world."""

    decide: Decide = decide
    may_send: MaySend = may_send
    gate_at_queueing: bool = False  # what waits is sent without asking again
    budget_uncounted: bool = False  # what was shown is not taken off the budget
    seen_on_one_channel: bool = False  # a push does not count as shown


SOUND: Final = Faults()


class World:
    """Events go in; breaches come out in `breaches`."""

    def __init__(self, luck: random.Random, faults: Faults = SOUND) -> None:
        self.faults = faults
        self.now_ms = START_MS + luck.randrange(7 * DAY_MS)
        self.people = [Shopper(handle=f"{luck.random()}") for _ in range(PEOPLE)]
        self.rules = [_rules(name, luck) for name in ("a", "b", "c")]
        self.spent = {it.id: 0 for it in self.rules}
        self.terms = Terms(per_day=luck.randint(1, 3), per_week=luck.randint(2, 6), rest_hours=luck.choice((1, 24)))
        self.stock = luck.randint(-1, 3)
        self.queue: list[Push] = []
        self.judge = Judge(self.terms, self.rules)
        self.decisions = 0
        self.sent = 0

    # -- what shoppers and time do

    def choose(self, who: int, purpose: Purpose, *, given: bool) -> None:
        """A switch of the preference centre."""
        shopper = self.people[who]
        (shopper.consents.add if given else shopper.consents.discard)(purpose)
        if purpose is Purpose.ADS_PUSH and not given:
            shopper.consents.discard(Purpose.NIGHT_PUSH)
        if purpose is Purpose.NIGHT_PUSH and Purpose.ADS_PUSH not in shopper.consents:
            shopper.consents.discard(Purpose.NIGHT_PUSH)
        if given:
            shopper.suppressed = False
        self.judge.chose(who, purpose, given=given)

    def refuse(self, who: int) -> None:
        """One touch, from any message: no advertising at all."""
        self.people[who].consents -= ADVERTISING
        self.people[who].suppressed = True
        self.judge.refused(who)

    def wish(self, who: int, hours: tuple[Hours, ...]) -> None:
        """Polite hours."""
        self.people[who].hours = hours
        self.judge.hours[who] = hours

    def say_not_now(self, who: int) -> None:
        """To the last offer that was shown."""
        shopper = self.people[who]
        if shopper.shown:
            last = shopper.shown[-1]
            shopper.shown[-1] = msgspec.structs.replace(last, not_now=True)
            self.judge.said_not_now(who, last.at_ms)

    def wait(self, ms: int) -> None:
        """Time goes by; what was queued is tried again."""
        self.now_ms += ms
        self.deliver()

    def restock(self, left: int) -> None:
        """What is left now."""
        self.stock = left

    # -- what the store does

    def meet(self, who: int, channel: Channel) -> Decision:
        """A tap, or a moment of the dispatcher."""
        situation = self._situation(who, channel)
        decision = self.faults.decide(situation)
        self.decisions += 1
        record = Record(situation=situation, decision=decision)
        if self.faults is SOUND and replay(record) != decision:
            self.judge.breaches.append("replay")
        if decision.chosen:
            self._show(who, channel, decision.chosen.campaign)
        return decision

    def deliver(self) -> None:
        """One attempt at each push that waits."""
        waiting, self.queue = self.queue, []
        for push in waiting:
            if push.expires_ms <= self.now_ms:
                continue
            gated = not self.faults.gate_at_queueing
            person = self._person(push.who)
            refused = self.faults.may_send(self.now_ms, Channel.PUSH, person, self.terms) if gated else None
            if refused is None:
                self.sent += 1
                self.judge.sent(push.who, Channel.PUSH, self.now_ms)
            elif refused in (Refusal.NIGHT, Refusal.OWN_HOURS):
                self.queue.append(push)

    def _situation(self, who: int, channel: Channel) -> Situation:
        return Situation(
            at_ms=self.now_ms,
            channel=channel,
            person=self._person(who),
            moment=Moment(gtin=GTIN, tapped_ms_ago=1_000, zone_person_ms=9_000, stock=self.stock),
            terms=self.terms,
            campaigns=tuple(
                Considered(rules=it, shown=self.spent[it.id], won=self.spent[it.id] * it.coupon_won)
                for it in self.rules
            ),
        )

    def _person(self, who: int) -> Person:
        shopper = self.people[who]
        return Person(
            handle=shopper.handle,
            consents=tuple(sorted(shopper.consents)),
            suppressed=shopper.suppressed,
            hours=shopper.hours,
            shown=tuple(it for it in shopper.shown if it.at_ms > self.now_ms - 30 * DAY_MS),
        )

    def _show(self, who: int, channel: Channel, campaign: str) -> None:
        rules = next(it for it in self.rules if it.id == campaign)
        if not (self.faults.seen_on_one_channel and channel is Channel.PUSH):
            self.people[who].shown.append(Shown(at_ms=self.now_ms, campaign=campaign, text=rules.text))
        if not self.faults.budget_uncounted:
            self.spent[campaign] += 1
        self.judge.showed(who, rules, self.now_ms, self.stock)
        if channel is Channel.PUSH:
            self.queue.append(Push(who=who, expires_ms=self.now_ms + DAY_MS))
        else:
            self.sent += 1
            self.judge.sent(who, channel, self.now_ms)


class Judge:
    """Knows by its own books what may be sent to whom, in Korea; breaches are named."""

    def __init__(self, terms: Terms, rules: list[Rules]) -> None:
        self.terms = terms
        self.budgets = {it.id: it.budget for it in rules}
        self.given: list[dict[Purpose, bool]] = [{} for _ in range(PEOPLE)]
        self.gone = [False] * PEOPLE
        self.hours: list[tuple[Hours, ...]] = [()] * PEOPLE
        self.seen: list[list[tuple[int, str, str]]] = [[] for _ in range(PEOPLE)]
        self.not_now: list[list[int]] = [[] for _ in range(PEOPLE)]
        self.times: dict[str, int] = {}
        self.worth: dict[str, int] = {}
        self.breaches: list[str] = []

    def chose(self, who: int, purpose: Purpose, *, given: bool) -> None:
        self.given[who][purpose] = given
        if given:
            self.gone[who] = False
        if not self.given[who].get(Purpose.ADS_PUSH):
            self.given[who][Purpose.NIGHT_PUSH] = False

    def refused(self, who: int) -> None:
        self.given[who] = dict.fromkeys(self.given[who], False)
        self.gone[who] = True

    def said_not_now(self, who: int, at_ms: int) -> None:
        self.not_now[who].append(at_ms)

    def showed(self, who: int, rules: Rules, at_ms: int, stock: int) -> None:
        """An offer was chosen: caps, words, budget, stock, hold-out."""
        seen = self.seen[who]
        self._unless(sum(at > at_ms - DAY_MS for at, _, _ in seen) < self.terms.per_day, "cap a day")
        self._unless(sum(at > at_ms - 7 * DAY_MS for at, _, _ in seen) < self.terms.per_week, "cap a week")
        self._unless(all(text != rules.text or at <= at_ms - 30 * DAY_MS for at, _, text in seen), "same words")
        rest_ms = self.terms.rest_hours * HOUR_MS
        self._unless(all(at <= at_ms - rest_ms for at in self.not_now[who]), "not now")
        self._unless(stock > 0, "stock")
        self._unless(rules.hold_out < 1, "hold-out")
        seen.append((at_ms, rules.id, rules.text))
        self.times[rules.id] = self.times.get(rules.id, 0) + 1
        self.worth[rules.id] = self.worth.get(rules.id, 0) + rules.coupon_won
        budget = self.budgets[rules.id]
        self._unless(budget.shown is None or self.times[rules.id] <= budget.shown, "budget of showings")
        self._unless(budget.won is None or self.worth[rules.id] <= budget.won, "budget in won")

    def sent(self, who: int, channel: Channel, at_ms: int) -> None:
        """Something went out at this moment: consent, suppression, the night, the shopper's own hours."""
        given = self.given[who]
        self._unless(bool(given.get(Purpose.OFFERS)), "consent")
        self._unless(channel is not Channel.PUSH or bool(given.get(Purpose.ADS_PUSH)), "consent to pushes")
        self._unless(not self.gone[who], "suppression")
        minute = (at_ms + 9 * HOUR_MS) % DAY_MS // 60_000  # Korea has one time all year
        night = minute >= 21 * 60 or minute < 8 * 60
        bound = channel in (Channel.PUSH, Channel.LIVE)
        self._unless(not (night and bound) or bool(given.get(Purpose.NIGHT_PUSH)), "night")
        for each in self.hours[who]:
            inside = (
                each.from_min <= minute < each.to_min
                if each.from_min < each.to_min
                else not each.to_min <= minute < each.from_min
            )
            self._unless(inside or not bound, "own hours")

    def _unless(self, fine: bool, breach: str) -> None:
        if not fine:
            self.breaches.append(breach)


def play(seed: int, events: int, faults: Faults = SOUND) -> World:
    """One sequence of random events."""
    luck = random.Random(seed)
    world = World(luck, faults)
    for who in range(PEOPLE):  # most people agree to something, or there would be little to see
        for purpose in PURPOSES:
            if luck.random() < 0.7:
                world.choose(who, purpose, given=True)
    for _ in range(events):
        _happen(world, luck)
    world.wait(luck.choice(STEPS_MS))
    return world


def _happen(world: World, luck: random.Random) -> None:
    who, chance = luck.randrange(PEOPLE), luck.random()
    if chance < 0.5:
        world.meet(who, luck.choice((Channel.PAGE, Channel.LIVE, Channel.PUSH, Channel.PUSH)))
    elif chance < 0.7:
        world.wait(luck.choice(STEPS_MS))
    elif chance < 0.75:
        world.wait((luck.choice(BORDERS_MS) - world.now_ms) % DAY_MS)
    elif chance < 0.85:
        world.choose(who, luck.choice(PURPOSES), given=luck.random() < 0.6)
    elif chance < 0.89:
        world.refuse(who)
    elif chance < 0.93:
        world.wish(who, luck.choice(HOURS))
    elif chance < 0.97:
        world.say_not_now(who)
    else:
        world.restock(luck.randint(-1, 3))


def _rules(name: str, luck: random.Random) -> Rules:
    won = luck.choice((0, 0, 500))
    told: dict[str, Any] = {
        "id": name,
        "version": 1,
        "trigger": Trigger.TAP,
        "channels": tuple(Channel),
        "priority": luck.randint(0, 2),
        "hold_out": luck.choice((0.0, 0.0, 0.1, 1.0)),
        "begins_ms": 0,
        "ends_ms": 2**50,
        "coupon_won": won,
        "text": luck.choice(("one", "two", name)),
        "when": When(),
        "budget": Budget(shown=luck.choice((None, 1, 3)), won=luck.choice((None, 1_200)) if won else None),
    }
    return Rules(**told)

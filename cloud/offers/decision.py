"""Which offer one shopper may see at one moment by one channel: the only place where that is decided."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from cloud.offers import caps, law, reasons
from cloud.offers.channels import NEEDED, SENT, Channel
from cloud.offers.holdout import held_out
from cloud.offers.reasons import Reason
from cloud.offers.refusals import Refusal
from cloud.offers.rules import Trigger
from cloud.offers.situation import Considered, Moment, Person, Situation, Terms
from cloud.shop.consent import Purpose

_MINUTE_MS = 60_000


class RefusedCampaign(Struct, frozen=True, array_like=True):
    """A campaign that was not chosen, and why."""

    campaign: str
    refusal: Refusal


class Chosen(Struct, frozen=True, kw_only=True):
    """The offer, and the three inputs that decided for it."""

    campaign: str
    version: int
    why: tuple[Reason, Reason, Reason]


class Decision(Struct, frozen=True, kw_only=True):
    """What came out: an offer, or the reason for none. All other campaigns are named with their own reasons."""

    chosen: Chosen | None = None
    refusal: Refusal | None = None  # where nothing was chosen
    refused: tuple[RefusedCampaign, ...] = ()

    @property
    def outcome(self) -> str:
        """As it is counted."""
        return "shown" if self.refusal is None else self.refusal.value


class Record(Struct, frozen=True, kw_only=True):
    """A decision with all its inputs."""

    situation: Situation
    decision: Decision


def decide(now: Situation) -> Decision:
    """Asks in this order and no other: consent, suppression, hold-out, legal gate, the shopper's own hours, caps,
    stock, budget, choice. What refuses first is the reason; later questions are not asked.
    """
    refused: list[RefusedCampaign] = []
    left: Sequence[Considered] = now.campaigns
    for of_person, of_campaign in _ORDER:
        if of_person and (refusal := of_person(now)):
            return _nothing(refusal, refused, left)
        if of_campaign:
            asked = [(it, of_campaign(now, it)) for it in left]
            refused += [RefusedCampaign(it.rules.id, why) for it, why in asked if why]
            dropped = [(it, why) for it, why in asked if why]
            left = [it for it, why in asked if why is None]
            if dropped and not left:
                return Decision(refusal=min(dropped, key=lambda each: _rank(each[0]))[1], refused=tuple(refused))
    return _choose(now, left, refused)


def may_send(now_ms: int, channel: Channel, person: Person, terms: Terms) -> Refusal | None:
    """The parts of the decision that may change while a message waits: consent, suppression, the law's night and the
    shopper's own hours. To be asked before each attempt.
    """
    now = Situation(at_ms=now_ms, channel=channel, person=person, moment=Moment(), terms=terms, campaigns=())
    return next((refusal for ask in (_consent, _suppression, _law, _own_hours) if (refusal := ask(now))), None)


def replay(record: Record) -> Decision:
    """The decision made again from what was written down; equal to `record.decision` for as long as the rules are."""
    return decide(record.situation)


def _consent(now: Situation) -> Refusal | None:
    return None if NEEDED[now.channel] <= set(now.person.consents) else Refusal.NO_CONSENT


def _suppression(now: Situation) -> Refusal | None:
    return Refusal.SUPPRESSED if now.person.suppressed else None


def _hold_out(now: Situation, it: Considered) -> Refusal | None:
    return Refusal.HELD_OUT if held_out(now.person.handle, it.rules.id, it.rules.hold_out) else None


def _law(now: Situation) -> Refusal | None:
    if not now.terms.sender:
        return Refusal.NO_SENDER
    if now.channel in law.BOUND_BY_NIGHT and law.is_night(now.at_ms, now.terms.zone):
        return None if Purpose.NIGHT_PUSH in now.person.consents else Refusal.NIGHT
    return None


def _own_hours(now: Situation) -> Refusal | None:
    if now.moment.place is not None and now.moment.place in now.person.muted:
        return Refusal.MUTED
    polite = now.channel not in SENT or law.is_polite(now.at_ms, now.terms.zone, now.person.hours)
    return None if polite else Refusal.OWN_HOURS


def _caps_of_person(now: Situation) -> Refusal | None:
    return caps.of_person(now.person, now.terms, now.at_ms)


def _caps_of_campaign(now: Situation, it: Considered) -> Refusal | None:
    return caps.of_campaign(now.person, it.rules, now.at_ms)


def _stock(now: Situation, it: Considered) -> Refusal | None:
    needed = [now.moment.stock] if now.moment.gtin else []
    needed += [it.stock] if it.rules.stocked else []
    return None if all(left is not None and left > 0 for left in needed) else Refusal.NO_STOCK


def _budget(now: Situation, it: Considered) -> Refusal | None:  # noqa: ARG001 - as every stage is asked
    budget = it.rules.budget
    spent = (
        (budget.shown is not None and it.shown >= budget.shown)
        or (budget.coupons is not None and it.coupons >= budget.coupons)
        or (budget.won is not None and it.won + it.rules.coupon_won > budget.won)
    )
    return Refusal.NO_BUDGET if spent else None


_ORDER: Final[
    tuple[
        tuple[Callable[[Situation], Refusal | None] | None, Callable[[Situation, Considered], Refusal | None] | None],
        ...,
    ]
] = (
    (_consent, None),
    (_suppression, None),
    (None, _hold_out),
    (_law, None),
    (_own_hours, None),
    (_caps_of_person, _caps_of_campaign),
    (None, _stock),
    (None, _budget),
)
"""What is asked of the person, and then of each campaign that is left."""


def _choose(now: Situation, left: Sequence[Considered], refused: list[RefusedCampaign]) -> Decision:
    """The best of the campaigns that remain and suit the moment; "nothing suits you today" where none does."""
    fits = [(it, _unfit(now, it)) for it in left]
    refused += [RefusedCampaign(it.rules.id, why) for it, why in fits if why]
    suited = sorted((it for it, why in fits if why is None), key=_rank)
    if not suited:
        return Decision(refusal=Refusal.NOTHING_SUITS, refused=tuple(refused))
    best = suited[0].rules
    refused += [RefusedCampaign(it.rules.id, Refusal.OUTDONE) for it in suited[1:]]
    why = reasons.three(best, now.moment, now.at_ms)
    return Decision(chosen=Chosen(campaign=best.id, version=best.version, why=why), refused=tuple(refused))


def _unfit(now: Situation, it: Considered) -> Refusal | None:
    """Why a campaign does not suit the moment, where it does not."""
    when, moment, trigger = it.rules.when, now.moment, it.rules.trigger
    fresh = moment.tapped_ms_ago is not None and 0 <= moment.tapped_ms_ago <= when.tapped_min * _MINUTE_MS
    if trigger is not Trigger.RESTOCK and not fresh:
        return Refusal.NOT_TAPPED
    stopped = moment.zone_person_ms is not None and moment.zone_person_ms >= when.stopped_s * 1_000
    if trigger in (Trigger.TAP, Trigger.DWELL) and when.stopped_s and not stopped:
        return Refusal.NOT_STOPPED
    if trigger is Trigger.RETURN and (moment.away_days is None or moment.away_days < when.away_days):
        return Refusal.NOT_AWAY
    if not _is_meant(now, it):
        return Refusal.NOT_MEANT
    return Refusal.HAS_COUPON if it.has_coupon else None


def _is_meant(now: Situation, it: Considered) -> bool:
    audience = it.rules.audience
    if audience.languages and now.person.language not in audience.languages:
        return False
    since = now.at_ms - audience.tapped_days * caps.DAY_MS
    return not audience.tapped or any(gtin in audience.tapped and at >= since for gtin, at in now.moment.tapped)


def _rank(it: Considered) -> tuple[int, int, int, str]:
    """The best first: by priority, then what it gives, then what ends soonest; the name makes it one order."""
    return (-it.rules.priority, -it.rules.coupon_won, it.rules.ends_ms, it.rules.id)


def _nothing(refusal: Refusal, refused: list[RefusedCampaign], left: Sequence[Considered]) -> Decision:
    return Decision(refusal=refusal, refused=(*refused, *(RefusedCampaign(it.rules.id, refusal) for it in left)))

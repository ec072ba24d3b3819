"""Decides on what waits and sends it: the only place from which an offer leaves by itself."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.offers import law, settling
from cloud.offers.advertising import Words, advertisement
from cloud.offers.campaigns import Campaign
from cloud.offers.channels import Channel
from cloud.offers.decision import decide
from cloud.offers.gate import OFFER
from cloud.offers.gathering import Happening, gather
from cloud.offers.house import House
from cloud.offers.refusals import MAY_PASS, Refusal
from cloud.offers.rules import Trigger
from cloud.offers.settling import Settled
from cloud.offers.situation import Situation
from cloud.offers.trial import let_in
from cloud.shop import messages, telling
from cloud.shop.consent import KEPT_MS, Purpose
from cloud.shop.messages import Advertisement
from cloud.shop.telling import Told
from cloud.store import (
    campaigns,
    candidates,
    consents,
    coupons,
    decisions,
    erasing,
    plans,
    pushes,
    shoppers,
    stops,
    trials,
)
from cloud.store.candidates import Candidate
from cloud.store.connection import Store
from contract.plan import Plan

RESTOCK_MS: Final = 24 * 3_600_000
"""That something is back is news for a day."""
_WAIT_MS = 2_000
_log = logging.getLogger("aisle.offers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """By what the dispatcher reaches people."""

    hears: Callable[[int], bool]  # whether a page of this person is open
    words: Words


class Dispatcher:
    """Looks at the candidates; they stay in the store, so that it loses none when it ends. One thread at a time."""

    def __init__(
        self,
        store: Store,
        house: House,
        *,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
        outlets: Outlets,
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._random = random
        self._outlets = outlets
        self.sent = 0
        self.expired = 0

    def look(self) -> list[Told]:
        """Decides on all that is due; returns what is to be shown on open pages. Blocks on the store."""
        self._tidy()
        with self._store.reading() as connection:
            due = candidates.due(connection, self._clock())
        told = [each for candidate in due if (each := self._send(candidate))]
        self.sent += len(told)
        return told

    def _tidy(self) -> None:
        """What is over ends, opt-outs are heard, what is back makes candidates; writes only where need is."""
        now_ms = self._clock()
        with self._store.reading() as connection:
            due = candidates.anything_due(connection, now_ms) or coupons.any_lapsed(connection, now_ms)
            opted, stocked = decisions.opt_outs_wait(connection), candidates.stock_changed(connection)
            over = trials.any_over(connection, now_ms)
        if not (due or opted or stocked or over):
            return
        with self._store.atomic() as connection:
            trials.count_over(connection, now_ms)
            if expired := candidates.expire(connection, now_ms):
                decisions.count(connection, "expired", now_ms, expired)
                self.expired += expired
            coupons.expire(connection, now_ms)
            for person in decisions.opted_out(connection) if opted else ():
                self._opted_out(connection, person, now_ms)
            for gtin in candidates.restocked(connection) if stocked else ():
                _restocked(connection, gtin, now_ms)

    def _opted_out(self, connection: sqlite3.Connection, person: int, now_ms: int) -> None:
        """The offer that was seen last answers for it; what was kept to choose offers goes with the consent to that."""
        if harm := settling.opted_out(connection, person, limits=self._house.harm, now_ms=now_ms):
            _log.warning("a campaign was stopped: %s", harm)
        if Purpose.OFFERS in consents.standing(connection, person):
            return
        if waiting := candidates.waiting(connection, person):
            decisions.count(connection, Refusal.NO_CONSENT, now_ms, waiting)
        gone = (decisions.forget_person, candidates.forget_person, trials.leave)
        if sum(forget(connection, person) for forget in gone):
            erasing.need_scrub(connection, now_ms)

    def _send(self, candidate: Candidate) -> Told | None:
        """One candidate: sent, refused or put off, with everything read and written in one transaction."""
        with self._store.atomic() as connection:
            channel = self._channel(connection, candidate)
            now_ms = self._clock()
            if channel is None:
                candidates.hold(connection, candidate.id, now_ms + _WAIT_MS)
                return None
            happening = Happening(
                channel=channel,
                triggers=(candidate.trigger,),
                gtin=candidate.gtin,
                place=candidate.place,
                tapped_ms=None if candidate.trigger is Trigger.RESTOCK else candidate.at_ms,
            )
            situation = gather(connection, self._house, candidate.person, happening, now_ms)
            if situation is None or self._held(connection, candidate, situation):
                return None
            source = f"candidate {candidate.id}"
            settled = settling.settle(connection, situation, profile_id=candidate.profile, source=source)
            candidates.done(connection, candidate.id, settled.decision.outcome)
            if settled.campaign is None:
                return None
            return self._tell(connection, candidate, channel, settled, settled.campaign)

    def _channel(self, connection: sqlite3.Connection, candidate: Candidate) -> Channel | None:
        """By an open page, else by a push; None where neither is there now."""
        if self._outlets.hears(candidate.person):
            return Channel.LIVE
        if candidate.trigger is not Trigger.DWELL and pushes.subscriptions(connection, candidate.person):
            return Channel.PUSH
        return None

    def _held(self, connection: sqlite3.Connection, candidate: Candidate, situation: Situation) -> bool:
        """Whether it is put off, because what refuses now passes by itself. The first time is written down.

        Those held out wait as all others do: else the two groups would not be met at the same moments.
        """
        decision = decide(let_in(situation))
        nobody_yet = candidate.trigger is Trigger.DWELL and any(
            it.refusal is Refusal.NOT_STOPPED for it in decision.refused
        )
        if decision.refusal not in MAY_PASS and (decision.chosen or not nobody_yet):
            return False
        until_ms = self._clock() + _WAIT_MS
        if decision.refusal in MAY_PASS:
            bound = situation.channel in law.BOUND_BY_NIGHT and Purpose.NIGHT_PUSH not in situation.person.consents
            zone, hours = situation.terms.zone, situation.person.hours
            until_ms = law.opens_ms(situation.at_ms, zone, hours, night=bound)
        if candidate.tries == 0:
            source = f"candidate {candidate.id}"
            settling.settle(connection, situation, profile_id=candidate.profile, source=source)
        candidates.hold(connection, candidate.id, until_ms)
        return True

    def _tell(
        self,
        connection: sqlite3.Connection,
        candidate: Candidate,
        channel: Channel,
        settled: Settled,
        campaign: Campaign,
    ) -> Told:
        offer = self._advertisement(connection, candidate, settled, campaign)
        lasts_ms = candidate.expires_ms - self._clock()
        push = telling.advertising(offer, foot=offer.foot, lasts_ms=lasts_ms) if channel is Channel.PUSH else None
        return telling.tell(
            connection,
            profile_id=candidate.profile,
            kind=OFFER,
            body=messages.encode(offer),
            at_ms=self._clock(),
            push=push,
        )

    def _advertisement(
        self, connection: sqlite3.Connection, candidate: Candidate, settled: Settled, campaign: Campaign
    ) -> Advertisement:
        chosen, sender = settled.decision.chosen, self._house.sender
        assert chosen is not None
        assert sender is not None  # else the legal gate has refused
        assert settled.showing is not None
        return advertisement(
            campaign,
            why=chosen.why,
            words=self._outlets.words,
            sender=sender,
            gtin=candidate.gtin,
            stop_url=stops.url(connection, candidate.profile, self._random),
            showing=settled.showing,
            at_ms=self._clock(),
        )


def _restocked(connection: sqlite3.Connection, gtin: str, now_ms: int) -> None:
    """Candidates for those who tapped what is there again, and asked for offers."""
    if not campaigns.running(connection, (Trigger.RESTOCK,)):
        return
    place = _zone_of(plans.plan_now(connection), gtin)
    for profile in candidates.who_tapped(connection, gtin, now_ms - KEPT_MS):
        person = shoppers.person_of(connection, profile)
        if person and Purpose.OFFERS in consents.standing(connection, person):
            candidates.put(
                connection,
                profile=profile,
                trigger=Trigger.RESTOCK,
                gtin=gtin,
                place=place,
                source=f"restock of {gtin} at {now_ms}",
                at_ms=now_ms,
                expires_ms=now_ms + RESTOCK_MS,
            )


def _zone_of(plan: Plan | None, gtin: str) -> str | None:
    """The zone in which people stand who look at a product; None where the plan does not tell."""
    tags = plan.tags if plan else ()
    shelf = next((tag.shelf for tag in tags if tag.gtin == gtin), None)
    return next((each.zone for each in plan.shelves if each.id == shelf), None) if plan else None

"""Offers over a real store: candidates, the dispatcher, coupons, harm, versions."""

import dataclasses
import datetime as dt
import json
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud.offers import decision, gate, shelf
from cloud.offers.campaigns import Campaign, CouponTerms, Standing, midnight_ms
from cloud.offers.caps import DAY_MS, HOUR_MS
from cloud.offers.channels import Channel
from cloud.offers.dispatch import Dispatcher, Outlets
from cloud.offers.harm import Limits
from cloud.offers.holdout import held_out
from cloud.offers.moments import Opened, opened
from cloud.offers.refusals import Refusal
from cloud.offers.rules import Budget, Trigger, When
from cloud.offers.settling import answered
from cloud.shop.choosing import Act, choose, refuse
from cloud.shop.consent import Purpose
from cloud.shop.messages import Both
from cloud.shop.preferences import Preferences
from cloud.shop.telling import Told
from cloud.store import (
    campaigns,
    candidates,
    catalogue,
    coupons,
    decisions,
    erasing,
    plans,
    preferences,
    pushes,
    shoppers,
    visits,
)
from cloud.store.connection import Store
from cloud.store.coupons import Coupon, Reason, Redeemed, Refused, State, Unclaimed
from cloud.store.decisions import Answer
from cloud.store.pushes import Subscription
from tests.cloud.offered import CAKE, TEA, campaign
from tests.cloud.shop import HOUSE, NOON_MS, Clock, goods, plan

EVENING_MS = midnight_ms(dt.date(2026, 11, 21), "Asia/Seoul") + 21 * HOUR_MS


@dataclass(slots=True)
class House:
    """A store, its dispatcher, and who has a page open."""

    store: Store
    clock: Clock
    here: set[int] = field(default_factory=set)
    house: object = HOUSE

    def dispatcher(self, **change: object) -> Dispatcher:
        return Dispatcher(
            self.store,
            dataclasses.replace(HOUSE, **change),  # type: ignore[arg-type]  # from a test
            clock=self.clock,
            random=secrets.token_bytes,
            outlets=Outlets(
                hears=self.here.__contains__,
                words=lambda reason: Both(ko=f"{reason.input} {reason.n}", en=f"{reason.input} {reason.n}"),
            ),
        )

    def shopper(self, *purposes: Purpose, page: bool = True) -> int:
        """Somebody who agreed to these; whose profile is their person."""
        with self.store.atomic() as connection:
            person = shoppers.begin(connection, handle=secrets.token_hex(8), language="ko", now_ms=self.clock.now_ms)
            self._choose(connection, person, frozenset(purposes))
        if page:
            self.here.add(person)
        return person

    def choose(self, person: int, *purposes: Purpose) -> None:
        with self.store.atomic() as connection:
            self._choose(connection, person, frozenset(purposes))

    def _choose(self, connection: sqlite3.Connection, person: int, wanted: frozenset[Purpose]) -> None:
        act = Act(person=person, language="ko", at_ms=self.clock.now_ms, proof="a test")
        choose(connection, act, wanted, random=secrets.token_bytes)

    def refuse(self, person: int) -> None:
        with self.store.atomic() as connection:
            act = Act(person=person, language="ko", at_ms=self.clock.now_ms, proof="a test")
            refuse(connection, act, random=secrets.token_bytes)

    def add(self, *told: Campaign) -> None:
        with self.store.atomic() as connection:
            for each in told:
                campaigns.add(connection, each, self.clock.now_ms)

    def people_stop(self, person_ms: int = 9_000) -> None:
        minute = self.clock.now_ms - self.clock.now_ms % 60_000
        with self.store.atomic() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO occupancy_sums VALUES (60000, 'tea', ?, 60000, 60000, ?, 1)",
                (minute, person_ms),
            )

    def tap(self, person: int, *, gtin: str = TEA, source: str = "", lasts_ms: int = 15 * 60_000) -> None:
        """A card's tap, as it waits for the dispatcher."""
        now_ms = self.clock.now_ms
        with self.store.atomic() as connection:
            candidates.put(
                connection,
                profile=person,
                trigger=Trigger.TAP,
                gtin=gtin,
                place="tea",
                source=source or f"tap {now_ms}",
                at_ms=now_ms,
                expires_ms=now_ms + lasts_ms,
            )

    def page(self, person: int, *, gtin: str = TEA, visit: int = 1) -> str:
        """A page opened by a signed tap; the outcome."""
        with self.store.atomic() as connection:
            settled = opened(
                connection,
                HOUSE,
                Opened(
                    profile=person,
                    person=person,
                    visit=visit,
                    tapped_ms=self.clock.now_ms,
                    gtin=gtin,
                    place="tea",
                ),
                now_ms=self.clock.now_ms,
                random=secrets.token_bytes,
            )
        return settled.decision.outcome if settled else "shown before"

    def outcomes(self) -> dict[str, int]:
        return dict(self.rows("SELECT outcome, times FROM offer_sums WHERE span_ms = 3600000"))  # type: ignore[arg-type]  # two columns

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with self.store.reading() as connection:
            return connection.execute(question).fetchall()

    def account(self, name: str) -> campaigns.Head:
        with self.store.reading() as connection:
            head = campaigns.head(connection, name)
        assert head is not None
        return head


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = Store(tmp_path, new_store_id="0" * 32)
    with store.atomic() as connection:
        catalogue.put_products(connection, goods())
    yield House(store=store, clock=Clock())
    store.close()


def bodies(told: list[Told]) -> list[dict[str, object]]:
    return [json.loads(each.message.body) for each in told]


# --- what is sent ------------------------------------------------------------------------------------------------


def test_a_tap_is_answered_by_one_labelled_offer_on_the_open_page(house: House) -> None:
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    house.tap(person)
    dispatcher = house.dispatcher()

    told = dispatcher.look()

    assert [(each.person, each.message.kind) for each in told] == [(person, "offer")]
    (said,) = bodies(told)
    assert said["title"] == {"ko": "(광고) 다온상회 · 녹차", "en": "(광고) Daon Market · Tea"}
    assert [why["en"] for why in said["why"]] == ["tapped 0", "people 9", "stock 24"]  # type: ignore[attr-defined]  # JSON
    assert dispatcher.look() == []
    assert house.outcomes() == {"shown": 1}
    assert house.account("tea").shown == 1


def test_what_was_queued_a_second_before_nine_is_held_when_it_is_nine(house: House) -> None:
    """Queued at 20:59:59, decided at 21:00:00: the hour that counts is the one of sending."""
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign(gtins=(TEA,)))
    house.clock.now_ms = EVENING_MS - 1_000
    house.people_stop()
    house.tap(person)
    house.tap(person, source="another", lasts_ms=13 * HOUR_MS)
    house.clock.now_ms = EVENING_MS

    dispatcher = house.dispatcher()
    assert dispatcher.look() == []
    assert house.outcomes() == {"night": 2}

    # One is over before the morning; the other waits for it, not to the minute before.
    for at_ms in (EVENING_MS + HOUR_MS, EVENING_MS + 11 * HOUR_MS - 1):
        house.clock.now_ms = at_ms
        house.people_stop()
        assert dispatcher.look() == []
    assert dispatcher.expired == 1
    house.clock.now_ms = EVENING_MS + 11 * HOUR_MS
    assert dispatcher.look() == []  # at eight it is decided again, and the tap is not fresh any more
    assert house.outcomes() == {"night": 2, "expired": 1, "nothing-suits": 1}


def test_a_push_that_waits_is_asked_about_before_each_attempt(house: House) -> None:
    person = house.shopper(Purpose.OFFERS, Purpose.ADS_PUSH, page=False)
    house.add(campaign(gtins=(TEA,), channels=(Channel.PUSH,)))
    with house.store.atomic() as connection:
        phone = Subscription(
            endpoint="https://push.example/1",
            p256dh="p",
            auth="a",
            service="s",
            origin="https://store.example",
            server_key="k",
            language="ko",
        )
        pushes.subscribe(connection, person, phone, house.clock.now_ms)
    house.clock.now_ms = EVENING_MS - 1_000
    house.people_stop()
    house.tap(person)

    assert len(house.dispatcher().look()) == 1
    ((note, advertising, expires_ms),) = house.rows("SELECT note, advertising, expires_ms FROM pushes")
    assert json.loads(str(note))["title"].startswith("(광고) 다온상회")
    assert "무료 수신거부 /stop/" in json.loads(str(note))["foot"]
    assert advertising == 1
    assert expires_ms == EVENING_MS - 1_000 + 15 * 60_000  # no longer than what it is about
    with house.store.reading() as connection:
        ask = [gate.may_send(connection, person, Channel.PUSH, EVENING_MS + late) for late in (-1, 0)]
        assert ask == [None, Refusal.NIGHT]
    house.refuse(person)
    with house.store.reading() as connection:
        assert gate.may_send(connection, person, Channel.PUSH, NOON_MS) is Refusal.NO_CONSENT
        assert gate.may_send(connection, 999, Channel.PUSH, NOON_MS) is Refusal.NO_CONSENT


def test_an_offer_that_a_page_missed_is_not_sent_to_it_at_night(house: House) -> None:
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign(gtins=(TEA,)))
    house.clock.now_ms = EVENING_MS - 1_000
    house.people_stop()
    house.tap(person)
    kept = [each.message for each in house.dispatcher().look()]
    kept.append(dataclasses.replace(kept[0], id=kept[0].id + 1, kind="tap"))

    def deliverable(at_ms: int) -> list[str]:
        with house.store.reading() as connection:
            zone = "Asia/Seoul"
            return [it.kind for it in gate.deliverable(connection, person, kept, at_ms, zone=zone)]

    assert deliverable(EVENING_MS - 1) == ["offer", "tap"]
    assert deliverable(EVENING_MS) == ["tap"]


def test_consent_withdrawn_between_the_tap_and_the_sending_is_obeyed(house: House) -> None:
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    house.tap(person)
    house.choose(person)

    assert house.dispatcher().look() == []
    assert house.outcomes() == {"no-consent": 1}
    # Of somebody who did not ask for offers nothing is written down.
    assert house.rows("SELECT count(*) FROM decisions") == [(0,)]


def test_what_was_kept_to_choose_offers_goes_with_the_consent_to_that(house: House) -> None:
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    leaves, stays = (house.shopper(Purpose.OFFERS, Purpose.ADS_PUSH) for _ in range(2))
    for visit, person in enumerate((leaves, stays)):
        assert house.page(person, visit=visit) == "shown"
    house.choose(leaves)
    house.choose(stays, Purpose.OFFERS)  # no more pushes, but still offers
    house.dispatcher().look()

    for table in ("decisions", "showings"):
        assert house.rows(f"SELECT profile FROM {table}") == [(stays,)]
    assert house.account("tea").shown == 2  # the sum stays
    assert house.account("tea").answers.opt_outs == 2


def test_what_is_older_than_agreed_is_forgotten(house: House) -> None:
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    person = house.shopper(Purpose.OFFERS)
    house.page(person)
    house.tap(person)
    with house.store.atomic() as connection:
        shoppers.touch(connection, person, house.clock.now_ms + DAY_MS)
        erasing.erase_old(connection, house.clock.now_ms + 1, house.clock.now_ms + DAY_MS)

    for table in ("decisions", "showings", "candidates"):
        assert house.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_candidates_survive_a_restart_and_expired_ones_are_counted(house: House) -> None:
    person = house.shopper(Purpose.OFFERS, page=False)
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    house.tap(person)
    assert house.dispatcher().look() == []  # no page is open and no phone takes pushes

    house.clock.now_ms += 60_000
    house.people_stop()
    house.here.add(person)
    assert len(house.dispatcher().look()) == 1

    house.here.clear()
    house.tap(person, source="again")
    house.clock.now_ms += 15 * 60_000
    late = house.dispatcher()
    assert late.look() == []
    assert late.expired == 1
    assert house.outcomes()["expired"] == 1


def test_a_forgotten_shopper_hears_nothing(house: House) -> None:
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    house.tap(person)
    with house.store.atomic() as connection:
        erasing.erase(connection, person, house.clock.now_ms)

    assert house.dispatcher().look() == []
    assert house.rows("SELECT count(*) FROM candidates") == [(0,)]


def test_people_who_stay_at_the_shelf_bring_an_offer_to_the_page_that_is_open_there(house: House) -> None:
    person = house.shopper(Purpose.OFFERS)
    house.add(campaign("dwell", trigger=Trigger.DWELL, zones=("tea",), when=When(stopped_s=20)))
    assert house.page(person) == "nothing-suits"
    dispatcher = house.dispatcher()

    for person_ms, sent in ((9_000, 0), (20_000, 1)):
        house.people_stop(person_ms)
        assert len(dispatcher.look()) == sent
        house.clock.now_ms += 10_000

    assert house.outcomes() == {"nothing-suits": 2, "shown": 1}


def test_those_held_out_are_met_at_the_same_moment_as_those_who_see_it(house: House) -> None:
    house.add(campaign("dwell", trigger=Trigger.DWELL, zones=("tea",), when=When(stopped_s=20), hold_out=0.5))
    people = [house.shopper(*Purpose) for _ in range(12)]
    with house.store.reading() as connection:
        handles = dict(connection.execute("SELECT id, handle FROM profiles"))
    held = {person for person in people if held_out(handles[person], "dwell", 0.5)}
    for visit, person in enumerate(people, 1):
        house.page(person, visit=visit)
    dispatcher = house.dispatcher()
    dispatcher.look()
    assert groups_of(house) == {}  # too few people stay at the shelf: nobody is of any group yet
    house.people_stop(25_000)
    house.clock.now_ms += 3_000
    shown = {told.person for told in dispatcher.look()}
    assert shown == set(people) - held
    assert groups_of(house) == dict.fromkeys(shown, 0) | dict.fromkeys(held, 1)


def groups_of(house: House) -> dict[int, int]:
    """Who takes part in the comparison: 1 where held out."""
    with house.store.reading() as connection:
        return dict(connection.execute("SELECT profile, held FROM trials"))


def test_what_is_back_is_told_to_those_who_tapped_it_and_let_us_remember(house: House) -> None:
    house.add(campaign("back", trigger=Trigger.RESTOCK, gtins=(CAKE,)))
    likes, other = (house.shopper(Purpose.OFFERS, Purpose.HISTORY) for _ in range(2))
    with house.store.atomic() as connection:
        visits.add_visit(connection, digest="d", at_ms=NOON_MS - DAY_MS, tag=None, gtin=CAKE, counter=1)
        visits.claim(connection, 1, likes)
    dispatcher = house.dispatcher()
    assert dispatcher.look() == []

    with house.store.atomic() as connection:
        connection.execute("UPDATE stock SET store = 6 WHERE gtin = ?", (CAKE,))
    told = dispatcher.look()

    assert [each.person for each in told] == [likes]
    assert other not in [each.person for each in told]
    (said,) = bodies(told)
    assert [why["en"] for why in said["why"]] == ["back 6", "liked 1", "asked 0"]  # type: ignore[attr-defined]  # JSON
    assert dispatcher.look() == []


def test_of_a_part_of_the_store_that_is_muted_nothing_is_sent(house: House) -> None:
    house.add(campaign("back", trigger=Trigger.RESTOCK, gtins=(TEA,)))
    person = house.shopper(Purpose.OFFERS, Purpose.HISTORY)
    with house.store.atomic() as connection:
        plans.save(connection, plan(), by="", note="", now_ms=0)
        visits.add_visit(connection, digest="d", at_ms=NOON_MS - DAY_MS, tag=None, gtin=TEA, counter=1)
        visits.claim(connection, 1, person)
        preferences.put(connection, person, Preferences(muted=frozenset({"tea"})), now_ms=NOON_MS)
    dispatcher = house.dispatcher()
    for left in (0, 5):
        with house.store.atomic() as connection:
            connection.execute("UPDATE stock SET store = ? WHERE gtin = ?", (left, TEA))
        assert dispatcher.look() == []

    assert house.outcomes() == {"muted": 1}


def test_a_return_after_two_weeks_is_greeted(house: House) -> None:
    house.add(campaign("welcome", trigger=Trigger.RETURN))
    person = house.shopper(Purpose.OFFERS, Purpose.HISTORY)
    with house.store.atomic() as connection:
        visits.add_visit(connection, digest="d", at_ms=NOON_MS - 15 * DAY_MS, tag=None, gtin=CAKE, counter=1)
        visits.claim(connection, 1, person)

    assert house.page(person) == "shown"
    assert house.page(person) == "shown before"


# --- decisions ---------------------------------------------------------------------------------------------------


def test_every_decision_is_kept_and_comes_out_the_same_again(house: House) -> None:
    house.add(campaign(gtins=(TEA,)), campaign("cake", gtins=(CAKE,)), campaign("any", priority=40, won=300))
    for visit in range(12):
        person = house.shopper(Purpose.OFFERS, Purpose.HISTORY)
        house.people_stop(visit * 1_000)
        house.page(person, gtin=(TEA, CAKE)[visit % 2], visit=visit)
        house.clock.now_ms += HOUR_MS

    with house.store.reading() as connection:
        numbers = list(decisions.numbers(connection))
        records = [decisions.record(connection, number) for number in numbers]
    assert len(records) == 12
    for record in records:
        assert record is not None
        assert decision.replay(record) == record.decision
    assert len({record.decision.outcome for record in records if record}) > 1


def test_offers_of_joined_phones_count_for_one_person(house: House) -> None:
    house.add(*(campaign(f"c{n}", gtins=(TEA,)) for n in range(9)))
    one, other = (house.shopper(Purpose.OFFERS) for _ in range(2))
    house.people_stop()
    with house.store.atomic() as connection:
        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (one, other))
    outcomes: Counter[str] = Counter()
    for visit in range(8):
        profile = (one, other)[visit % 2]
        with house.store.atomic() as connection:
            page = Opened(profile=profile, person=one, visit=visit, tapped_ms=house.clock.now_ms, gtin=TEA, place="tea")
            settled = opened(connection, HOUSE, page, now_ms=house.clock.now_ms, random=secrets.token_bytes)
        assert settled is not None
        outcomes[settled.decision.outcome] += 1

    assert outcomes == {"shown": HOUSE.per_day, "cap-day": 8 - HOUSE.per_day}


def test_a_campaign_is_never_edited_only_followed(house: House) -> None:
    first, second = campaign(words="first"), campaign(words="second")
    house.add(first, first, second)

    assert house.account("tea").version == 2
    with house.store.reading() as connection:
        assert campaigns.version(connection, "tea", 1) == first
        assert campaigns.version(connection, "tea", 2) == second
    for change in ("UPDATE campaigns SET body = '{}'", "DELETE FROM campaigns"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), house.store.atomic() as connection:
            connection.execute(change)


def test_products_offers_follow_the_catalogue(house: House) -> None:
    def follow() -> int:
        with house.store.atomic() as connection:
            return shelf.follow(connection, house.clock.now_ms)

    assert follow() == 1
    assert follow() == 1
    name = f"offer-{TEA}"
    assert (house.account(name).version, house.account(name).standing) == (1, Standing.RUNNING)
    with house.store.atomic() as connection:
        connection.execute("UPDATE products SET offer_ko = '새 혜택', offer_en = 'new' WHERE gtin = ?", (TEA,))
    follow()
    assert house.account(name).version == 2
    with house.store.atomic() as connection:
        connection.execute("UPDATE products SET offer_ko = '', offer_en = '' WHERE gtin = ?", (TEA,))
    assert follow() == 0
    assert house.account(name).standing is Standing.ENDED


# --- harm --------------------------------------------------------------------------------------------------------


def shown_to(house: House, count: int, name: str = "tea") -> list[decisions.Showing]:
    found = []
    for visit in range(count):
        person = house.shopper(Purpose.OFFERS, page=False)
        assert house.page(person, visit=visit) == "shown"
        with house.store.reading() as connection:
            showing = decisions.shown_for(connection, person, f"visit {visit}")
        assert showing is not None
        assert showing.campaign == name
        found.append(showing)
    return found


def test_a_campaign_that_does_harm_stops_by_itself_and_says_the_figure(house: House) -> None:
    house.add(campaign(gtins=(TEA,)))
    house.people_stop()
    showings = shown_to(house, 20)
    limits, now_ms = Limits(per_1000=100, least_shown=20), house.clock.now_ms
    with house.store.atomic() as connection:
        answers = [
            answered(connection, showings[0], Answer.NOT_NOW, limits=limits, now_ms=now_ms),
            answered(connection, showings[1], Answer.COMPLAINT, limits=limits, now_ms=now_ms),
            answered(connection, showings[1], Answer.COMPLAINT, limits=limits, now_ms=now_ms),
        ]
        assert answers == [None, None, None]
    house.refuse(showings[2].profile)  # ends all advertising; the offer that was seen last answers for it
    house.dispatcher(harm=limits).look()

    head = house.account("tea")
    assert head.standing is Standing.HARMED
    assert head.words == "150 of 1,000 did not want it (1 not now, 1 opt-outs, 1 complaints of 20 shown)"
    person = house.shopper(Purpose.OFFERS)
    assert house.page(person, visit=99) == "nothing-suits"
    with house.store.atomic() as connection:
        campaigns.set_standing(connection, "tea", Standing.RUNNING, words="looked at", now_ms=now_ms)
    assert house.account("tea").answers.shown == 0
    assert house.page(person, visit=100) == "shown"


def test_who_said_not_now_is_left_alone_for_a_day(house: House) -> None:
    house.add(campaign(gtins=(TEA,)), campaign("later", gtins=(TEA,), priority=10))
    house.people_stop()
    (showing,) = shown_to(house, 1)
    with house.store.atomic() as connection:
        answered(connection, showing, Answer.NOT_NOW, limits=Limits(), now_ms=house.clock.now_ms)

    house.clock.now_ms += DAY_MS - 1
    house.people_stop()
    assert house.page(showing.profile, visit=2) == "not-now"
    house.clock.now_ms += 1
    house.people_stop()
    assert house.page(showing.profile, visit=3) == "shown"


# --- coupons -----------------------------------------------------------------------------------------------------

COUPON = campaign(
    gtins=(TEA,),
    coupon=CouponTerms(won=1_000, gtins=(TEA, CAKE, CAKE), valid_days=7),
    budget=Budget(coupons=3, won=2_500),
)


def take(house: House, person: int, told: Campaign = COUPON) -> Coupon | Unclaimed:
    with house.store.atomic() as connection:
        return coupons.claim(
            connection,
            profile_id=person,
            person=person,
            campaign=told,
            version=1,
            ends_ms=NOON_MS + 30 * DAY_MS,
            now_ms=house.clock.now_ms,
            random=secrets.token_bytes,
        )


def redeem(house: House, code: str, sale: int, gtins: tuple[str, ...] = (TEA, CAKE, CAKE)) -> Redeemed | Refused:
    with house.store.atomic() as connection:
        return coupons.redeem(connection, code=code, sale=sale, gtins=gtins, now_ms=house.clock.now_ms)


def test_of_64_phones_that_race_for_the_last_coupon_exactly_one_wins(house: House) -> None:
    house.add(last := campaign("last", won=500, budget=Budget(coupons=1)))
    people = [house.shopper(Purpose.OFFERS, page=False) for _ in range(64)]
    start, won = threading.Barrier(64), []

    def race(person: int) -> None:
        start.wait(30)
        won.append(take(house, person, last))

    threads = [threading.Thread(target=race, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Counter(type(each) for each in won) == {Coupon: 1, Unclaimed: 63}
    assert (house.account("last").coupons, house.account("last").won) == (1, 500)


def test_one_person_has_one_coupon_of_a_campaign_also_on_a_second_phone(house: House) -> None:
    house.add(COUPON)
    one, other = (house.shopper(Purpose.OFFERS) for _ in range(2))
    first = take(house, one)
    with house.store.atomic() as connection:
        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (one, other))
        again = coupons.claim(
            connection,
            profile_id=other,
            person=one,
            campaign=COUPON,
            version=1,
            ends_ms=NOON_MS + DAY_MS,
            now_ms=NOON_MS,
            random=secrets.token_bytes,
        )

    assert isinstance(first, Coupon)
    assert again == first
    assert house.account("tea").coupons == 1


def test_the_budget_in_won_is_never_passed(house: House) -> None:
    house.add(COUPON)
    taken = [take(house, house.shopper(Purpose.OFFERS)) for _ in range(4)]

    assert [isinstance(each, Coupon) for each in taken] == [True, True, False, False]
    assert house.account("tea").won == 2_000


def test_a_coupon_is_redeemed_once_whoever_comes_first_and_again_only_for_the_same_sale(house: House) -> None:
    house.add(COUPON)
    coupon = take(house, house.shopper(Purpose.OFFERS))
    assert isinstance(coupon, Coupon)

    start, answers = threading.Barrier(16), []

    def race(sale: int) -> None:
        start.wait(30)
        answers.append((sale, redeem(house, coupon.code, sale)))

    threads = [threading.Thread(target=race, args=(sale,)) for sale in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    won = [(sale, it) for sale, it in answers if isinstance(it, Redeemed)]
    assert len(won) == 1
    assert {it.reason for _, it in answers if isinstance(it, Refused)} == {Reason.USED}
    ((sale, redeemed),) = won
    assert (redeemed.won, redeemed.gtins) == (1_000, (TEA, CAKE, CAKE))
    assert redeem(house, coupon.code, sale) == redeemed
    assert house.account("tea").redeemed == 1


@pytest.mark.parametrize(
    ("code", "gtins", "late_ms", "reason"),
    [
        (None, (TEA, CAKE), 0, Reason.BASKET),
        (None, (), 0, Reason.BASKET),
        (None, (TEA, CAKE, CAKE), 7 * DAY_MS, Reason.EXPIRED),
        ("0000-0000-0000-0000", (TEA, CAKE, CAKE), 0, Reason.FORGED),
        ("", (TEA, CAKE, CAKE), 0, Reason.FORGED),
    ],
)
def test_a_till_is_told_why_it_may_not_take_a_coupon(
    house: House, code: str | None, gtins: tuple[str, ...], late_ms: int, reason: Reason
) -> None:
    house.add(COUPON)
    coupon = take(house, house.shopper(Purpose.OFFERS))
    assert isinstance(coupon, Coupon)
    house.clock.now_ms += late_ms

    assert redeem(house, coupon.code if code is None else code, 1, gtins) == Refused(reason=reason)


def test_a_second_coupon_of_one_campaign_is_not_taken_in_one_sale(house: House) -> None:
    house.add(COUPON)
    one, other = (take(house, house.shopper(Purpose.OFFERS)) for _ in range(2))
    assert isinstance(one, Coupon)
    assert isinstance(other, Coupon)

    assert isinstance(redeem(house, one.code, 1), Redeemed)
    assert redeem(house, other.code, 1) == Refused(reason=Reason.STACKED)
    assert isinstance(redeem(house, other.code, 2), Redeemed)


def test_a_void_gives_the_coupon_back_and_a_lapsed_one_gives_the_budget_back(house: House) -> None:
    house.add(COUPON)
    person = house.shopper(Purpose.OFFERS)
    coupon = take(house, person)
    assert isinstance(coupon, Coupon)
    redeem(house, coupon.code, 1)
    with house.store.atomic() as connection:
        assert coupons.unredeem(connection, sale=1, now_ms=house.clock.now_ms) == 1
        assert coupons.unredeem(connection, sale=1, now_ms=house.clock.now_ms) == 0
    assert isinstance(redeem(house, coupon.code, 2), Redeemed)
    assert (house.account("tea").redeemed, house.account("tea").coupons) == (1, 1)

    house.clock.now_ms += 8 * DAY_MS
    with house.store.atomic() as connection:
        assert coupons.unredeem(connection, sale=2, now_ms=house.clock.now_ms) == 1
        found = coupons.of_campaign(connection, person, "tea")
    assert found is not None
    assert found.state is State.EXPIRED
    assert (house.account("tea").redeemed, house.account("tea").coupons, house.account("tea").won) == (0, 0, 0)


def test_the_dispatcher_ends_what_lapsed_and_the_next_shopper_gets_it(house: House) -> None:
    house.add(told := campaign("few", won=500, budget=Budget(coupons=1)))
    assert isinstance(take(house, house.shopper(Purpose.OFFERS), told), Coupon)
    assert take(house, house.shopper(Purpose.OFFERS), told) is Unclaimed.GONE

    house.clock.now_ms += 7 * DAY_MS
    house.dispatcher().look()
    assert isinstance(take(house, house.shopper(Purpose.OFFERS), told), Coupon)


def test_a_forgotten_shoppers_coupon_is_nobodys_and_the_budget_has_it_back(house: House) -> None:
    house.add(COUPON)
    person = house.shopper(Purpose.OFFERS)
    coupon = take(house, person)
    assert isinstance(coupon, Coupon)
    with house.store.atomic() as connection:
        erasing.erase(connection, person, house.clock.now_ms)

    assert (house.account("tea").coupons, house.account("tea").won) == (0, 0)
    assert redeem(house, coupon.code, 1) == Refused(reason=Reason.UNKNOWN)


def test_a_paused_campaign_gives_nothing_more_and_keeps_its_word(house: House) -> None:
    house.add(COUPON)
    coupon = take(house, house.shopper(Purpose.OFFERS))
    with house.store.atomic() as connection:
        campaigns.set_standing(connection, "tea", Standing.PAUSED, words="by hand", now_ms=NOON_MS)

    assert take(house, house.shopper(Purpose.OFFERS)) is Unclaimed.GONE
    assert isinstance(coupon, Coupon)
    assert isinstance(redeem(house, coupon.code, 1), Redeemed)

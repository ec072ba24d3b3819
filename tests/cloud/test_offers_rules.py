"""The rules of offers, by themselves: the order of the decision, the law's hours, hold-out, caps, harm."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.offers import law
from cloud.offers.campaigns import midnight_ms
from cloud.offers.caps import DAY_MS, HOUR_MS, TEXT_MS, WEEK_MS
from cloud.offers.channels import Channel
from cloud.offers.decision import Record, decide, may_send, replay
from cloud.offers.harm import Answers, Limits, too_much
from cloud.offers.holdout import held_out
from cloud.offers.reasons import Input
from cloud.offers.refusals import Refusal
from cloud.offers.rules import Audience, Budget, Caps, Rules, Trigger, When
from cloud.offers.situation import Considered, Moment, Person, Shown, Situation, Terms
from cloud.shop.consent import Purpose
from cloud.shop.preferences import Hours
from tests.cloud.offered import CAKE, NOON_MS, TEA, considered, good, person, shown

REPLACE = msgspec.structs.replace
SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
NIGHT_MS = midnight_ms(dt.date(2026, 11, 22), "Asia/Seoul") + 22 * HOUR_MS


# --- the decision ------------------------------------------------------------------------------------------------


def test_an_offer_tells_the_three_inputs_that_decided() -> None:
    chosen = decide(good()).chosen

    assert chosen is not None
    assert (chosen.campaign, chosen.version) == ("tea", 1)
    assert [(reason.input, reason.n) for reason in chosen.why] == [
        (Input.TAPPED, 3),
        (Input.PEOPLE, 9),
        (Input.STOCK, 4),
    ]


# Each line breaks one thing; the lines stand in the order of the law and of the house.
BROKEN: tuple[tuple[Refusal, Any], ...] = (
    (Refusal.NO_CONSENT, lambda s: REPLACE(s, person=REPLACE(s.person, consents=()))),
    (Refusal.SUPPRESSED, lambda s: REPLACE(s, person=REPLACE(s.person, suppressed=True))),
    (Refusal.HELD_OUT, lambda s: of_campaign(s, rules=lambda r: REPLACE(r, hold_out=1.0))),
    (Refusal.NIGHT, lambda s: REPLACE(s, at_ms=NIGHT_MS)),
    (Refusal.OWN_HOURS, lambda s: REPLACE(s, person=REPLACE(s.person, hours=(Hours(from_min=0, to_min=1),)))),
    (Refusal.CAP_DAY, lambda s: seen(s, *(s.at_ms - n * HOUR_MS for n in (1, 2, 3)))),
    (Refusal.NO_STOCK, lambda s: REPLACE(s, moment=REPLACE(s.moment, stock=0))),
    (Refusal.NO_BUDGET, lambda s: of_campaign(s, rules=lambda r: REPLACE(r, budget=Budget(shown=5)), shown=5)),
    (Refusal.NOTHING_SUITS, lambda s: REPLACE(s, moment=REPLACE(s.moment, tapped_ms_ago=None))),
)


def of_campaign(situation: Situation, *, rules: Any = lambda it: it, **facts: Any) -> Situation:
    changed = tuple(REPLACE(it, rules=rules(it.rules), **facts) for it in situation.campaigns)
    return REPLACE(situation, campaigns=changed)


def seen(situation: Situation, *times: int, **how: Any) -> Situation:
    offers = tuple(shown(at, **{"campaign": f"other-{at}", "text": f"{at}", **how}) for at in sorted(times))
    return REPLACE(situation, person=REPLACE(situation.person, shown=offers))


@pytest.mark.parametrize(("refusal", "broken"), BROKEN, ids=[str(refusal) for refusal, _ in BROKEN])
def test_each_stage_refuses_by_its_own_name(refusal: Refusal, broken: Any) -> None:
    decision = decide(broken(good()))

    assert decision.chosen is None
    assert decision.refusal is refusal


@pytest.mark.parametrize("first", range(len(BROKEN)))
def test_the_earlier_stage_is_the_reason_whatever_is_wrong_after_it(first: int) -> None:
    situation = good()
    for refusal, broken in reversed(BROKEN[first:]):
        situation = broken(situation)
        # Whoever never agreed is asked no further; the campaigns are not even looked at.
        assert decide(situation).refusal is refusal


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"person": person(shown=(shown(NOON_MS - HOUR_MS, not_now=True),))}, Refusal.NOT_NOW),
        ({"person": person(shown=tuple(shown(NOON_MS - (2 * n + 25) * HOUR_MS, text=str(n)) for n in range(10)))},
         Refusal.CAP_WEEK),
        ({"person": person(shown=(shown(NOON_MS - 29 * DAY_MS, text="tea-text"),))}, Refusal.SAME_TEXT),
        ({"person": person(shown=(shown(NOON_MS - HOUR_MS, campaign="tea", text="older words"),))},
         Refusal.CAP_CAMPAIGN),
        ({"person": person(fewer=True, shown=(shown(NOON_MS - 23 * HOUR_MS),))}, Refusal.CAP_DAY),
        ({"person": person(muted=("tea",))}, Refusal.MUTED),
        ({"terms": Terms(sender=False)}, Refusal.NO_SENDER),
        ({"moment": Moment(gtin=TEA, tapped_ms_ago=0, zone_person_ms=9_000, stock=-2)}, Refusal.NO_STOCK),
        ({"moment": Moment(gtin=TEA, tapped_ms_ago=0, zone_person_ms=9_000, stock=None)}, Refusal.NO_STOCK),
        ({"campaigns": ()}, Refusal.NOTHING_SUITS),
    ],
)  # fmt: skip
def test_what_else_refuses(change: dict[str, Any], refusal: Refusal) -> None:
    assert decide(REPLACE(good(), **change)).refusal is refusal


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"moment": {"tapped_ms_ago": 15 * 60_000 + 1}}, Refusal.NOT_TAPPED),
        ({"moment": {"zone_person_ms": 4_999}}, Refusal.NOT_STOPPED),
        ({"moment": {"zone_person_ms": None}}, Refusal.NOT_STOPPED),
        ({"rules": {"trigger": Trigger.RETURN}}, Refusal.NOT_AWAY),
        ({"rules": {"trigger": Trigger.RETURN}, "moment": {"away_days": 13}}, Refusal.NOT_AWAY),
        ({"rules": {"audience": Audience(languages=("en",))}}, Refusal.NOT_MEANT),
        ({"rules": {"audience": Audience(tapped=(CAKE,))}}, Refusal.NOT_MEANT),
        ({"rules": {"audience": Audience(tapped=(CAKE,))}, "moment": {"tapped": ((CAKE, NOON_MS - 31 * DAY_MS),)}},
         Refusal.NOT_MEANT),
        ({"facts": {"has_coupon": True}}, Refusal.HAS_COUPON),
    ],
)  # fmt: skip
def test_nothing_suits_today_and_each_campaign_says_why(change: dict[str, dict[str, Any]], refusal: Refusal) -> None:
    situation = of_campaign(good(), rules=lambda r: REPLACE(r, **change.get("rules", {})), **change.get("facts", {}))
    decision = decide(REPLACE(situation, moment=REPLACE(situation.moment, **change.get("moment", {}))))

    assert decision.refusal is Refusal.NOTHING_SUITS
    assert [it.refusal for it in decision.refused] == [refusal]


def test_the_best_is_chosen_whatever_their_order_and_the_others_are_outdone() -> None:
    many = [
        considered("z-plain"),
        considered("b-coupon", coupon_won=500),
        considered("a-urgent", priority=90),
        considered("c-coupon", coupon_won=500),
    ]
    for order in (many, many[::-1], many[2:] + many[:2]):
        decision = decide(REPLACE(good(), campaigns=tuple(order)))
        assert decision.chosen is not None
        assert decision.chosen.campaign == "a-urgent"
        assert {it.refusal for it in decision.refused} == {Refusal.OUTDONE}
    rest = decide(REPLACE(good(), campaigns=tuple(many[:2] + many[3:])))
    assert rest.chosen is not None
    assert rest.chosen.campaign == "b-coupon"


def test_a_coupon_may_not_cost_more_than_is_left() -> None:
    def of(won: int) -> Refusal | None:
        changed = of_campaign(good(), rules=lambda r: REPLACE(r, coupon_won=500, budget=Budget(won=1_000)), won=won)
        return decide(changed).refusal

    assert of(500) is None
    assert of(501) is Refusal.NO_BUDGET


def test_a_page_that_the_shopper_opens_and_an_email_are_exempt_from_the_night() -> None:
    for channel, consents in ((Channel.PAGE, ()), (Channel.EMAIL, (Purpose.ADS_EMAIL,))):
        now = REPLACE(
            of_campaign(good(), rules=lambda r: REPLACE(r, channels=tuple(Channel))),
            at_ms=NIGHT_MS,
            channel=channel,
            person=person(consents=(*consents, Purpose.OFFERS)),
        )
        assert decide(now).refusal is None


def test_the_consent_for_the_night_opens_it() -> None:
    asleep = REPLACE(good(), at_ms=NIGHT_MS, channel=Channel.PUSH)
    agreed = (Purpose.ADS_PUSH, Purpose.NIGHT_PUSH, Purpose.OFFERS)

    assert decide(REPLACE(asleep, person=person(consents=(Purpose.ADS_PUSH, Purpose.OFFERS)))).refusal is Refusal.NIGHT
    assert decide(REPLACE(asleep, person=person(consents=agreed))).refusal is None


def test_the_gate_before_each_attempt_asks_what_may_have_changed() -> None:
    agreed = person(consents=(Purpose.ADS_PUSH, Purpose.OFFERS))
    asked: dict[str, Any] = {"channel": Channel.PUSH, "terms": Terms()}

    assert may_send(NOON_MS, person=agreed, **asked) is None
    assert may_send(NIGHT_MS, person=agreed, **asked) is Refusal.NIGHT
    assert may_send(NOON_MS, person=person(), **asked) is Refusal.NO_CONSENT
    suppressed = REPLACE(agreed, suppressed=True)
    assert may_send(NOON_MS, person=suppressed, **asked) is Refusal.SUPPRESSED


# --- hold-out ----------------------------------------------------------------------------------------------------


def test_a_tenth_is_held_out_the_same_people_each_time_and_others_of_the_next_campaign() -> None:
    handles = [f"handle-{number}" for number in range(20_000)]
    tea = {handle for handle in handles if held_out(handle, "tea", 0.1)}
    cake = {handle for handle in handles if held_out(handle, "cake", 0.1)}

    # Four standard deviations of 20,000 draws of 0.1 are 170.
    assert abs(len(tea) - 2_000) < 170
    assert tea == {handle for handle in handles if held_out(handle, "tea", 0.1)}
    assert abs(len(tea & cake) - 200) < 60


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_lets_nobody_in(handle: str, name: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert held_out(handle, name, more) or not held_out(handle, name, less)
    assert not held_out(handle, name, 0)
    assert held_out(handle, name, 1)


# --- the law's hours ---------------------------------------------------------------------------------------------


def walk(zone: ZoneInfo, day: dt.date) -> list[tuple[int, str]]:
    """Every minute of a day by the clocks on the wall there, as (moment in ms, "HH:MM")."""
    begins = midnight_ms(day, zone.key)
    ends = midnight_ms(day + dt.timedelta(days=1), zone.key)
    return [
        (at, f"{dt.datetime.fromtimestamp(at / 1000, dt.UTC).astimezone(zone):%H:%M}")
        for at in range(begins, ends, 60_000)
    ]


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        (SEOUL, dt.date(2026, 11, 22), 24 * 60),
        (BERLIN, dt.date(2026, 3, 29), 23 * 60),  # 02:00 to 03:00 does not exist
        (BERLIN, dt.date(2026, 10, 25), 25 * 60),  # 02:00 to 03:00 comes twice
        (BERLIN, dt.date(2026, 7, 1), 24 * 60),
    ],
)
def test_the_night_is_21_to_8_on_the_wall_every_minute_of_every_kind_of_day(
    zone: ZoneInfo, day: dt.date, minutes: int
) -> None:
    walked = walk(zone, day)

    assert len(walked) == minutes
    for at, wall in walked:
        night = wall >= "21:00" or wall < "08:00"
        for moment in (at, at + 59_999):
            assert law.is_night(moment, zone.key) is night, wall
            sent = may_send(
                moment,
                Channel.PUSH,
                person(consents=(Purpose.ADS_PUSH, Purpose.OFFERS)),
                Terms(zone=zone.key),
            )
            assert (sent is Refusal.NIGHT) is night
        assert law.is_polite(at, zone.key, (Hours(from_min=10 * 60, to_min=12 * 60),)) is ("10:00" <= wall < "12:00")
    assert sum(law.is_night(at, zone.key) for at, _ in walked) == minutes - 13 * 60


def test_the_second_before_21_is_day_and_21_is_night_and_8_is_day_again() -> None:
    day = midnight_ms(dt.date(2026, 11, 22), "Asia/Seoul")

    assert not law.is_night(day + 21 * HOUR_MS - 1, "Asia/Seoul")
    assert law.is_night(day + 21 * HOUR_MS, "Asia/Seoul")
    assert law.is_night(day + 8 * HOUR_MS - 1, "Asia/Seoul")
    assert not law.is_night(day + 8 * HOUR_MS, "Asia/Seoul")


def test_for_a_store_in_korea_its_own_night_counts_whatever_the_shopper_set() -> None:
    assert law.zone_for("Asia/Seoul", "Europe/Berlin") == "Asia/Seoul"
    assert law.zone_for("Europe/Berlin", "Asia/Tokyo") == "Asia/Tokyo"
    assert law.zone_for("Europe/Berlin") == "Europe/Berlin"


def test_what_waits_for_the_morning_is_due_at_eight_also_where_the_clocks_change() -> None:
    late = midnight_ms(dt.date(2026, 10, 24), "Europe/Berlin") + 22 * HOUR_MS
    opens = law.opens_ms(late, "Europe/Berlin", (), night=True)

    assert dt.datetime.fromtimestamp(opens / 1000, BERLIN) == dt.datetime(2026, 10, 25, 8, tzinfo=BERLIN)
    noon = law.opens_ms(late, "Europe/Berlin", (Hours(from_min=720, to_min=780),), night=True)
    assert dt.datetime.fromtimestamp(noon / 1000, BERLIN) == dt.datetime(2026, 10, 25, 12, tzinfo=BERLIN)


# --- caps --------------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 3 * WEEK_MS), max_size=60), st.integers(1, 4), st.integers(1, 8))
def test_no_window_holds_more_than_its_cap(gaps: list[int], per_day: int, per_week: int) -> None:
    """Whenever an offer is let through at once, every 24 hours and every seven days hold at most their caps."""
    terms, now = Terms(per_day=per_day, per_week=per_week), NOON_MS
    sent: list[int] = []
    for number, gap in enumerate(gaps):
        now += gap % (6 * HOUR_MS)
        known = person(shown=tuple(shown(at, campaign=f"c{at}", text=f"{n}") for n, at in enumerate(sent)))
        situation = REPLACE(
            good(), at_ms=now, channel=Channel.PAGE, person=known, terms=terms, campaigns=(considered(f"c{number}"),)
        )
        if decide(situation).chosen:
            sent.append(now)
    for at in sent:
        assert sum(at - DAY_MS < other <= at for other in sent) <= per_day
        assert sum(at - WEEK_MS < other <= at for other in sent) <= per_week


def test_the_same_words_come_back_after_thirty_days_and_not_a_moment_before() -> None:
    for ago, refusal in ((TEXT_MS - 1, Refusal.SAME_TEXT), (TEXT_MS, None)):
        known = person(shown=(shown(NOON_MS - ago, campaign="another", text="tea-text"),))
        assert decide(REPLACE(good(), person=known)).refusal is refusal


# --- records -----------------------------------------------------------------------------------------------------

times = st.integers(NOON_MS - 40 * DAY_MS, NOON_MS)
shown_offers = st.lists(
    st.builds(Shown, at_ms=times, campaign=st.sampled_from("abc"), text=st.sampled_from("xyz"), not_now=st.booleans()),
    max_size=12,
)
people = st.builds(
    Person,
    handle=st.text(max_size=8),
    consents=st.frozensets(st.sampled_from(Purpose)).map(lambda found: tuple(sorted(found))),
    suppressed=st.booleans(),
    hours=st.lists(st.builds(Hours, from_min=st.integers(0, 1439), to_min=st.integers(0, 1439)), max_size=2).map(tuple),
    muted=st.sampled_from(((), ("tea",), ("cake",))),
    fewer=st.booleans(),
    language=st.sampled_from(("ko", "en")),
    shown=shown_offers.map(lambda found: tuple(sorted(found, key=lambda it: it.at_ms))),
)
all_rules = st.builds(
    Rules,
    id=st.sampled_from("abcdef"),
    version=st.integers(1, 3),
    trigger=st.sampled_from(Trigger),
    channels=st.just(tuple(Channel)),
    priority=st.integers(0, 100),
    hold_out=st.sampled_from((0.0, 0.1, 0.5)),
    begins_ms=st.just(0),
    ends_ms=st.integers(NOON_MS, NOON_MS + DAY_MS),
    stocked=st.sampled_from(((), (CAKE,))),
    coupon_won=st.sampled_from((0, 500)),
    text=st.sampled_from("xyzuvw"),
    when=st.builds(When, stopped_s=st.sampled_from((0, 5))),
    audience=st.builds(Audience, languages=st.sampled_from(((), ("ko",))), tapped=st.sampled_from(((), (CAKE,)))),
    budget=st.builds(Budget, shown=st.none() | st.integers(1, 5), won=st.none() | st.integers(1, 3_000)),
    caps=st.builds(Caps, per_day=st.integers(1, 3), per_week=st.integers(1, 5)),
)
situations = st.builds(
    Situation,
    at_ms=times,
    channel=st.sampled_from(Channel),
    person=people,
    moment=st.builds(
        Moment,
        gtin=st.sampled_from(("", TEA)),
        place=st.sampled_from((None, "tea", "cake")),
        tapped_ms_ago=st.none() | st.integers(0, 2_000_000),
        zone_person_ms=st.none() | st.integers(0, 20_000),
        stock=st.none() | st.integers(-2, 5),
        away_days=st.none() | st.integers(0, 90),
        tapped=st.lists(st.tuples(st.sampled_from((TEA, CAKE)), times), max_size=3).map(tuple),
    ),
    terms=st.builds(Terms, sender=st.booleans(), per_day=st.integers(1, 3), per_week=st.integers(1, 6)),
    campaigns=st.lists(
        st.builds(
            Considered,
            rules=all_rules,
            shown=st.integers(0, 6),
            coupons=st.integers(0, 6),
            won=st.integers(0, 3_000),
            stock=st.none() | st.integers(-1, 3),
            has_coupon=st.booleans(),
        ),
        max_size=6,
        unique_by=lambda it: it.rules.id,
    ).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(situations)
def test_a_decision_read_from_its_record_comes_out_the_same(situation: Situation) -> None:
    record = Record(situation=situation, decision=decide(situation))
    read = msgspec.json.decode(msgspec.json.encode(record), type=Record)

    assert read == record
    assert replay(read) == record.decision


@settings(max_examples=80, deadline=None)
@given(situations)
def test_every_campaign_is_chosen_or_has_its_own_reason(situation: Situation) -> None:
    decision = decide(situation)
    named = [it.campaign for it in decision.refused]

    assert (decision.chosen is None) is (decision.refusal is not None)
    assert sorted([*named, *([decision.chosen.campaign] if decision.chosen else [])]) == sorted(
        it.rules.id for it in situation.campaigns
    )


@settings(max_examples=50, deadline=None)
@given(situations, st.permutations(range(6)))
def test_the_order_in_which_campaigns_come_changes_nothing(situation: Situation, order: list[int]) -> None:
    shuffled = tuple(situation.campaigns[at] for at in order if at < len(situation.campaigns))
    one, other = decide(situation), decide(REPLACE(situation, campaigns=shuffled))

    assert (one.chosen, one.refusal) == (other.chosen, other.refusal)


# --- harm --------------------------------------------------------------------------------------------------------


def test_a_campaign_that_too_many_do_not_want_is_stopped_with_the_figure_and_not_on_a_few() -> None:
    limits = Limits(per_1000=60, least_shown=100)

    assert too_much(Answers(shown=99, not_now=99, opt_outs=0, complaints=0), limits) is None
    assert too_much(Answers(shown=100, not_now=4, opt_outs=1, complaints=1), limits) is None
    stopped = too_much(Answers(shown=100, not_now=4, opt_outs=2, complaints=1), limits)
    assert stopped is not None
    assert str(stopped) == "70 of 1,000 did not want it (4 not now, 2 opt-outs, 1 complaints of 100 shown)"

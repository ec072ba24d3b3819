"""Who is compared with whom: those who saw a campaign with those held out who would have, and nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cloud.offers.campaigns import CouponTerms
from cloud.offers.channels import Channel
from cloud.offers.decision import Record, decide
from cloud.offers.refusals import Refusal
from cloud.offers.settling import settle
from cloud.offers.situation import Considered, Moment, Person, Shown, Situation, Terms
from cloud.offers.trial import parts
from cloud.shop.consent import Purpose
from cloud.shop.sales import Sale, SaleLine
from cloud.store import campaigns, erasing, sales, shoppers, trials
from cloud.store.connection import Store
from cloud.store.trials import WINDOW_MS, Groups
from tests.cloud.offered import CAKE, NOON_MS, TEA, campaign, good, rules

DAY_MS = 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, new_store_id="0" * 32)
    with store.atomic() as connection:
        campaigns.add(connection, campaign("tea", gtins=(TEA,), coupon=CouponTerms(won=500)), NOON_MS)
    yield store
    store.close()


def moment(handle: str, *, hold_out: float = 0.5, stock: int = 4, priority: int = 50) -> Situation:
    return replace(
        good(),
        person=Person(handle=handle, consents=(Purpose.OFFERS,)),
        moment=Moment(gtin=TEA, place="tea", tapped_ms_ago=3_000, zone_person_ms=9_000, stock=stock),
        campaigns=(Considered(rules=rules("tea", hold_out=hold_out, priority=priority)),),
    )


def meet(store: Store, handle: str, **change: float) -> int:
    """Somebody comes to the shelf, and it is decided whether they see the campaign; returns the profile."""
    with store.atomic() as connection:
        profile = shoppers.begin(connection, handle=handle, language="ko", now_ms=NOON_MS)
        settle(connection, moment(handle, **change), profile_id=profile, source=handle)  # type: ignore[arg-type]
    return profile


def buy(store: Store, profile: int, *, after_ms: int, gtin: str = TEA) -> None:
    sale = Sale(
        sale=f"{profile}-{after_ms}",
        at=NOON_MS + after_ms,
        currency="KRW",
        lines=(SaleLine(gtin=gtin, quantity=1, amount=1),),
    )
    with store.atomic() as connection:
        sales.put_till(connection, name="till", digest="t", now_ms=NOON_MS)
        sales.keep(connection, till_name="till", sale=sale, received_ms=sale.at)
        number = sales.sale_id(connection, "till", sale.sale)
        assert number is not None
        sales.link(connection, sale_id=number, profile_id=profile, sale=sale)


def groups(store: Store, *, at_ms: int = NOON_MS + 8 * DAY_MS) -> Groups:
    with store.atomic() as connection:
        assert trials.any_over(connection, at_ms) == (trials.count_over(connection, at_ms) > 0)
        assert not trials.any_over(connection, at_ms)
        return trials.groups(connection).get("tea", Groups())


def handle_of(*, held: bool) -> Iterator[str]:
    for number in range(1_000):
        name = f"handle {number}"
        it = parts(Record(situation=moment(name), decision=decide(moment(name))))
        if it[0].held is held:
            yield name


def test_both_groups_are_counted_with_what_they_bought_in_their_time(store: Store) -> None:
    seen, held = handle_of(held=False), handle_of(held=True)
    first, second, third = (meet(store, next(seen)) for _ in range(3))
    other = meet(store, next(held))
    buy(store, first, after_ms=DAY_MS)
    buy(store, second, after_ms=WINDOW_MS)  # too late
    buy(store, third, after_ms=DAY_MS, gtin=CAKE)  # something else
    buy(store, other, after_ms=1)

    assert groups(store, at_ms=NOON_MS + WINDOW_MS - 1) == Groups(waiting=4)
    assert groups(store) == Groups(shown=3, shown_buyers=1, held=1, held_buyers=1)
    assert groups(store) == Groups(shown=3, shown_buyers=1, held=1, held_buyers=1)  # and nobody twice


def test_who_is_held_out_and_would_have_seen_nothing_takes_no_part(store: Store) -> None:
    meet(store, next(handle_of(held=True)), stock=0)
    meet(store, next(handle_of(held=False)), stock=0)
    assert groups(store) == Groups()


def test_a_campaign_that_holds_nobody_out_compares_nobody(store: Store) -> None:
    meet(store, "anybody", hold_out=0.0)
    assert groups(store) == Groups()


def test_nobody_takes_part_twice_whichever_phone_they_bring(store: Store) -> None:
    name = next(handle_of(held=False))
    first = meet(store, name)
    with store.atomic() as connection:
        second = shoppers.begin(connection, handle="second phone", language="ko", now_ms=NOON_MS)
        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (first, second))
        settle(connection, moment(name), profile_id=second, source="again")
    assert groups(store).shown == 1


def test_what_came_back_was_not_bought(store: Store) -> None:
    profile = meet(store, next(handle_of(held=False)))
    buy(store, profile, after_ms=1)
    with store.atomic() as connection:
        connection.execute(
            "INSERT INTO returns (id, till, sale, at_ms, received_ms, content, refund, given_back, taken_back, short,"
            " coupons) SELECT 1, 'till', id, 0, 0, '', 0, 0, 0, 0, 0 FROM sales"
        )
        connection.execute("INSERT INTO return_lines VALUES (1, 0, 1)")
    assert groups(store) == Groups(shown=1)


def test_who_is_forgotten_stays_a_number_with_what_they_bought_so_far(store: Store) -> None:
    profile = meet(store, next(handle_of(held=False)))
    buy(store, profile, after_ms=1)
    with store.atomic() as connection:
        erasing.erase(connection, profile, NOON_MS + 2)
        assert connection.execute("SELECT count(*) FROM trials").fetchone() == (0,)
    assert groups(store) == Groups(shown=1, shown_buyers=1)


def test_old_parts_are_forgotten_when_their_campaign_is_over(store: Store) -> None:
    meet(store, next(handle_of(held=False)))
    groups(store)
    with store.atomic() as connection:
        assert trials.forget(connection, NOON_MS + DAY_MS) == 0  # it runs: who took part must be known
        connection.execute("UPDATE campaign_heads SET standing = 'ended'")
        assert trials.forget(connection, NOON_MS + DAY_MS) == 1


@settings(max_examples=300, deadline=None)
@given(
    handle=st.text(min_size=1, max_size=8),
    campaigns=st.lists(
        st.tuples(st.sampled_from((0.0, 0.3, 0.5)), st.integers(0, 2), st.booleans(), st.sampled_from("xyz")),
        min_size=1,
        max_size=5,
    ),
    read=st.sets(st.sampled_from("xyz")),
    stock=st.integers(0, 2),
    channel=st.sampled_from(Channel),
)
def test_who_is_held_out_takes_part_where_the_whole_decision_would_have_shown_it(
    handle: str, campaigns: list[tuple[float, int, bool, str]], read: set[str], stock: int, channel: Channel
) -> None:
    now = Situation(
        at_ms=NOON_MS,
        channel=channel,
        person=Person(
            handle=handle,
            consents=tuple(Purpose),
            shown=tuple(Shown(at_ms=NOON_MS - 9 * DAY_MS, campaign="older", text=text) for text in sorted(read)),
        ),
        moment=Moment(gtin=TEA, tapped_ms_ago=1_000, zone_person_ms=9_000, stock=stock),
        terms=Terms(),
        campaigns=tuple(
            Considered(rules=rules(f"c{place}", hold_out=share, priority=priority, text=text), has_coupon=taken)
            for place, (share, priority, taken, text) in enumerate(campaigns)
        ),
    )
    decision = decide(now)
    found = parts(Record(situation=now, decision=decision))
    seen = {it.campaign for it in found if not it.held}
    assert seen <= ({decision.chosen.campaign} if decision.chosen else set())
    assert {it.campaign for it in found if it.held} == {
        it.campaign
        for it in decision.refused
        if it.refusal is Refusal.HELD_OUT and chosen_of_all(now, let_in=it.campaign) == it.campaign
    }


def chosen_of_all(now: Situation, *, let_in: str) -> str | None:
    """What all campaigns together would show if this one held nobody out."""
    campaigns = tuple(
        replace(it, rules=replace(it.rules, hold_out=0.0)) if it.rules.id == let_in else it for it in now.campaigns
    )
    chosen = decide(replace(now, campaigns=campaigns)).chosen
    return chosen.campaign if chosen else None

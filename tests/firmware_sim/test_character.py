"""What shoppers are like with their phones: from the seed alone, and never at odds with itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.town.character import PURPOSES, Deed, Regret, Shows, character
from firmware_sim.town.scenario import Manners, Till
from firmware_sim.town.till_line import back_at_ms
from firmware_sim.town.visits import Begin, BindCard, Do, Pay, Regretted
from firmware_sim.town.world import Town
from tests.firmware_sim.stores import demo

MANNERS = Manners()


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**40), number=st.integers(1, 10_000))
def test_a_shopper_never_asks_by_night_for_what_may_not_come_by_day(seed: int, number: int) -> None:
    who = character(MANNERS, seed, number)
    assert who == character(MANNERS, seed, number)
    assert who.choices <= set(PURPOSES)
    assert "night.push" not in who.choices or "ads.push" in who.choices
    assert not ({Deed.NOT_NOW, Deed.STOP} & who.deeds and Deed.CLAIM in who.deeds)
    assert 1 <= who.stars <= 5


def test_shares_are_kept_over_many_shoppers() -> None:
    people = [character(MANNERS, 5, number) for number in range(2_000)]
    assert abs(sum("ads.push" in who.choices for who in people) / 2_000 - MANNERS.ads_share) < 0.05
    assert abs(sum(who.regret is Regret.VOID for who in people) / 2_000 - MANNERS.void_share) < 0.03
    assert {who.shows for who in people} == set(Shows)


def test_deeds_come_in_their_order_and_only_a_member_shows_anything() -> None:
    town = Town(demo(), 5)
    deeds, shown = set[Deed](), set[Shows]()
    for number in range(1, 120):
        visit = town.visit(number)
        member = any(isinstance(act, Begin) for errand in visit.errands for act in errand.acts)
        for errand in (*visit.errands, *((visit.checkout,) if visit.checkout else ())):
            times = [act.after_ms for act in errand.acts]
            assert times == sorted(times)
            assert all(at < errand.stay_ms for at in times)
            deeds |= {act.deed for act in errand.acts if isinstance(act, Do)}
            for act in errand.acts:
                if isinstance(act, BindCard):
                    assert any("card" in begun.choices for begun in errand.acts if isinstance(begun, Begin))
                if isinstance(act, Pay):
                    shown.add(act.shows)
                    assert member or visit.card or act.shows is Shows.NOTHING
    assert deeds == set(Deed)
    assert shown == set(Shows)


def test_a_sale_is_taken_back_only_after_it_was_paid() -> None:
    town = Town(demo(), 5)
    taken = 0
    for number in range(1, 200):
        checkout = town.visit(number).checkout
        order = [type(act) for act in checkout.acts] if checkout else []
        if Regretted in order:
            taken += 1
            assert order.index(Pay) < order.index(Regretted)
    assert taken > 5


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**40), at=st.integers(0, 3_600_000))
def test_the_tills_line_is_cut_once_in_each_span_and_comes_back(seed: int, at: int) -> None:
    till = Till(cut_every_s=60, cut_for_s=4)
    back = back_at_ms(till, seed, at)
    if back is not None:
        assert at < back <= at + 4_000
        assert back_at_ms(till, seed, back) is None or back % 60_000 == 0
    span = at // 60_000 * 60_000
    cut = sum(back_at_ms(till, seed, moment) is not None for moment in range(span, span + 60_000, 100))
    assert 39 <= cut <= 41

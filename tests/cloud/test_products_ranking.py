"""The ranking of products: what is tapped, what of it is bought, and nothing about fewer than k people."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.insight import K, State
from cloud.manage.products import Counted, Order, Ranked, ordered, ranking, tapped_but_out


def counted(taps: int | None, sales: int | None = 0, paid: int = 0) -> Counted:
    return Counted(taps=taps, sales=sales, paid=paid)


def test_the_most_tapped_stands_first_with_its_sales_inside() -> None:
    first, second, third = ranking(
        {"tea": counted(77, 50, 31), "jam": counted(39, 9, 9), "set": counted(64, 18, 18)}, None
    )
    assert [(it.gtin, it.rank) for it in (first, second, third)] == [("tea", 1), ("set", 2), ("jam", 3)]
    assert (first.paid.value, first.left.value, first.plain.value) == (31, 46, 19)
    assert first.rate.figure.value == pytest.approx(31 / 77)
    assert first.was is None
    assert not first.fresh


def test_a_rank_is_told_against_the_comparison() -> None:
    now = {"a": counted(30), "b": counted(20), "c": counted(10), "new": counted(9)}
    then = {"a": counted(20), "b": counted(30), "c": counted(5), "new": counted(0)}
    rows = {it.gtin: it for it in ranking(now, then)}
    assert {gtin: it.moved for gtin, it in rows.items()} == {"a": 1, "b": -1, "c": 0, "new": None}
    assert rows["new"].fresh


def test_what_few_did_is_neither_shown_nor_told_by_its_place() -> None:
    rows = ranking({"b": counted(3, 0), "a": counted(1, 0), "c": counted(4, 0), "z": counted(5, 0)}, None)
    assert [it.gtin for it in rows] == ["z", "a", "b", "c"]
    assert [it.rank for it in rows] == [1, None, None, None]
    assert all(it.taps.state is State.FEW for it in rows[1:])


def test_one_withheld_part_withholds_those_from_which_it_could_be_had() -> None:
    (row,) = ranking({"tea": counted(20, 30, 2)}, None)
    assert (row.taps.value, row.sales.value) == (20, 30)
    assert {row.paid.state, row.left.state, row.plain.state, row.rate.figure.state} == {State.FEW}


def test_what_nothing_counts_is_a_gap_and_no_zero() -> None:
    (row,) = ranking({"tea": counted(None, 12)}, None)
    assert row.taps.state is State.UNSEEN
    assert row.plain.value == 12
    assert row.rate.figure.state is State.UNSEEN


def test_what_people_tap_and_nobody_can_buy_is_found() -> None:
    rows = ranking({"out": counted(9), "there": counted(9), "uncounted": counted(9), "few": counted(2)}, None)
    stock = {"out": 0, "there": 3, "uncounted": None, "few": 0}
    assert [it.gtin for it in tapped_but_out(rows, stock)] == ["out"]


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("down", [True, False])
def test_what_shows_no_figure_stands_last_whichever_way_it_is_sorted(order: Order, down: bool) -> None:
    now = {"a": counted(30, 9, 9), "b": counted(20, 20, 8), "few": counted(2, 1, 1), "unseen": counted(None, None)}
    stock = {"a": 3, "b": 0, "few": None, "unseen": None}
    rows = ordered(ranking(now, now), order, down=down, stock=stock, names={"a": "가", "b": "나"})
    if order is not Order.NAME:
        assert {it.gtin for it in rows[2:]} == {"few", "unseen"}
    assert {it.gtin for it in rows} == set(now)


counts = st.integers(0, 40).flatmap(
    lambda taps: st.integers(0, 40).flatmap(
        lambda sales: st.integers(0, min(taps, sales)).map(lambda paid: counted(taps, sales, paid))
    )
)


@settings(max_examples=200, deadline=None)
@given(now=st.dictionaries(st.text("abc", min_size=1, max_size=3), counts, max_size=6))
def test_no_figure_about_few_can_be_had_from_the_others(now: dict[str, Counted]) -> None:
    for row in ranking(now, None):
        it = now[row.gtin]
        truth = {"taps": it.taps, "sales": it.sales, "paid": it.paid}
        truth |= {"left": (it.taps or 0) - it.paid, "plain": (it.sales or 0) - it.paid}
        known = {name: getattr(row, name).value for name in truth if getattr(row, name).value is not None}
        assert all(truth[name] == value and not 0 < value < K for name, value in known.items())
        for told in deducible(known):
            assert not 0 < told < K


def deducible(known: dict[str, float]) -> list[float]:
    """All that follows from taps = paid + left and sales = paid + plain."""
    found = dict(known)
    for _ in range(3):
        for whole, part in (("taps", "left"), ("sales", "plain")):
            if whole in found and part in found:
                found["paid"] = found[whole] - found[part]
            if whole in found and "paid" in found:
                found[part] = found[whole] - found["paid"]
            if part in found and "paid" in found:
                found[whole] = found[part] + found["paid"]
    return list(found.values())


def test_more_sales_with_a_tap_than_taps_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 sales with a tap"):
        counted(2, 9, 3)


def test_equal_taps_share_a_rank() -> None:
    rows: tuple[Ranked, ...] = ranking({"a": counted(9), "b": counted(9), "c": counted(5)}, None)
    assert [it.rank for it in rows] == [1, 1, 3]

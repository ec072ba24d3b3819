import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.attention import Attention, HeedError, decode, encode
from edge.camera import pace
from edge.camera.orders import Orders
from edge.camera.pace import Limits, Look

USUAL = Limits(least=2.0, most=5.0, budget=0.75)


def driven(limits: Limits, *, cost: float, other: float, seconds: float, attention: Attention) -> pace.Pace:
    """A camera that looks whenever its pace lets it, on a machine where a look costs `cost` s."""
    state = pace.told(pace.begin(0.0, 0.0), attention)
    at = spent = 0.0
    while at < seconds:
        step = max(pace.interval(state, limits), cost)
        at, spent = at + step, spent + other * step + cost
        state = pace.measured(state, at, spent, looked=Look(cpu_s=cost))
    return state


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.001, 1.0),
    st.floats(0.0, 0.5),
    st.floats(0.5, 10.0),
    st.floats(0.0, 20.0),
    st.floats(0.05, 4.0),
    st.sampled_from(Attention),
)
def test_the_load_stays_within_the_budget_or_at_the_slowest_rate(
    cost: float, other: float, least: float, more: float, budget: float, attention: Attention
) -> None:
    limits = Limits(least=least, most=least + more, budget=budget)

    state = driven(limits, cost=cost, other=other, seconds=60.0, attention=attention)

    rate = 1 / pace.interval(state, limits)
    assert rate * cost + other <= budget * 1.02 or rate == pytest.approx(pace.SLOWEST)
    assert rate <= limits.most * 1.000001
    if other + cost * limits.most < budget and attention is Attention.BUSY:
        assert rate == pytest.approx(limits.most)


def test_a_quick_machine_looks_fast_near_a_line_and_slowly_otherwise() -> None:
    busy = driven(USUAL, cost=0.01, other=0.02, seconds=20, attention=Attention.BUSY)
    calm = driven(USUAL, cost=0.01, other=0.02, seconds=20, attention=Attention.CALM)

    assert pace.interval(busy, USUAL) == pytest.approx(0.2)
    assert pace.interval(calm, USUAL) == pytest.approx(0.5)
    assert busy.looks == pytest.approx(5, rel=0.02)
    assert busy.used == pytest.approx(0.07, rel=0.02)


def test_a_slow_machine_degrades_its_rate_to_what_the_budget_allows() -> None:
    slow = driven(USUAL, cost=0.5, other=0.25, seconds=60, attention=Attention.BUSY)

    assert pace.interval(slow, USUAL) == pytest.approx(1.0, rel=0.02)
    assert slow.used == pytest.approx(USUAL.budget, rel=0.02)


def test_a_busy_machine_slows_nothing_down_as_long_as_the_process_itself_is_quick() -> None:
    """Twenty seconds by the clock on the wall, in which the process ran for one: wall time is no load."""
    state = pace.begin(0.0, 0.0)
    for second in range(1, 21):
        state = pace.measured(state, float(second), 0.05 * second, looked=Look(cpu_s=0.04))

    assert pace.interval(state, USUAL) == pytest.approx(0.2)


def test_a_survey_that_costs_six_looks_is_not_taken_for_the_price_of_one() -> None:
    state = pace.measured(pace.begin(0.0, 0.0), 1.0, 0.6, looked=Look(cpu_s=0.6, effort=6.0))

    assert state.cost == pytest.approx(0.1)


def test_what_a_node_tells_its_camera_is_read_whole_and_what_is_no_line_is_complained_of() -> None:
    reading, writing = os.pipe()
    orders, complaints = Orders(reading), list[str]()
    os.write(writing, encode(Attention.BUSY) + b"\n" + encode(Attention.CALM)[:9])
    first = list(orders.taken(complaints.append))
    os.write(writing, encode(Attention.CALM)[9:] + b"\nrubbish\n" + b"x" * 40_000)
    second = list(orders.taken(complaints.append))
    os.close(writing)
    last = list(orders.taken(complaints.append))
    os.close(reading)

    assert (first, second, last) == ([Attention.BUSY], [Attention.CALM], [])
    assert orders.ended
    assert len(complaints) == 2
    assert "more than 32768 bytes" in complaints[1]


@pytest.mark.parametrize("line", [b"", b"{}", b'{"attention":"wild"}', b'{"attention":"busy","rate":9}', b"\xff"])
def test_a_line_that_says_something_else_is_refused(line: bytes) -> None:
    with pytest.raises(HeedError, match="not a line for a camera"):
        decode(line)

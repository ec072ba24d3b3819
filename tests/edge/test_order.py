"""Several cameras' sightings come out in one order of time, each once, and nobody waits for the dead."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting import order
from edge.counting.order import LONGEST, SLACK, Order
from edge.inputs import Sighting


def seen(camera: str, at: float) -> Sighting:
    return Sighting(camera=camera, at=at, width=640, height=480, boxes=())


def run(arrivals: Sequence[tuple[float, Sighting]], until: float) -> tuple[list[tuple[float, Sighting]], int]:
    """What comes out and when, of sightings that come at given times, with a tick each 50 ms; how many were late."""
    state, out, late, now = Order(), [], 0, 0.0
    waiting = sorted(arrivals, key=lambda each: each[0])
    while now <= until:
        while waiting and waiting[0][0] <= now:
            came, sighting = waiting.pop(0)
            taken = order.put(state, sighting, came)
            state, late = taken.order, late + taken.too_late
        state, free = order.release(state, now)
        out += [(now, one) for one in free]
        now += 0.05
    return out, late


def test_one_camera_alone_is_never_delayed() -> None:
    state = order.put(Order(), seen("a", 1.0), 1.1).order

    _, free = order.release(state, 1.1)

    assert [one.at for one in free] == [1.0]


def test_sightings_that_come_crosswise_come_out_in_order() -> None:
    a = [(0.1 * n + 0.02, seen("a", 0.1 * n)) for n in range(50)]
    b = [(0.1 * n + 0.35, seen("b", 0.1 * n + 0.03)) for n in range(50)]

    out, late = run([*a, *b], until=7.0)

    assert late <= 2  # before anybody knew that there is a second camera, and how late it is
    assert len(out) == 100 - late
    assert [one.at for _, one in out] == sorted(one.at for _, one in out)


def test_a_camera_that_falls_silent_holds_the_others_up_for_half_a_second_only() -> None:
    a = [(0.1 * n + 0.02, seen("a", 0.1 * n)) for n in range(100)]
    b = [(0.1 * n + 0.02, seen("b", 0.1 * n + 0.03)) for n in range(20)]

    out, late = run([*a, *b], until=11.0)

    assert late == 0
    assert len(out) == 120
    assert max(went - one.at for went, one in out) < 0.7


def test_a_slow_camera_is_waited_for_once_it_is_known_how_slow() -> None:
    a = [(0.1 * n + 0.02, seen("a", 0.1 * n)) for n in range(200)]
    b = [(0.5 * n + 0.95, seen("b", 0.5 * n + 0.03)) for n in range(40)]

    out, late = run([*a, *b], until=22.0)

    assert late <= 2
    assert len(out) == 240 - late


def test_a_camera_later_than_anybody_waits_is_counted_and_the_others_go_on() -> None:
    a = [(0.1 * n + 0.02, seen("a", 0.1 * n)) for n in range(100)]
    b = [(0.1 * n + 5.0, seen("b", 0.1 * n)) for n in range(40)]

    out, late = run([*a, *b], until=13.0)

    assert late == 40
    assert len([one for _, one in out if one.camera == "a"]) == 100
    assert max(went - one.at for went, one in out) <= LONGEST + SLACK + 0.1


def test_a_lost_camera_is_forgotten_with_what_it_still_had() -> None:
    state = Order()
    for sighting in (seen("a", 1.0), seen("b", 1.1), seen("a", 1.2)):
        state = order.put(state, sighting, sighting.at).order
    state, first = order.release(state, 1.2)

    state, rest = order.forget(state, "b")
    state, free = order.release(state, 1.2)

    assert [one.at for one in (*first, *rest, *free)] == [1.0, 1.1, 1.2]


def test_a_sighting_of_the_future_does_not_make_all_others_late() -> None:
    state = order.put(Order(), seen("a", 100.0), 1.0)
    assert state.too_late
    assert not order.put(state.order, seen("a", 1.0), 1.0).too_late


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5), st.floats(0, 3)), max_size=40),
)
def test_each_sighting_comes_out_once_in_order_or_is_counted(told: list[tuple[str, float, float]]) -> None:
    arrivals = [(at + delay, seen(camera, at)) for camera, at, delay in told]

    out, late = run(arrivals, until=8.5 + LONGEST)

    assert len(out) + late == len(arrivals)
    ats = [one.at for _, one in out]
    assert ats == sorted(ats)
    for camera in "abc":
        own = [one.at for _, one in out if one.camera == camera]
        assert own == sorted(set(own))


def test_without_putting_them_in_order_the_same_sightings_would_be_late() -> None:
    crosswise = [(0.0, seen("b", 0.0)), (0.02, seen("a", 0.01)), (0.3, seen("a", 0.2)), (0.35, seen("b", 0.1))]
    through, late = -1.0, 0
    for _, one in crosswise:
        late += one.at < through
        through = max(through, one.at)

    assert late == 1
    assert run(crosswise, until=2.0)[1] == 0

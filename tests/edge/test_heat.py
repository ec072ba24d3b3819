import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.counting.heat import Heat
from edge.counting.minutes import Minute
from edge.counting.occupancy import Occupancy

NOON, LATER = (Minute(began=at, ends=at + 60, wall=at, over=at + 60) for at in (0.0, 60.0))
visits = st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 3)), max_size=60)


@settings(max_examples=100, deadline=None)
@given(visits, st.sampled_from([0.1, 0.25, 0.5]))
def test_the_cells_of_a_minute_hold_all_its_person_time(visited: list[tuple[float, float, float]], cell: float) -> None:
    heat = Heat(cell=cell)
    for x, y, seconds in visited:
        heat.add(NOON, 1, (x, y), seconds)

    cells = heat.take(NOON)

    assert sum(c.person_ms for c in cells) == pytest.approx(1000 * sum(s for _, _, s in visited), abs=1.0)
    assert len({(c.x, c.y) for c in cells}) == len(cells)
    assert not heat.take(NOON)


def test_a_cell_is_named_by_its_corner_nearest_to_minus_infinity_and_its_minute() -> None:
    heat = Heat(cell=0.5)
    heat.add(NOON, 1, (0.6, -0.1), 2.0)
    heat.add(LATER, 1, (0.6, -0.1), 1.0)

    assert [(c.x, c.y, c.person_ms) for c in heat.take(NOON)] == [(1, -1, 2000)]
    assert [(c.x, c.y, c.person_ms) for c in heat.take(LATER)] == [(1, -1, 1000)]


def test_a_thousand_short_visits_do_not_round_to_nothing() -> None:
    heat = Heat(cell=0.25)
    for number in range(1000):
        heat.add(NOON, number, (number * 0.25 + 0.1, 0.0), 0.0004)

    assert sum(c.person_ms for c in heat.take(NOON)) == 400


def test_a_track_that_is_forgotten_takes_its_time_and_its_entries_along_and_nobody_elses() -> None:
    heat = Heat(cell=0.5)
    for track, seconds in ((1, 2.0), (2, 3.0)):
        heat.add(NOON, track, (0.1, 0.1), seconds)
        heat.enter(NOON, track, (0, 0))
    heat.add(LATER, 1, (0.1, 0.1), 0.5)

    assert heat.forget(1) == {NOON: 2.0, LATER: 0.5}
    assert heat.forget(3) == {}

    assert [(c.person_ms, c.tracks) for c in heat.take(NOON)] == [(3000, 1)]
    assert heat.take(LATER) == ()


def test_a_cell_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a cell of 0.0 m; allowed are widths above 0"):
        Heat(cell=0.0)


def test_the_peak_is_the_most_people_at_once_and_not_the_number_of_people() -> None:
    occupancy = Occupancy()
    occupancy.add(NOON, "shelf", 1, 0.0, 10.0)
    occupancy.add(NOON, "shelf", 2, 5.0, 12.0)
    occupancy.add(NOON, "shelf", 3, 12.0, 20.0)  # comes as the second leaves

    crowding = occupancy.take(NOON, "shelf")

    assert crowding.peak == 2
    assert crowding.person_s == pytest.approx(25.0)
    assert occupancy.take(NOON, "shelf").person_s == 0


def test_one_person_told_in_many_pieces_is_one_person() -> None:
    occupancy = Occupancy()
    for number in range(100):
        occupancy.add(NOON, "shelf", 7, number * 0.1, (number + 1) * 0.1)

    crowding = occupancy.take(NOON, "shelf")

    assert crowding.peak == 1
    assert crowding.person_s == pytest.approx(10.0)

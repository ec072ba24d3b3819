"""The scorecard: what it calls equal is equal, and what is off it finds."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.events import Cell, Crossing, Direction, Event, Heat, Stay, Tap
from deploy.demo.scorecard import (
    Conservation,
    End,
    PhoneTap,
    TrueCrossing,
    TrueHeat,
    TrueStay,
    TrueTap,
    Truth,
    Visit,
    correlation,
    decode_truth,
    percentile,
    scorecard,
    smoothed,
)

NOTHING = Conservation(produced=0, stored=0, quarantined=0, pending=0, dropped=0)


def judge(truth: list[Truth], events: list[Event], visits: list[Visit] | None = None) -> dict[str, object]:
    return scorecard(
        truth=truth, started_ms=0, events=events, visits=visits or [], waits_ms=[], conservation=NOTHING, rss_mb={}
    )


def test_a_tap_that_was_stored_at_another_reader_is_found() -> None:
    truth: list[Truth] = [TrueTap(at=0, until=1, reader="a"), PhoneTap(at=5, tag="t-1")]
    visits = [Visit(at=9, tag="t-1")]
    assert judge(truth, [Tap(at=1, reader="a", tag=None)], visits)["taps_unmatched"] == 0
    wrong = judge(truth, [Tap(at=1, reader="b", tag=None)], visits)
    assert (wrong["taps_truth"], wrong["taps_stored"], wrong["taps_unmatched"]) == (2, 2, 2)


def test_a_crossing_the_wrong_way_does_not_make_up_for_a_missed_one() -> None:
    truth: list[Truth] = [TrueCrossing(at=0, line="door", direction="in")] * 4
    events: list[Event] = [Crossing(at=0, line="door", direction=Direction.IN)] * 3
    events.append(Crossing(at=0, line="door", direction=Direction.OUT))
    card = judge(truth, events)
    assert (card["crossings_truth"], card["crossings_seen"], card["crossings_error"]) == (4, 4, 0.5)


def test_a_zone_too_long_does_not_make_up_for_one_too_short() -> None:
    truth: list[Truth] = [TrueStay(at=0, until=10_000, zone=zone) for zone in ("tea", "snack")]
    events: list[Event] = [Stay(at=0, zone="tea", for_ms=12_000), Stay(at=0, zone="snack", for_ms=8_000)]
    assert judge(truth, events)["stay_error"] == 0.2


def test_who_still_stands_there_after_the_day_is_counted_to_its_end() -> None:
    truth: list[Truth] = [TrueStay(at=5_000, until=10_000, zone="tea"), End(at=10_000)]
    late: list[Event] = [Stay(at=5_000, zone="tea", for_ms=8_000), Stay(at=10_500, zone="tea", for_ms=2_000)]
    assert judge(truth, late)["stay_s_seen"] == 5.0


def test_without_truth_there_is_no_error_to_speak_of() -> None:
    card = judge([], [])
    assert (card["crossings_error"], card["stay_error"], card["heatmap_correlation"]) == (None, None, None)


def test_the_same_heat_correlates_and_heat_elsewhere_does_not() -> None:
    truth: list[Truth] = [TrueHeat(at=0, cell_mm=250, cells=((4, 4, 5000), (20, 3, 400)))]
    same = Heat(at=0, camera="c", span_ms=1, covered_ms=1, cell_mm=250, cells=(Cell(4, 4, 5000), Cell(20, 3, 400)))
    beside = Heat(at=0, camera="c", span_ms=1, covered_ms=1, cell_mm=250, cells=(Cell(5, 4, 5000), Cell(20, 3, 400)))
    elsewhere = Heat(at=0, camera="c", span_ms=1, covered_ms=1, cell_mm=250, cells=(Cell(12, 9, 5000),))
    found = [judge(truth, [seen])["heatmap_correlation"] for seen in (same, beside, elsewhere)]
    assert found[0] == 1.0
    assert 0.6 < _float(found[1]) < 0.9
    assert _float(found[2]) < 0.0


def _float(value: object) -> float:
    assert isinstance(value, float)
    return value


def test_smoothing_keeps_the_time_that_people_spent() -> None:
    assert math.isclose(sum(smoothed({(0, 0): 700.0, (3, -2): 300.0}).values()), 1000.0)


def test_a_line_of_the_truth_that_is_not_compared_is_passed_over() -> None:
    assert decode_truth(b'{"kind":"profile","at":3,"shopper":1}') is None
    assert decode_truth(b'{"kind":"stay","at":3,"until":9,"zone":"tea","cut":true,"shopper":1}') == TrueStay(
        at=3, until=9, zone="tea"
    )


@pytest.mark.parametrize(("share", "value"), [(0.5, 3), (0.99, 5), (0.2, 1), (0.0, 1), (1.0, 5)])
def test_a_percentile_is_a_value_that_was_there(share: float, value: float) -> None:
    assert percentile([5, 3, 1, 4, 2], share) == value
    assert percentile([], share) is None


@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 9)), st.floats(0, 1e6), min_size=2))
@settings(max_examples=100, deadline=None)
def test_a_grid_correlates_with_itself_and_with_its_multiple(grid: dict[tuple[int, int], float]) -> None:
    for seen in (grid, {cell: 3 * spent for cell, spent in grid.items()}):
        found = correlation(grid, seen)
        assert found is None or math.isclose(found, 1.0, abs_tol=1e-6)

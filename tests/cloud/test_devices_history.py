"""A node's day, from what it said each minute: gaps stay gaps, counters that begin anew are no loss."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.node_history import SPAN_MS, STEP_MS, History, dropped, histories, runs
from cloud.store.hours import Minute
from cloud.web.manage.charts import HIGH, WIDE, chart
from contract.messages import CameraHealth, Health, encode

NOW_MS = 1_795_230_000_000 // STEP_MS * STEP_MS + 7 * 60_000


def said(at_ms: int, *, rate: float = 15.0, heard: int = 15) -> Minute:
    health = Health(
        at=at_ms,
        epoch="e" * 32,
        program="aisle-edge",
        produced=0,
        pending=3,
        dropped=0,
        oldest_ms=0,
        refused_receipts=0,
        rss_mb=180.0,
        temperature_c=51.0,
        readers={},
        cameras={"cam": CameraHealth(ok=True, rate=rate)},
    )
    return Minute(node="n", at_ms=at_ms, heard=heard, body=encode(health).decode())


def day(minutes: Sequence[Minute]) -> History:
    (history,) = histories(minutes, now_ms=NOW_MS).values()
    return history


def quarter(number: int) -> int:
    """The last minute of a quarter: of the running one (0) that of now, of one before (-1) its fifteenth."""
    return NOW_MS if number == 0 else NOW_MS // STEP_MS * STEP_MS + (number + 1) * STEP_MS - 60_000


def test_a_day_has_a_point_for_every_quarter_and_silence_is_a_gap() -> None:
    history = day([said(quarter(-3)), said(quarter(-1))])
    assert len(history.points) == SPAN_MS // STEP_MS
    assert [rate is None for rate in history.rates("cam")[-4:]] == [False, True, False, True]
    assert history.points[-2].temperature_c == 51.0
    assert history.points[-3].temperature_c is None


def test_the_share_of_minutes_with_a_word_is_told_since_the_first() -> None:
    full = [said(quarter(place), heard=15) for place in range(-4, 0)]
    assert day([*full, said(quarter(0), heard=8)]).heard == 1.0
    assert day([said(quarter(-4), heard=15), said(quarter(-1), heard=15)]).heard == pytest.approx(30 / 68)
    assert day([said(quarter(0), heard=8)]).points[-1].heard == 1.0  # of the running quarter what is over


def test_a_node_that_fell_silent_is_missed_and_one_that_is_new_is_not() -> None:
    minutes = [said(quarter(-1), heard=15), said(quarter(0), heard=8)]
    (new,) = histories(minutes, now_ms=NOW_MS).values()
    (old,) = histories(minutes, now_ms=NOW_MS, older={"n"}).values()
    assert (new.heard, new.began) == (1.0, len(new.points) - 2)
    assert new.since_ms == quarter(-1) - 14 * 60_000
    assert old.began == 0
    assert old.heard == pytest.approx(23 / (SPAN_MS // 60_000), rel=0.02)


def test_words_of_another_version_are_heard_and_tell_nothing() -> None:
    strange = Minute(node="n", at_ms=quarter(-1), heard=15, body='{"v":9}')
    point = day([strange]).points[-2]
    assert point.heard == 1.0
    assert point.rss_mb is None


def test_a_camera_that_looks_half_as_often_as_usual_is_slow() -> None:
    usual = [said(quarter(place), rate=14.0) for place in range(-20, 0)]
    assert day([*usual, said(quarter(0), rate=6.0)]).slow("cam")
    assert not day([*usual, said(quarter(0), rate=8.0)]).slow("cam")
    assert not day([said(quarter(0), rate=0.0)]).slow("cam")


@pytest.mark.parametrize(
    ("read", "lost", "share"), [(200, 30, 0.2), (100, 10, None), (50, 0, None), (200, 5, None), (300, 300, 1.0)]
)
def test_dropped_pictures_are_those_since_the_quarter_before(read: int, lost: int, share: float | None) -> None:
    before = CameraHealth(ok=True, read=100, overwritten=10)
    assert dropped(CameraHealth(ok=True, read=read, overwritten=lost), before) == share
    assert dropped(CameraHealth(ok=True, read=read, overwritten=lost), None) is None


values = st.lists(st.none() | st.floats(0, 1e6), max_size=60)


@settings(max_examples=200, deadline=None)
@given(values)
def test_a_chart_draws_every_value_and_bridges_no_gap(told: list[float | None]) -> None:
    stretches = list(runs(told))
    assert [value for run in stretches for _, value in run] == [value for value in told if value is not None]
    assert all(told[run[0][0] - 1] is None for run in stretches if run[0][0] > 0)
    drawn = chart(told)
    if drawn is None:
        assert not stretches
        return
    assert len(drawn.lines) == len(stretches)
    for line in drawn.lines:
        for x, y in (map(float, point.split(",")) for point in line.split()):
            assert -1 <= x <= WIDE + 1
            assert 0 <= y <= HIGH

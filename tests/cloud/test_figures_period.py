"""Which time a page looks at, by the store's own calendar and clock, also where the clock jumps."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.period import Compare, Span, beginning, compared, day_of, readable, span_of, young

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")
ZONES = [SEOUL, NEW_YORK, *map(ZoneInfo, ("Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "America/Havana"))]
PERIODS = ["15m", "1h", "today", "yesterday", "7d", "28d", "365d"]

moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda at: int(at.timestamp() * 1000))  # noqa: DTZ001 - any moments
ranges = st.tuples(st.dates(date(2014, 1, 1), date(2035, 1, 1)), st.integers(0, 365)).map(
    lambda found: f"{found[0]}..{found[0] + timedelta(days=found[1])}"
)
periods = st.sampled_from(PERIODS) | ranges | st.dates(date(2014, 1, 1), date(2035, 1, 1)).map(str)


def at(zone: ZoneInfo, *when: int) -> int:
    return int(datetime(*when, tzinfo=zone).timestamp() * 1000)  # type: ignore[misc,arg-type]  # year to second


def local(minute: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(60 * minute, zone):%Y-%m-%d %H:%M}"


def ends(span: Span | None) -> tuple[str, str]:
    assert span is not None
    zone = span.zone
    assert isinstance(zone, ZoneInfo)
    return local(span.first, zone), local(span.end, zone)


def test_today_is_compared_with_the_same_weekday_up_to_the_same_time_of_day() -> None:
    today = span_of("today", now_ms=at(SEOUL, 2026, 11, 22, 9, 30, 20), zone=SEOUL)
    assert ends(today) == ("2026-11-22 00:00", "2026-11-22 09:31")
    assert ends(compared(today, Compare.WEEKDAY)) == ("2026-11-15 00:00", "2026-11-15 09:31")
    assert ends(compared(today, Compare.BEFORE)) == ("2026-11-21 00:00", "2026-11-21 09:31")
    assert compared(today, Compare.NONE) is None


def test_seven_days_are_six_whole_ones_and_today() -> None:
    week = span_of("7d", now_ms=at(SEOUL, 2026, 11, 22, 9, 30), zone=SEOUL)
    assert (week.days[0], week.days[-1], len(week.days)) == (date(2026, 11, 16), date(2026, 11, 21), 6)
    assert week.rest.first == beginning(date(2026, 11, 22), SEOUL)
    before = compared(week, Compare.BEFORE)
    assert before is not None
    assert ends(before) == ("2026-11-09 00:00", "2026-11-15 09:31")
    assert before.days == tuple(date(2026, 11, 9 + number) for number in range(6))


def test_a_day_of_twenty_five_hours_is_one_day() -> None:
    day = span_of("2026-11-01", now_ms=at(NEW_YORK, 2026, 11, 20, 8), zone=NEW_YORK)
    assert day.end - day.first == 25 * 60
    assert day.days == (date(2026, 11, 1),)
    assert day.rest.first == day.rest.end
    before = compared(day, Compare.WEEKDAY)
    assert before is not None
    assert before.end - before.first == 24 * 60


def test_the_last_quarter_of_an_hour_holds_the_running_minute() -> None:
    quarter = span_of("15m", now_ms=100 * 60_000 + 1, zone=SEOUL)
    assert (quarter.first, quarter.end) == (86, 101)
    before = compared(quarter, Compare.BEFORE)
    assert before is not None
    assert (before.first, before.end) == (71, 86)


def test_of_days_to_come_nothing_is_there() -> None:
    tomorrow = span_of("2026-11-23..2026-11-30", now_ms=at(SEOUL, 2026, 11, 22, 9, 30), zone=SEOUL)
    assert tomorrow.first == tomorrow.end
    assert tomorrow.dates == tomorrow.days == ()


@pytest.mark.parametrize(
    "period",
    ["", "year", "2d", "2026-11-31", "2026-11-20..2026-11-19", "2026-01-01..2027-02-01", "2026-11-20..", "9999-12-31"],
)
def test_what_is_no_period_is_refused_in_words(period: str) -> None:
    assert not readable(period)
    with pytest.raises(ValueError, match="is no period; 15m, 1h, today"):
        span_of(period, now_ms=0, zone=SEOUL)


@settings(max_examples=150, deadline=None)
@given(period=periods, now_ms=moments, zone=st.sampled_from(ZONES))
def test_days_and_the_rest_are_the_span_without_gap_or_overlap(period: str, now_ms: int, zone: ZoneInfo) -> None:
    assert readable(period)
    span = span_of(period, now_ms=now_ms, zone=zone)
    place = span.first
    for day in span.days:
        assert beginning(day, zone) == place
        place = beginning(day + timedelta(days=1), zone)
    assert (span.rest.first, span.rest.end) == (place, span.end)
    assert span.end <= now_ms // 60_000 + 1
    assert set(span.days) <= set(span.dates)


@settings(max_examples=150, deadline=None)
@given(
    period=periods,
    now_ms=moments,
    zone=st.sampled_from(ZONES),
    compare=st.sampled_from([Compare.WEEKDAY, Compare.BEFORE]),
)
def test_what_is_compared_lies_before_and_has_as_many_days(
    period: str, now_ms: int, zone: ZoneInfo, compare: Compare
) -> None:
    span = span_of(period, now_ms=now_ms, zone=zone)
    other = compared(span, compare)
    assert other is not None
    assert other.end <= span.first or span.first == span.end
    assert len(other.days) == len(span.days)
    if compare is Compare.WEEKDAY:
        assert [day.weekday() for day in other.days] == [day.weekday() for day in span.days]
    if span.by_clock:
        assert other.end - other.first == span.end - span.first
    elif zone is SEOUL:  # a clock that never jumps
        assert local(other.end, zone)[11:] == local(span.end, zone)[11:]
    # Whatever the clock does, no more than two hours of it come or go, each way.
    assert abs((other.end - other.first) - (span.end - span.first)) <= 240


@settings(max_examples=100, deadline=None)
@given(period=periods, now_ms=moments, zone=st.sampled_from(ZONES), begun_ms=moments)
def test_a_store_that_began_within_a_period_has_told_some_of_its_days(
    period: str, now_ms: int, zone: ZoneInfo, begun_ms: int
) -> None:
    span = span_of(period, now_ms=now_ms, zone=zone)
    assert young(span, None) is None
    told = young(span, begun_ms)
    within = len(span.dates) > 1 and span.dates[0] < day_of(begun_ms, zone) <= span.dates[-1]
    assert (told is not None) is (within and not span.by_clock)
    if told is not None:
        assert 0 < told.days < told.of == len(span.dates)
        assert span.dates[-told.days] == told.first


def test_the_test_zones_do_jump() -> None:
    """Else the two properties above would prove nothing about it."""
    offsets = {
        zone.utcoffset(datetime(2026, month, 15, tzinfo=UTC).astimezone(zone)) for zone in ZONES for month in (1, 7)
    }
    assert len(offsets) > len(ZONES)

"""The day's entrances under the floor: quarters that add up, gaps that are no zeros, few withheld."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.hours import DAY, STEP, hours
from cloud.manage.insight import Flow, Seen, State

FIRST = 29_000_000
"""The first minute of a day."""


def flow(minute: int, entered: int) -> Flow:
    return Flow(minute=FIRST + minute, entered=entered, left=0)


def seen(*minutes: int) -> list[Seen]:
    return [Seen(minute=FIRST + minute, covered_ms=60_000, span_ms=60_000) for minute in minutes]


def test_a_quarter_sums_its_minutes_and_stands_beside_that_of_the_other_day() -> None:
    now = [flow(600, 4), flow(614, 3), flow(615, 9)]
    then = [Flow(minute=FIRST - 7 * DAY + 601, entered=12, left=5)]
    told = hours(now, then, seen(600, 615), first=FIRST, then_first=FIRST - 7 * DAY, end=FIRST + 640, k=5)
    assert (told.first_hour, told.last_hour) == (10, 11)
    assert [bar.now.value for bar in told.bars[:2]] == [7, 9]
    assert told.bars[0].then.value == 12
    assert told.total.value == 16
    assert told.top == 12


def test_a_quarter_in_which_no_door_was_watched_is_a_gap_and_few_are_withheld() -> None:
    told = hours([flow(600, 3)], None, seen(600, 630), first=FIRST, then_first=FIRST, end=FIRST + 660, k=5)
    states = [bar.now.state for bar in told.bars]
    assert states == [State.FEW, State.UNSEEN, State.SHOWN, State.UNSEEN]
    assert told.bars[2].now.value == 0  # watched, and nobody came
    assert {bar.then.state for bar in told.bars} == {State.UNSEEN}


def test_what_is_still_to_come_is_not_told() -> None:
    told = hours([flow(600, 9)], [flow(900, 9)], seen(600), first=FIRST, then_first=FIRST, end=FIRST + 605, k=5)
    assert told.last_hour == 16  # the other day went on
    assert all(bar.now.state is State.UNSEEN for bar in told.bars[1:])


def test_a_day_without_anybody_has_usual_hours() -> None:
    told = hours([], [], [], first=FIRST, then_first=FIRST, end=FIRST + DAY, k=5)
    assert (told.first_hour, told.last_hour, told.total.state) == (9, 21, State.UNSEEN)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(-200, DAY + 200), st.integers(0, 40)), max_size=60))
def test_every_entrance_of_the_day_is_in_one_bar(entrances: list[tuple[int, int]]) -> None:
    flows = [flow(minute, entered) for minute, entered in entrances]
    told = hours(flows, None, seen(*range(DAY)), first=FIRST, then_first=FIRST, end=FIRST + DAY, k=1)
    mine = sum(entered for minute, entered in entrances if 0 <= minute < DAY)
    assert sum(bar.now.value or 0 for bar in told.bars) == mine
    assert all(bar.minute % STEP == 0 for bar in told.bars)
    assert told.top >= max((bar.now.value or 0 for bar in told.bars), default=0)

"""What is worth somebody's attention: patient, slow to forgive, never flapping, and told once."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.alerts import (
    PATIENCE,
    SEVERITIES,
    Alert,
    DeadTag,
    DeviceNow,
    Kind,
    Moment,
    NodeNow,
    QueueMinute,
    Rules,
    Severity,
    Stage,
    StockOut,
    Wrong,
    most_urgent,
    severity_of,
    step,
    wrongs,
)
from cloud.manage.nodes import BACKLOG_MS, SILENT_MS
from cloud.manage.notifying import CRITICAL_REST_MS, GATHER_MS, REST_MS, Quiet, Untold, due
from cloud.web.language import Language
from cloud.web.manage import alarm_words
from cloud.web.pages import Pages
from contract.events import Cause

MINUTE = 60_000
NOW = 1_795_230_000_000 // MINUTE * MINUTE
M = NOW // MINUTE
RULES = Rules()


def queue(*waiting: float) -> Moment:
    """A queue's last minutes, the newest last."""
    minutes = tuple(
        QueueMinute(zone="till", minute=M - back, waiting=people)
        for back, people in enumerate(reversed(waiting))
        if people >= 0
    )
    return Moment(now_ms=NOW, queues=minutes, queue_to=M)


def camera(*, cause: Cause = Cause.BLOCKED) -> DeviceNow:
    return DeviceNow(kind=Kind.CAMERA, name="cam", node="left", ok=False, since_ms=NOW, cause=cause)


def node(**changed: object) -> NodeNow:
    return NodeNow(**{"name": "left", "heard_ms": NOW, **changed})  # type: ignore[arg-type]  # any subset of the keywords


def kinds(moment: Moment, *told: Kind, rules: Rules = RULES) -> list[Kind]:
    subjects = {Kind.QUEUE: "till", Kind.STOCK: "1"}
    return [each.kind for each in wrongs(moment, rules, frozenset((kind, subjects.get(kind, "left")) for kind in told))]


def test_a_queue_is_told_after_so_many_minutes_and_since_when_it_was_long() -> None:
    assert kinds(queue(5, 5)) == []
    assert kinds(queue(5, 3.9, 5)) == []
    (found,) = wrongs(queue(1, 4, 5, 6), RULES)
    assert (found.kind, found.since_ms, found.number) == (Kind.QUEUE, (M - 2) * MINUTE, 6)


def test_a_told_queue_lets_go_lower_than_it_gripped() -> None:
    assert kinds(queue(9, 9, 3)) == []
    assert kinds(queue(9, 9, 3), Kind.QUEUE) == [Kind.QUEUE]
    assert kinds(queue(9, 9, 2.9), Kind.QUEUE) == []


def test_a_minute_that_no_camera_saw_is_no_queue() -> None:
    assert kinds(queue(5, -1, 5)) == []


def test_a_silent_nodes_cameras_are_not_told_one_by_one() -> None:
    quiet = node(heard_ms=NOW - SILENT_MS - 1)
    assert kinds(Moment(now_ms=NOW, nodes=(quiet,), devices=(camera(),))) == [Kind.SILENT]
    assert kinds(Moment(now_ms=NOW, nodes=(node(),), devices=(camera(),))) == [Kind.CAMERA]


def test_cameras_that_are_all_dark_are_the_night_and_one_that_is_dark_is_told_without_waking_anybody() -> None:
    dark, other = camera(cause=Cause.DARK), replace(camera(cause=Cause.DARK), name="cam-2")
    assert kinds(Moment(now_ms=NOW, devices=(dark, other))) == []
    assert kinds(Moment(now_ms=NOW, devices=(dark, replace(other, ok=True)))) == [Kind.CAMERA]
    assert kinds(Moment(now_ms=NOW, devices=(dark, replace(other, cause=Cause.MOVED)))) == [Kind.CAMERA] * 2
    assert kinds(Moment(now_ms=NOW, devices=(dark,))) == [Kind.CAMERA]
    assert severity_of(Kind.CAMERA, "dark") is Severity.WARNING
    assert severity_of(Kind.CAMERA, "blocked") is Severity.CRITICAL


@pytest.mark.parametrize("cause", list(Cause))
def test_each_cause_of_a_blind_camera_is_an_alarm_with_its_own_words(cause: Cause) -> None:
    (found,) = wrongs(Moment(now_ms=NOW, devices=(camera(cause=cause),)), RULES)
    said = alarm_words.sentence(Pages(timezone="Asia/Seoul"), Language.EN, found, "door")
    assert "door" in said.title
    assert "gap" in said.what
    assert said.remedy


@pytest.mark.parametrize(
    ("now", "told", "expected"),
    [
        (node(oldest_ms=BACKLOG_MS), (), []),
        (node(oldest_ms=BACKLOG_MS + 1), (), [Kind.BACKLOG]),
        (node(temperature_c=79.0), (), []),
        (node(temperature_c=80.0), (), [Kind.HOT]),
        (node(temperature_c=76.0), (Kind.HOT,), [Kind.HOT]),
        (node(temperature_c=74.0), (Kind.HOT,), []),
        (node(temperature_c=60.0, slowed=True), (), [Kind.HOT]),
        (node(temperature_c=60.0, slowed=True, undervoltage=True), (), [Kind.POWER]),
        (node(difference=-3), (), [Kind.BOOKS]),
        (node(heard_ms=NOW - SILENT_MS - 1, undervoltage=True, difference=2), (), [Kind.BOOKS, Kind.SILENT]),
    ],
)
def test_what_a_node_says_of_itself_becomes_an_alert(
    now: NodeNow, told: tuple[Kind, ...], expected: list[Kind]
) -> None:
    assert kinds(Moment(now_ms=NOW, nodes=(now,)), *told) == expected


def test_the_other_rules_take_what_their_rooms_found() -> None:
    moment = Moment(
        now_ms=NOW,
        tags=(DeadTag(name="tag-tea", since_ms=NOW - 9, stops=88),),
        stock=(StockOut(gtin="1", taps=3), StockOut(gtin="2", taps=2)),
        audits={"door": None},
    )
    assert kinds(moment) == [Kind.TAG, Kind.STOCK, Kind.AUDIT]
    assert kinds(Moment(now_ms=NOW, stock=(StockOut(gtin="1", taps=1),)), Kind.STOCK) == [Kind.STOCK]


def test_what_the_store_does_not_want_to_hear_is_not_looked_for() -> None:
    assert kinds(queue(9, 9, 9), rules=Rules(off=frozenset((Kind.QUEUE,)))) == []


def wrong(kind: Kind = Kind.CAMERA, since: int = NOW) -> Wrong:
    return Wrong(kind=kind, subject="cam", since_ms=since)


def test_a_flicker_is_never_told() -> None:
    first = step([], [wrong()], NOW)
    assert [each.stage for each in first.alerts] == [Stage.WAITING]
    assert step(first.alerts, [], NOW + 5_000).alerts == ()


def test_what_lasts_is_told_once_and_is_over_only_when_it_stays_well() -> None:
    patience = PATIENCE[Kind.CAMERA]
    state = step([], [wrong()], NOW)
    opened = step(state.alerts, [wrong()], NOW + patience.wrong_ms)
    assert len(opened.opened) == 1
    assert step(opened.alerts, [wrong()], NOW + patience.wrong_ms + 5_000).opened == ()
    well = step(opened.alerts, [], NOW + 60_000)
    again = step(well.alerts, [wrong()], NOW + 60_000 + patience.well_ms - 1)
    assert (well.ended, again.opened) == ((), ())
    well = step(again.alerts, [], NOW + 200_000)
    over = step(well.alerts, [], NOW + 200_000 + patience.well_ms)
    assert [each.stage for each in over.ended] == [Stage.ENDED]
    assert over.alerts == ()


def test_what_began_long_ago_is_told_at_once() -> None:
    assert len(step([], [wrong(since=NOW - 60_000)], NOW).opened) == 1


moments = st.lists(st.tuples(st.integers(1, 90_000), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(Kind), moments)
def test_no_alert_opens_twice_without_having_been_well_for_its_patience(
    kind: Kind, ticks: list[tuple[int, bool]]
) -> None:
    now, alerts = NOW, tuple[Alert, ...]()
    ended_at: int | None = None
    wrong_at: int | None = None
    for after, is_wrong in ticks:
        now += after
        before_wrong = wrong_at
        if is_wrong:
            wrong_at = now
        found = step(alerts, [wrong(kind, since=now)] if is_wrong else [], now)
        assert len(found.alerts) <= 1
        for _ in found.ended:
            assert before_wrong is not None
            assert now - before_wrong >= PATIENCE[kind].well_ms
            ended_at = now
        for _ in found.opened:
            assert ended_at is None or now >= ended_at
        alerts = found.alerts


def test_the_most_urgent_comes_first() -> None:
    def alert(kind: Kind, since: int) -> Alert:
        return Alert(wrong=wrong(kind, since), stage=Stage.OPEN, seen_ms=NOW, opened_ms=NOW)

    mixed = [alert(Kind.AUDIT, 1), alert(Kind.STOCK, 5), alert(Kind.CAMERA, 9), alert(Kind.SILENT, 3)]
    assert [each.wrong.kind for each in most_urgent(mixed)] == [Kind.SILENT, Kind.CAMERA, Kind.STOCK, Kind.AUDIT]
    assert SEVERITIES.keys() == PATIENCE.keys() == set(Kind)


NIGHT = Quiet(from_min=22 * 60, to_min=8 * 60, critical_passes=True)


def untold(severity: Severity = Severity.WARNING, opened: int = NOW - GATHER_MS, number: int = 1) -> Untold:
    return Untold(alert=number, severity=severity, opened_ms=opened)


def told(*waiting: Untold, last: int | None = None, quiet: Quiet = NIGHT, minute: int = 12 * 60) -> list[int]:
    return [each.alert for each in due(waiting, last_ms=last, now_ms=NOW, quiet=quiet, minute=minute)]


def test_what_breaks_together_is_told_together() -> None:
    assert told(untold(opened=NOW - 1)) == []
    assert told(untold(), untold(opened=NOW, number=2)) == [1, 2]


def test_there_is_a_rest_between_two_messages_and_a_shorter_one_before_what_is_critical() -> None:
    assert told(untold(), last=NOW - REST_MS + 1) == []
    assert told(untold(), last=NOW - REST_MS) == [1]
    assert told(untold(Severity.CRITICAL), last=NOW - CRITICAL_REST_MS) == [1]
    assert told(untold(Severity.CRITICAL), last=NOW - CRITICAL_REST_MS + 1) == []


def test_quiet_hours_go_over_midnight_and_let_the_critical_through_where_it_may() -> None:
    both = (untold(), untold(Severity.CRITICAL, number=2))
    for minute in (23 * 60, 3 * 60):
        assert told(*both, minute=minute) == [2]
        assert told(*both, minute=minute, quiet=Quiet(from_min=22 * 60, to_min=8 * 60, critical_passes=False)) == []
    assert told(*both, minute=8 * 60) == [2, 1]
    assert told(*both, minute=3 * 60, quiet=Quiet()) == [2, 1]


def test_every_message_is_in_korean_too() -> None:
    pages = Pages(timezone="Asia/Seoul")
    assert [text for text in alarm_words.messages() if pages.text(Language.KO, text) == text] == []

"""An audit in the store: clicks that nothing loses or doubles, the crossings beside them, and a blind camera."""

import msgspec
import pytest

from cloud.manage.audit import LASTS_MS, Gap, Watched, accuracy, drawing
from cloud.store import audits
from cloud.store.audits import Begun, Click
from contract.events import Cause, Crossing, Device, DeviceChanged, Direction, Event
from contract.plan import Point
from tests.cloud.morning import MINUTE, NOON_MS, Town, entries, plan, watched

ZONES, CAMERAS = ("tea",), ("cam-a",)


def begun(place: Town, *, line: str = "door", camera: str = "cam-a") -> int:
    with place.store.atomic() as connection:
        return audits.begin(
            connection,
            Begun(
                line=line,
                camera=camera,
                node="left",
                drawing="d",
                account="manager",
                from_ms=NOON_MS,
                until_ms=NOON_MS + LASTS_MS,
            ),
        )


def clicked(place: Town, number: int, name: str, at: int, direction: Direction = Direction.IN) -> bool:
    with place.store.atomic() as connection:
        return audits.click(connection, number, Click(click=name, direction=direction, at_ms=at, received_ms=at))


def changed(at: int, *, ok: bool) -> Event:
    cause = None if ok else Cause.BLOCKED
    return DeviceChanged(at=at, device=Device.CAMERA, name="cam-a", ok=ok, reason="", cause=cause)


def test_a_click_that_is_sent_twice_is_one(place: Town) -> None:
    number = begun(place)
    assert clicked(place, number, "a", NOON_MS + 5)
    assert not clicked(place, number, "a", NOON_MS + 5)
    with place.store.reading() as connection:
        assert len(audits.clicks(connection, number)) == 1


def test_the_last_click_is_taken_back_and_stays_marked(place: Town) -> None:
    number = begun(place)
    clicked(place, number, "a", NOON_MS + 5)
    clicked(place, number, "b", NOON_MS + 9, Direction.OUT)
    with place.store.atomic() as connection:
        assert audits.undo(connection, number)
        assert [each.direction for each in audits.clicks(connection, number)] == [Direction.IN]
        assert not audits.undo(connection, number, "b")  # an undo that is sent twice takes back one
        assert connection.execute("SELECT count(*) FROM audit_clicks").fetchone() == (2,)


def test_a_result_that_was_seen_cannot_be_dropped(place: Town) -> None:
    first, second = begun(place), begun(place)
    with place.store.atomic() as connection:
        assert audits.drop(connection, first)
        audits.end(connection, second, NOON_MS + 60_000)
        assert not audits.drop(connection, second)
        assert [each.id for each in audits.newest(connection)] == [second]


def test_the_crossings_of_the_watch_are_found_in_a_long_log(place: Town) -> None:
    for hour in range(6):
        place.clock.now_ms = NOON_MS + hour * 60 * MINUTE
        place.node("left").tell(entries(40, at=place.clock.now_ms))
        place.node("right").tell([Crossing(at=place.clock.now_ms, line="door", direction=Direction.IN)])
    with place.store.reading() as connection:
        found = audits.crossings(
            connection, "left", "door", from_ms=NOON_MS + 180 * MINUTE, to_ms=NOON_MS + 180 * MINUTE + 10_000
        )
        steps: list[str] = []
        connection.set_trace_callback(steps.append)
        audits.crossings(connection, "left", "door", from_ms=NOON_MS + 300 * MINUTE, to_ms=NOON_MS + 400 * MINUTE)
        connection.set_trace_callback(None)
    assert [each.at_ms - NOON_MS - 180 * MINUTE for each in found] == list(range(0, 10_000, 1_000))
    (read,) = [step for step in steps if "json_extract" in step]
    assert "sequence >= 161" in read  # the hour before it is read for a clock that is wrong, the day is not


def test_a_camera_that_said_it_was_blocked_leaves_a_gap(place: Town) -> None:
    place.node("left").tell([*watched(ZONES, CAMERAS, minutes=range(20)), changed(NOON_MS + 150_000, ok=False)])
    place.node("left").tell([changed(NOON_MS + 210_500, ok=True)])
    assert gaps(place) == [Gap(from_ms=NOON_MS + 150_000, to_ms=NOON_MS + 210_500)]


def test_a_camera_that_was_lost_before_the_watch_is_blind_from_its_beginning(place: Town) -> None:
    place.node("left").tell([*watched(ZONES, CAMERAS, minutes=range(20)), changed(NOON_MS - 999_000, ok=False)])
    assert gaps(place) == [Gap(from_ms=NOON_MS, to_ms=NOON_MS + LASTS_MS)]


def test_a_node_that_was_off_leaves_a_gap_without_a_word(place: Town) -> None:
    told = [*watched(ZONES, CAMERAS, minutes=range(5)), *watched(ZONES, CAMERAS, minutes=range(7, 20))]
    place.node("left").tell(told)
    assert gaps(place) == [
        Gap(from_ms=NOON_MS + 5 * MINUTE, to_ms=NOON_MS + 6 * MINUTE),
        Gap(from_ms=NOON_MS + 6 * MINUTE, to_ms=NOON_MS + 7 * MINUTE),
    ]


def gaps(place: Town) -> list[Gap]:
    with place.store.reading() as connection:
        end = NOON_MS + LASTS_MS
        return list(audits.gaps(connection, "cam-a", from_ms=NOON_MS, to_ms=end, told_ms=end + 2 * MINUTE))


def sealed(place: Town, number: int, *, clicks: int, counted: int) -> None:
    """An audit with so many clicks, of which the first `counted` were counted."""
    for place_of in range(clicks):
        clicked(place, number, str(place_of), NOON_MS + 10_000 * (place_of + 1))
    with place.store.atomic() as connection:
        seen = audits.clicks(connection, number)
        found = accuracy(Watched(from_ms=NOON_MS, to_ms=NOON_MS + LASTS_MS, clicks=seen), seen[:counted])
        audits.end(connection, number, NOON_MS + LASTS_MS)
        audits.keep_outcome(connection, number, found, sealed_ms=NOON_MS + LASTS_MS)


def test_each_line_has_the_error_of_its_last_audit_with_enough_clicks(place: Town) -> None:
    sealed(place, begun(place), clicks=40, counted=20)
    sealed(place, begun(place), clicks=50, counted=48)
    sealed(place, begun(place), clicks=3, counted=3)
    sealed(place, begun(place, line="gate"), clicks=20, counted=20)
    sealed(place, begun(place, line="yard", camera="cam-b"), clicks=30, counted=15)
    with place.store.reading() as connection:
        lines, cameras = audits.errors(connection), audits.camera_errors(connection)
    assert {name: each.total.error for name, each in lines.items()} == {"door": -0.04, "gate": 0, "yard": -0.5}
    assert lines["door"].about == pytest.approx(0.14, abs=0.01)
    assert (cameras["cam-a"].line, cameras["cam-a"].total.clicked, cameras["cam-a"].total.matched) == (None, 70, 68)
    assert cameras["cam-b"].line == "yard"


def test_a_line_that_was_redrawn_has_no_known_error(place: Town) -> None:
    floor = plan()
    with place.store.atomic() as connection:
        number = audits.begin(
            connection,
            Begun(
                line="door",
                camera="cam-a",
                node="left",
                drawing=drawing(floor, floor.lines[0]),
                account="manager",
                from_ms=NOON_MS,
                until_ms=NOON_MS + LASTS_MS,
            ),
        )
    sealed(place, number, clicks=20, counted=20)
    moved = msgspec.structs.replace(floor.lines[0], a=Point(0.4, 3.8))
    redrawn = msgspec.structs.replace(floor, lines=(moved,))
    with place.store.reading() as connection:
        assert set(audits.errors(connection, floor)) == {"door"}
        assert audits.errors(connection, redrawn) == audits.camera_errors(connection, redrawn) == {}


def test_a_click_that_comes_late_opens_the_outcome_again(place: Town) -> None:
    number = begun(place)
    sealed(place, number, clicks=12, counted=12)
    clicked(place, number, "late", NOON_MS + 100)
    with place.store.reading() as connection:
        (open_again,) = audits.unsealed(connection, NOON_MS + LASTS_MS)
    assert open_again.id == number

"""Staff on a floor: known by where they are or by a badge, left out of every figure, and counted apart."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.orders import badges_digest
from edge.badges import Badges
from edge.counting.encounters import Ground
from edge.counting.noted import (
    BadgeNoted,
    CrossingNoted,
    HeatNoted,
    Noted,
    OccupancyNoted,
    PartyNoted,
    QueueNoted,
    StaffNoted,
    StayNoted,
    WaitNoted,
)
from edge.counting.staff import Habits, Staff, Stood
from edge.counting.watch import Watch
from edge.floor.shapes import Line, Zone
from edge.inputs import Sighting
from edge.tracking.paths import Leg
from tests.edge.walkers import Eye, Pinhole, Walker, even, sightings

CAMERA = Pinhole()
SHELF = Zone(id="shelf", corners=((-0.8, 1.2), (0.8, 1.2), (0.8, 2.8), (-0.8, 2.8)))
QUEUE = Zone(id="queue", corners=((1.2, 1.0), (2.4, 1.0), (2.4, 3.0), (1.2, 3.0)))
COUNTER = Zone(id="counter", corners=((-1.6, 4.2), (1.6, 4.2), (1.6, 6.0), (-1.6, 6.0)))
DOOR = Line(id="door", a=(-1.3, 3.4), b=(-1.3, 0.0))
READER = (0.0, 1.2)
# Comes in over the door's line, is at the shelf, and leaves the way they came.
SHOPPER = Walker(stops=[(0, -2.2, 1.9), (2, -1.7, 2), (5, 0, 2), (14, 0, 2), (17, -1.7, 2), (19, -2.3, 1.9)])
# Steps up behind the counter, works there, fills the shelf, goes out over the line and comes back.
CLERK = Walker(
    stops=[(1, 0.2, 5.4), (4, 0.2, 5.2), (8, 0.3, 2.4), (20, 0.3, 2.2), (24, -2.2, 2.2), (28, 0.4, 2.3), (33, 0.2, 5.3)]
)


def made(*, staff: Sequence[Zone] = (COUNTER,)) -> Watch:
    ground = Ground(
        zones=(SHELF, QUEUE), lines=(DOOR,), queues=frozenset(("queue",)), staff=staff, readers={"till": READER}
    )
    return Watch(floors={"cam": CAMERA.floor()}, ground=ground)


def watched(frames: Iterable[Sighting], watch: Watch, *, badge_at: float | None = None) -> list[Noted]:
    noted = watch.tick(0.0, 1000.0)
    for sighting in frames:
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, 1000.0 + sighting.at)
        if badge_at is not None and sighting.at >= badge_at:
            noted.append(watch.badge("till", sighting.at))
            badge_at = None
    return [*noted, *watch.close(80.0)]


def seen(*walkers: Walker, seconds: float = 36) -> list[Sighting]:
    return sightings(walkers, seconds=seconds, rate=8, eye=Eye(blur=0.01))


def of(noted: Sequence[Noted], kind: type) -> list:  # type: ignore[type-arg]  # each caller names its kind
    return [each for each in noted if isinstance(each, kind)]


def heat(noted: Sequence[Noted]) -> float:
    return sum(cell.person_ms for each in noted if isinstance(each, HeatNoted) for cell in each.cells) / 1000


def time_aside(noted: Sequence[Noted]) -> float:
    return sum((each.person_s for each in noted if isinstance(each, StaffNoted)), 0.0)


def test_who_begins_behind_the_counter_is_in_no_figure_and_all_of_it_is_told_apart() -> None:
    noted = watched(seen(CLERK), made())
    assert not [each for each in of(noted, CrossingNoted) if not each.staff]
    assert of(noted, StayNoted) == of(noted, WaitNoted) == of(noted, PartyNoted) == []
    assert sum(each.person_s for each in of(noted, OccupancyNoted)) == 0
    assert heat(noted) == 0
    assert time_aside(noted) == pytest.approx(32, rel=0.05)
    assert [each.staff for each in of(noted, CrossingNoted)] == [True, True]
    assert sum(each.marked for each in of(noted, StaffNoted)) == 1


def test_the_same_person_without_a_staff_zone_would_be_counted_as_a_shopper() -> None:
    """The planted fault: what the other tests hold would not be seen otherwise."""
    noted = watched(seen(CLERK), made(staff=()))
    assert [each.staff for each in of(noted, CrossingNoted)] == [False, False]
    assert of(noted, StayNoted)
    assert heat(noted) > 25


def test_a_shopper_beside_staff_is_counted_as_if_alone() -> None:
    alone = watched(seen(SHOPPER), made())
    beside = watched(seen(SHOPPER, Walker(stops=[(0, 0.9, 5.4), (33, 0.9, 5.2)])), made())
    assert [each.direction for each in of(beside, CrossingNoted)] == [
        each.direction for each in of(alone, CrossingNoted)
    ]
    assert len(of(beside, StayNoted)) == len(of(alone, StayNoted)) == 1
    assert heat(beside) == pytest.approx(heat(alone), rel=0.02)
    assert time_aside(beside) == pytest.approx(33, rel=0.05)


def test_staff_are_no_dot_on_the_live_page() -> None:
    watch = made()
    for sighting in seen(SHOPPER, Walker(stops=[(0, 0.9, 5.4), (33, 0.9, 5.2)]), seconds=10):
        watch.see(sighting)
    ((x, y),) = watch.positions("cam")
    assert x == pytest.approx(0, abs=0.3)
    assert y == pytest.approx(2, abs=0.3)


def test_a_shopper_who_steps_into_a_staff_zone_and_turns_round_stays_a_shopper() -> None:
    lost = Walker(stops=[(0, 0, 2), (4, 0, 2.5), (8, 0, 5), (16, 0.2, 5), (20, 0, 2), (30, 0, 2)])
    noted = watched(seen(lost, seconds=30), made())
    assert time_aside(noted) == 0
    assert heat(noted) == pytest.approx(30, rel=0.05)


def test_who_stays_in_a_staff_zone_becomes_staff_and_what_was_told_before_is_said() -> None:
    arriving = Walker(
        stops=[(0, -2.2, 1.9), (2, -1.7, 2), (5, 0, 2), (8, 0, 5), (34, 0.2, 5), (40, 0, 2), (55, 0.1, 2.2)]
    )
    noted = watched(seen(arriving, seconds=55), made())
    assert [each.staff for each in of(noted, CrossingNoted)] == [False]
    (marked,) = [each for each in of(noted, StaffNoted) if each.marked]
    assert (marked.marked, marked.told) == (1, 1)
    assert heat(noted) == 0  # the minutes in which they came in were not told yet
    assert time_aside(noted) == pytest.approx(55, abs=3)
    assert len(of(noted, StayNoted)) == 1  # on the way in; none when the shelf is filled after that


def test_a_badge_makes_staff_of_the_one_who_stands_at_the_reader() -> None:
    noted = watched(seen(SHOPPER, seconds=20), made(), badge_at=9.0)
    assert of(noted, BadgeNoted) == [BadgeNoted(reader="till", at=9.0, people=1)]
    assert [each.staff for each in of(noted, CrossingNoted)] == [False, True]
    assert of(noted, StayNoted) == []  # it was open when the badge came
    assert time_aside(noted) == pytest.approx(19, abs=1)


def test_of_the_minutes_that_are_not_told_yet_the_heat_forgets_staff_as_the_zones_do() -> None:
    noted = watched(seen(SHOPPER, seconds=20), made(), badge_at=9.0)
    fault = watched(seen(SHOPPER, seconds=20), made())
    assert sum(each.person_s for each in of(noted, OccupancyNoted)) == 0
    assert [each.cells for each in of(noted, HeatNoted) if each.cells] == []
    assert time_aside(noted) == pytest.approx(heat(fault), abs=0.05)
    assert heat(fault) > 15


def test_a_shopper_beside_the_badge_keeps_their_heat() -> None:
    other = Walker(stops=[(0, 2.0, 3.5), (20, 2.0, 3.5)])
    noted = watched(seen(SHOPPER, other, seconds=20), made(), badge_at=9.0)
    assert heat(noted) == pytest.approx(20, abs=1)
    assert time_aside(noted) == pytest.approx(19, abs=1)


def test_a_badge_at_which_two_stand_marks_nobody_and_is_told() -> None:
    other = Walker(stops=[(0, 0.9, 1.5), (20, 0.9, 1.5)])
    noted = watched(seen(SHOPPER, other, seconds=20), made(), badge_at=9.0)
    (badge,) = of(noted, BadgeNoted)
    assert badge.people == 2
    assert of(noted, StaffNoted) == []


def test_a_badge_marks_nobody_who_walks_by_and_nobody_where_no_reader_is() -> None:
    staff = Staff(readers={"till": (0, 0)})
    walking = Stood(track=1, place=(0.2, 0), speed=1.2, confirmed=True)
    assert staff.badge("till", [walking]) == (0, None)
    assert staff.badge("door", [walking]) == (0, None)
    assert staff.badge("till", []) == (0, None)
    assert staff.known == set()


def test_who_is_staff_is_forgotten_with_the_track() -> None:
    watch = made()
    watched([*seen(CLERK), *sightings([], seconds=6, rate=8, begin=37)], watch)
    assert watch.staff_known == 0


def test_nothing_is_left_of_those_who_became_staff_between_two_looks() -> None:
    # Comes in over the line and paces behind the counter: each look's way is several legs, the 20 s end within one.
    stops: list[tuple[float, float, float]] = [(0, -2.2, 1.9), (3, -1.2, 2.2), (6, -1.2, 4.6)]
    stops += [(6 + 2 * turn, 1.2 if turn % 2 else -1.2, 5.0) for turn in range(1, 16)]
    for late in (0.0, 0.1, 0.2, 0.3):
        watch = made()
        clerk = Walker(stops=[(at + late, x, y) for at, x, y in stops])
        marked = 0
        for sighting in sightings([clerk], seconds=45, rate=3):
            watch.see(sighting)
            watch.tick(sighting.at, 1000.0 + sighting.at)
            marked = max(marked, watch.staff_known)
        assert (marked, watch.staff_known, watch.remembered) == (1, 0, 0)


def test_a_queue_does_not_grow_by_staff_who_stand_in_it() -> None:
    helper = Walker(stops=[(1, 0.2, 5.4), (4, 0.2, 5.2), (9, 1.8, 2), (34, 1.8, 2)])
    noted = watched(seen(helper), made())
    assert sum(each.waiting_s for each in of(noted, QueueNoted)) == 0
    fault = watched(seen(helper), made(staff=()))
    assert sum(each.waiting_s for each in of(fault, QueueNoted)) > 15


def test_the_list_of_badges_outlives_a_restart_and_has_one_name_whatever_its_order(tmp_path: Path) -> None:
    one, two = "a" * 32, "b" * 32
    badges = Badges(tmp_path / "badges")
    assert one not in badges
    badges.take([two, one])
    again = Badges(tmp_path / "badges")
    assert one in again
    assert None not in again
    assert again.digest == badges_digest([one, two]) != badges_digest([one])
    again.take([])
    assert Badges(tmp_path / "badges").digest == badges_digest([])


def test_a_list_that_cannot_be_kept_changes_nothing(tmp_path: Path) -> None:
    badges = Badges(tmp_path / "badges")
    badges.take(["a" * 32])
    (tmp_path / "badges.new").mkdir()
    with pytest.raises(OSError, match="badges"):
        badges.take(["b" * 32])
    assert "a" * 32 in badges


legs = st.lists(
    st.tuples(st.integers(1, 3), st.floats(-3, 3), st.floats(-3, 3), st.floats(0.05, 8)), min_size=1, max_size=40
)


@settings(max_examples=100, deadline=None)
@given(legs)
def test_every_leg_is_either_a_shoppers_or_staffs_and_nobody_goes_back(
    ways: list[tuple[int, float, float, float]],
) -> None:
    staff = Staff(zones=(Zone(id="z", corners=((0, 0), (2, 0), (2, 2), (0, 2))),), habits=Habits(lingers=5))
    clock, known = 0.0, set[int]()
    for track, x, y, seconds in ways:
        leg = Leg(track=track, began=clock, ended=clock + seconds, start=(x, y), end=(x, y), spread=even(0.1))
        clock += seconds
        parted = staff.part([leg])
        assert [*parted.shoppers, *parted.staff] == [leg]
        assert (track in known) <= bool(parted.staff)
        assert set(parted.marked) == staff.known - known
        known = set(staff.known)

"""What a node noticed, as the contract's events: in wall time, in whole milliseconds, within the contract's bounds."""

import math

import pytest

from cloud.store.sums import summed
from contract.events import MAX_CELLS, Direction, Event, Heat, Outcome, Party, Queue, Run, Wait
from contract.messages import decode_event, encode_event
from edge.counting import crossings
from edge.counting.heat import CellTime
from edge.counting.noted import HeatNoted, Noted, PartyNoted, QueueNoted, WaitNoted
from edge.counting.queues import End
from edge.facts import Clock, events
from edge.floor.ownership import Strip

CLOCK = Clock(monotonic=100.0, wall=1_790_000_000.0)
AT = 1_790_000_000_000 - 40_000


def told(noted: Noted) -> list[Event]:
    """The events as the cloud will read them."""
    return [decode_event(encode_event(event)) for event in events(noted, CLOCK, pseudonym=lambda _: None)]


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        (
            PartyNoted(line="door", direction=crossings.Direction.OUT, at=60.0, size=3),
            Party(at=AT, line="door", direction=Direction.OUT, size=3),
        ),
        (
            WaitNoted(zone="queue", began=60.0, ended=72.3456, end=End.SERVED),
            Wait(at=AT, zone="queue", for_ms=12_346, outcome=Outcome.SERVED),
        ),
        (
            QueueNoted(zone="queue", at=60.0, span_s=60.0, covered_s=59.9, waiting_s=12.3456, peak=2),
            Queue(at=AT, zone="queue", span_ms=60_000, covered_ms=59_900, waiting_ms=12_346, peak=2),
        ),
    ],
)
def test_what_is_noted_of_a_floor_is_told_as_an_event(noted: Noted, expected: object) -> None:
    assert told(noted) == [expected]


@pytest.mark.parametrize("end", End)
def test_every_end_of_a_wait_has_its_outcome(end: End) -> None:
    (found,) = told(WaitNoted(zone="queue", began=1.0, ended=5.0, end=end))
    assert isinstance(found, Wait)
    assert found.outcome.value == end.value


def heat(*, cells: int = 1, strips: tuple[Strip, ...] = ()) -> list[Heat]:
    found = told(
        HeatNoted(
            camera="c",
            at=60.0,
            span_s=60.0,
            covered_s=30.0,
            cell_mm=250,
            cells=tuple(CellTime(x=n % 4_000, y=n // 4_000, person_ms=n + 1, tracks=n % 3) for n in range(cells)),
            seen=tuple((strip, 30.0) for strip in strips),
        )
    )
    return [each for each in found if isinstance(each, Heat)]


def test_each_strip_of_cells_was_seen_for_its_own_time() -> None:
    strips = (Strip(x=-3, y=4, cells=7), 30.0), (Strip(x=6, y=4, cells=1), 12.3456)

    (found,) = told(HeatNoted(camera="c", at=60.0, span_s=60.0, covered_s=30.0, cell_mm=250, cells=(), seen=strips))

    assert isinstance(found, Heat)
    assert found.seen == (Run(-3, 4, 7, 30_000), Run(6, 4, 1, 12_346))


@pytest.mark.parametrize(("cells", "strips"), [(0, 0), (MAX_CELLS, MAX_CELLS), (2 * MAX_CELLS + 500, 3), (1, 9_000)])
def test_a_floor_too_rich_for_one_event_is_told_whole_by_several(cells: int, strips: int) -> None:
    runs = tuple(Strip(x=n // 4_000 * 10, y=n % 4_000, cells=1 + n % 9) for n in range(strips))

    found = heat(cells=cells, strips=runs)

    assert len(found) == max(1, math.ceil(max(cells, strips) / MAX_CELLS))
    assert {each.at for each in found} == {AT}
    sums = summed(found)
    assert sums.cameras == {("c", AT // 60_000 * 60_000): [60_000, 30_000, cells * (cells + 1) // 2]}
    (grid,) = sums.cells.values()
    assert len(grid) == cells
    assert sum(len(each) for each in sums.tracks.values()) == cells - math.ceil(cells / 3)
    assert [seconds for each in sums.seen.values() for seconds in each.values()] == [30_000] * strips

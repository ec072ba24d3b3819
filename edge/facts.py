"""From what a node noticed, in its own clock, to the contract's events, in wall time and under pseudonyms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract.events import (
    MAX_CELLS,
    Badge,
    Cause,
    Cell,
    Crossing,
    Device,
    DeviceChanged,
    Direction,
    Event,
    Heat,
    Occupancy,
    Outcome,
    Party,
    Queue,
    Removal,
    Run,
    Staff,
    Stay,
    Tap,
    Wait,
)
from edge.counting import noted as floor
from edge.counting.noted import (
    BadgeNoted,
    CrossingNoted,
    HeatNoted,
    OccupancyNoted,
    PartyNoted,
    QueueNoted,
    StaffNoted,
    StayNoted,
    WaitNoted,
)
from edge.delivery.dating import Reading
from edge.inputs import CameraChanged, DeviceState, ReaderChanged
from edge.taps import RemovalNoted, TapNoted

_Single = TapNoted | RemovalNoted | floor.Single | ReaderChanged | CameraChanged
Noted = _Single | HeatNoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Two clocks read at one moment: CLOCK_MONOTONIC and wall time since the Unix epoch, both in seconds."""

    monotonic: float
    wall: float
    slept: float = 0.0  # s of this boot that CLOCK_MONOTONIC left out, as the machine was suspended
    boot: str = ""  # the name of this boot; empty where the machine has none
    unset: bool = False  # the machine's time service runs, and has not set the wall clock since the boot

    @property
    def reading(self) -> Reading:
        """By what events are dated now."""
        return Reading(boot=self.boot, ahead_ms=round((self.wall - self.monotonic - self.slept) * 1000))

    def ms(self, at: float) -> int:
        """The wall time of a monotonic `at`, in ms, as the wall clock stands now; never before 1970."""
        return max(0, round((self.wall - self.monotonic + at) * 1000))


def events(noted: Noted, clock: Clock, *, pseudonym: Callable[[bytes], str | None]) -> Iterator[Event]:
    """The event that tells the cloud of `noted`, or the several, where one cannot hold it.

    `pseudonym` turns a tag's UID into its name in this store.
    """
    if isinstance(noted, HeatNoted):
        yield from _heat(noted, clock)
    else:
        yield _event(noted, clock, pseudonym)


def _event(noted: _Single, clock: Clock, pseudonym: Callable[[bytes], str | None]) -> Event:
    at = clock.ms
    match noted:
        case TapNoted():
            return Tap(at=at(noted.at), reader=noted.reader, tag=_named(noted.uid, pseudonym), staff=noted.staff)
        case RemovalNoted():
            tag = _named(noted.uid, pseudonym)
            held_ms = _ms(noted.held_s)
            return Removal(at=at(noted.at), reader=noted.reader, tag=tag, held_ms=held_ms, staff=noted.staff)
        case ReaderChanged():
            return _changed(Device.READER, noted.reader, noted, clock)
        case CameraChanged():
            return _changed(Device.CAMERA, noted.camera, noted, clock)
        case _:
            return _on_floor(noted, clock)


def _on_floor(noted: floor.Single, clock: Clock) -> Event:
    at = clock.ms
    match noted:
        case CrossingNoted():
            direction = Direction(noted.direction.value)
            return Crossing(at=at(noted.at), line=noted.line, direction=direction, staff=noted.staff)
        case StaffNoted():
            return _staff(noted, clock)
        case BadgeNoted():
            return Badge(at=at(noted.at), reader=noted.reader, people=noted.people)
        case PartyNoted():
            direction = Direction(noted.direction.value)
            return Party(at=at(noted.at), line=noted.line, direction=direction, size=noted.size)
        case StayNoted():
            for_ms = _ms(noted.left - noted.entered)
            return Stay(at=at(noted.entered), zone=noted.zone, for_ms=for_ms, cut=noted.cut)
        case WaitNoted():
            for_ms = _ms(noted.ended - noted.began)
            return Wait(at=at(noted.began), zone=noted.zone, for_ms=for_ms, outcome=Outcome(noted.end.value))
        case OccupancyNoted():
            return _occupancy(noted, clock)
        case QueueNoted():
            return _queue(noted, clock)


def _staff(noted: StaffNoted, clock: Clock) -> Staff:
    return Staff(
        at=clock.ms(noted.at),
        camera=noted.camera,
        span_ms=_ms(noted.span_s),
        person_ms=_ms(noted.person_s),
        marked=noted.marked,
        told=noted.told,
    )


def _occupancy(noted: OccupancyNoted, clock: Clock) -> Occupancy:
    return Occupancy(
        at=clock.ms(noted.at),
        zone=noted.zone,
        span_ms=_ms(noted.span_s),
        covered_ms=_ms(noted.covered_s),
        person_ms=_ms(noted.person_s),
        peak=noted.peak,
    )


def _queue(noted: QueueNoted, clock: Clock) -> Queue:
    return Queue(
        at=clock.ms(noted.at),
        zone=noted.zone,
        span_ms=_ms(noted.span_s),
        covered_ms=_ms(noted.covered_s),
        waiting_ms=_ms(noted.waiting_s),
        peak=noted.peak,
    )


def _heat(noted: HeatNoted, clock: Clock) -> Iterator[Heat]:
    """The camera's report in as many events as its cells or strips need; only the first has its time."""
    span_ms, covered_ms = _ms(noted.span_s), _ms(noted.covered_s)
    for start in range(0, max(len(noted.cells), len(noted.seen), 1), MAX_CELLS):
        cells = noted.cells[start : start + MAX_CELLS]
        strips = noted.seen[start : start + MAX_CELLS]
        yield Heat(
            at=clock.ms(noted.at),
            camera=noted.camera,
            span_ms=0 if start else span_ms,
            covered_ms=0 if start else covered_ms,
            cell_mm=noted.cell_mm,
            cells=tuple(Cell(cell.x, cell.y, cell.person_ms) for cell in cells),
            seen=tuple(Run(strip.x, strip.y, strip.cells, _ms(seen_s)) for strip, seen_s in strips),
            tracks=tuple(cell.tracks for cell in cells),
        )


def _named(uid: bytes | None, pseudonym: Callable[[bytes], str | None]) -> str | None:
    return None if uid is None else pseudonym(uid)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _changed(device: Device, name: str, changed: ReaderChanged | CameraChanged, clock: Clock) -> DeviceChanged:
    ok = changed.state is DeviceState.OK
    return DeviceChanged(
        at=clock.ms(changed.at),
        device=device,
        name=name,
        ok=ok,
        reason=words(changed.reason),
        cause=None if ok else _cause(changed),
    )


def _cause(changed: ReaderChanged | CameraChanged) -> Cause:
    told = changed.cause if isinstance(changed, CameraChanged) else None
    return told or Cause.LOST


def words(text: str) -> str:
    """A stranger's text as one line that `contract.fields.Words` takes."""
    return "".join(c if c.isprintable() else " " for c in text)[:300]

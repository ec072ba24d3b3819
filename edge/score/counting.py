"""The node's own counting code over a recording."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.counting.encounters import Ground
from edge.counting.noted import CrossingNoted, Noted, OccupancyNoted, StayNoted
from edge.counting.watch import Watch
from edge.floor.plane import Floor
from edge.inputs import Sighting
from edge.score.drawn import Drawn
from edge.score.happened import Crossed, Happened, Spent, Stayed

PERIOD_S: Final = 5.0  # how often sums are told: the intervals' blocks are so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the node would have told, and the processor time of tracker and counting for each sighting."""

    happened: Happened
    cpu_s: tuple[float, ...]


def counted(sightings: Sequence[Sighting], floor: Floor, drawn: Drawn) -> Counted:
    """What a node with this one camera counts; `drawn` is in metres of `floor`, the sightings in order of time."""
    if not sightings:
        return Counted(happened=Happened(), cpu_s=())
    watch = Watch(
        floors={sightings[0].camera: floor}, ground=Ground(lines=drawn.lines, zones=drawn.zones), period_s=PERIOD_S
    )
    noted: list[Noted] = []
    took: list[float] = []
    for sighting in sightings:
        began = time.process_time()
        noted += watch.see(sighting)
        noted += watch.tick(sighting.at, sighting.at)
        took.append(time.process_time() - began)
    noted += watch.close(sightings[-1].at)
    return Counted(happened=happened(noted), cpu_s=tuple(took))


def happened(noted: Iterable[Noted]) -> Happened:
    """What a node noted, as the judge takes it: a zone's time stands at the middle of its span."""
    crossings: list[Crossed] = []
    stays: list[Stayed] = []
    spent: list[Spent] = []
    for each in noted:
        match each:
            case CrossingNoted():
                crossings.append(Crossed(line=each.line, direction=each.direction, at=each.at))
            case StayNoted():
                stays.append(Stayed(zone=each.zone, began=each.entered, ended=each.left))
            case OccupancyNoted():
                middle = each.at + each.span_s / 2
                spent.append(Spent(zone=each.zone, at=middle, person_s=each.person_s))
            case _:
                pass
    return Happened(crossings=tuple(crossings), stays=tuple(stays), spent=tuple(spent))

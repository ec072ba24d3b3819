"""What is told of one scored film."""

import statistics
from dataclasses import dataclass

from edge.score.onfloor import OnFloor
from edge.score.result import Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """All lines and zones of a film together."""

    crossings: int  # true ones
    crossings_counted: int
    crossings_missed: int
    crossings_invented: int
    stays: int
    stays_counted: int
    stays_invented: int
    person_s: float
    person_s_counted: float
    person_s_off: float  # the sum of the zones' errors, s
    dwell_off_s: float | None  # median of the matched stays

    @property
    def person_s_share(self) -> float | None:
        """The error as a share of the true person-seconds; None where nobody was there."""
        return self.person_s_off / self.person_s if self.person_s else None

    @property
    def false(self) -> bool:
        """Whether anything was counted in a film without anybody."""
        return bool(self.crossings_counted or self.stays_counted or self.person_s_counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One film at one rate; without the boxes' figures where several cameras were counted together."""

    scored: Scored | None
    counts: Counts


def of_score(scored: Scored) -> Counts:
    """The counts in the last line of `aisle-edge score`."""
    ways = [way for line in scored.lines for way in (line.inward, line.outward)]
    return Counts(
        crossings=sum(way.truth for way in ways),
        crossings_counted=sum(way.counted for way in ways),
        crossings_missed=sum(way.missed for way in ways),
        crossings_invented=sum(way.invented for way in ways),
        stays=sum(zone.stays_truth for zone in scored.zones),
        stays_counted=sum(zone.stays_counted for zone in scored.zones),
        stays_invented=sum(zone.stays_invented for zone in scored.zones),
        person_s=sum(zone.person_s_truth for zone in scored.zones),
        person_s_counted=sum(zone.person_s_counted for zone in scored.zones),
        person_s_off=sum(abs(zone.person_s_truth - zone.person_s_counted) for zone in scored.zones),
        dwell_off_s=scored.floor.dwell_error_median_s if scored.floor else None,
    )


def of_floor(floor: OnFloor) -> Counts:
    """The counts of a node that was judged here."""
    ways = [way for line in floor.lines.values() for way in line.values()]
    zones = tuple(floor.zones.values())
    errors = [error for zone in zones for error in zone.errors]
    return Counts(
        crossings=sum(way.truth for way in ways),
        crossings_counted=sum(way.counted for way in ways),
        crossings_missed=sum(way.missed for way in ways),
        crossings_invented=sum(way.invented for way in ways),
        stays=sum(zone.truth for zone in zones),
        stays_counted=sum(zone.counted for zone in zones),
        stays_invented=sum(zone.invented for zone in zones),
        person_s=sum(zone.person_s_truth for zone in zones),
        person_s_counted=sum(zone.person_s_counted for zone in zones),
        person_s_off=sum(abs(zone.person_s_truth - zone.person_s_counted) for zone in zones),
        dwell_off_s=statistics.median(errors) if errors else None,
    )

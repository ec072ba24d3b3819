"""How many people were in a zone for how long, minute by minute."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

from edge.counting.minutes import Minute

_Key: TypeAlias = tuple[Minute, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowding:
    """One zone in one minute."""

    person_s: float
    peak: int  # the most people at once


class Occupancy:
    """The times of people in zones for each open minute. State of one owner."""

    def __init__(self) -> None:
        self._times: defaultdict[_Key, dict[int, list[tuple[float, float]]]] = defaultdict(dict)

    def add(self, minute: Minute, zone: str, track: int, began: float, ended: float) -> None:
        """A track was in the zone from `began` to `ended`, within the minute and later than what was added of it."""
        times = self._times[minute, zone].setdefault(track, [])
        if times and times[-1][1] >= began:
            times[-1] = (times[-1][0], ended)
        else:
            times.append((began, ended))

    def forget(self, track: int) -> None:
        """Takes out what was added of a track to the minutes that are open."""
        for tracks in self._times.values():
            tracks.pop(track, None)

    def take(self, minute: Minute, zone: str) -> Crowding:
        """The zone's minute, which is forgotten."""
        times = [time for track in self._times.pop((minute, zone), {}).values() for time in track]
        return Crowding(person_s=sum(ended - began for began, ended in times), peak=_peak(times))


def _peak(times: list[tuple[float, float]]) -> int:
    """The most times that overlap; one that ends when another begins does not."""
    changes = sorted([(began, 1) for began, _ in times] + [(ended, -1) for _, ended in times])
    most = present = 0
    for _, change in changes:
        present += change
        most = max(most, present)
    return most

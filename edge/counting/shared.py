"""Which camera answers for which part of the floor: the best that sees just then, and who it was in a minute."""

from collections.abc import Mapping, Sequence

from edge.counting import coverage
from edge.counting.coverage import Turn
from edge.floor import ownership
from edge.floor.ownership import Region, Rest, Strip
from edge.floor.shapes import Zone


class Shared:
    """The floor of a node's cameras, shared out among those that see. State of one owner."""

    def __init__(
        self,
        cameras: Sequence[str],
        zones: Sequence[Zone],
        *,
        regions: Mapping[str, Region] | None,
        rest: Rest | None,
        cell: float,
    ) -> None:
        """`regions` while all see, None where a camera answers for all that it shows; `rest` as `Watch` has it."""
        self.away = frozenset[str]()  # those that see nothing now
        self._cameras, self._zones, self._cell = tuple(cameras), tuple(zones), cell
        self._rest = None if regions is None else rest
        self._looked: dict[str, frozenset[str]] = {}  # who was away at each camera's last look
        self._regions = {} if regions is None else {self.away: {camera: regions[camera] for camera in cameras}}
        self._shares = {zone.id: {self.away: self._shares_of(zone, self.away)} for zone in self._zones}

    @property
    def in_sight(self) -> Mapping[str, float]:
        """Which share of each zone's floor the cameras answer for while all see."""
        return {zone: sum(shares[frozenset()].values()) for zone, shares in self._shares.items()}

    def out(self, away: frozenset[str]) -> Mapping[str, Region]:
        """From now on these see nothing: the regions of the others, none where that changes nothing."""
        if self._rest is None or away == self.away:
            return {}
        self.away = away
        self._lay_out(away)
        return self._regions[away]

    def turn(self, camera: str) -> Turn:
        """The camera looks: what it answered for since its look before, all of that time."""
        before, self._looked[camera] = self._looked.get(camera, self.away), self.away
        away = before & self.away
        self._lay_out(away)
        return camera, away

    def covered(self, seconds: Mapping[Turn, float]) -> Mapping[str, float]:
        """The seconds that each zone was covered in a time in which the cameras saw for these."""
        return {zone: coverage.covered(shares, seconds) for zone, shares in self._shares.items()}

    def seen(self, camera: str, seconds: Mapping[Turn, float]) -> tuple[tuple[Strip, float], ...]:
        """The cells that the camera answers for, or did in that time, and how long it saw each."""
        if not self._regions:
            return ()
        turns = [(self._regions[away][camera], spent) for (name, away), spent in seconds.items() if name == camera]
        return ownership.seen([(self._regions[frozenset()][camera], 0.0), *turns])

    def _lay_out(self, away: frozenset[str]) -> None:
        if self._rest is None or away in self._regions:
            return
        regions = self._rest(away)
        self._regions[away] = {camera: regions[camera] for camera in self._cameras if camera not in away}
        for zone in self._zones:
            self._shares[zone.id][away] = self._shares_of(zone, away)

    def _shares_of(self, zone: Zone, away: frozenset[str]) -> Mapping[str, float]:
        if not self._regions:
            return dict.fromkeys(self._cameras, 1.0)
        return coverage.shares(zone, self._regions[away], cell=self._cell)

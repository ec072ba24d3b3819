"""What one run of the comparison measured; the page is made of this and of nothing else."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tests.bench.vision.trial import Row

AISLE: Final = "Aisle"
OWN: Final = "Aisle, its own counter"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time of one tracker's update."""

    name: str
    people: int
    ms: float
    ratio: float  # over roboflow's ByteTrack, in turns


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that Aisle is held to."""

    what: str
    wanted: float
    measured: float | None  # None where this run does not measure it
    most: bool  # the figure must be at most what is wanted, not at least
    where: str = ""  # what measures it instead

    @property
    def holds(self) -> bool | None:
        """None where this run does not measure it."""
        if self.measured is None:
            return None
        return self.measured <= self.wanted if self.most else self.measured >= self.wanted


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What there was to be found."""

    frames: int
    seconds: float
    people: int
    boxes: int
    crossings: int
    person_s: float
    stays: int


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """The processor time of everything, in per cent of one core and of the video's own time."""

    rate: float
    decode_percent: float
    beyond_percent: float
    detect_ms: float


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    date: str
    commit: str
    machine: str
    load: str
    model: str
    average_precision: float  # at an IoU of 0.5, the mean over 101 recalls
    average_precision_area: float  # the same by the whole area under the curve
    scene: Scene
    rows: tuple[Row, ...]
    costs: tuple[Cost, ...]
    pipeline: Pipeline
    versions: Mapping[str, str]
    absent: tuple[str, ...]  # what could not be run, and why

    def row(self, name: str, rate: float) -> Row:
        """One line of the table at a rate."""
        return next(row for row in self.rows if row.name == name and abs(row.rate - rate) < 0.05)


def aims(results: Results) -> tuple[Aim, ...]:
    """What the comparison must show, and what it shows."""
    found: list[Aim] = []
    for rate, wanted in ((10.0, (None, 78, None)), (10 / 3, (82, 80, 3)), (2.0, (79, 70, 6))):
        mota, idf1, crossings = wanted
        figures = results.row(AISLE, rate).figures
        at = f"at {rate:.2g} a second"
        if mota is not None:
            found.append(Aim(what=f"MOTA {at}, %", wanted=mota, measured=figures.mota, most=False))
        found.append(Aim(what=f"IDF1 {at}, %", wanted=idf1, measured=figures.idf1, most=False))
        if crossings is not None:
            counted = results.row(OWN, rate).figures.crossing_error
            what = f"crossing error {at}, of {results.scene.crossings}"
            found.append(
                Aim(what=f"{what}, neutral counter", wanted=crossings, measured=figures.crossing_error, most=True)
            )
            found.append(Aim(what=f"{what}, own counter", wanted=crossings, measured=counted, most=True))
    rates = sorted({row.rate for row in results.rows})
    of_all = [results.row(AISLE, rate).figures for rate in rates]
    found += [
        Aim(what="zone error, worst rate, %", wanted=5, measured=max(each.zone_error for each in of_all), most=True),
        Aim(
            what="dwell error, worst rate, s", wanted=0.5, measured=max(each.dwell_error for each in of_all), most=True
        ),
        Aim(
            what="detector AP at IoU 0.5, area under the curve",
            wanted=0.94,
            measured=results.average_precision_area,
            most=False,
        ),
        Aim(
            what="detector AP at IoU 0.5, COCO's 101 recalls",
            wanted=0.94,
            measured=results.average_precision,
            most=False,
        ),
        *(
            Aim(what=f"update over ByteTrack's, {cost.people} people", wanted=1.0, measured=cost.ratio, most=True)
            for cost in results.costs
            if cost.name == AISLE
        ),
        Aim(
            what="pipeline at 3.3 a second beyond decoding, % of a core",
            wanted=12,
            measured=results.pipeline.beyond_percent,
            most=True,
        ),
        Aim(
            what="detector's time over the 416 input's",
            wanted=0.5,
            measured=None,
            most=True,
            where="tests.bench.bench_detector",
        ),
        Aim(what="false counts in an empty hour", wanted=0, measured=None, most=True, where="edge/SCENARIOS.md"),
    ]
    return tuple(found)

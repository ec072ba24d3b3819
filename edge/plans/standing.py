"""What a node makes of a plan: its floor, what it counts there, and what each of its cameras' processes is told."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.plan import Plan
from edge import jobs
from edge.camera.settings import Job, Settings
from edge.counting import coverage
from edge.counting.encounters import Ground
from edge.counting.watch import Watch
from edge.survey import Survey, survey

WHOLE: Final = 0.995
"""The share of a zone in sight below which somebody should know."""
MOSTLY: Final = 0.75  # of a line, as it is drawn past both ends of its door
FINE: Final = 0.1  # m: a line is looked at by pieces of half this length
NO_PLAN: Final = "no plan has come yet"
NOTHING: Final = Survey(
    floors={}, regions={}, rest=lambda _: {}, ground=Ground(), errors={}, broken_cameras={}, broken_marks={}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What stays the same under every plan: the operator's settings."""

    cameras: Sequence[Settings]
    cell_mm: int
    figures_every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A node under one plan. `watch` is new: whoever takes it is its owner.

    `geometry` is all of the plan that the watch was made of but where readers are: under an equal one a running watch
    may go on, and is told of the readers.
    `unfit`: cameras that see no floor, with the reason; their processes run, so that they can be calibrated.
    """

    version: int | None  # None: no plan
    geometry: bytes
    found: Survey
    watch: Watch
    jobs: Mapping[str, Job]
    unfit: Mapping[str, str]


def stand(plan: Plan | None, ways: Ways) -> Standing:
    """The node under a plan, or under none yet: then its cameras wait."""
    names = [camera.name for camera in ways.cameras]
    found = NOTHING if plan is None else survey(plan, names, cell=ways.cell_mm / 1000)
    watch = Watch(
        floors=found.floors,
        regions=found.regions,
        rest=found.rest,
        ground=found.ground,
        cell_mm=ways.cell_mm,
        period_s=ways.figures_every_s,
    )
    return Standing(
        version=None if plan is None else plan.version,
        geometry=b"" if plan is None else _geometry(plan),
        found=found,
        watch=watch,
        jobs={} if plan is None else _jobs(plan, ways, found),
        unfit=dict.fromkeys(names, NO_PLAN) if plan is None else found.broken_cameras,
    )


def remarks(standing: Standing) -> Iterator[tuple[int, str]]:
    """What the operator should know of it, a line each, with its level of `logging`."""
    found = standing.found
    for name, error in found.errors.items():
        cells = found.regions[name].cells
        yield (
            logging.INFO,
            f"{name} is calibrated to {100 * error:.1f} cm at its worst point, answers for {cells} cells",
        )
    for zone, share in standing.watch.in_sight.items():
        if share < WHOLE:
            yield logging.WARNING, f"of the zone {zone} this node's cameras see {share:.0%}: it is never covered better"
    for line in found.ground.lines:
        share = coverage.of_line(line, found.regions, cell=FINE)
        if share < MOSTLY:
            yield (
                logging.WARNING,
                f"of the line {line.id} this node's cameras see {share:.0%}: beyond it nobody is counted",
            )
    for name, reason in found.broken_marks.items():
        yield logging.ERROR, f"{name} is not counted: {reason}"
    for name, reason in standing.unfit.items():
        yield logging.ERROR, f"{name} counts nobody: {reason}"


def _jobs(plan: Plan, ways: Ways, found: Survey) -> Mapping[str, Job]:
    spots = {spot.id: spot for spot in plan.cameras}
    return {
        settings.name: jobs.job(settings, spots[settings.name], found.floors[settings.name])
        if settings.name in found.floors
        else jobs.uncalibrated(settings, spots[settings.name])
        for settings in ways.cameras
    }


def _geometry(plan: Plan) -> bytes:
    zones = [(zone.id, zone.kind, zone.camera, zone.polygon) for zone in plan.zones]
    lines = [(line.id, line.camera, line.a, line.b) for line in plan.lines]
    return msgspec.json.encode((plan.cameras, zones, lines))

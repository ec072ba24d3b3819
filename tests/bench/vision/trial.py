"""One tracker over one sample of the clip, and what the judge and the neutral counter say of it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from edge.score import hota
from edge.score.frames import by_frame
from edge.score.motchallenge import Row as Box
from tests.bench.vision import neutral, own
from tests.bench.vision.clip import FRAMES_PER_SECOND, STEPS, Clip, Sample, Table, sample
from tests.bench.vision.contenders import FAINT, Contender, Settings
from tests.bench.vision.neutral import Counted, Scene
from tests.bench.vision.processes import Process


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How well one tracker did at one rate; means over the frames that such a rate may begin with."""

    mota: float | None  # per cent; none of these four for what tells no boxes
    idf1: float | None  # per cent
    hota: float | None  # per cent
    switches: float | None
    crossing_error: float  # people, over lines and directions
    crossings_wrong: float  # missed and invented
    zone_error: float  # per cent of the true person-seconds
    dwell_error: float  # s, median
    worst_crossing_error: float


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table."""

    name: str
    settings: str
    rate: float
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One library's lines, and its best settings at the highest rate."""

    rows: tuple[Row, ...]
    fastest: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """What a result is held against."""

    clip: Clip
    scene: Scene
    truth: Counted
    judge: Process


def court(clip: Clip, scene: Scene, judge: Process) -> Court:
    """The truth, counted once from every frame of it."""
    walked = neutral.ways(clip.truth, clip.matrix, frames_per_second=FRAMES_PER_SECOND)
    counted = neutral.count(walked, scene, period=1 / FRAMES_PER_SECOND)
    return Court(clip=clip, scene=scene, truth=counted, judge=judge)


def job(tracker: str, settings: Settings, clip: Clip, seen: Sample) -> dict[str, Any]:
    """What an adapter is asked."""
    return {
        "tracker": tracker,
        "settings": settings.values,
        "least": settings.least,
        "rate": seen.rate,
        "width": clip.width,
        "height": clip.height,
        "sightings": seen.sightings,
    }


def judged(court: Court, seen: Sample, found: Table) -> Figures:
    """The figures of rows that a tracker told of a sample."""
    marks = court.judge.ask({"truth": seen.truth, "found": found, "frames": seen.frames})
    walked = neutral.ways(found, court.clip.matrix, frames_per_second=FRAMES_PER_SECOND)
    told = of_counts(court, neutral.count(walked, court.scene, period=seen.period))
    return msgspec.structs.replace(
        told, mota=100 * marks["mota"], idf1=100 * marks["idf1"], switches=marks["num_switches"]
    )


def of_counts(court: Court, counted: Counted) -> Figures:
    """The figures of counts alone."""
    error = neutral.crossing_error(counted, court.truth)
    return Figures(
        mota=None,
        idf1=None,
        hota=None,
        switches=None,
        crossing_error=error,
        crossings_wrong=neutral.crossings_wrong(counted, court.truth),
        zone_error=100 * neutral.zone_error(counted, court.truth),
        dwell_error=neutral.dwell_error(counted, court.truth),
        worst_crossing_error=error,
    )


def tried(court: Court, library: Process, tracker: str, settings: Settings, step: int) -> Figures:
    """The mean over all frames that a look at every `step`th one may begin with."""
    told = []
    for first in range(1, step + 1):
        seen = sample(court.clip, step=step, first=first)
        found = library.ask(job(tracker, settings, court.clip, seen))["rows"]
        overlaps = by_frame(boxes(seen.truth), boxes(found), seen.frames)
        whole = 100 * hota.measured(overlaps).hota
        told.append(msgspec.structs.replace(judged(court, seen, found), hota=whole))
    return mean(told)


def best(court: Court, library: Process, contender: Contender, step: int) -> Settings:
    """The settings of the grid that do best on this very clip: by MOTA, IDF1 and the share of crossings wrong."""
    rate = FRAMES_PER_SECOND / step
    options = (contender.default, *contender.grid(rate))
    true = len(court.truth.crossings)
    seen = sample(court.clip, step=step, first=1)

    def merit(settings: Settings) -> float:
        figures = judged(court, seen, library.ask(job(contender.tracker, settings, court.clip, seen))["rows"])
        assert figures.mota is not None
        assert figures.idf1 is not None
        return figures.mota + figures.idf1 - 100 * figures.crossing_error / true

    return max(options, key=merit)


def tried_all(court: Court, library: Process, contender: Contender) -> Tried:
    """The contender at every rate, as it comes and at its best."""
    rows: list[Row] = []
    fastest = contender.default
    for step in STEPS:
        chosen = best(court, library, contender, step)
        fastest = chosen if step == min(STEPS) else fastest
        for how, settings in {"as it comes": contender.default, "its best": chosen}.items():
            figures = tried(court, library, contender.tracker, settings, step)
            name = f"{contender.name}, {how}"
            rows.append(Row(name=name, settings=settings.words, rate=FRAMES_PER_SECOND / step, figures=figures))
    return Tried(rows=tuple(rows), fastest=fastest)


def aisle(court: Court, library: Process) -> list[Row]:
    """Aisle at every rate on the calibrated floor, on the floor that it guesses, and with its own counter."""
    clip = court.clip
    floors = {"Aisle": clip.matrix, "Aisle, floor guessed from the boxes": clip.assumed}
    told = []
    for step in STEPS:
        rate = FRAMES_PER_SECOND / step
        for name, matrix in floors.items():
            settings = Settings(values={"matrix": matrix.tolist()}, least=FAINT)
            told.append(Row(name=name, settings="", rate=rate, figures=tried(court, library, "aisle", settings, step)))
        told.append(Row(name="Aisle, its own counter", settings="", rate=rate, figures=_own(court, step)))
    return told


def mean(figures: Sequence[Figures]) -> Figures:
    """Each figure's mean, and the worst crossing error."""
    means = {
        field: None if None in values else statistics.fmean(values)
        for field in Figures.__struct_fields__
        for values in [[getattr(each, field) for each in figures]]
    }
    means["worst_crossing_error"] = max(each.crossing_error for each in figures)
    return msgspec.convert(means, Figures)


def _own(court: Court, step: int) -> Figures:
    clip = court.clip
    samples = [sample(clip, step=step, first=first) for first in range(1, step + 1)]
    counts = [own.counted(each, court.scene, clip.matrix, width=clip.width, height=clip.height) for each in samples]
    return mean([of_counts(court, counted) for counted in counts])


def boxes(table: Table) -> list[Box]:
    """The rows as `edge.score` reads them."""
    return [
        Box(frame=int(frame), id=int(name), left=x1, top=y1, width=x2 - x1, height=y2 - y1)
        for frame, name, x1, y1, x2, y2 in table
    ]

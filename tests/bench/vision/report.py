"""The page of the docs, made from one run's results."""

from collections.abc import Iterable, Sequence
from typing import Final

from tests.bench.vision.results import AISLE, OWN, Results, aims
from tests.bench.vision.trial import Figures, Row

HEAD: Final = (
    "tracker",
    "MOTA %",
    "IDF1 %",
    "HOTA %",
    "id switches",
    "crossing error (worst)",
    "missed or invented",
    "zone error %",
    "dwell error s",
)
LICENCES: Final = {
    "norfair": "BSD-3-Clause",
    "motpy": "MIT",
    "trackers": "Apache-2.0",
    "supervision": "MIT",
    "mesopic": "MIT",
    "motmetrics": "MIT",
}
# What a figure is called, which way is better, and by how little a difference is none.
CONTESTS: Final = (
    ("MOTA", "mota", True, 0.5),
    ("IDF1", "idf1", True, 0.5),
    ("HOTA", "hota", True, 0.5),
    ("id switches", "switches", False, 0.5),
    ("the crossing error", "crossing_error", False, 0.5),
    ("crossings missed or invented", "crossings_wrong", False, 0.5),
    ("the zone error", "zone_error", False, 0.25),
    ("the dwell error", "dwell_error", False, 0.05),
)


def page(results: Results) -> str:
    """COMPARISON.md."""
    parts = [
        _opening(results),
        *(_rate(results, rate) for rate in sorted({row.rate for row in results.rows}, reverse=True)),
        _better(results),
        _aims(results),
        _costs(results),
        _settings(results),
        _versions(results),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(results: Results) -> str:
    scene = results.scene
    return f"""# Aisle beside the libraries that a user would pick

Measured {results.date} at commit {results.commit} on {results.machine}; {results.load}.
`make bench-vision` writes this page; nobody edits it. It needs the video and truth of PETS09-S2L1 (README, "Tests").

**The clip.** PETS09-S2L1, view 1: {scene.frames} frames in {scene.seconds:.1f} s, {scene.people} people in \
{scene.boxes} true boxes, outdoors. Four lines and four zones (`tests/bench/vision/pets.toml`) were drawn on its floor \
from the truth alone: {scene.crossings} true crossings, {scene.stays} stays, {scene.person_s:.0f} person-seconds.

**The same detections for all.** Aisle's detector ({results.model}) looked at every frame once; each tracker got those \
boxes at 10, 5, 3.3 and 2 frames a second. Below 10 a second a figure is the mean over all frames with which such a \
rate may begin (2, 3 and 5 of them); "worst" is the worst of these. Each library runs in a process and an environment \
of its own.

**One judge.** motmetrics gives MOTA, IDF1 and identity switches at an IoU of 0.5; HOTA is `edge/score`'s. Only boxes \
seen in the frame itself are judged, for everybody: what a library guesses for people out of sight would cost it MOTA. \
Crossings, zones and dwell come from one neutral counter (`tests/bench/vision/neutral.py`): the middle of the box's \
bottom, through the published homography, straight on between sightings, with 0.25 m of hysteresis. The crossing error \
is the sum of |told - true| over lines and directions; "missed or invented" counts single crossings within 1.5 s, so \
that errors cannot make good for each other. The zone error is Σ|told - true| over the true person-seconds; the dwell \
error is the median over the true stays, a stay that nobody told counting with its whole length.

**Settings.** "as it comes" is a library with its own defaults, told the frame rate where it asks. "its best" is \
the best of a small grid *on this very clip and rate*, which flatters the libraries: no shop has a truth to tune by. \
Best means MOTA + IDF1 - 100 x crossing error / true crossings. Aisle has one set of defaults for all rates and all \
cameras. They were chosen from what is known of people and detectors, but with this clip and the simulator's at hand, \
so this table flatters Aisle too."""


def _rate(results: Results, rate: float) -> str:
    rows = [row for row in results.rows if row.rate == rate]
    return f"## {rate:.2g} detections a second\n\n{_table(HEAD, (_cells(row) for row in rows))}"


def _cells(row: Row) -> tuple[str, ...]:
    told = row.figures
    name = f"**{row.name}**" if row.name.startswith(AISLE) else row.name
    crossing = _number(told.crossing_error)
    if told.worst_crossing_error != told.crossing_error:
        crossing += f" ({told.worst_crossing_error:.0f})"
    return (
        name,
        *(_number(figure) for figure in (told.mota, told.idf1, told.hota, told.switches)),
        crossing,
        _number(told.crossings_wrong),
        _number(told.zone_error),
        f"{told.dwell_error:.2f}",
    )


def _better(results: Results) -> str:
    """Every figure in which a library is ahead of Aisle on its calibrated floor."""
    lines = []
    for rate in sorted({row.rate for row in results.rows}, reverse=True):
        ours = results.row(AISLE, rate).figures
        for words, field, high, slack in CONTESTS:
            ahead = [
                f"{row.name} {_number(theirs)}"
                for row in results.rows
                if row.rate == rate and not row.name.startswith(AISLE)
                for theirs, mine in [(getattr(row.figures, field), getattr(ours, field))]
                if (theirs - mine if high else mine - theirs) > slack
            ]
            if ahead:
                lines.append(
                    f"- {rate:.2g} a second, {words}: {'; '.join(ahead)} (Aisle {_number(getattr(ours, field))})."
                )
    cheaper = [
        f"- One update with {cost.people} people: {cost.name} takes {cost.ms:.2f} ms (Aisle {mine.ms:.2f} ms)."
        for mine in results.costs
        if mine.name == AISLE
        for cost in results.costs
        if cost.people == mine.people and cost.ms < 0.95 * mine.ms
    ]
    told = "\n".join([*lines, *cheaper]) or "- Nowhere in this run."
    return f"## Where a library is better\n\n{told}"


def _aims(results: Results) -> str:
    def verdict(holds: bool | None, where: str) -> str:
        return f"see {where}" if holds is None else "yes" if holds else "**no**"

    rows = [
        (
            aim.what,
            f"{'≤' if aim.most else '≥'} {aim.wanted:g}",
            "" if aim.measured is None else f"{aim.measured:.3f}",
            verdict(aim.holds, aim.where),
        )
        for aim in aims(results)
    ]
    return f"## What Aisle is held to\n\n{_table(('figure', 'aim', 'measured', 'holds'), rows)}"


def _costs(results: Results) -> str:
    rows = [(cost.name, str(cost.people), f"{cost.ms:.2f}", f"{cost.ratio:.2f}") for cost in results.costs]
    pipe = results.pipeline
    head = ("tracker", "people", "CPU ms an update", "over trackers ByteTrack")
    return f"""## What it costs

Processor time of one update, from plain numbers to told boxes, on the same drawn people; medians of turns taken \
beside roboflow's ByteTrack with its own best settings at 10 a second, so that a busy machine disturbs both alike.

{_table(head, rows)}

The whole pipeline at {pipe.rate:.2g} detections a second (motion gate, detector, tracker, counter; one thread) takes \
{pipe.beyond_percent:.1f} % of one core beyond decoding the video, which takes {pipe.decode_percent:.1f} %. One look \
of the detector takes {pipe.detect_ms:.1f} ms. No Raspberry Pi was measured."""


def _settings(results: Results) -> str:
    rows = dict.fromkeys(
        (row.name, f"{row.rate:.2g}" if row.name.endswith("its best") else "any", row.settings)
        for row in results.rows
        if row.settings and not row.name.startswith(AISLE)
    )
    return (
        "## Settings of the libraries\n\n"
        "`feet` is the distance that Frigate gives norfair: bottom centre and size.\n\n"
        + _table(("tracker", "a second", "settings"), rows)
    )


def _versions(results: Results) -> str:
    rows = [(name, version, LICENCES.get(name, "")) for name, version in results.versions.items()]
    absent = "".join(f"\n- {words}" for words in results.absent)
    return f"""## Versions

{_table(("package", "version", "licence"), rows)}

All versions, those of their own dependencies too, are pinned in `tests/bench/vision/pinned/`. Not run:

- boxmot and ultralytics: AGPL-3.0, which stays out of this project's environments, the throw-away ones too.{absent}

## How to run it again

    make bench-vision

It makes the environments in `.bench/` (about 2.5 GB, once; `make clean` removes them) and takes a few minutes. The \
last line on stdout is one JSON object with the figures above."""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.1f}"


def summary(results: Results) -> dict[str, object]:
    """The last line of stdout."""
    rates = sorted({row.rate for row in results.rows}, reverse=True)
    return {
        "bench": "vision",
        "aisle": {f"{rate:.2g}": _short(results.row(AISLE, rate).figures) for rate in rates},
        "aisle_own_counter": {f"{rate:.2g}": _short(results.row(OWN, rate).figures) for rate in rates},
        "best_library": {f"{rate:.2g}": _best(results, rate) for rate in rates},
        "cost": [
            {"tracker": cost.name, "people": cost.people, "ratio": round(cost.ratio, 2)} for cost in results.costs
        ],
        "aims": [
            {"what": aim.what, "wanted": aim.wanted, "measured": aim.measured, "holds": aim.holds}
            for aim in aims(results)
        ],
    }


def _short(figures: Figures) -> dict[str, float]:
    return {
        field: round(value, 2) for field in figures.__struct_fields__ if (value := getattr(figures, field)) is not None
    }


def _best(results: Results, rate: float) -> dict[str, float]:
    """The best that any library reaches in each figure, whichever library it is."""
    rows = [row for row in results.rows if row.rate == rate and not row.name.startswith(AISLE)]
    return {
        field: round((max if high else min)(getattr(row.figures, field) for row in rows), 2)
        for _, field, high, _ in CONTESTS
        if rows
    }

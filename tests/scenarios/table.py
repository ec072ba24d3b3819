"""The table of all scenarios as a page of the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.figures import Counts, Figures

PAGE = Path(__file__).parents[2] / "edge" / "SCENARIOS.md"
EMPTY = "empty"
HOUR_HEADING = "## An hour with nobody in it"
HEAD = (
    "scenario", "what it shows", "people (most at once)", "recall %", "precision %", "MOTA", "IDF1", "HOTA",
    "crossings: true / counted (missed, invented)", "stays: true / counted", "person-seconds off %", "dwell off s",
)  # fmt: skip
PLAIN_HEAD = ("scenario", "recall %", "precision %", "MOTA", "IDF1", "HOTA", *HEAD[8:])
MASK_HEAD = ("scenario", "counted by", *HEAD[8:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario: who was in the film, and how it was scored at each rate."""

    name: str
    title: str
    people: int
    most: int  # at once
    scored: Mapping[float, Figures]  # looks a second -> figures of `aisle-edge score`
    node: Counts | None  # by a node with the plan's masks, or all cameras, at the first rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was done, and on what."""

    date: str
    machine: str
    versions: str
    seconds: float
    seed: int
    rates: Sequence[float]
    rows: Sequence[Row]
    hour: str  # what is known of the long run of the empty scene, in a sentence


def page(run: Run) -> str:
    """The whole page."""
    return "\n".join(_page(run)) + "\n"


def brief(row: Row) -> str:
    """A line about one scenario for whoever waits for all of them."""
    told = [f"at {rate:g}/s {', '.join(_plain(row, rate)[1:])}" for rate in row.scored]
    told += [f"by a node with the plan {', '.join(_counts(row.node))}"] if row.node else []
    return f"{row.name}: {'; '.join(told)}"


def renewed(text: str, hour: str) -> str:
    """The page with another sentence about the hour; the rest stays as it was measured."""
    before, heading, after = text.partition(f"{HOUR_HEADING}\n\n")
    _, gap, rest = after.partition("\n\n")
    return f"{before}{heading}{hour}{gap}{rest}" if heading else text


def _page(run: Run) -> Iterator[str]:
    first, *others = run.rates
    yield "# How well a node sees, scene by scene"
    yield ""
    yield (
        "Made by `make scenarios`; never by hand. Each scenario is drawn by `aisle-sim film --scenario NAME` with an "
        "exact truth, and scored by `aisle-edge score` with nothing but the film, the homography, the lines and the "
        "zones. Nobody in it is a real person, and a drawing is kinder than a photograph in some ways and harsher in "
        "others: these figures compare scenes and versions, they do not promise what a shop will see."
    )
    yield ""
    yield (
        f"{run.date}, {run.machine}, {run.versions}. {run.seconds:g} s of each at 640 × 480 and 10 frames a second, "
        f"seed {run.seed}, detector person-nanodet-g-256x320-int8, {first:g} looks a second."
    )
    yield ""
    yield from _table(HEAD, [_full(row, first) for row in run.rows if first in row.scored])
    yield ""
    yield (
        "MOTA, IDF1 and HOTA in %; a box is right at an IoU of 0.5. All people count of whom 15 % or more shows. "
        "Mirror images, pictures of people and mannequins are nobody: whoever finds them is wrong. Person-seconds are "
        "over all zones of the scene, each zone's error without its sign; dwell is the median over the stays found."
    )
    yield ""
    yield HOUR_HEADING
    yield ""
    yield run.hour
    for rate in others:
        yield ""
        yield f"## At {rate:g} looks a second"
        yield ""
        yield from _table(PLAIN_HEAD, [_plain(row, rate) for row in run.rows if rate in row.scored])
    yield ""
    yield "## With the plan's masks, and with two cameras"
    yield ""
    yield (
        "The same films, counted by a node that has the plan: an operator drew masks over posters, screens and "
        "mirrors down to the foot of their wall, and 0.9 m square round the feet of who is of plastic or cardboard. "
        f"`overlap` is counted by both cameras together. {first:g} looks a second."
    )
    yield ""
    yield from _table(MASK_HEAD, [line for row in run.rows for line in _both(row, first)])
    yield ""
    yield "## Where it is weak"
    yield ""
    weak = [line for row in run.rows for line in _weak(row, first)]
    yield from (weak or ["Nowhere by the bounds of this page: recall and precision of 90 %, person-seconds to 5 %."])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def _full(row: Row, rate: float) -> list[str]:
    return [f"`{row.name}`", row.title, f"{row.people} ({row.most})", *_plain(row, rate)[1:]]


def _plain(row: Row, rate: float) -> list[str]:
    figures = row.scored[rate]
    scored = figures.scored
    assert scored is not None
    shares = (scored.recall, scored.precision, scored.mota, scored.idf1, scored.hota)
    boxes = [_percent(share) for share in shares] if row.people else ["–"] * len(shares)
    return [f"`{row.name}`", *boxes, *_counts(figures.counts)]


def _both(row: Row, rate: float) -> Iterator[list[str]]:
    if row.node is None:
        return
    if rate in row.scored:
        yield [f"`{row.name}`", "the camera alone", *_counts(row.scored[rate].counts)]
    yield [
        f"`{row.name}`", "a node with masks" if rate in row.scored else "a node with two cameras", *_counts(row.node)
    ]  # fmt: skip


def _counts(counts: Counts) -> list[str]:
    share = counts.person_s_share
    return [
        f"{counts.crossings} / {counts.crossings_counted} ({counts.crossings_missed}, {counts.crossings_invented})",
        f"{counts.stays} / {counts.stays_counted}",
        _percent(share) if share is not None else f"{counts.person_s_counted:.1f} s counted",
        f"{counts.dwell_off_s:.2f}" if counts.dwell_off_s is not None else "–",
    ]


def _weak(row: Row, rate: float) -> Iterator[str]:
    """What a reader should not have to find out alone."""
    figures = row.scored.get(rate)
    if figures is None or figures.scored is None or not row.people:
        return
    scored, counts = figures.scored, figures.counts
    told = []
    if scored.recall < 0.9:
        told.append(f"misses {_percent(1 - scored.recall)} % of the boxes")
    if scored.precision < 0.9:
        told.append(f"{_percent(1 - scored.precision)} % of what is found is nobody")
    if counts.crossings_missed + counts.crossings_invented > 0.05 * counts.crossings:
        told.append(
            f"{counts.crossings_missed} of {counts.crossings} crossings missed, {counts.crossings_invented} invented"
        )
    if counts.person_s_share is not None and counts.person_s_share > 0.05:
        told.append(f"person-seconds off by {_percent(counts.person_s_share)} %")
    if told:
        yield f"* `{row.name}`: {'; '.join(told)}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"

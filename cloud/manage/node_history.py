"""How a node did over the last day, quarter by quarter, from what it said of itself each minute."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from cloud.store.hours import Minute
from contract.messages import CameraHealth, Health, WireError, decode_health

STEP_MS: Final = 15 * 60_000
SPAN_MS: Final = 24 * 3_600_000
_MINUTES: Final = STEP_MS // 60_000
SLOW: Final = 0.5
"""A camera that looks less than half as often as it usually does is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """One camera in one quarter: detections a second, and the share of its pictures that it had no time to look at.

    `dropped` is None where its counters began anew, or nothing was read.
    """

    rate: float
    dropped: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One quarter of an hour: a node's last word in it. None throughout: it was silent."""

    at_ms: int
    heard: float = 0.0  # the share of its minutes that had a word
    temperature_c: float | None = None
    rss_mb: float | None = None
    pending: int | None = None
    eyes: Mapping[str, Eye] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A node's last 24 hours, a point for every quarter, the oldest first.

    `heard`: the share of the minutes with a word, since its first where that lies within the day: at `since_ms`, to
    the minute, else None. The `began` points before that are of a time when there was no such node.
    """

    node: str
    points: tuple[Point, ...]
    heard: float | None
    since_ms: int | None = None
    began: int = 0

    @property
    def cameras(self) -> tuple[str, ...]:
        """Every camera that it spoke of."""
        return tuple(sorted({name for point in self.points for name in point.eyes}))

    def rates(self, camera: str) -> tuple[float | None, ...]:
        """A camera's detections a second; None where the node was silent."""
        return tuple(point.eyes[camera].rate if camera in point.eyes else None for point in self.points)

    def slow(self, camera: str) -> bool:
        """Whether it looks less than half as often as it did in most of the day."""
        told = [rate for rate in self.rates(camera) if rate is not None]
        usual = sorted(told)[len(told) // 2] if told else 0.0
        return bool(told) and usual > 0 and told[-1] < SLOW * usual


def histories(minutes: Iterable[Minute], *, now_ms: int, older: Collection[str] = ()) -> Mapping[str, History]:
    """Every node's last day; `minutes` are by node and time, each quarter's last word; `older` nodes spoke before."""
    end = now_ms // STEP_MS * STEP_MS
    steps = range(end - SPAN_MS + STEP_MS, end + 1, STEP_MS)
    return {
        node: _history(node, {one.at_ms // STEP_MS * STEP_MS: one for one in told}, steps, now_ms, older=node in older)
        for node, told in groupby(minutes, key=lambda one: one.node)
    }


def dropped(now: CameraHealth, then: CameraHealth | None) -> float | None:
    """The share of the pictures since `then` that a newer one replaced before they were looked at."""
    if then is None or now.read <= then.read or now.overwritten < then.overwritten:
        return None
    return min(1.0, (now.overwritten - then.overwritten) / (now.read - then.read))


def runs(values: Sequence[float | None]) -> Iterator[Sequence[tuple[int, float]]]:
    """The stretches without a gap, as places and values: each is one line of a chart."""
    stretch: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is None:
            if stretch:
                yield stretch
            stretch = []
        else:
            stretch.append((place, value))
    if stretch:
        yield stretch


def _history(node: str, told: Mapping[int, Minute], steps: range, now_ms: int, *, older: bool) -> History:
    points: list[Point] = []
    before: Health | None = None
    for at_ms in steps:
        said = _said(told.get(at_ms))
        heard = told[at_ms].heard if at_ms in told else 0
        over = max(1, min(_MINUTES, (now_ms - at_ms) // 60_000))  # of the running quarter what is over
        points.append(_point(at_ms, min(1.0, heard / over), said, before))
        before = said or before
    first = next((at for at in steps if at in told), None)
    if first is None:
        return History(node=node, points=tuple(points), heard=None)
    began_ms = steps[0] if older else min(told[first].at_ms, now_ms) - (told[first].heard - 1) * 60_000
    words = sum(one.heard for at, one in told.items() if at in steps)
    return History(
        node=node,
        points=tuple(points),
        heard=min(1.0, words / max(1, (now_ms - began_ms) // 60_000 + 1)),
        since_ms=None if older else began_ms,
        began=0 if older else steps.index(first),
    )


def _said(one: Minute | None) -> Health | None:
    """Another version's words are no words: the node lives, and that is all we know."""
    if one is None:
        return None
    try:
        return decode_health(one.body.encode())
    except WireError:
        return None


def _point(at_ms: int, heard: float, said: Health | None, before: Health | None) -> Point:
    if said is None:
        return Point(at_ms=at_ms, heard=heard)
    then = before.cameras if before else {}
    return Point(
        at_ms=at_ms,
        heard=heard,
        temperature_c=said.temperature_c,
        rss_mb=said.rss_mb,
        pending=said.pending,
        eyes={
            name: Eye(rate=camera.rate, dropped=dropped(camera, then.get(name)))
            for name, camera in said.cameras.items()
        },
    )

"""One day of a metric as a file of frames, made once for all who scrub through it."""

import gzip
import hashlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.manage import maps
from cloud.manage.frames import FEW_ENTRIES, MOST_ENTRIES, UNSEEN_ENTRIES, Evened, Flags, coded, evened, packed
from cloud.manage.heat import CELL_M
from cloud.manage.insight import MINUTE_MS, Window, tally
from cloud.manage.maps import KINDS, UNITS, Metric
from cloud.manage.period import Span, beginning, day_of, span_of
from cloud.manage.places import density, map_of
from cloud.manage.raster import Bytes, Sheet, busiest_near, covered, field, floor_only, size_of, smoothed, stay, tracks
from cloud.store import days, heat, heat_days, insight, place_sums
from cloud.store.sums import HOUR_MS
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor.domains import Domains
from cloud.web.manage.floor.pictures import plan_of
from cloud.web.manage.floor.window import doors_of, people_of
from contract.plan import LineKind, Plan

FRAME_MS: Final = 300_000
_KEPT: Final = 24
"""Days that are kept as files, of a few dozen kB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A day's file compressed, and the tag that changes with it."""

    body: bytes
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clockwork:
    """How a day is cut: `frames` of `frame_ms` from `from_ms`, of which `until` have begun."""

    from_ms: int
    frame_ms: int
    frames: int
    until: int

    @property
    def end_ms(self) -> int:
        """Where the last frame ends that has begun."""
        return self.from_ms + self.until * self.frame_ms

    @property
    def window(self) -> Window:
        """Its minutes."""
        return Window(first=self.from_ms // MINUTE_MS, end=self.end_ms // MINUTE_MS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Day:
    """A day before it is written, [frames, cells], and `withheld`, the cameras by whom too few were seen."""

    shown: Evened
    seen: Flags
    coverage: Bytes  # [frames, cameras], percent
    withheld: tuple[str, ...] = ()


class Replays:
    """Files of days. Safe to use from several threads."""

    def __init__(self, desk: Desk, domains: Domains) -> None:
        self._desk = desk
        self._domains = domains
        self._known: OrderedDict[tuple[Metric, date], tuple[object, File]] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, metric: Metric | None, day: date) -> File | None:
        """The day's file; None where nothing is known of it, or the store has no plan."""
        desk, now_ms = self._desk, self._desk.clock()
        with desk.store.reading() as connection:
            first = first_day(connection, desk)
            if first is None or not first <= day <= day_of(now_ms, desk.zone):
                return None  # before the calendar is asked, which ends where no store was
            span = span_of(day.isoformat(), now_ms=now_ms, zone=desk.zone)
            plan = plan_of(connection, span, now_ms)
            if plan is None:
                return None
            chosen = metric or maps.standard(plan)
            clockwork = _clockwork(connection, span, now_ms)
            length = clockwork.frame_ms // MINUTE_MS
            top = self._domains.top(chosen, length, now_ms=now_ms)
            made_of = (plan.version, top, clockwork, desk.k, _told_of(connection, clockwork))
            with self._turn:
                known = self._known.get((chosen, day))
                if known is None or known[0] != made_of:
                    known = self._known[chosen, day] = (
                        made_of,
                        _file(connection, plan, chosen, span, clockwork, top=top, k=desk.k),
                    )
                self._known.move_to_end((chosen, day))
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
                return known[1]


def first_day(connection: sqlite3.Connection, desk: Desk) -> date | None:
    """The first day of which anything is known."""
    hour = days.begun(connection)
    found = [day for day in (heat_days.first_day(connection), hour and day_of(hour, desk.zone)) if day]
    return min(found, default=None)


def frames_from(connection: sqlite3.Connection, desk: Desk) -> date | None:
    """The first day that can be replayed by five minutes from its beginning on."""
    first, until = first_day(connection, desk), heat.forgotten_ms(connection, "minutes")
    if first is None or not until:
        return first
    day = day_of(until, desk.zone)
    whole = day if beginning(day, desk.zone) * MINUTE_MS >= until else day + timedelta(days=1)
    return max(first, whole)


def _clockwork(connection: sqlite3.Connection, span: Span, now_ms: int) -> _Clockwork:
    """Frames of five minutes where these are kept, else hours."""
    day = span.dates[0]
    from_ms, end_ms = (beginning(day + timedelta(days=step), span.zone) * MINUTE_MS for step in (0, 1))
    frame_ms = HOUR_MS if heat.forgotten_ms(connection, "minutes") > from_ms else FRAME_MS
    frames = -(-(end_ms - from_ms) // frame_ms)
    until = min(frames, max(0, -(-(now_ms + 1 - from_ms) // frame_ms)))
    return _Clockwork(from_ms=from_ms, frame_ms=frame_ms, frames=frames, until=until)


def _told_of(connection: sqlite3.Connection, clockwork: _Clockwork) -> tuple[object, ...]:
    """Numbers that change whenever anything of the day is stored."""
    ends = (clockwork.from_ms, clockwork.end_ms)
    found: list[object] = []
    for table, figures in (
        ("camera_sums", "sum(watched_ms), sum(covered_ms), sum(person_ms)"),
        ("crossing_sums", "sum(went_in)"),
        ("tap_sums", "sum(taps)"),
        ("phone_tap_sums", "sum(signed)"),
        ("sale_sums", "sum(lines)"),
    ):
        found += connection.execute(
            f"SELECT {figures} FROM {table} WHERE span_ms = 3600000 AND at_ms > ? - 3600000 AND at_ms < ?",  # noqa: S608 - only names of ours
            ends,
        ).fetchone()
    return tuple(found)


def _file(
    connection: sqlite3.Connection, plan: Plan, metric: Metric, span: Span, clockwork: _Clockwork, *, top: float, k: int
) -> File:
    made = _of_places if metric in KINDS else _of_cameras
    day = made(connection, plan, metric, clockwork, k)
    told = coded(day.shown, day.seen, top)
    size = size_of(plan)
    unseen = np.full((clockwork.frames - clockwork.until, size.cells), 255, np.uint8)
    entries, entered = _entries(connection, plan, clockwork, k)
    header = {
        "metric": metric,
        "date": span.dates[0].isoformat(),
        "unit": UNITS[metric],
        "from_ms": clockwork.from_ms,
        "frame_ms": clockwork.frame_ms,
        "frames": clockwork.frames,
        "until": clockwork.until,
        "columns": size.columns,
        "rows": size.rows,
        "cell_m": CELL_M,
        "top": top,
        "plan_version": plan.version,
        "cameras": [camera.id for camera in plan.cameras],
        "withheld": list(day.withheld),
        "k": k,
        "closed": bool(span.days),
        "entered": entered,
    }
    rest = np.zeros((clockwork.frames - clockwork.until, len(plan.cameras)), np.uint8)
    body = packed(
        header,
        entries=entries,
        coverage=np.concatenate((day.coverage, rest)),
        frames=np.concatenate((told, unseen)),
    )
    # The tag is of what is told, so that the same day has the same tag in every process and after a restart.
    tag = hashlib.sha256(body).hexdigest()[:24]
    return File(body=gzip.compress(body, 6, mtime=0), tag=tag)


def _of_cameras(connection: sqlite3.Connection, plan: Plan, metric: Metric, clockwork: _Clockwork, k: int) -> _Day:
    size = size_of(plan)
    frames = _frames(connection, clockwork)
    whole = [sheet for sheets in frames for sheet in sheets]
    withheld = maps.withheld(whole, _people(connection, plan, clockwork), k)
    kept = [[sheet for sheet in sheets if sheet.camera not in withheld] for sheets in frames]
    share = _coverage(connection, plan, clockwork)
    telling = maps.counting(whole)
    others = [camera.id for camera in plan.cameras if camera.id not in telling]
    fields = {camera.id: _floor_of(camera.id, plan, whole) for camera in plan.cameras if camera.id not in withheld}
    stays = np.stack([stay(sheets, size) for sheets in kept])
    laid = stays if metric is Metric.STAY else np.stack([maps.laid(metric, sheets, size) for sheets in kept])
    counts = np.stack([tracks(sheets, size) for sheets in kept])
    values, near = (
        floor_only(grids).reshape(len(kept), size.cells) for grids in (smoothed(laid), busiest_near(counts))
    )
    somebody = floor_only(busiest_near(stays.sum(axis=0))).ravel() > 0
    seen = np.zeros((len(kept), size.cells), np.bool_)
    for place, camera in enumerate(plan.cameras):
        if camera.id in fields:
            cells = fields[camera.id].ravel()
            seen |= (share[:, place] > 0)[:, None] & cells[None, :]
            if camera.id in others:
                near[:, cells] = np.maximum(near[:, cells], k)
    # What smoothing carried to where nobody was all day is left out.
    anybody = (near.sum(axis=0) > 0) | somebody
    return _Day(
        shown=evened(np.where(seen & anybody[None, :], values, 0.0), near, seen, k),
        seen=seen,
        coverage=share,
        withheld=tuple(sorted(withheld)),
    )


def _of_places(connection: sqlite3.Connection, plan: Plan, metric: Metric, clockwork: _Clockwork, k: int) -> _Day:
    """Counts at places, evened out place by place before they are smeared."""
    size, places = size_of(plan), map_of(plan, KINDS[metric])
    counts = np.zeros((clockwork.until, len(places.keys)))
    for kind in KINDS[metric]:
        found = place_sums.by_frame(connection, kind, clockwork.from_ms, clockwork.end_ms, clockwork.frame_ms)
        for place, key in enumerate(places.keys):
            if key[0] is kind:
                for frame, count in found.get(key[1], {}).items():
                    counts[frame, place] = max(0, count)
    always = np.ones_like(counts, dtype=np.bool_)
    even = evened(counts, counts, always, k)
    few = even.withheld
    values = density(places, np.where(few, 0.0, even.values)).reshape(clockwork.until, size.cells)
    hidden, told = (density(places, flags.astype(np.float64)[None, :]).reshape(size.cells) for flags in (few, ~few))
    return _Day(
        shown=Evened(values=values, withheld=hidden > told),
        seen=np.full((clockwork.until, size.cells), bool(places.keys)),
        coverage=np.zeros((clockwork.until, len(plan.cameras)), np.uint8),
    )


def _frames(connection: sqlite3.Connection, clockwork: _Clockwork) -> list[list[Sheet]]:
    """What each frame's reports say."""
    frames: list[list[Sheet]] = [[] for _ in range(clockwork.until)]
    read = heat.by_hour if clockwork.frame_ms == HOUR_MS else heat.minutes
    for camera in heat.cameras(connection):
        for report in read(connection, camera, clockwork.from_ms, clockwork.end_ms):
            frames[(report.at_ms - clockwork.from_ms) // clockwork.frame_ms].append(report.sheet)
    return frames


def _coverage(connection: sqlite3.Connection, plan: Plan, clockwork: _Clockwork) -> Bytes:
    """Percent of each frame that each camera saw, [frames, cameras]; what it saw for a moment is 1 at least."""
    seen = np.zeros((clockwork.until, len(plan.cameras)))
    names = [camera.id for camera in plan.cameras]
    for one in insight.cameras_seen(connection, names, clockwork.window):
        frame = (one.seen.minute * MINUTE_MS - clockwork.from_ms) // clockwork.frame_ms
        seen[frame, names.index(one.name)] += min(one.seen.covered_ms, MINUTE_MS)
    shares = 100 * seen / clockwork.frame_ms
    return np.where(seen > 0, np.clip(np.rint(shares), 1, 100), 0).astype(np.uint8)


def _floor_of(camera: str, plan: Plan, sheets: Sequence[Sheet]) -> NDArray[np.bool_]:
    """The cells that a camera answered for on that day, by its own word or else by the plan's drawing."""
    size = size_of(plan)
    own = [sheet for sheet in sheets if sheet.camera == camera and len(sheet.runs)]
    if own:
        return covered(own, size) > 0
    return next(field(it.sees, size) for it in plan.cameras if it.id == camera)


def _people(connection: sqlite3.Connection, plan: Plan, clockwork: _Clockwork) -> Mapping[str, int]:
    plan = plan.of_shoppers()
    stays = insight.stays(connection, [zone.id for zone in plan.zones], clockwork.window)
    flows = insight.flows(connection, doors_of(plan), clockwork.window)
    return people_of(plan, stays, flows, clockwork.window)


def _entries(
    connection: sqlite3.Connection, plan: Plan, clockwork: _Clockwork, k: int
) -> tuple[NDArray[np.uint16], int | None]:
    """Entries in each frame, in tenths, evened out as cells are, and of the day; of a frame without a door none."""
    counts = np.zeros((clockwork.until, 1))
    ways = [line for line in plan.lines if line.kind is LineKind.DOOR]
    for one in insight.flows(connection, [line.id for line in ways], clockwork.window):
        counts[(one.flow.minute * MINUTE_MS - clockwork.from_ms) // clockwork.frame_ms] += one.flow.entered
    doors = {line.camera for line in ways}
    at_doors = [place for place, camera in enumerate(plan.cameras) if camera.id in doors]
    seen = (_coverage(connection, plan, clockwork)[:, at_doors] > 0).any(axis=1, keepdims=True) | (counts > 0)
    shown = evened(counts, counts, seen, k)
    tenths = np.minimum(np.rint(10 * shown.values), MOST_ENTRIES)
    told = np.full(clockwork.frames, UNSEEN_ENTRIES, np.uint16)
    told[: clockwork.until] = np.where(seen, FEW_ENTRIES if shown.withheld[0] else tenths, UNSEEN_ENTRIES)[:, 0]
    total = tally(int(counts.sum()) if seen.any() else None, k=k)
    return told, None if total.value is None else round(total.value)

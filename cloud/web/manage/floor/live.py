"""The stream of this moment: everything is made once a tick, whoever looks, and handed to all who look."""

import asyncio
import base64
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np

from cloud.facts import HealthStored, PeopleSeen, PlanSaved, RollupsChanged, TapStored
from cloud.manage import maps
from cloud.manage.frames import runs
from cloud.manage.heat import CELL_M
from cloud.manage.insight import MINUTE_MS
from cloud.manage.maps import UNITS, Metric
from cloud.manage.period import span_of
from cloud.manage.presence import MINUTES, Base, Crowd, Growing
from cloud.manage.raster import Bytes, field, floor_only, percents, seen_ms, size_of, smoothed, stay, tracks
from cloud.shop.hub import Hub, PushedEvent, Subscription
from cloud.store import heat, plans
from cloud.store.connection import StoreError
from cloud.web.manage.desk import Desk
from cloud.web.manage.floor import window
from cloud.web.manage.floor.domains import Domains
from contract.plan import Point

TICK_S: Final = 0.2
_GRID_TICKS: Final = 5
_RECHECK_TICKS: Final = 300
_PLAIN, _GRID = 0, 1
_log = logging.getLogger("aisle.web")

Still = Callable[[], bool]


class Live:
    """The stream's one maker and its many readers. Event loop only; it works while somebody reads."""

    def __init__(self, desk: Desk, domains: Domains, *, most: int = 500) -> None:
        self._desk = desk
        self._domains = domains
        self._hub = Hub(most=most)
        self._readers: dict[Subscription, Still] = {}
        self._task: asyncio.Task[None] | None = None
        self._picture = _Picture()
        self._people: PushedEvent | None = None

    @property
    def open(self) -> int:
        """Pages that hear it now."""
        return self._hub.open

    @contextmanager
    def read(self, *, grid: bool, still: Still) -> Iterator[Subscription]:
        """One reader's queue while the block lasts; `still` is asked each minute, in a thread, whether it may go on.

        Raises Crowded.
        """
        with self._hub.subscribe(_GRID if grid else _PLAIN) as page:
            self._readers[page] = still
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())
            try:
                yield page
            finally:
                del self._readers[page]
                if not self._readers and self._task is not None:
                    self._task.cancel()
                    self._task = None
                    self._picture, self._people = _Picture(self._picture.seq), None

    def begin(self, *, grid: bool) -> tuple[PushedEvent, ...]:
        """What a reader that has just begun is told first: who is there and, if wanted, the whole picture. Any thread.

        Nothing of what is not made yet: then it comes when it is.
        """
        people = () if self._people is None else (self._people,)
        return (*people, *self._picture.whole()) if grid else people

    async def _run(self) -> None:
        kinds = (PeopleSeen, TapStored, RollupsChanged, HealthStored, PlanSaved)
        with self._desk.bus.listen(*kinds) as listener:
            ticker = _Ticker(self._desk)

            async def gather() -> None:
                async for fact in listener:
                    ticker.note(fact)

            gathering = asyncio.create_task(gather())
            try:
                await self._tick(ticker, gathering)
            finally:
                gathering.cancel()
        for page in tuple(self._readers):
            page.close()

    async def _tick(self, ticker: "_Ticker", gathering: "asyncio.Task[None]") -> None:
        """Ticks until the bus closes. A tick that took long is not made up for."""
        ticks, due = 0, time.monotonic()
        while not gathering.done():
            if ticker.replanned:
                ticker.redraw(await asyncio.to_thread(floors, self._desk))
            for event in ticker.take():
                self._people = event if event.kind == "people" else self._people
                self._hub.publish(_PLAIN, event)
                self._hub.publish(_GRID, event)
            if ticks % _GRID_TICKS == 0 and self._hub.hears(_GRID):
                await self._grow(ticker)
            if ticks % _RECHECK_TICKS == _RECHECK_TICKS - 1:
                await self._recheck()
            ticks += 1
            due = max(due + TICK_S, time.monotonic())
            await asyncio.wait([gathering], timeout=due - time.monotonic())

    async def _grow(self, ticker: "_Ticker") -> None:
        """The next second of the picture."""
        now_ms = self._desk.clock()
        if ticker.stale(now_ms):
            try:
                base = await asyncio.to_thread(base_of, self._desk, self._domains)
            except (sqlite3.Error, StoreError):
                _log.exception("the living picture could not be read; the next second tries again")
                return
            ticker.rebase(base, now_ms)
        for event in self._picture.next(ticker.growing):
            self._hub.publish(_GRID, event)

    async def _recheck(self) -> None:
        readers = tuple(self._readers.items())
        allowed = await asyncio.to_thread(lambda: [still() for _, still in readers])
        for (page, _), still in zip(readers, allowed, strict=True):
            if not still:
                page.close()


class _Ticker:
    """What has not been told yet. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._crowd = Crowd({})
        self.replanned = True
        self._said = "[]"
        self._taps: list[str] = []
        self._changed = False
        self._stored = True
        self._based_minute = 0
        self._since_ms = desk.clock()
        self.growing: Growing | None = None

    def note(self, fact: object) -> None:
        """Takes one fact."""
        match fact:
            case PeopleSeen():
                self._crowd.note(fact, self._desk.clock())
            case TapStored():
                self._taps.append(fact.reader)
                self._changed = True
            case RollupsChanged():
                self._changed = self._stored = True
            case PlanSaved():
                self._changed = self._stored = self.replanned = True
            case HealthStored():
                self._changed = True

    def take(self) -> list[PushedEvent]:
        """The events of this tick."""
        now_ms = self._desk.clock()
        people = self._crowd.now(now_ms)
        if self.growing is not None:
            self.growing.add(people, now_ms, min(1_000, max(0, now_ms - self._since_ms)))
        self._since_ms = now_ms
        told = [_event("tap", {"reader": reader}) for reader in self._taps]
        places = [round(100 * part) for view in people.values() for at in view for part in (at.x, at.y)]
        said = json.dumps(places, separators=(",", ":"))
        if said != self._said:
            told.append(_event("people", {"cm": places, "lag_ms": self._crowd.lag_ms(now_ms)}))
        if self._changed:
            told.append(_event("changed", {}))
        self._said, self._changed, self._taps = said, False, []
        return told

    def redraw(self, sees: Mapping[str, Sequence[Point]]) -> None:
        """The cameras see this floor now."""
        self._crowd.sees, self.replanned = sees, False

    def stale(self, now_ms: int) -> bool:
        """Whether the picture's minutes are to be read anew."""
        return self.growing is None or self._stored or now_ms // MINUTE_MS != self._based_minute

    def rebase(self, base: Base | None, now_ms: int) -> None:
        """The picture's minutes as they are stored now; None where there is no plan."""
        self._stored, self._based_minute = False, now_ms // MINUTE_MS
        if base is None:
            self.growing = None
        elif self.growing is None:
            self.growing = Growing(base)
        else:
            self.growing.rebase(base)


class _Picture:
    """The picture as its readers have it."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq  # of the newest event; it never begins anew, as pages compare it
        self._sent: tuple[int, Bytes, Base] | None = None

    def whole(self) -> tuple[PushedEvent, ...]:
        """All of it."""
        sent = self._sent
        return () if sent is None else (_grid(*sent),)

    def next(self, growing: Growing | None) -> tuple[PushedEvent, ...]:
        """What turns the readers' picture into that of now: nothing, a delta, or all of it."""
        if growing is None:
            return ()
        base, cells, sent = growing.base, growing.cells(), self._sent
        if sent is not None and sent[2].size == base.size and sent[2].top == base.top:
            delta = runs(sent[1], cells)
            if not delta:
                return ()
            self.seq += 1
            self._sent = (self.seq, cells, base)
            text = base64.b64encode(delta).decode()
            return (_event("delta", {"seq": self.seq, "cells": text}, self.seq),)
        self.seq += 1
        self._sent = (self.seq, cells, base)
        return self.whole()


def base_of(desk: Desk, domains: Domains) -> Base | None:
    """The last minutes as they are stored; None while the store has no plan."""
    now_ms = desk.clock()
    span = span_of(f"{MINUTES}m", now_ms=now_ms, zone=desk.zone)
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        if plan is None:
            return None
        told = window.cameras(connection, plan, span, now_ms=now_ms)
        ends = (span.first * MINUTE_MS, span.end * MINUTE_MS)
        minutes = frozenset(
            (camera, report.at_ms // MINUTE_MS)
            for camera in heat.cameras(connection)
            for report in heat.minutes(connection, camera, *ends)
        )
    size = size_of(plan)
    withheld = maps.withheld(told.sheets, told.people, desk.k)
    sheets = [sheet for sheet in told.sheets if sheet.camera not in withheld]
    shown = {name: share for name, share in told.coverage.items() if name not in withheld}
    others = {sheet.camera for sheet in sheets} - maps.counting(sheets)
    enough = np.zeros((size.rows, size.columns))
    for camera in plan.cameras:
        if camera.id in others:
            enough[field(camera.sees, size)] = desk.k
    stays = stay(sheets, size)
    marks = percents(seen_ms(plan, sheets, shown, told.expected_ms), told.expected_ms)
    return Base(
        size=size,
        first=span.first,
        stay=stays,
        tracks=tracks(sheets, size),
        enough=enough,
        marks=maps.hidden(plan, withheld, marks, size),
        told=minutes,
        withheld=withheld,
        top=domains.top(Metric.STAY, MINUTES, now_ms=now_ms, values=floor_only(smoothed(stays))),
        k=desk.k,
    )


def floors(desk: Desk) -> Mapping[str, tuple[Point, ...]]:
    """The floor that each camera of the plan sees; nothing while the store has no plan."""
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
    return {camera.id: tuple(camera.sees) for camera in plan.cameras} if plan else {}


def _grid(seq: int, cells: Bytes, base: Base) -> PushedEvent:
    said = {
        "seq": seq,
        "metric": Metric.STAY,
        "minutes": MINUTES,
        "unit": UNITS[Metric.STAY],
        "top": base.top,
        "columns": base.size.columns,
        "rows": base.size.rows,
        "cell_m": CELL_M,
        "cells": base64.b64encode(cells.tobytes()).decode(),
    }
    return _event("grid", said, seq)


def _event(kind: str, data: Mapping[str, object], number: int | None = None) -> PushedEvent:
    return PushedEvent(kind=kind, data=json.dumps(data, separators=(",", ":")), id=number)

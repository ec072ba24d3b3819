"""Fifty pages that watch a living floor of 40 walkers, beside pages that hear where these stand and nothing else.

    python -m tests.bench.bench_live [SECONDS]

One process is the whole application with a real clock; four cameras tell five times a second where 40 people are, and
every ten seconds what they saw (a real node does so once a minute). Over real connections half of the pages ask for the
picture too. Prints one JSON object on its last line: `bytes_a_second` a page with the picture gets (aim: at most
15,000), `positions_a_second` one without, `ratio` of the two, how old the places are when a page has them
(`age_p50_ms`, `age_p95_ms`, aim: at most 2,000), `cpu`, the share of one core that all of it takes, `events` by kind.
The places tell their own age: the first walker's x is the time in fifths of a second, in centimetres.
"""

import asyncio
import base64
import json
import math
import random
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import numpy as np

from cloud import server
from cloud.bus import Bus
from cloud.clock import now_ms
from cloud.facts import PeopleSeen, RollupsChanged
from cloud.manage.raster import TOP_LEVEL
from cloud.web.app import create_app
from cloud.web.manage import manage_router
from cloud.web.services import Services
from cloud.web.stream import Streams
from contract.events import Cell, Heat, Run
from contract.messages import Person
from contract.plan import Plan
from tests.cloud.floor_file import applied
from tests.cloud.morning import MINUTE, PAGES, Town, box, plan, town
from tests.programs import program

SERVE = "serve"
PAGES_OPEN = 50
WALKERS = 40
WIDTH, DEPTH = 30, 20
TICK_MS = 200
CYCLE = 2_000  # of the first walker's x, in ticks
SECONDS = 20
WARM_S = 5


class Real:
    """The clock of this machine, in the form that tests have theirs."""

    @property
    def now_ms(self) -> int:
        return now_ms()

    def __call__(self) -> int:
        return now_ms()


def floor() -> Plan:
    """Thirty metres by twenty, a quarter for each camera."""
    known = plan()
    halves = [(0, 0), (WIDTH / 2, 0), (0, DEPTH / 2), (WIDTH / 2, DEPTH / 2)]
    cameras = tuple(
        msgspec.structs.replace(known.cameras[0], id=f"cam-{n}", sees=box(left, top, left + WIDTH / 2, top + DEPTH / 2))
        for n, (left, top) in enumerate(halves)
    )
    return msgspec.structs.replace(
        known, width_m=WIDTH, depth_m=DEPTH, zones=(), lines=(), cameras=cameras, readers=(), shelves=(), tags=()
    )


@dataclass(slots=True)
class Walkers:
    """People who walk to places of their own and stand there for a while."""

    chance: random.Random
    at: list[tuple[float, float]] = field(default_factory=list)
    to: list[tuple[float, float]] = field(default_factory=list)
    wait: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = [self._somewhere() for _ in range(WALKERS)]
        self.to = [self._somewhere() for _ in range(WALKERS)]
        self.wait = [0] * WALKERS

    def _somewhere(self) -> tuple[float, float]:
        return self.chance.uniform(0.5, WIDTH - 0.5), self.chance.uniform(0.5, DEPTH - 0.5)

    def step(self, at_ms: int) -> list[tuple[float, float]]:
        """Where they are a fifth of a second later; the first is the clock."""
        for n, (here, there) in enumerate(zip(self.at, self.to, strict=True)):
            away = math.dist(here, there)
            if self.wait[n]:
                self.wait[n] -= 1
            elif away < 0.2:
                self.to[n], self.wait[n] = self._somewhere(), self.chance.randrange(100)
            else:
                share = 1.1 * TICK_MS / 1000 / away
                self.at[n] = (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
        shaken = [(x + self.chance.gauss(0, 0.02), y + self.chance.gauss(0, 0.02)) for x, y in self.at]
        shaken[0] = (at_ms // TICK_MS % CYCLE / 100 + 0.0005, 0.105)
        return shaken


def camera_of(place: tuple[float, float]) -> int:
    return (place[0] >= WIDTH / 2) + 2 * (place[1] >= DEPTH / 2)


@dataclass(slots=True)
class Stage:
    """What the cameras tell."""

    place: Town
    bus: Bus
    walkers: Walkers
    minutes: dict[int, Counter[tuple[int, int]]] = field(default_factory=dict)

    def past(self) -> None:
        """A quarter of an hour in which five and more walked everywhere."""
        now = now_ms() // MINUTE * MINUTE
        for back in range(15, 0, -1):
            cells: dict[int, Counter[tuple[int, int]]] = {n: Counter() for n in range(4)}
            for _ in range(300):
                for at in self.walkers.step(now):
                    cells[camera_of(at)][int(at[0] * 4), int(at[1] * 4)] += TICK_MS
            for n, told in cells.items():
                self.tell(n, now - back * MINUTE, told)

    def tell(self, camera: int, at: int, told: Counter[tuple[int, int]]) -> None:
        left, top = camera % 2 * WIDTH * 2, camera // 2 * DEPTH * 2
        event = Heat(
            camera=f"cam-{camera}",
            at=at,
            span_ms=MINUTE,
            covered_ms=MINUTE,
            cell_mm=250,
            cells=tuple(Cell(x, y, ms) for (x, y), ms in told.items()),
            seen=tuple(Run(left, y, WIDTH * 2, MINUTE) for y in range(top, top + DEPTH * 2)),
            tracks=tuple(1 for _ in told),
        )
        self.place.node("left").tell([event])

    async def play(self) -> None:
        due, ticks = time.monotonic(), 0
        seen: dict[int, Counter[tuple[int, int]]] = {n: Counter() for n in range(4)}
        while True:
            at_ms = now_ms()
            places = self.walkers.step(at_ms)
            facts = []
            for n in range(4):
                mine = [at for at in places if camera_of(at) == n]
                facts.append(
                    PeopleSeen(node="left", camera=f"cam-{n}", at_ms=at_ms, people=tuple(Person(*at) for at in mine))
                )
                for at in mine:
                    seen[n][int(at[0] * 4), int(at[1] * 4)] += TICK_MS
            self.bus.publish(facts)
            ticks += 1
            if ticks % 50 == 0:
                n = ticks // 50 % 4
                told, seen[n] = seen[n], Counter()
                await asyncio.to_thread(self.tell, n, at_ms // MINUTE * MINUTE - MINUTE, told)
                self.bus.publish([RollupsChanged(node="left", events=1)])
            due += TICK_MS / 1000
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def serve() -> None:
    """The application; prints its port and the manager's password, and at each line of its input its time on a core."""
    with tempfile.TemporaryDirectory() as directory, town(Path(directory), floor=floor()) as place:
        place.clock = Real()  # type: ignore[assignment]  # what a test's clock is, but it runs
        bus = Bus(asyncio.get_running_loop())
        services = Services(store=place.store, bus=bus, clock=now_ms, random=random.Random(9).randbytes, pages=PAGES)
        app = Streams(create_app(services, routers=[manage_router(place.desk(bus))]))
        stage = Stage(place, bus, Walkers(random.Random(3)))
        stage.past()
        listener = server.listen("127.0.0.1", 0)
        print(listener.getsockname()[1], place.password, flush=True)
        playing = asyncio.create_task(stage.play())
        asyncio.get_running_loop().add_reader(sys.stdin, _answer)
        await server.WebServer(app, bus.close).serve(sockets=[listener])
        playing.cancel()


def _answer() -> None:
    if sys.stdin.readline():
        print(time.process_time(), flush=True)


@dataclass(slots=True)
class Viewer:
    """One page: what it got, and how old it was."""

    link: socket.socket
    picture: bool
    size: int = 0
    rest: bytes = b""
    ages: list[float] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    seq: int = 0
    cells: np.ndarray | None = None

    def read(self) -> None:
        data = self.link.recv(1 << 18)
        assert data, "the stream ended"
        self.size += len(data)
        *whole, self.rest = (self.rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        now = time.time() * 1000
        for event in whole:
            self._take(event, now)

    def _take(self, event: bytes, now: float) -> None:
        lines = dict(line.split(b": ", 1) for line in event.split(b"\n") if b": " in line)
        kind = lines.get(b"event", b"").decode()
        if not kind:
            return
        self.events[kind] += 1
        told = json.loads(lines[b"data"])
        match kind:
            case "people":
                clock = next((x for x, y in zip(told["cm"][::2], told["cm"][1::2], strict=True) if y == 10), None)
                if clock is not None:
                    self.ages.append((now / TICK_MS - clock) % CYCLE * TICK_MS)
            case "grid":
                self.cells, self.seq = np.frombuffer(base64.b64decode(told["cells"]), np.uint8), told["seq"]
            case "delta":
                assert self.cells is not None
                assert told["seq"] == self.seq + 1
                self.seq, self.cells = told["seq"], applied(self.cells, base64.b64decode(told["cells"]))


def signed_in(port: int, password: str) -> str:
    link = HTTPConnection("127.0.0.1", port)
    form = urlencode({"account": "manager", "password": password, "next": "/manage"})
    link.request("POST", "/manage/login", form, {"content-type": "application/x-www-form-urlencoded"})
    return (link.getresponse().getheader("set-cookie") or "").split(";")[0]


def opened(port: int, cookie: str, *, picture: bool) -> Viewer:
    link = socket.create_connection(("127.0.0.1", port))
    query = "?grid=stay" if picture else ""
    link.sendall(f"GET /manage/live{query} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    link.setblocking(False)
    return Viewer(link=link, picture=picture)


def watch(viewers: list[Viewer], seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.link, selectors.EVENT_READ, viewer)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.read()


def main(seconds: int) -> None:
    command = [sys.executable, "-m", "tests.bench.bench_live", SERVE]
    with program(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port, password = process.stdout.readline().split()
        cookie = signed_in(int(port), password)
        viewers = [opened(int(port), cookie, picture=n % 2 == 0) for n in range(PAGES_OPEN)]
        watch(viewers, WARM_S)
        for viewer in viewers:
            viewer.size, viewer.ages, viewer.events = 0, [], Counter()
        spent = [_spent(process)]
        watch(viewers, seconds)
        spent.append(_spent(process))
    print(json.dumps(result(viewers, seconds, spent[1] - spent[0])))


def _spent(process: "subprocess.Popen[str]") -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def result(viewers: list[Viewer], seconds: int, cpu: float) -> dict[str, object]:
    ages = sorted(age for viewer in viewers for age in viewer.ages)
    rates = {
        picture: statistics.median(viewer.size / seconds for viewer in viewers if viewer.picture is picture)
        for picture in (True, False)
    }
    events = Counter[str]()
    for viewer in viewers:
        events.update(viewer.events)
    pictures = [viewer.cells for viewer in viewers if viewer.cells is not None]
    return {
        "bench": "live",
        "viewers": len(viewers),
        "walkers": WALKERS,
        "cells": WIDTH * DEPTH * 16,
        "ratio": round(rates[True] / rates[False], 2),
        "bytes_a_second": round(rates[True]),
        "positions_a_second": round(rates[False]),
        "age_p50_ms": round(ages[len(ages) // 2]),
        "age_p95_ms": round(ages[int(0.95 * len(ages))]),
        "cpu": round(cpu / seconds, 3),
        "events": dict(events),
        "pictures": len({cells.tobytes() for cells in pictures}),
        "warm_cells": int(((pictures[0] > 0) & (pictures[0] <= TOP_LEVEL)).sum()),
    }


if __name__ == "__main__":
    if sys.argv[1:] == [SERVE]:
        server.run(serve)
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else SECONDS)

"""Opening the manager's page on a year of ten cameras and twenty zones, beside opening it on a day.

    python -m tests.bench.bench_dashboard [--rounds N] [--minutes-of DAYS]

The year is written as its sums (days, hours, and the minutes that are kept), not told event by event. Requests go
through the whole application without a socket, are timed in processor time, which a busy machine changes least, and
take turns:
day      today, in a store that opened this morning
today    today, in a store with a year behind it, compared with the same weekday
year     the last 365 days in that store, compared with the 365 before
`year_to_today` and `today_to_day` are medians of the rounds' ratios; `ratio` is the larger one.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import httpx

from cloud.manage.joins import Joint, Kind
from cloud.manage.period import beginning, day_of
from cloud.manage.telling import Told
from cloud.manage.totals import Chain, LineTotals, Till, ZoneTotals
from cloud.store import days
from cloud.store.closing import Terms
from cloud.store.days import Day
from cloud.store.sums import HOUR_MS, MINUTE_MS, STAY_EDGES_MS, STOP_BIN
from cloud.web.app import create_app
from cloud.web.manage import manage_router
from cloud.web.manage.figures import figures_router
from cloud.web.services import Services
from contract.plan import Camera, Line, Plan, Point, Shelf, TagSpot, Title, Zone, ZoneKind
from tests.cloud.morning import PAGES, SEOUL, Town, box, bus_of_nobody, town

CAMERAS, ZONES, PRODUCTS = 10, 20, 60
OPEN, CLOSE = 10 * 60, 22 * 60  # minutes of the day
NOW_MINUTE = 16 * 60
TODAY = date(2026, 11, 22)
CHANCE = random.Random(11)
BINS = len(STAY_EDGES_MS) + 1
LIMIT = 1.5


def plan() -> Plan:
    """Twenty zones in a row, ten cameras above them, a door, three products a shelf."""
    zones = tuple(
        Zone(
            id=f"zone-{number:02}",
            title=Title(ko=f"구역 {number}", en=f"Zone {number}"),
            kind=ZoneKind.QUEUE if number == ZONES - 1 else ZoneKind.SHELF,
            camera=f"cam-{number // 2}",
            polygon=box(1.5 * number, 1, 1.5 * number + 1.4, 3),
        )
        for number in range(ZONES)
    )
    gtins = [f"{9_520_000_000_000 + number:014}" for number in range(PRODUCTS)]
    return Plan(
        store="daon",
        title=Title(ko="큰 가게", en="A large store"),
        version=1,
        width_m=31,
        depth_m=8,
        zones=zones,
        lines=(Line(id="door", title=Title(ko="문", en="Door"), camera="cam-0", a=Point(1, 7), b=Point(1, 5)),),
        shelves=tuple(
            Shelf(
                id=f"shelf-{number:02}",
                title=Title(ko="선반", en="Shelf"),
                zone=zone.id,
                polygon=box(1.5 * number, 0, 1.5 * number + 1.4, 1),
                height_m=2,
                products=tuple(gtins[3 * number : 3 * number + 3]),
            )
            for number, zone in enumerate(zones)
        ),
        tags=tuple(
            TagSpot(id=f"tag-{place:02}", shelf=f"shelf-{place // 3:02}", gtin=gtin, at=Point(0.5 * place, 1))
            for place, gtin in enumerate(gtins)
        ),
        readers=(),
        cameras=tuple(
            Camera(
                id=f"cam-{number}",
                node=f"node-{number}",
                width=640,
                height=480,
                at=Point(3 * number, 0),
                height_m=3,
                look_at=Point(3 * number + 1, 4),
                field_of_view_deg=70,
                sees=box(3 * number, 0, 3 * number + 3, 8),
            )
            for number in range(CAMERAS)
        ),
    )


FLOOR = plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of the tables of minutes and hours, by table."""

    rows: dict[str, list[tuple[object, ...]]]

    def write(self, store: Town) -> None:
        with store.store.atomic() as connection:
            for table, rows in self.rows.items():
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)


def spans_of(day: date, *, until: int, span_ms: int) -> Rows:
    """What a day's minutes, or hours, hold, up to a minute of it."""
    midnight, step = beginning(day, SEOUL) * MINUTE_MS, span_ms // MINUTE_MS
    rows: dict[str, list[tuple[object, ...]]] = {}

    def put(table: str, name: str, at_ms: int, *figures: object) -> None:
        rows.setdefault(table, []).append((span_ms, name, at_ms, *figures))

    for minute in range(OPEN, min(until, CLOSE), step):
        at, scale = midnight + minute * MINUTE_MS, step
        put("crossing_sums", "door", at, CHANCE.randrange(3) * scale, CHANCE.randrange(3) * scale)
        for zone in FLOOR.zones:
            bins = {
                place: CHANCE.randrange(1, 3) * (1 + scale // 9) for place in CHANCE.sample(range(12), 2 + scale // 9)
            }
            stops = sum(count for place, count in bins.items() if place >= STOP_BIN)
            put("stay_sums", zone.id, at, sum(bins.values()), 0, 9_000 * sum(bins.values()), stops)
            for place, count in bins.items():
                put("stay_lengths", zone.id, at, place, count)
            put("occupancy_sums", zone.id, at, span_ms, span_ms, 20_000 * scale, 4)
        queue = FLOOR.zones[-1].id
        put("queue_sums", queue, at, span_ms, span_ms, 30_000 * scale, 3)
        put("wait_sums", queue, at, scale, 0, 0, 60_000 * scale)
        put("wait_lengths", queue, at, 9, scale)
        for camera in FLOOR.cameras:
            put("camera_sums", camera.id, at, span_ms, span_ms, 50_000 * scale)
        for tag in CHANCE.sample(FLOOR.tags, 1 if step == 1 else 30):
            put("phone_tap_sums", tag.id, at, 1, 0)
        if step > 1 or CHANCE.random() < 0.5:
            for tag in CHANCE.sample(FLOOR.tags, 1 if step == 1 else 25):
                put("sale_sums", tag.gtin, at, 1, 1)
            rows.setdefault("taking_sums", []).append((span_ms, at, scale, 9_000 * scale, 81e6 * scale))
    return Rows(rows=rows)


def whole(day: date) -> Day:
    """A day as it is kept."""
    first, end = beginning(day, SEOUL), beginning(day + timedelta(days=1), SEOUL)
    open_ms = (CLOSE - OPEN) * MINUTE_MS
    lengths = [CHANCE.randrange(200) for _ in range(BINS)]
    zone = ZoneTotals(
        stays=sum(lengths),
        cut=3,
        stayed_ms=9_000 * sum(lengths),
        covered_ms=open_ms,
        person_ms=10**7,
        queue_covered_ms=open_ms,
        waiting_ms=10**7,
        queue_peak=4,
        served=300,
        gone=20,
        lost=9,
        waited_ms=10**7,
        lengths=tuple(lengths),
        waits=tuple(reversed(lengths)),
    )
    stops = sum(lengths[STOP_BIN:])
    chain = Chain(passed=zone.stays, stopped=stops, taps=90, tapped=70, sales=60, bought=40, paid=50)
    names = [*((Kind.ZONE, zone.id) for zone in FLOOR.zones), *((Kind.PRODUCT, tag.gtin) for tag in FLOOR.tags)]
    return Day(
        day=day,
        first_ms=first * MINUTE_MS,
        end_ms=end * MINUTE_MS,
        made_ms=end * MINUTE_MS,
        told=Told(first=OPEN, end=CLOSE),
        expected_ms=open_ms,
        zones={it.id: zone for it in FLOOR.zones},
        lines={"door": LineTotals(went_in=900 + CHANCE.randrange(200), went_out=900)},
        cameras={it.id: open_ms for it in FLOOR.cameras},
        chains=dict.fromkeys(names, chain),
        joints=[
            Joint(kind=kind, name=name, minute=first + minute, taps=1, tapped=1, sales=1, bought=1, paid=1)
            for kind, name in names
            for minute in CHANCE.sample(range(OPEN, CLOSE), 12)
        ],
        till=Till(receipts=400, amount=4_000_000, squares=5e10),
    )


def fill(place: Town, *, past_days: int, minutes_of: int) -> None:
    """Today up to four, and as many days before it; minutes of the last of them alone."""
    for back in range(past_days, -1, -1):
        day = TODAY - timedelta(days=back)
        until = NOW_MINUTE if back == 0 else CLOSE
        spans_of(day, until=until, span_ms=HOUR_MS).write(place)
        if back <= minutes_of:
            spans_of(day, until=until, span_ms=MINUTE_MS).write(place)
        hours = [(beginning(day, SEOUL) + hour * 60) * MINUTE_MS for hour in range(OPEN // 60, CLOSE // 60)]
        with place.store.atomic() as connection:
            days.touch(connection, hours)
            if back:
                days.put(connection, whole(day))
                days.settle(connection, hours)
    with place.store.atomic() as connection:
        connection.execute("PRAGMA optimize")
        connection.execute(
            "INSERT OR REPLACE INTO day_terms VALUES (1, ?)", (Terms(zone=SEOUL, stop_bin=STOP_BIN).words,)
        )
        connection.execute("INSERT OR IGNORE INTO tills VALUES ('till', 't', 0)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One store's application, signed in."""

    client: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop

    def opened(self, address: str) -> float:
        """Seconds of processor time for one page, which must show its figures."""
        begun = time.process_time()
        answer = self.loop.run_until_complete(self.client.get(address))
        seconds = time.process_time() - begun
        assert answer.status_code == 200, answer.text[:300]
        assert "part-tiles" in answer.text
        return seconds


def site(place: Town, loop: asyncio.AbstractEventLoop) -> Site:
    bus = bus_of_nobody()
    desk = place.desk(bus)
    services = Services(store=place.store, bus=bus, clock=place.clock, random=random.Random(9).randbytes, pages=PAGES)
    app = create_app(services, routers=[manage_router(desk), figures_router(desk)])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://localhost")
    form = {"account": "manager", "password": place.password}
    answer = loop.run_until_complete(client.post("/manage/login", data=form, headers={"origin": "https://localhost"}))
    assert answer.status_code == 303, answer.text[:300]
    client.headers["cookie"] = answer.headers["set-cookie"].split(";")[0]
    return Site(client=client, loop=loop)


def measure(rounds: int, minutes_of: int, directory: Path) -> dict[str, list[float]]:
    """Each figure once a round, the first round left out: it compiles the templates."""
    found: dict[str, list[float]] = {"day": [], "today": [], "year": []}
    loop = asyncio.new_event_loop()
    with ExitStack() as stack:
        places: dict[str, Site] = {}
        for name, past in (("day", 0), ("year", 365)):
            folder = directory / name
            folder.mkdir()
            place = stack.enter_context(town(folder, floor=FLOOR))
            place.clock.now_ms = (beginning(TODAY, SEOUL) + NOW_MINUTE) * MINUTE_MS + 2_000
            assert day_of(place.clock.now_ms, SEOUL) == TODAY
            fill(place, past_days=past, minutes_of=minutes_of)
            places[name] = site(place, loop)
        asked: dict[str, Callable[[], float]] = {
            "day": lambda: places["day"].opened("/manage?period=today&lang=en"),
            "today": lambda: places["year"].opened("/manage?period=today&lang=en"),
            "year": lambda: places["year"].opened("/manage?period=365d&lang=en"),
        }
        for number, (name, ask) in itertools.product(range(rounds + 1), asked.items()):
            seconds = ask()
            if number:
                found[name].append(seconds)
        for one in places.values():
            loop.run_until_complete(one.client.aclose())
    loop.close()
    return found


def ratio(found: dict[str, list[float]], of: str, to: str) -> float:
    return round(statistics.median(a / b for a, b in zip(found[of], found[to], strict=True)), 3)


def main() -> None:
    """Prints one JSON object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--minutes-of", type=int, default=14, help="days whose minutes are there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aisle-bench-") as directory:
        found = measure(arguments.rounds, arguments.minutes_of, Path(directory))
    year, today = ratio(found, "year", "today"), ratio(found, "today", "day")
    told = {f"{name}_ms": round(1000 * statistics.median(seconds), 1) for name, seconds in found.items()}
    print(
        json.dumps(
            {
                "bench": "dashboard",
                "cameras": CAMERAS,
                "zones": ZONES,
                **told,
                "year_to_today": year,
                "today_to_day": today,
                "limit": LIMIT,
                "ratio": max(year, today),
            }
        )
    )


if __name__ == "__main__":
    main()

"""Two weeks of the demo's store as it was told, and the truth: rain, a promotion, a dead camera, a moved shelf."""

import dataclasses
import datetime as dt
import sqlite3
from pathlib import Path

import msgspec

from cloud.shop.sales import Sale, SaleLine
from cloud.store import plans, sales, visits
from contract.plan import Plan, Point
from firmware_sim.past.day import Day, Truth, days, truth
from firmware_sim.past.season import HOUR_MS, Outage, Promotion, Season, Weather
from firmware_sim.past.shopper import Layout
from firmware_sim.past.telling import Sights, told
from firmware_sim.town.store import read_store
from tests.cloud.morning import SEOUL, Town

FILES = Path(__file__).parents[2] / "deploy" / "demo_store"
SEED = 7
FIRST, LAST = dt.date(2026, 11, 9), dt.date(2026, 11, 22)  # a Monday, and a Sunday that is not over
NOW = dt.datetime(2026, 11, 22, 15, 0, tzinfo=SEOUL)
NOW_MS = round(NOW.timestamp() * 1000)
RAIN = dt.date(2026, 11, 17)
PROMOTION = dt.date(2026, 11, 18), dt.date(2026, 11, 19)
DEAD = dt.date(2026, 11, 20)  # the till's camera, from 13:00 to 17:00
MOVED = dt.date(2026, 11, 21)  # the table of new arrivals, a metre to the right
STEP_M = 1.0
PRICE = 5_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fortnight:
    """What was lived: the truth of each whole day, and the plans."""

    season: Season
    truths: dict[dt.date, Truth]
    before: Plan
    after: Plan


def season() -> Season:
    """The two weeks and what was different in the second."""
    noon = round(dt.datetime.combine(DEAD, dt.time(13), SEOUL).timestamp() * 1000)
    return Season(
        visitors=220,
        promotions=(Promotion(zone="gift", first=PROMOTION[0], last=PROMOTION[1], draw=4.0, buy=1.8),),
        weather=(Weather(day=RAIN, share=0.5),),
        outages=(Outage(camera="till-cam", from_ms=noon, to_ms=noon + 4 * HOUR_MS),),
    )


def moved(plan: Plan) -> Plan:
    """The plan with the table of new arrivals a step to the right, its zone, reader and tag with it."""

    def right(place: Point) -> Point:
        return Point(place.x + STEP_M, place.y)

    replace = msgspec.structs.replace
    return replace(
        plan,
        version=plan.version + 1,
        zones=tuple(replace(it, polygon=tuple(map(right, it.polygon))) if it.id == "new" else it for it in plan.zones),
        shelves=tuple(
            replace(it, polygon=tuple(map(right, it.polygon))) if it.zone == "new" else it for it in plan.shelves
        ),
        readers=tuple(replace(it, at=right(it.at)) if it.zone == "new" else it for it in plan.readers),
        tags=tuple(replace(it, at=right(it.at)) if it.shelf == "new-table" else it for it in plan.tags),
    )


def lived(place: Town) -> Fortnight:
    """Tells a town all that was told in the two weeks; its clock stands at `NOW_MS` afterwards."""
    store, lived = read_store(FILES), season()
    after = dataclasses.replace(store, plan=moved(store.plan))
    moved_ms = round(dt.datetime.combine(MOVED, dt.time(), SEOUL).timestamp() * 1000)
    with place.store.atomic() as connection:
        plans.save(connection, store.plan, by="", note="", now_ms=0)
        plans.save(connection, after.plan, by="manager", note="new arrivals nearer to the till", now_ms=moved_ms)
    layouts = {FIRST: Layout(store), MOVED: Layout(after)}
    sights = {FIRST: Sights(plan=store.plan), MOVED: Sights(plan=after.plan)}
    truths: dict[dt.date, Truth] = {}
    for day in days(lived, layouts, SEOUL, SEED, last=LAST):
        place.clock.now_ms = min(day.ended_ms, NOW_MS)
        _tell(place, day, sights[max(since for since in sights if since <= day.date)], lived)
        truths[day.date] = truth(day)
    place.clock.now_ms = NOW_MS
    return Fortnight(season=lived, truths=truths, before=store.plan, after=after.plan)


def _tell(place: Town, day: Day, sights: Sights, season: Season) -> None:
    for node, events in told(day, sights, season, SEED).items():
        place.node(node).tell([event for event in events if event.at < NOW_MS])
    gtins = {tag.id: tag.gtin for tag in sights.plan.tags}
    with place.store.atomic() as connection:
        sales.put_till(connection, name="till", digest="t", now_ms=0)
        for number, life in enumerate(day.lives):
            for tap in life.tapped:
                if tap.tag and tap.at_ms < NOW_MS:
                    _phone(connection, f"{day.date}-{number}-{tap.at_ms}", tap.tag, gtins[tap.tag], tap.at_ms)
            if life.bought and life.bought.at_ms < NOW_MS:
                lines = tuple(SaleLine(gtin=gtin, quantity=1, amount=PRICE) for gtin in life.bought.gtins)
                sale = Sale(sale=f"{day.date}-{number}", at=life.bought.at_ms, currency="KRW", lines=lines)
                sales.keep(connection, till_name="till", sale=sale, received_ms=life.bought.at_ms)


def _phone(connection: sqlite3.Connection, digest: str, tag: str, gtin: str, at_ms: int) -> None:
    visits.add_visit(connection, digest=digest, at_ms=at_ms, tag=tag, gtin=gtin, counter=1)

"""A blocked camera end to end: a node's loop, the wire, the store and the page make it a gap, not a low number."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.manage.alerts import Kind
from cloud.manage.heat import UNSEEN
from cloud.manage.insight import State
from cloud.manage.period import Compare
from cloud.manage.verdict import Verdict
from cloud.push.alarm_post import AlarmPost, Ways
from cloud.push.hooks import AllowedHooks
from cloud.store import alerts, audits, plans
from cloud.web.manage.alarm import Alarm
from cloud.web.manage.alerts import alerts_router
from cloud.web.manage.figures import figures_router
from cloud.web.manage.reading import Morning, morning
from contract.events import Cause, Occupancy
from contract.messages import decode_health, encode_batch, encode_event
from contract.plan import Camera, Line, Plan, Point, Title, Zone, ZoneKind
from edge.delivery.uplink import Connected
from edge.inputs import CameraChanged, DeviceState, Sighting
from tests.cloud.entered import entered
from tests.cloud.morning import MINUTE, Site, Town, box, bus_of_nobody, serving, town
from tests.edge.world import WALL, World, person

SEEN_MIN, BLOCKED_MIN = 12, 20
NAME = Title(ko="차", en="Tea")


def floor() -> Plan:
    """The floor that the node of the edge's tests sees: one camera, one zone of it."""
    sees = box(0, 0, 6, 4)
    return Plan(
        store="s",
        title=NAME,
        version=1,
        width_m=6,
        depth_m=4,
        zones=(Zone(id="tea", title=NAME, kind=ZoneKind.SHELF, camera="c", polygon=box(1, 1, 5, 3)),),
        lines=(Line(id="door", title=NAME, camera="c", a=Point(0.4, 3.8), b=Point(0.4, 0.2)),),
        shelves=(),
        tags=(),
        readers=(),
        cameras=(
            Camera(
                id="c", node="n", width=640, height=480, at=Point(3, 2), height_m=3, look_at=Point(3, 2),
                field_of_view_deg=90, sees=sees,
            ),
        ),
    )  # fmt: skip


@dataclass(slots=True)
class Store:
    """A store whose node is a real loop; `blocked_ms` is when its camera was covered."""

    town: Town
    blocked_ms: int
    now_ms: int

    def morning(self, period: str) -> Morning:
        found = morning(self.town.desk(bus_of_nobody()), period, Compare.BEFORE)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("gap")
    (folder / "edge").mkdir()
    it = World(folder / "edge")
    it.step(Connected(), CameraChanged(camera="c", state=DeviceState.OK, reason="", at=it.now))
    visitors(it, SEEN_MIN * 60)
    blocked_ms = round((WALL + it.now) * 1000)
    blocked = CameraChanged(camera="c", state=DeviceState.LOST, reason="blocked", at=it.now, cause=Cause.BLOCKED)
    it.step(blocked)
    for _ in range(BLOCKED_MIN * 4):
        it.step(after=15.0)
    with town(folder) as there:
        there.clock.now_ms = round((WALL + it.now) * 1000)
        with there.store.atomic() as connection:
            plans.save(connection, floor(), by="test", note="", now_ms=0)
        for batch in it.batches:
            raw = encode_batch(
                store="s", node="n", epoch=batch.epoch, first=batch.first, oldest=batch.oldest,
                events=[encode_event(event) for event in batch.events],  # type: ignore[arg-type]  # the node's own are all known
            )  # fmt: skip
            send(there, "events", raw)
        send(there, "health", it.healths[-1])
        yield Store(town=there, blocked_ms=blocked_ms, now_ms=there.clock.now_ms)


def send(there: Town, channel: str, payload: bytes) -> None:
    at_ms = decode_health(payload).at if channel == "health" else there.clock.now_ms
    message = Message(topic=f"aisle/s/n/{channel}", payload=payload, received_ms=at_ms)
    store_readings(there.store, [read(message, "s")])


def visitors(it: World, seconds: float) -> None:
    """Somebody new stands at the tea for six seconds of each ten."""
    end = it.now + seconds
    while it.now < end:
        there = it.now % 10 < 6
        empty = Sighting(camera="c", at=it.now, width=640, height=480, boxes=())
        it.step(person(3.0, 2.0, it.now) if there else empty, after=0.5)


def test_the_nodes_word_is_a_cause_and_its_minutes_are_not_covered(store: Store) -> None:
    with store.town.store.reading() as connection:
        (event,) = connection.execute("SELECT ok, cause FROM device_changes WHERE name = 'c' AND NOT ok").fetchall()
        rows = connection.execute(
            "SELECT at_ms, covered_ms, watched_ms FROM occupancy_sums WHERE span_ms = 60000 ORDER BY at_ms"
        ).fetchall()
    assert event == (0, "blocked")
    seen = [covered / watched for at_ms, covered, watched in rows if at_ms + MINUTE < store.blocked_ms][1:]
    dark = [covered for at_ms, covered, _ in rows if at_ms > store.blocked_ms]
    assert min(seen) > 0.99
    assert len(dark) >= BLOCKED_MIN - 2
    assert set(dark) == {0}  # told as not seen, minute by minute, and not left out


def test_the_blocked_quarter_has_no_figure_and_no_verdict(store: Store) -> None:
    report = store.morning("15m").report
    (zone,) = report.zones
    assert zone.coverage == 0
    assert zone.stays.state is State.UNSEEN
    assert zone.stays.value is None
    assert report.tiles.entered.figure.state is State.UNSEEN
    assert {tile.change.verdict for tile in report.tiles.all} == {Verdict.NONE}
    assert zone.change.verdict is Verdict.NONE


def test_the_hour_that_was_partly_blocked_stands_with_its_coverage_and_without_a_verdict(store: Store) -> None:
    (zone,) = store.morning("1h").report.zones
    assert zone.stays.state is State.SHOWN
    assert zone.coverage is not None
    assert zone.coverage == pytest.approx(SEEN_MIN / (SEEN_MIN + BLOCKED_MIN), abs=0.06)
    assert zone.change.verdict is Verdict.NONE


def test_a_planted_fault_that_calls_the_blocked_minutes_covered_would_be_a_low_number(store: Store) -> None:
    """What all this prevents: a node that says it saw everything shows nobody where there was no eye."""
    copy = store.town
    told = [
        Occupancy(at=store.blocked_ms - store.blocked_ms % MINUTE + n * MINUTE, zone="tea", span_ms=MINUTE,
                  covered_ms=MINUTE, person_ms=0, peak=0)
        for n in range(BLOCKED_MIN)
    ]  # fmt: skip
    with copy.store.atomic() as connection:
        connection.execute("SAVEPOINT planted")
        connection.executemany(
            "UPDATE occupancy_sums SET covered_ms = watched_ms WHERE span_ms = 60000 AND at_ms = ?",
            [(each.at,) for each in told],
        )
    try:
        (zone,) = store.morning("15m").report.zones
        assert (zone.stays.state, zone.stays.value) == (State.SHOWN, 0)
    finally:
        with copy.store.atomic() as connection:
            connection.executemany(
                "UPDATE occupancy_sums SET covered_ms = 0 WHERE span_ms = 60000 AND at_ms = ?",
                [(each.at,) for each in told if each.at > store.blocked_ms],
            )


def test_it_is_an_alarm_with_its_cause_and_the_gap_of_an_audit(store: Store) -> None:
    clock = store.town.clock
    post = AlarmPost(
        store.town.store, Ways(push=None, hooks=AllowedHooks()), clock=clock, luck=lambda: 0.0, may_hear=bool
    )
    Alarm(store.town.desk(bus_of_nobody()), post, may_hear=bool).look(store.now_ms)
    with store.town.store.reading() as connection:
        wrongs = [each.alert.wrong for each in alerts.open_now(connection)]
        (gap,) = audits.gaps(
            connection, "c", from_ms=store.blocked_ms - 60_000, to_ms=store.blocked_ms + 300_000, told_ms=store.now_ms
        )
    (camera,) = [wrong for wrong in wrongs if wrong.kind is Kind.CAMERA]
    assert (camera.subject, camera.cause) == ("c", "blocked")
    assert camera.since_ms == pytest.approx(store.blocked_ms, abs=2_000)
    assert gap.from_ms == pytest.approx(store.blocked_ms, abs=2_000)
    assert gap.to_ms == store.blocked_ms + 300_000


@pytest.fixture(scope="module")
def site(store: Store) -> Iterator[Site]:
    with serving(store.town, figures_router, alerts_router) as site:
        yield site


@pytest.fixture(scope="module")
def hand(store: Store, site: Site) -> Iterator[httpx.Client]:
    with entered(site, store.town.password) as client:
        yield client


def test_the_map_of_that_quarter_is_not_measured_anywhere(hand: httpx.Client) -> None:
    told = hand.get("/v1/insight/heat?period=15m&metric=stay").json()
    whole = hand.get("/v1/insight/heat?period=1h&metric=stay").json()
    assert set(base64.b64decode(told["seen"])) == {UNSEEN}
    assert set(base64.b64decode(whole["seen"])) != {UNSEEN}


def test_the_pages_write_a_dash_and_what_broke(hand: httpx.Client) -> None:
    zones = hand.get("/manage/zones?period=15m&lang=en").text
    row = zones[zones.index("<tbody") :].split("</tr>")[0]
    assert "–" in row
    assert ">0<" not in row
    page = hand.get("/manage/alerts?lang=en").text
    assert "Something blocks camera c" in page
    assert "a gap in every figure" in page

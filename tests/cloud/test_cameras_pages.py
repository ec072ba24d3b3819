"""The cameras' room without a browser: how each camera is, whose order a still is, and pairs that become a version."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cloud.manage.cameras import CameraState, covered
from cloud.manage.insight import Seen
from cloud.store import audit_log, calibrations, device_changes, plans
from cloud.store.insight import SeenMinute
from cloud.web.manage.devices import devices_router
from contract.events import Cause, Device, DeviceChanged, Heat
from contract.messages import CameraHealth
from contract.plan import Pair
from edge.camera.scale import Usual
from tests.cloud.camera_world import CAMERA, NODE, Beside, floor, pairs
from tests.cloud.entered import entered
from tests.cloud.morning import MINUTE, NOON_MS, Site, Town, serving, town


@dataclass(slots=True, kw_only=True)
class Room:
    """The store, its node, and a manager at the page."""

    town: Town
    site: Site
    beside: Beside
    client: httpx.Client

    def page(self, path: str = "") -> str:
        return self.client.get(f"{self.site.url}/manage/cameras{path}?lang=en").text

    def save(self, chosen: tuple[Pair, ...], **fields: str) -> str:
        form: dict[str, str | list[str]] = {
            name: [*(str(getattr(pair, name)) for pair in chosen), ""] for name in ("u", "v", "x", "y")
        }
        version = fields.pop("version", str(self.version))
        answer = self.client.post(
            f"{self.site.url}/manage/cameras/{CAMERA}/pairs?lang=en", data={**form, "version": version, **fields}
        )
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("said=")[2].partition("&")[0]

    @property
    def version(self) -> int:
        with self.town.store.reading() as connection:
            return plans.newest(connection)


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Iterator[Room]:
    with town(tmp_path, floor=floor()) as place:
        beside = Beside(place)
        with serving(place, beside.room, devices_router) as site, entered(site, place.password) as client:
            yield Room(town=place, site=site, beside=beside, client=client)


def told(room: Room, *, ok: bool, cause: Cause | None = None, reason: str = "") -> None:
    node = room.town.node(NODE)
    at = NOON_MS - 5 * MINUTE + 1_000 * node.told
    node.tell([DeviceChanged(at=at, device=Device.CAMERA, name=CAMERA, ok=ok, reason=reason, cause=cause)])
    node.well(cameras={CAMERA: CameraHealth(ok=ok, reason=reason)})


def state(page: str) -> str:
    return page.partition(f'data-camera="{CAMERA}" data-state="')[2].partition('"')[0]


def test_a_camera_that_was_moved_blocked_or_darkened_is_an_alarm(room: Room) -> None:
    assert state(room.page()) == CameraState.BARE
    assert room.save(pairs(6)) == "saved"
    assert state(room.page()) == CameraState.NEVER
    for cause, words in ((Cause.MOVED, "was moved"), (Cause.BLOCKED, "Something blocks"), (Cause.DARK, "in the dark")):
        told(room, ok=False, cause=cause, reason="why")
        for page in (room.page(), room.page(f"/{CAMERA}")):
            assert words in page
            assert "Its floor is a gap in every figure" in page
        assert ("it then learns the scene anew" in room.page(f"/{CAMERA}")) is (cause is Cause.MOVED)
        assert state(room.page()) == CameraState.BLIND
    told(room, ok=True)
    assert state(room.page()) == CameraState.OK
    assert "gap in every figure" not in room.page()
    room.town.clock.now_ms += 10 * MINUTE
    assert state(room.page()) == CameraState.SILENT


def test_a_camera_before_which_people_are_too_small_says_how_tall_they_should_be_while_it_counts(room: Room) -> None:
    assert room.save(pairs(6)) == "saved"
    told(room, ok=True)
    small = Usual(px=30.2, input_px=12.0, enough_px=62.9)
    pages = ("/cameras", f"/cameras/{CAMERA}", "/devices")
    words = "People show only about 30 px tall in its picture"
    remedy = "They should be about 63 px tall: hang the camera nearer, or give it a longer lens."

    def advised(page: str, language: str = "en") -> str:
        return room.client.get(f"{room.site.url}/manage{page}?lang={language}").text

    room.town.node(NODE).well(cameras={CAMERA: CameraHealth(ok=True, advice=small.advice or "")})
    for page in pages:
        assert words in advised(page)
        assert remedy in advised(page)
        assert "사람의 키가 약 30픽셀뿐이라" in advised(page, "ko")
    assert state(room.page()) == CameraState.OK

    room.town.node(NODE).well(cameras={CAMERA: CameraHealth(ok=True)})
    for page in pages:
        assert words not in advised(page)


def test_a_camera_without_pictures_says_so_before_it_is_calibrated(room: Room) -> None:
    told(room, ok=False, cause=Cause.UNPLANNED, reason="no plan has come yet")
    assert state(room.page()) == CameraState.BARE
    told(room, ok=True)
    told(room, ok=False, cause=Cause.LOST, reason="no picture for 5 s")
    assert state(room.page()) == CameraState.BLIND
    assert "gives no pictures" in room.page(f"/{CAMERA}")


def test_since_when_a_camera_is_lost_and_when_it_was_calibrated_are_told_with_the_day(room: Room) -> None:
    room.beside.away = True
    assert room.save(pairs(6), error_cm="3.5") == "saved"
    told(room, ok=False, cause=Cause.LOST, reason="no picture for 5 s")
    for page in (room.page(), room.page(f"/{CAMERA}")):
        assert "since 21 Nov 11:55" in page
    assert "(by the page, 21 Nov 12:00)" in " ".join(re.sub(r"<[^>]*>", " ", room.page()).split())


def test_the_share_of_the_last_hour_that_was_seen_stands_beside_it(room: Room) -> None:
    assert "nothing was told" in room.page()
    reports = [
        Heat(camera=CAMERA, at=NOON_MS - n * MINUTE, span_ms=MINUTE, covered_ms=MINUTE, cell_mm=250, cells=())
        for n in range(2, 32)
    ]
    room.town.node(NODE).tell(reports)
    assert "50 %" in room.page()


@given(st.lists(st.integers(0, MINUTE), max_size=70))
@settings(max_examples=100, deadline=None)
def test_coverage_is_a_share_and_what_was_not_told_is_no_zero(told_ms: list[int]) -> None:
    minutes = [
        SeenMinute(name="c", seen=Seen(minute=number, covered_ms=ms, span_ms=MINUTE))
        for number, ms in enumerate(told_ms)
    ]
    share = covered("c", minutes)
    assert share is None if not told_ms else 0 <= (share or 0) <= 1
    assert covered("other", minutes) is None


def test_pairs_become_a_version_with_the_error_that_the_nodes_own_code_tells(room: Room) -> None:
    before = room.version
    assert room.save(pairs(7)) == "saved"
    assert room.version == before + 1
    with room.town.store.reading() as connection:
        plan, kept = plans.plan_now(connection), calibrations.last(connection)[CAMERA]
        log = [line.act for line in audit_log.lines(connection)]
    assert plan is not None
    assert plan.cameras[0].pairs == pairs(7)
    assert plan.zones == floor().zones
    assert (kept.reckoned, kept.pairs, kept.version) == ("node", 7, before + 1)
    assert kept.error_cm is not None
    assert kept.error_cm < 1
    assert audit_log.Act.PLAN_SAVED in log
    assert "by the node" in room.page()


def test_where_the_node_is_silent_the_pages_own_figure_is_kept_as_the_pages(room: Room) -> None:
    room.beside.away = True
    assert room.save(pairs(6), error_cm="3.4", worst_cm="7.25") == "saved"
    with room.town.store.reading() as connection:
        kept = calibrations.last(connection)[CAMERA]
    assert (kept.reckoned, kept.error_cm, kept.worst_cm) == ("page", 3.4, 7.25)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(room: Room) -> None:
    seen = str(room.version)
    assert room.save(pairs(6)) == "saved"
    assert room.save(pairs(7), version=seen) == "changed"
    assert room.save(pairs(6)) == "same"
    other = replace(floor(pairs=pairs(6)), width_m=20)
    with room.town.store.atomic() as connection:
        plans.save(connection, other, by="", note="", now_ms=room.town.clock.now_ms)
    assert room.save(pairs(7), version=str(room.version - 1)) == "saved"  # another wall does not concern these pairs
    with room.town.store.reading() as connection:
        plan = plans.plan_now(connection)
    assert plan is not None
    assert (plan.width_m, len(plan.cameras[0].pairs)) == (20, 7)


@pytest.mark.parametrize("wrong", ["x", "nan", "1e999", "99999"])
def test_numbers_that_are_none_are_refused_in_words(room: Room, wrong: str) -> None:
    form = {"u": ["1"], "v": ["2"], "x": [wrong], "y": ["3"], "version": str(room.version)}
    answer = room.client.post(f"{room.site.url}/manage/cameras/{CAMERA}/pairs", data=form)
    assert answer.status_code == 422 or answer.headers["location"].endswith("said=wrong")
    assert room.version == 1


def test_a_still_is_for_its_orderer_once_and_gone_then(room: Room) -> None:
    order = f"{room.site.url}/manage/cameras/{CAMERA}/still"
    ordered = room.client.post(order, headers={"accept": "application/json"})
    assert ordered.status_code == 202
    still = f"{order}/{ordered.json()['still']}"
    picture = room.client.get(still)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert room.client.get(still).status_code == 410
    assert room.beside.asking._waiting == {}  # nothing of it stays in memory
    with room.town.store.reading() as connection:
        line = audit_log.lines(connection)[0]
    assert (line.act, line.subject, line.who) == (audit_log.Act.STILL_ORDERED, CAMERA, "manager")


def test_without_scripts_the_form_leads_to_a_page_with_the_still(room: Room) -> None:
    order = f"{room.site.url}/manage/cameras/{CAMERA}/still"
    there = room.client.post(order, data={"lang": "en"}).headers["location"]
    page = room.client.get(room.site.url + there).text
    assert "kept in memory only" in page
    still = page.partition('<noscript><img src="')[2].partition('"')[0]
    assert room.client.get(room.site.url + still).headers["content-type"] == "image/jpeg"


def test_a_zone_that_vanishes_keeps_its_history(room: Room) -> None:
    """Figures of a zone stay under its id, and its name is that of the plan of their time."""
    gone = floor().zones[0]
    shelves = tuple(replace(shelf, zone=None) for shelf in floor().shelves)
    without = replace(floor(), zones=floor().zones[1:], shelves=shelves, version=2)
    with room.town.store.atomic() as connection:
        plans.save(connection, without, by="", note="", now_ms=room.town.clock.now_ms)
    with room.town.store.reading() as connection:
        then, now = plans.plan_at(connection, NOON_MS - 10 * MINUTE), plans.plan_now(connection)
    assert then is not None
    assert now is not None
    assert gone.title in {zone.title for zone in then.zones}
    assert gone.id not in {zone.id for zone in now.zones}


def test_the_last_word_of_a_device_is_the_newest(room: Room) -> None:
    told(room, ok=False, cause=Cause.MOVED)
    room.town.node(NODE).tell(
        [DeviceChanged(at=NOON_MS - MINUTE, device=Device.CAMERA, name=CAMERA, ok=True, reason="")]
    )
    with room.town.store.reading() as connection:
        last = device_changes.last(connection, Device.CAMERA)[CAMERA]
    assert (last.ok, last.cause, last.at_ms) == (True, None, NOON_MS - MINUTE)

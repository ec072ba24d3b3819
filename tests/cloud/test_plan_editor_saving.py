"""Drafts, versions and files of the plan's editor: nothing is lost unseen; all but drawing works without scripts."""

import asyncio
import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, expect

from cloud.bus import Bus
from cloud.facts import PlanSaved
from cloud.manage.rights import Role, Who
from cloud.store import audit_log, plan_drafts, plans
from cloud.store.plans import Version
from cloud.web.language import Language
from cloud.web.manage.gate import COOKIE
from cloud.web.manage.planning.bench import Bench
from cloud.web.manage.planning.said import Body, Collision, Judged
from contract.plan import decode_plan, encode_plan
from tests.cloud import planner_store
from tests.cloud.entered import session
from tests.cloud.grey import png
from tests.cloud.morning import Site, Town, box, plan, serving, town
from tests.cloud.planner import planning, room, saved, violations

replace = msgspec.structs.replace
place, site, fresh = planner_store.place, planner_store.site, planner_store.fresh


def kim_widens_the_cakes(place: Town) -> Version:
    """Another account saves a version meanwhile."""
    now = saved(place)
    tea, cake = now.zones
    with place.store.atomic() as connection:
        wider = replace(now, zones=(tea, replace(cake, polygon=box(4.5, 0.5, 6.5, 1.5))))
        return plans.save(connection, wider, by="kim", note="", now_ms=place.clock.now_ms)


@pytest.mark.browser
def test_a_draft_is_there_again_in_another_browser(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place) as it:
        it.click((1, 1))
        it.press("ArrowRight")
        it.kept()
    with planning(browser, site, place) as again:
        expect(again.page.locator("#plan-changes")).to_contain_text("Zone Tea moved by 1 cm")
        again.page.click('[data-act="drop"]')
        expect(again.page.locator("#plan-unsaved")).to_have_text("As saved")
    assert saved(place) == replace(plan(), version=saved(place).version)


@pytest.mark.browser
def test_two_windows_collide_and_both_sides_are_named(browser: Browser, site: Site, place: Town) -> None:
    with (
        planning(browser, site, place) as one,
        planning(browser, site, place, expected="409") as other,
    ):
        one.click((1, 1))
        one.press("ArrowRight")
        one.kept()
        other.click((5, 1))
        other.press("Shift+ArrowDown")
        dialog = other.page.locator("#plan-collision")
        expect(dialog).to_contain_text("Another window of yours changed this draft at 12:00")
        expect(dialog.locator('[data-part="mine"]')).to_contain_text("Zone Cakes moved by 10 cm")
        expect(dialog.locator('[data-part="theirs"]')).to_contain_text("Zone Tea moved by 1 cm")
        assert violations(other.page) == []
        dialog.get_by_role("button", name="Keep mine alone").click()
        other.kept()
        expect(other.page.locator("#plan-changes")).to_have_text("Zone Cakes moved by 10 cm")


@pytest.mark.browser
def test_what_another_account_saved_meanwhile_is_brought_together(browser: Browser, site: Site, place: Town) -> None:
    with planning(browser, site, place, expected="409") as it:
        it.click((1, 1))
        it.press("Shift+ArrowDown")
        it.kept()
        kim = kim_widens_the_cakes(place)
        it.page.click('[data-act="save"]')
        it.page.click("#plan-save button.main")
        dialog = it.page.locator("#plan-collision")
        expect(dialog).to_contain_text(f"kim saved version {kim.version} at 12:00")
        expect(dialog.locator('[data-part="theirs"]')).to_contain_text("Zone Cakes reshaped, 1.50 m² → 2.00 m²")
        dialog.get_by_role("button", name="Bring both together").click()
        expect(it.page.locator("#plan-said")).to_contain_text("Both are in this draft now")
        it.page.click('[data-act="save"]')
        it.page.click("#plan-save button.main")
        it.page.wait_for_url("**saved=*")
    tea, cake = saved(place).zones
    assert tea.polygon == box(0.5, 0.6, 2, 1.6)
    assert cake.polygon == box(4.5, 0.5, 6.5, 1.5)


@pytest.mark.browser
def test_a_drawing_lies_beneath_to_scale_and_is_kept_with_the_version(
    browser: Browser, site: Site, place: Town
) -> None:
    with planning(browser, site, place, expected="422") as it:
        it.page.set_input_files(
            "#plan-image", {"name": "plan.png", "mimeType": "image/png", "buffer": b"GIF89a" + bytes(50)}
        )
        expect(it.page.locator("#plan-said")).to_contain_text("neither PNG nor JPEG nor WebP")
        it.page.set_input_files("#plan-image", {"name": "plan.gif", "mimeType": "image/gif", "buffer": png(800, 400)})
        expect(it.page.locator('[data-tool="select"]')).to_have_attribute("aria-pressed", "false")
        it.click((1, 1), (3, 1))
        it.page.fill("#plan-scale-length", "4")
        it.press("Enter")
        expect(it.page.locator('[data-group="backdrop"] image')).to_have_attribute("width", "16")  # twice the 8 m
        expect(it.page.locator('[data-group="backdrop"] image')).to_have_attribute("x", "-1")  # (1, 1) stays
        it.kept()
        expect(it.page.locator("#plan-changes")).to_contain_text("The drawing beneath changed")
        it.page.click('[data-act="save"]')
        it.page.click("#plan-save button.main")
        it.page.wait_for_url("**saved=*")
        expect(it.page.locator('[data-group="backdrop"] image')).to_have_attribute("width", "16")


@pytest.mark.browser
def test_a_floor_is_begun_from_nothing(browser: Browser, tmp_path: Path) -> None:
    with town(tmp_path) as bare, serving(bare, room) as site, planning(browser, site, bare) as it:
        assert violations(it.page) == []
        it.page.fill("#start-ko", "새 매장")
        it.page.fill("#start-en", "New store")
        it.page.fill("#start-width", "10")
        it.page.get_by_role("button", name="Begin to draw").click()
        it.tool("zone")
        it.drag((1, 1), (3, 2))
        expect(it.page.locator("#plan-problems")).to_contain_text("has no camera that counts there")
        it.tool("camera")
        it.click((5, 5), (3, 2))
        it.page.fill('[data-name="node"]', "left")
        it.press("Tab")
        it.page.locator(".part.zones").click()
        it.page.select_option('[data-name="camera"]', "camera-1")
        it.kept()
        it.page.click('[data-act="save"]')
        it.page.click("#plan-save button.main")
        it.page.wait_for_url("**saved=1")
        made = saved(bare)
    assert (made.store, made.width_m, made.zones[0].camera) == ("daon", 10, "camera-1")


@pytest.mark.browser
def test_without_scripts_a_plan_goes_in_and_out_as_a_file(
    browser: Browser, site: Site, place: Town, tmp_path: Path
) -> None:
    with planning(browser, site, place, expected="422", look={"java_script_enabled": False}) as it:
        assert it.page.locator(".plan-picture img").is_visible()
        with it.page.expect_download() as waiting:
            it.page.locator(".versions a[download]").first.click()
        waiting.value.save_as(tmp_path / "plan.json")
        told = decode_plan((tmp_path / "plan.json").read_bytes())
        assert told == saved(place)
        wrong = json.loads(encode_plan(told))
        wrong["zones"][0]["polygon"] = [[0, 0], [2, 2], [2, 0], [0, 2]]
        (tmp_path / "wrong.json").write_text(json.dumps(wrong))
        (tmp_path / "wider.json").write_bytes(encode_plan(replace(told, width_m=9)))
        it.page.locator("details.more > summary").click()
        it.page.set_input_files("#import-file", tmp_path / "wrong.json")
        it.page.locator("form[action*=import] button[type=submit]").click()
        assert "Zone tea crosses itself after corner 3" in it.page.locator("[role=alert]").inner_text()
        assert saved(place) == told
        it.page.locator("details.more > summary").click()
        it.page.set_input_files("#import-file", tmp_path / "wider.json")
        it.page.fill("#import-note", "Wall moved")
        it.page.locator("form[action*=import] button[type=submit]").click()
        assert saved(place).width_m == 9
        row = it.page.locator(".versions tbody tr").first.inner_text()
        assert "Wall moved" in row
        assert "Floor 8 × 4 m → 9 × 4 m" in row
        it.page.get_by_role("button", name="Restore").first.click()
        assert saved(place).width_m == 8
        assert saved(place).version == told.version + 2


def ask(site: Site, place: Town, method: str, path: str, **more: object) -> httpx.Response:
    cookie = {"cookie": f"{COOKIE}={session(site, place.password)}"}
    headers = cookie | dict(more.pop("headers", {}))  # type: ignore[call-overload]  # a mapping of ours
    return httpx.request(method, site.url + path, headers=headers, **more)  # type: ignore[arg-type]  # httpx's own keywords


def test_the_audit_log_says_who_saved_a_plan_in_which_role(site: Site, place: Town) -> None:
    kim_widens_the_cakes(place)
    assert ask(site, place, "POST", "/manage/plan/restore?lang=en", data={"version": 1}).status_code == 303
    with place.store.reading() as connection:
        line = audit_log.lines(connection, act=audit_log.Act.PLAN_SAVED)[0]
    now = saved(place).version
    assert (line.who, line.role, line.subject) == ("manager", "owner", f"version {now}: Version 1 again")


def test_a_larger_body_is_taken_where_it_is_needed_and_only_there(site: Site, place: Town) -> None:
    big = b" " * 70_000
    draft = ask(site, place, "PUT", "/manage/plan/draft", content=big, headers={"if-match": '"0"'})
    assert draft.status_code == 422
    assert ask(site, place, "POST", "/manage/plan/save", content=big).status_code == 413
    assert ask(site, place, "POST", "/manage/plan/image", content=bytes(5_000_000)).status_code == 413
    assert httpx.put(f"{site.url}/manage/plan/draft", content=big).status_code == 401


@pytest.mark.parametrize("seen", ["", "x", '"-1"', '"1"*'])
def test_a_draft_is_not_changed_without_saying_which_was_seen(site: Site, place: Town, seen: str) -> None:
    body = {"base": 1, "plan": {}}
    assert ask(site, place, "PUT", "/manage/plan/draft", json=body, headers={"if-match": seen}).status_code == 428


def test_a_kept_picture_is_given_as_what_it_is(site: Site, place: Town) -> None:
    kept = ask(site, place, "POST", "/manage/plan/image", content=png(4, 3)).json()
    given = ask(site, place, "GET", f"/manage/plan/image/{kept['image']}")
    assert (kept["width"], kept["height"]) == (4, 3)
    assert (given.headers["content-type"], given.headers["x-content-type-options"]) == ("image/png", "nosniff")
    assert given.content == png(4, 3)


def test_a_picture_is_kept_without_what_it_says_beside_itself(site: Site, place: Town) -> None:
    plain, words = png(4, 3), b"Author\x00Kim"
    told = struct.pack(">I", len(words)) + b"tEXt" + words + struct.pack(">I", zlib.crc32(b"tEXt" + words))
    kept = ask(site, place, "POST", "/manage/plan/image", content=plain[:33] + told + plain[33:]).json()
    assert ask(site, place, "GET", f"/manage/plan/image/{kept['image']}").content == plain
    cut = ask(site, place, "POST", "/manage/plan/image", content=plain[:-20])
    assert (cut.status_code, "cut off" in cut.text) == (422, True)


def test_a_versions_picture_marks_what_changed(site: Site, place: Town) -> None:
    kim = kim_widens_the_cakes(place)
    drawn = ask(site, place, "GET", f"/manage/plan/picture/{kim.version}?theme=dark&lang=en").text
    assert drawn.count("#fb923c") == 3  # where it was, and the fill and the edge of the one zone
    assert ">Cakes</text>" in drawn


def test_whoever_looks_at_the_plan_sees_it_as_it_was(site: Site, place: Town) -> None:
    found = ask(site, place, "GET", "/manage/plan?version=1&lang=en").text
    assert "plan/picture/1?theme=" in found
    assert ask(site, place, "GET", "/manage/plan/export?version=999").status_code == 404


async def _restored(place: Town) -> list[int]:
    bus = Bus(asyncio.get_running_loop())
    bench = Bench(desk=place.desk(bus), store="daon")
    with bus.listen(PlanSaved) as listener:
        for _ in range(2):  # pressed twice
            await asyncio.to_thread(bench.restore, Who(account="manager", role=Role.OWNER), 1, "again")
        await asyncio.sleep(0)
        bus.close()
        return [fact.version async for fact in listener if isinstance(fact, PlanSaved)]


def test_a_saved_plan_is_told_on_the_bus_once(place: Town) -> None:
    kim_widens_the_cakes(place)
    with ThreadPoolExecutor(1) as aside:  # the browser of other tests has a loop in this thread
        assert aside.submit(asyncio.run, _restored(place)).result() == [saved(place).version]


def test_a_draft_with_a_problem_or_without_a_change_becomes_no_version(place: Town) -> None:
    loop = asyncio.new_event_loop()
    bench = Bench(desk=place.desk(Bus(loop)), store="daon")
    loop.close()
    now, lee = saved(place), Who(account="lee", role=Role.MANAGER)
    wrongs: tuple[dict[str, object], ...] = ({}, {"title": {"ko": "", "en": ""}}, {"store": "other"})
    for changed in wrongs:
        with place.store.reading() as connection:
            draft = plan_drafts.draft(connection, "lee")
        body = Body(base=now.version, plan=dict(msgspec.to_builtins(now)) | changed)
        judged = bench.put("lee", body, seen=draft.number if draft else 0, language=Language.EN)
        assert isinstance(judged, Judged)
        said = bench.save(lee, number=judged.number, note="", language=Language.EN)
        assert isinstance(said, Judged)
    stale = bench.save(lee, number=judged.number - 1, note="", language=Language.KO)
    assert isinstance(stale, Collision)
    assert "다른 창" in stale.words
    assert saved(place) == now

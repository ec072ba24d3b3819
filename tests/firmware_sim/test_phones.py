"""What phones and the till do with a cloud."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.actors.calls import Caller
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.forms import form_to, forms_of
from firmware_sim.actors.phones import Phones
from firmware_sim.actors.shelf_tags import MasterKeys, ShelfTags
from firmware_sim.actors.till import Till
from firmware_sim.town.happenings import Sold
from firmware_sim.town.visits import Line
from tests.firmware_sim.fake_cloud import Cloud, fake_cloud
from tests.firmware_sim.stores import demo

KEYS = MasterKeys(meta_read=bytes(16), file_master=bytes(range(16)))


def wall() -> float:
    return time.time_ns() / 1_000_000


def tags(cloud: str, folder: Path, keys: MasterKeys | None = KEYS) -> ShelfTags:
    return ShelfTags(demo().tags, cloud=cloud, keys=keys, counters=folder / "counters.json", random=secrets.token_bytes)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is a file and another thread's list
            await asyncio.sleep(0.01)


def diary(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def opted_in(cloud: Cloud, folder: Path, counts: Counts) -> None:
    """One phone opens a tag, begins, offers its card, holds it, and hears of the tap; then it is gone."""
    caller, notes = Caller(), Diary(folder / "phones.jsonl")
    phones = Phones(
        caller, tags(cloud.url, folder), cloud=cloud.url, wall=wall, diary=notes, counts=counts,
        jars=folder / "jars.json", tell=lambda _told: None,
    )  # fmt: skip
    phones.open_tag(3, "04aa", "tag-green-tea")
    phones.begin(3)
    phones.offer_card(3, "tea-reader")
    await phones.settled(10)
    await until(lambda: any(path == "/me/stream" for _, path, _, _ in cloud.asked))
    phones.card_held(3, "tea-reader")
    cloud.say("tap", {"reader": "tea-reader"})
    await until(lambda: b"tap-to-phone" in (folder / "phones.jsonl").read_bytes())
    phones.gone(3)
    phones.close()
    notes.close()
    await caller.close()


def test_a_phone_begins_a_profile_binds_its_card_and_hears_of_the_tap(tmp_path: Path) -> None:
    counts = Counts()
    with fake_cloud() as cloud:
        asyncio.run(opted_in(cloud, tmp_path, counts))
    begin = next(body for _, path, _, body in cloud.asked if path == "/me/begin")
    assert parse_qsl(begin) == [("visit", "v1"), ("purpose", "offers"), ("purpose", "card")]
    card = next((cookie, body) for _, path, cookie, body in cloud.asked if path == "/me/card")
    assert card == ("__Host-aisle=abc", "reader=tea-reader")
    tapped = next(line for line in diary(tmp_path / "phones.jsonl") if line["kind"] == "tap-to-phone")
    assert tapped["reader"] == "tea-reader"
    assert tapped["arrived_at"] >= tapped["put_at"]
    assert counts.answered["begin"] == counts.attempted["begin"] == 1


def test_a_phone_that_comes_again_still_has_its_cookie(tmp_path: Path) -> None:
    with fake_cloud() as cloud:
        asyncio.run(opted_in(cloud, tmp_path, Counts()))
        before = len(cloud.asked)
        asyncio.run(opted_in(cloud, tmp_path, Counts()))
    first = next(cookie for _, path, cookie, _ in cloud.asked[before:] if path.startswith("/01/"))
    assert first == "__Host-aisle=abc"
    assert (tmp_path / "jars.json").stat().st_mode & 0o077 == 0


def test_an_absent_cloud_is_counted_as_a_failure(tmp_path: Path) -> None:
    counts = Counts()

    async def alone() -> None:
        caller, notes = Caller(), Diary(tmp_path / "phones.jsonl")
        phones = Phones(
            caller, tags("http://127.0.0.1:1", tmp_path), cloud="http://127.0.0.1:1", wall=wall, diary=notes,
            counts=counts, jars=tmp_path / "jars.json", tell=lambda _told: None,
        )  # fmt: skip
        phones.open_tag(1, "", "tag-yakgwa")
        await phones.settled(10)
        phones.close()
        notes.close()
        await caller.close()

    asyncio.run(alone())
    assert counts.shown()["page"] == {"attempted": 1, "answered": 0, "failed": 1}


def test_the_till_tells_a_sale_until_it_is_answered_always_by_the_same_number(tmp_path: Path) -> None:
    counts = Counts()

    async def selling(cloud: Cloud) -> bool:
        caller, notes = Caller(), Diary(tmp_path / "phones.jsonl")
        till = Till(caller, cloud=cloud.url, token="t", wall=lambda: 5, diary=notes, counts=counts)
        lines = (Line(gtin="09520000000011", quantity=2, amount=25_600),)
        till.sell(Sold(at=1, sale="day-7-3", lines=lines, shopper=3), 1_000)
        settled = await till.settled(10)
        notes.close()
        await caller.close()
        return settled

    with fake_cloud() as cloud:
        assert asyncio.run(selling(cloud))
    sales = [json.loads(body) for _, path, _, body in cloud.asked if path == "/v1/sales"]
    assert len(sales) == 2
    assert sales[0] == sales[1]
    assert sales[0]["sale"] == "1000-day-7-3"
    assert counts.shown()["sale"] == {"attempted": 1, "answered": 1, "failed": 0}


def test_a_tags_counter_outlives_a_restart(tmp_path: Path) -> None:
    first = tags("http://shop", tmp_path)
    urls = [first.tap("tag-green-tea") for _ in range(3)]
    again = tags("http://shop", tmp_path)
    urls += [again.tap("tag-green-tea")]
    assert len(set(urls)) == 4
    assert json.loads((tmp_path / "counters.json").read_text())["tag-green-tea"] == 4
    assert all(url.startswith("http://shop/01/09520000000011?t=tag-green-tea&picc=") for url in urls)


def test_a_plain_tag_says_the_same_for_ever(tmp_path: Path) -> None:
    plain = tags("http://shop", tmp_path)
    assert plain.tap("tag-gift-set") == plain.tap("tag-gift-set") == "http://shop/01/09520000000103?t=tag-gift-set"


@settings(max_examples=100, deadline=None)
@given(html=st.text(alphabet="<>/=\"' abfinoprstumx", max_size=200))
def test_any_text_is_read_as_what_forms_it_has(html: str) -> None:
    assert all(form.method for form in forms_of(html) if form.method)


def test_a_form_is_found_by_where_it_goes() -> None:
    html = '<form action="/a?x=1" method="POST"><input name="n" value="&amp;"><input type=checkbox name=c></form>'
    form = form_to(html, "/a")
    assert form is not None
    assert form.ticked() == [("n", "&"), ("c", "on")]
    assert form_to(html, "/b") is None

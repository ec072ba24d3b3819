"""What phones and the till do with a cloud."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop.till_proof import Signed, holds, proof_of
from edge.pseudonym import StoreKey, pseudonym
from firmware_sim.actors.calls import Caller, Said
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.forms import form_to, forms_of, link_to, marked, section, shown
from firmware_sim.actors.handset import Attempts
from firmware_sim.actors.phones import Phones
from firmware_sim.actors.sale_wire import Shown, receipt_of
from firmware_sim.actors.shelf_tags import MasterKeys, ShelfTags
from firmware_sim.actors.till import Till, TillLine
from firmware_sim.actors.till_proof import Signature, Token
from firmware_sim.push.service import PushService
from firmware_sim.tags.names import CardKey, CardKeyError, card_name, read_card_key
from firmware_sim.town.happenings import Sold
from firmware_sim.town.visits import Line
from tests.firmware_sim.fake_cloud import Cloud, fake_cloud
from tests.firmware_sim.stores import demo

TEA = (Line(gtin="09520000000011", quantity=2, amount=25_600),)
KEYS = MasterKeys(meta_read=bytes(16), file_master=bytes(range(16)))


def wall() -> float:
    return time.time_ns() / 1_000_000


def tags(cloud: str, folder: Path, keys: MasterKeys | None = KEYS) -> ShelfTags:
    return ShelfTags(demo().tags, cloud=cloud, keys=keys, counters=folder / "counters.json", random=secrets.token_bytes)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for is a file and another thread's list
            await asyncio.sleep(0.01)


async def nobody(_sold: Sold) -> Shown:
    return Shown()


def diary(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def phones_of(cloud: str, folder: Path, caller: Caller, notes: Diary, counts: Counts) -> Phones:
    push = PushService(origin="http://localhost:8090", file=folder / "push.json", wall=wall, random=secrets.token_bytes)
    attempts = Attempts(wall=wall, diary=notes, counts=counts, tell=lambda _told: None)
    return Phones(caller, tags(cloud, folder), push, cloud=cloud, attempts=attempts, jars=folder / "jars.json")


async def opted_in(cloud: Cloud, folder: Path, counts: Counts) -> None:
    """One phone opens a tag, begins, offers its card, holds it, and hears of the tap; then it is gone."""
    caller, notes = Caller(), Diary(folder / "phones.jsonl")
    phones = phones_of(cloud.url, folder, caller, notes, counts)
    phones.open_tag(3, "04aa", "tag-green-tea")
    phones.begin(3, frozenset(("card",)))
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
    assert parse_qsl(begin) == [("visit", "v1"), ("purpose", "card")]
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
        phones = phones_of("http://127.0.0.1:1", tmp_path, caller, notes, counts)
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
        line = TillLine(cloud=cloud.url, proof=Token(token="t"), cut_s=lambda: 0.0)
        till = Till(caller, line, wall=lambda: 5, random=secrets.token_bytes, diary=notes, counts=counts)
        lines = (Line(gtin="09520000000011", quantity=2, amount=25_600),)
        till.sell(Sold(at=1, sale="day-7-3", lines=lines, shopper=3), 1_000, nobody)
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


def test_what_a_page_shows_is_read_as_an_eye_reads_it() -> None:
    balance = '<p class="a balance">\n<b>1,204 points</b> worth</p>'
    html = f'{balance}<div class="code"><svg><g/></svg><div><b>81 52</b></div>x</div>y'
    assert shown(html, "balance") == "1,204 points worth"
    assert shown(html, "code") == "81 52 x"
    assert shown(html, "bal") is None


def test_a_form_sends_what_its_radios_selects_and_areas_hold() -> None:
    html = (
        "<form action=/r data-key=K method=post><textarea name=text>old\nwords</textarea>"
        "<input type=radio name=stars value=4><input type=radio name=stars value=5 checked>"
        "<select name=s><option value=a><option value=b selected></select>"
        '<button name=how value=bring></button></form><p data-code="9">'
    )
    form = form_to(html, "/r")
    assert form is not None
    assert form.ticked() == [("text", "old\nwords"), ("stars", "5"), ("s", "b"), ("how", "bring")]
    assert form.filled(stars="1", text="new") == [("s", "b"), ("how", "bring"), ("stars", "1"), ("text", "new")]
    assert (form.data, form.radios) == ({"key": "K"}, [("stars", "4"), ("stars", "5")])
    assert marked(html, "code") == "9"


def test_forms_and_links_are_found_by_patterns_of_their_path() -> None:
    html = '<form action="/me/claim"></form><form action="/offers/7/claim?x=1"></form><a href="/stop/abc?lang=ko">'
    form = form_to(html, "/offers/*/claim")
    assert form is not None
    assert form.action == "/offers/7/claim?x=1"
    assert form_to(html, "/offers/*/not-now") is None
    assert link_to(html, "/stop/*") == "/stop/abc?lang=ko"


def test_a_section_ends_where_it_ends() -> None:
    html = '<section id="a"><div class="code">1</div></section><section id="b"><div class="code">2</div></section>'
    assert shown(section(html, "b"), "code") == "2"
    assert shown(section(html, "c"), "code") is None


def test_the_tills_reader_gives_a_card_the_name_that_the_shelves_readers_give_it() -> None:
    uid, secret = "04a1510e5707e0", bytes(range(32))
    theirs = pseudonym(bytes.fromhex(uid), key=StoreKey(store="daon", secret=secret))
    assert card_name(uid, CardKey(store="daon", secret=secret)) == theirs
    assert card_name(uid, CardKey(store="else", secret=secret)) != theirs


def test_a_key_that_is_none_is_told_without_its_value(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.hex"
    path.write_text("c0ffee\n")
    with pytest.raises(CardKeyError, match="32 to 64 hex digits") as told:
        read_card_key(path, "daon")
    assert "c0ffee" not in str(told.value)


@pytest.mark.parametrize(("cut_s", "posts"), [(0.0, 1), (0.05, 2)])
def test_a_till_that_was_cut_off_tells_a_sale_twice_by_one_number(tmp_path: Path, cut_s: float, posts: int) -> None:
    async def selling(cloud: Cloud) -> None:
        caller, notes = Caller(), Diary(tmp_path / "phones.jsonl")
        line = TillLine(cloud=cloud.url, proof=Token(token="t"), cut_s=lambda: cut_s)
        till = Till(caller, line, wall=lambda: 5, random=secrets.token_bytes, diary=notes, counts=Counts())
        till.sell(Sold(at=1, sale="s", lines=TEA, shopper=3), 1, nobody)
        assert await till.settled(10)
        notes.close()
        await caller.close()

    with fake_cloud() as cloud:
        cloud.sale_answers = [201, 200]
        asyncio.run(selling(cloud))
    bodies = [body for _, path, _, body in cloud.asked if path == "/v1/sales"]
    assert len(bodies) == posts
    assert len(set(bodies)) == 1


def test_what_was_shown_and_did_not_hold_is_left_out_and_the_goods_are_sold(tmp_path: Path) -> None:
    async def somebody(_sold: Sold) -> Shown:
        return Shown(code="ABCD2345", coupons=("over",), points=7)

    async def selling(cloud: Cloud) -> bool:
        caller, notes = Caller(), Diary(tmp_path / "phones.jsonl")
        line = TillLine(cloud=cloud.url, proof=Token(token="t"), cut_s=lambda: 0.0)
        till = Till(caller, line, wall=lambda: 5, random=secrets.token_bytes, diary=notes, counts=Counts())
        till.sell(Sold(at=1, sale="s", lines=TEA, shopper=3), 1, somebody)
        told = await till.told(1, "s")
        await caller.close()
        notes.close()
        return told

    with fake_cloud() as cloud:
        cloud.sale_answers = [422, 201]
        assert asyncio.run(selling(cloud))
    first, second = (json.loads(body) for _, path, _, body in cloud.asked if path == "/v1/sales")
    assert (first["member"], first["coupons"], first["points"]) == ({"code": "ABCD2345"}, ["over"], 7)
    assert second == {name: first[name] for name in ("at", "currency", "lines")} | {"sale": "1-s-plain"}


def test_a_receipt_says_what_the_cloud_said() -> None:
    text = (
        '{"sale":"s","member":"member","total":25600,"coupons":[{"off":1000},{"refused":"over"}],'
        '"points":{"spent":200,"worth":200,"earned":244,"balance":1044},"due":24400,"new":1}'
    )
    receipt = receipt_of("s", at=5, lines=TEA, said=Said(status=201, text=text))
    assert (receipt.discount, receipt.points_spent, receipt.points_earned) == (1_000, 200, 244)
    assert (receipt.balance, receipt.paid, receipt.notes) == (1_044, 24_400, ("coupon: over",))
    assert receipt_of("s", at=5, lines=TEA, said=Said(status=409, text="no\n")).refused == "no"
    assert receipt_of("s", at=5, lines=TEA, said=Said(status=201, text="")).paid == 25_600


def test_a_signing_till_signs_as_the_cloud_reads_it() -> None:
    path, body, secret = "/v1/sales", b'{"sale":"1"}', bytes(range(32))
    proof = proof_of(Signature(till="till 1", secret=secret).header(path, body, 1_795_230_000))
    assert proof is not None
    assert proof.till == "till 1"
    signed = Signed(method="POST", path=path.encode(), body=body)
    assert holds(proof, signed, secret, 1_795_230_000_000)
    assert not holds(proof, Signed(method="POST", path=path.encode(), body=body + b" "), secret, 1_795_230_000_000)

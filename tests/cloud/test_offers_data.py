"""Campaigns as files, coupons' codes, and the advertisement that cannot lack what the law asks of it."""

import copy
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.offers import campaigns
from cloud.offers.campaigns import Campaign
from cloud.offers.caps import DAY_MS
from cloud.offers.codes import grouped, new_code, read_code
from cloud.offers.rules import Trigger
from cloud.offers.shelf import campaign_of
from cloud.shop.catalogue import Product, Words
from cloud.shop.messages import LABEL, Advertisement, Both, NotLawful, Sender, encode
from contract.settings import SettingsError, read_settings
from tests.cloud.offered import NOON_MS, TEA, TOML, campaign

REPLACE = msgspec.structs.replace

# --- campaigns as data -------------------------------------------------------------------------------------------


def read(tmp_path: Path, text: str) -> Campaign:
    path = tmp_path / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, Campaign)


def test_a_campaign_is_read_from_its_file_and_comes_back_from_the_store_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, TOML)

    assert found.coupon is not None
    assert found.coupon.won == 1_000
    assert campaigns.decode(campaigns.encode(found)) == found
    decided = campaigns.rules(found, version=1, zone="Asia/Seoul", hold_out=0.1)
    assert decided.begins_ms == 1_795_273_200_000  # 2026-11-21 15:00 UTC
    assert decided.ends_ms - decided.begins_ms == 40 * DAY_MS


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (('trigger = "tap"', 'trigger = "full moon"'), "trigger = 'full moon'"),
        (('["09520000000011"]', '["09520000000012"]'), "09520000000012 has a wrong check digit"),
        (("ends = 2026-12-31", "ends = 2026-11-01"), "must not be before begins"),
        (("won = 1000\n", "won = 0\n"), "coupon.won = 0"),
        (('title = "유기농 녹차"', 'title = "(광 고) 녹차"'), "the label (광고) is put there by itself"),
        (('title = "유기농 녹차"', "titel = 1"), "titel"),
        (('text = "약과와 함께 사면 1,000원 할인"', 'text = ""'), "content.ko.text = ''"),
        (("[coupon]\nwon = 1000\ngtins", "[when]\nnever"), "never"),
        (('id = "tea-with-yakgwa"\n', ""), "required field `id`"),
    ],
)
def test_a_wrong_campaign_is_refused_with_its_key_and_value(tmp_path: Path, wrong: tuple[str, str], said: str) -> None:
    assert wrong[0] in TOML
    with pytest.raises(SettingsError, match=r"campaign\.toml") as refused:
        read(tmp_path, TOML.replace(*wrong, 1))
    assert said in str(refused.value)


def test_a_products_own_offer_is_a_campaign_like_any_other() -> None:
    product = Product(gtin=TEA, name=Words(ko="녹차"), price=1, offer=Words(en="(광고) two for one"))
    found = campaign_of(product)

    assert found is not None
    assert (found.id, found.gtins, found.content.ko.text) == (f"offer-{TEA}", (TEA,), "two for one")
    assert campaigns.decode(campaigns.encode(found)) == found
    assert campaign_of(dataclasses.replace(product, retired=True)) is None
    assert campaign_of(dataclasses.replace(product, offer=Words())) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**6), st.sampled_from(tuple(Trigger)), st.floats(0, 0.5))
def test_campaigns_come_back_as_they_were(won: int, trigger: Trigger, share: float) -> None:
    made = campaign(trigger=trigger, gtins=(TEA,), hold_out=share, won=won)
    assert campaigns.decode(campaigns.encode(made)) == made


# --- coupons' codes ----------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=5, max_size=5))
def test_a_code_is_read_as_people_write_it(key: bytes, number: bytes) -> None:
    code = new_code(key, lambda _: number)

    assert len(code) == 16
    assert read_code(key, grouped(code)) == code
    assert read_code(key, grouped(code).lower().replace("0", "o").replace("1", "l").replace("-", " ")) == code


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=5, max_size=5), st.integers(0, 15), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_code_with_one_letter_changed_is_none(number: bytes, place: int, letter: str) -> None:
    code = new_code(b"k" * 32, lambda _: number)
    forged = code[:place] + letter + code[place + 1 :]

    assert (read_code(b"k" * 32, forged) is None) is (forged != code)
    assert read_code(b"K" * 32, code) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_rubbish_is_no_code(text: str) -> None:
    assert read_code(b"k" * 32, text) is None


# --- the advertisement -------------------------------------------------------------------------------------------

SENDER = Sender(name=Both(ko="다온상회", en="Daon Market"), contact="02-123-4567")
WHY = tuple(Both(ko=f"이유 {n}", en=f"reason {n}") for n in range(3))
LAWFUL: dict[str, Any] = {
    "title": Both(ko="녹차", en="Tea"),
    "text": Both(ko="할인", en="less"),
    "why": WHY,
    "sender": SENDER,
    "stop_url": "/stop/abc",
    "url": f"/01/{TEA}",
    "at_ms": NOON_MS,
    "showing": 7,
}


def test_an_advertisement_begins_with_its_label_and_says_all_that_the_law_asks() -> None:
    made = Advertisement(**LAWFUL)
    told = json.loads(encode(made))

    assert told["title"] == {"ko": "(광고) 다온상회 · 녹차", "en": "(광고) Daon Market · Tea"}
    assert made.title.ko.startswith(LABEL)
    assert (told["contact"], told["stop_url"], len(told["why"])) == ("02-123-4567", "/stop/abc", 3)
    assert "02-123-4567" in made.foot.ko
    assert "/stop/abc" in made.foot.ko


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"sender": Sender(name=Both(ko="", en="x"), contact="1")}, "the sender's name"),
        ({"sender": Sender(name=Both(ko="x", en="x"), contact=" ")}, "the sender's contact"),
        ({"stop_url": ""}, "a free way out"),
        ({"stop_url": "/stop/"}, "a free way out"),
        ({"stop_url": "/me"}, "a free way out"),
        ({"stop_url": "https://elsewhere/stop/abc"}, "a free way out"),
        ({"why": WHY[:2]}, "three reasons"),
        ({"title": Both(ko="", en="Tea")}, "a title"),
        ({"text": Both(ko="할인", en="\n")}, "a text"),
        ({"url": "//elsewhere"}, "a page of this store"),
    ],
)
def test_none_is_made_that_lacks_something(change: dict[str, Any], missing: str) -> None:
    with pytest.raises(NotLawful, match=missing):
        Advertisement(**{**LAWFUL, **change})


def test_none_is_made_behind_its_makers_back() -> None:
    made = Advertisement(**LAWFUL)
    told = json.loads(encode(made))

    with pytest.raises(TypeError):
        Advertisement(**{name: value for name, value in LAWFUL.items() if name != "stop_url"})
    for way in (
        lambda: msgspec.convert(told, Advertisement),
        lambda: msgspec.json.decode(encode(made), type=Advertisement),
        lambda: msgspec.structs.replace(made, stop_url=""),  # type: ignore[type-var]  # the point
        lambda: dataclasses.replace(made, stop_url=""),  # type: ignore[type-var]  # the point
        lambda: copy.copy(made),
        lambda: copy.deepcopy(made),
        lambda: pickle.dumps(made),
        lambda: type("Unlabelled", (Advertisement,), {}),
        lambda: setattr(made, "title", Both(ko="녹차", en="Tea")),
        lambda: setattr(made, "_parts", None),
        lambda: delattr(made, "_parts"),
        lambda: encode(object.__new__(Advertisement)),
        lambda: msgspec.json.encode(made),
    ):
        with pytest.raises((TypeError, AttributeError, msgspec.ValidationError, NotLawful)):
            way()
    assert json.loads(encode(made)) == told


def test_parts_that_were_smuggled_in_are_found_when_it_is_written() -> None:
    """Nothing in Python stops `object.__setattr__`; what is written is proven once more."""
    made = Advertisement(**LAWFUL)
    unlawful = REPLACE(made._parts, stop_url="")
    object.__setattr__(made, "_parts", unlawful)

    with pytest.raises(NotLawful, match="a free way out"):
        encode(made)

"""The rules of the shopper's side, by themselves."""

import dataclasses
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop import consent, offers, pairing
from cloud.shop.catalogue import Product, Words
from cloud.shop.consent import Entry, Purpose, allowed, changes, standing
from cloud.shop.messages import LABEL, Sender, advertise, encode, is_night
from cloud.shop.offers import Reasons, Refusal, Situation, decide
from cloud.shop.pairing import Bound, Contested, Taken, Window, pair
from cloud.web.language import Language, choose

WEB = Path(__file__).parents[2] / "cloud" / "web"
GOOD = Situation(consented=True, tapped_ms_ago=3_000, stock=4, zone_person_ms=9_000, offered=True)


def test_an_offer_tells_the_inputs_that_decided() -> None:
    assert decide(GOOD) == Reasons(tapped_s_ago=3, people_seconds=9, stock=4)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"consented": False}, Refusal.NO_CONSENT),
        ({"night": True}, Refusal.NIGHT),
        ({"tapped_ms_ago": None}, Refusal.NOT_TAPPED),
        ({"tapped_ms_ago": 15 * 60_000 + 1}, Refusal.NOT_TAPPED),
        ({"stock": 0}, Refusal.NO_STOCK),
        ({"stock": -2}, Refusal.NO_STOCK),
        ({"stock": None}, Refusal.NO_STOCK),
        ({"zone_person_ms": 4_999}, Refusal.NOT_STOPPED),
        ({"zone_person_ms": None}, Refusal.NOT_STOPPED),
        ({"offered": False}, Refusal.NO_OFFER),
    ],
)
def test_each_missing_reason_refuses_an_offer(change: dict[str, object], reason: Refusal) -> None:
    assert decide(dataclasses.replace(GOOD, **change)) is reason  # type: ignore[arg-type]  # from the table above


situations = st.builds(
    Situation,
    consented=st.booleans(),
    tapped_ms_ago=st.none() | st.integers(0, 2_000_000),
    stock=st.none() | st.integers(-5, 5),
    zone_person_ms=st.none() | st.integers(0, 20_000),
    offered=st.booleans(),
    night=st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(situations)
def test_without_consent_there_is_never_an_offer(now: Situation) -> None:
    assert decide(dataclasses.replace(now, consented=False)) is Refusal.NO_CONSENT
    assert not isinstance(decide(dataclasses.replace(now, night=True)), Reasons)


def entry(purpose: Purpose, *, given: bool) -> Entry:
    return Entry(purpose=purpose, given=given, text_version="1", language="ko", at_ms=0, proof="")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from(Purpose)), max_size=8))
def test_the_ledger_always_stands_at_the_last_choice(wishes: list[frozenset[Purpose]]) -> None:
    ledger: list[Entry] = []
    for wanted in wishes:
        before = len(ledger)
        ledger += [entry(p, given=g) for p, g in changes(standing(ledger), wanted).items()]
        assert standing(ledger) == allowed(wanted)
        assert len(ledger) - before <= len(Purpose)
        assert not changes(standing(ledger), wanted)


def test_nothing_is_agreed_to_from_the_start() -> None:
    assert standing(()) == frozenset()


def test_the_next_card_is_of_the_one_who_waits() -> None:
    waiting = (Window(profile=1, opened_ms=100, until_ms=200),)

    assert pair(waiting, 150, None) == Bound(profile=1)
    assert pair(waiting, 150, 1) == Bound(profile=1)
    assert pair(waiting, 99, None) is None
    assert pair(waiting, 201, None) is None
    assert pair((), 150, 7) is None


def test_two_who_wait_get_nothing_and_a_card_stays_its_owners() -> None:
    both = tuple(Window(profile=p, opened_ms=100, until_ms=200) for p in (1, 2))

    assert pair(both, 150, None) == Contested(profiles=(1, 2))
    assert pair(both[:1], 150, 2) == Taken(profile=1)


windows = st.lists(
    st.builds(Window, profile=st.integers(1, 5), opened_ms=st.integers(0, 9), until_ms=st.integers(0, 9)), max_size=5
)


@settings(max_examples=200, deadline=None)
@given(windows, st.integers(0, 9), st.none() | st.integers(1, 5))
def test_a_card_is_bound_only_to_one_who_waits_alone(waiting: list[Window], at: int, owner: int | None) -> None:
    open_now = [w.profile for w in waiting if w.opened_ms <= at <= w.until_ms]
    match pair(waiting, at, owner):
        case Bound(profile=profile):
            assert open_now == [profile]
            assert owner in (None, profile)
        case None:
            assert not open_now


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("en", "ko", Language.EN),
        ("xx", "en", Language.EN),
        (None, None, Language.KO),
        (None, "en-GB,en;q=0.9,ko;q=0.8", Language.EN),
        (None, "ko-KR,ko;q=0.9,en;q=0.8", Language.KO),
        (None, "fr, de;q=0.5", Language.KO),
        (None, "en;q=zero, ko;q=0.1", Language.KO),
    ],
)
def test_the_language_is_chosen_as_browsers_ask(asked: str | None, accepted: str | None, language: Language) -> None:
    assert choose(asked, accepted) is language


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_header_gives_a_language(text: str) -> None:
    assert choose(text, text) in Language


def test_an_advertisement_cannot_lack_its_label_its_sender_or_its_way_out() -> None:
    product = Product(gtin="0" * 14, name=Words(ko="차", en="Tea"), price=1, offer=Words(ko="할인", en="off"))
    why = Reasons(tapped_s_ago=1, people_seconds=9, stock=2)
    told = advertise(product=product, why=why, sender=Sender(name_ko="다온상회", name_en="Daon"), at_ms=0)

    assert told.title.ko.startswith(LABEL)
    assert told.title.en.startswith(LABEL)
    assert "다온상회" in told.title.ko
    assert told.stop_url == "/me"
    assert '"people_seconds":9' in encode(told)


def test_the_night_is_from_21_until_8_in_seoul() -> None:
    midnight = 15 * 3_600_000  # UTC, which is 00:00 in Seoul
    hours = [is_night(midnight + h * 3_600_000) for h in range(24)]

    assert [h for h, night in enumerate(hours) if night] == [*range(8), 21, 22, 23]
    assert not is_night(midnight + 21 * 3_600_000 - 1)
    assert is_night(midnight + 21 * 3_600_000)
    assert is_night(midnight + 8 * 3_600_000 - 1)


def test_every_word_of_the_shoppers_pages_is_translated() -> None:
    found = extract_from_dir(
        WEB / "templates" / "shop", method_map=[("**.html", "jinja2")], options_map={"**.html": {"trimmed": "true"}}
    )
    wanted = {text if isinstance(text, str) else tuple(filter(None, text)) for _, _, text, _, _ in found}
    with (WEB / "locale" / "ko" / "LC_MESSAGES" / "aisle.po").open("rb") as file:
        known = {message.id for message in read_po(file) if message.string and not message.fuzzy}

    assert len(wanted) > 40
    assert wanted - known == set()
    assert known - wanted - {""} == set()


def test_the_rules_know_no_clock() -> None:
    for module in (consent, offers, pairing):
        assert not {"time", "datetime", "random", "secrets"} & set(vars(module))

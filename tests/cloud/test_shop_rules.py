"""The rules of the shopper's side, by themselves."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.offers import decision
from cloud.shop import consent, pairing
from cloud.shop.consent import Entry, Purpose, allowed, changes, standing
from cloud.shop.pairing import Bound, Contested, Joined, Taken, Window, pair
from cloud.web.language import Language, choose


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
    waiting = (Window(profile=1, person=1, opened_ms=100, until_ms=200),)

    assert pair(waiting, 150, None) == Bound(profile=1)
    assert pair(waiting, 150, 1) == Bound(profile=1)
    assert pair(waiting, 99, None) is None
    assert pair(waiting, 201, None) is None
    assert pair((), 150, 7) is None


def test_two_who_wait_get_nothing_and_a_card_stays_its_owners() -> None:
    both = tuple(Window(profile=p, person=p, opened_ms=100, until_ms=200) for p in (1, 2))

    assert pair(both, 150, None) == Contested(profiles=(1, 2))
    assert pair(both[:1], 150, 2) == Taken(profile=1)


def test_a_phone_is_joined_by_a_card_only_where_its_shopper_asked_for_that() -> None:
    asks = Window(profile=1, person=1, opened_ms=100, until_ms=200, joins=True)

    assert pair((asks,), 150, 2) == Joined(profile=1)
    assert pair((asks,), 150, None) == Bound(profile=1)
    assert pair((asks, dataclasses.replace(asks, profile=3, person=3)), 150, 2) == Contested(profiles=(1, 3))


def test_two_phones_of_one_shopper_do_not_contest_a_card() -> None:
    both = tuple(Window(profile=p, person=1, opened_ms=100, until_ms=200) for p in (1, 2))

    assert pair(both, 150, None) == Bound(profile=1)


def _waits(profile: int, opened_ms: int, until_ms: int, joins: bool) -> Window:
    return Window(profile=profile, person=profile % 3, opened_ms=opened_ms, until_ms=until_ms, joins=joins)


windows = st.lists(
    st.builds(_waits, st.integers(1, 5), st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=5
)


@settings(max_examples=200, deadline=None)
@given(windows, st.integers(0, 9), st.none() | st.integers(0, 2))
def test_a_card_goes_only_to_one_who_waits_alone(waiting: list[Window], at: int, owner: int | None) -> None:
    open_now = [w for w in waiting if w.opened_ms <= at <= w.until_ms]
    people = {w.person for w in open_now}
    match pair(waiting, at, owner):
        case Bound(profile=profile):
            assert people == {profile % 3}
            assert owner in (None, profile % 3)
        case Joined(profile=profile):
            assert people == {profile % 3}
            assert any(w.joins for w in open_now if w.profile == profile)
            assert owner not in (None, profile % 3)
        case Taken(profile=profile):
            assert people == {profile % 3}
            assert not any(w.joins for w in open_now)
        case Contested():
            assert len(people) > 1
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


def test_the_rules_know_no_clock() -> None:
    for module in (consent, decision, pairing):
        assert not {"time", "datetime", "random", "secrets"} & set(vars(module))

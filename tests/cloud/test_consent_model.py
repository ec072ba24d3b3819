"""Consent of one and of joined phones against a model that any reader can check, over random lives of shoppers."""

import itertools
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.shop import choosing, consent
from cloud.shop.choosing import Act
from cloud.shop.consent import ADVERTISING, SHORT, Purpose
from cloud.shop.preferences import DAY_MIN, Hours, Pace, Preferences, stricter, welcome
from cloud.store import consents, preferences, shoppers
from cloud.store.connection import Store

purposes = st.frozensets(st.sampled_from(Purpose))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("model"), new_store_id="0" * 32)
    yield store
    store.close()


@dataclass(slots=True)
class Phone:
    """What a phone's shopper said, as anybody would keep it: a set, and whether all was refused."""

    stands: set[Purpose] = field(default_factory=set)
    refused: bool = False

    def choose(self, wanted: frozenset[Purpose], asked: frozenset[Purpose]) -> None:
        before = set(self.stands)
        self.stands = (self.stands - asked) | (wanted & asked)
        if Purpose.ADS_PUSH not in self.stands:
            self.stands.discard(Purpose.NIGHT_PUSH)
        if (self.stands - before) & ADVERTISING:
            self.refused = False

    def refuse(self) -> None:
        self.stands -= ADVERTISING
        self.refused = True


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("choose"), st.integers(0, 2), purposes, st.sampled_from((frozenset(Purpose), frozenset(SHORT)))
        ),
        st.tuples(st.just("refuse"), st.integers(0, 2)),
        st.tuples(st.just("join"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("part"), st.integers(0, 2)),
    ),
    max_size=12,
)
serial = itertools.count()


@settings(max_examples=50, deadline=None)
@given(steps)
def test_consent_stands_as_the_model_says(store: Store, life: list[tuple[object, ...]]) -> None:
    model = [Phone(), Phone(), Phone()]
    with store.atomic() as connection:
        ids = [shoppers.begin(connection, handle=f"h{next(serial)}", language="ko", now_ms=1) for _ in model]
    persons = list(range(3))  # which phone's shopper each is
    for at, step in enumerate(life):
        who = int(str(step[1]))
        joined = [n for n in range(3) if persons[n] == persons[who]]
        act = Act(person=ids[persons[who]], language="ko", at_ms=at, proof="POST /me/choices")
        with store.atomic() as connection:
            match step:
                case ("choose", _, frozenset() as wanted, frozenset() as asked):
                    choosing.choose(connection, act, wanted, asked, random=os.urandom)
                    seen = set.intersection(*(model[n].stands for n in joined))
                    turned = asked & (wanted ^ seen)  # a switch that is left as it was shown says nothing
                    for n in joined:
                        model[n].choose(wanted, turned)
                case ("refuse", _):
                    refused = choosing.refuse(connection, act, random=os.urandom)
                    assert refused is not any(model[n].refused for n in joined)
                    for n in joined if refused else ():
                        model[n].refuse()
                case ("join", _, int() as other):
                    for n in joined:
                        persons[n] = persons[other]
                        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (ids[persons[other]], ids[n]))
                case ("part", _):
                    for n in joined:
                        persons[n] = n
                        connection.execute("UPDATE profiles SET person = id WHERE id = ?", (ids[n],))
        with store.reading() as connection:
            check(connection, model, ids, persons)


def check(connection: sqlite3.Connection, model: list[Phone], ids: list[int], persons: list[int]) -> None:
    for person in set(persons):
        phones = [model[n] for n in range(3) if persons[n] == person]
        assert consents.standing(connection, ids[person]) == set.intersection(*(phone.stands for phone in phones))
        assert consents.suppressed(connection, ids[person]) is any(phone.refused for phone in phones)


def test_whoever_refused_on_one_phone_is_refused_on_every_channel_of_all(store: Store) -> None:
    with store.atomic() as connection:
        one, two = (shoppers.begin(connection, handle=f"r{n}", language="ko", now_ms=1) for n in range(2))
        for person in (one, two):
            act = Act(person=person, language="ko", at_ms=1, proof="POST /me/choices")
            choosing.choose(connection, act, frozenset(Purpose), random=os.urandom)
        connection.execute("UPDATE profiles SET person = ? WHERE id = ?", (one, two))
        choosing.refuse(connection, Act(person=one, language="ko", at_ms=2, proof="POST /stop"), random=os.urandom)
        for person in (one, two):
            connection.execute("UPDATE profiles SET person = id")
            assert consents.standing(connection, person) == {Purpose.HISTORY, Purpose.CARD}
            assert consents.suppressed(connection, person)


hours = st.builds(Hours, from_min=st.integers(0, DAY_MIN - 1), to_min=st.integers(1, DAY_MIN))
wishes = st.builds(
    Preferences,
    muted=st.frozensets(st.sampled_from(("tea", "snack", "gift"))),
    hours=st.lists(hours, max_size=1).map(tuple),
    pace=st.sampled_from(Pace),
    zone=st.none() | st.just("Europe/Berlin"),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(wishes, max_size=3), st.integers(0, DAY_MIN - 1))
def test_joined_wishes_are_never_looser_than_any_one(each: list[Preferences], minute: int) -> None:
    both = stricter(each)

    assert welcome(both.hours, minute) is all(welcome(one.hours, minute) for one in each)
    assert both.muted == frozenset().union(*(one.muted for one in each))
    assert (both.pace is Pace.FEWER) is any(one.pace is Pace.FEWER for one in each)


@settings(max_examples=40, deadline=None)
@given(wishes)
def test_wishes_come_back_as_they_were_put(store: Store, wished: Preferences) -> None:
    with store.atomic() as connection:
        person = shoppers.begin(connection, handle=f"w{next(serial)}", language="ko", now_ms=1)
        assert preferences.of(connection, person) == Preferences()
        preferences.put(connection, person, wished, now_ms=2)
        assert preferences.of(connection, person) == wished


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [((600, 1200), (600, 1199), (599, 1200)), ((1260, 480), (1260, 0, 479), (480, 1259)), ((0, 0), (0, 1439), ())],
)
def test_hours_end_before_their_end(window: tuple[int, int], inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    polite = Hours(from_min=window[0], to_min=window[1])

    assert all(polite.holds(minute) for minute in inside)
    assert not any(polite.holds(minute) for minute in outside)


def test_the_rules_of_consent_know_no_clock_and_no_chance() -> None:
    for module in (consent, choosing):
        assert not {"time", "datetime", "random", "secrets"} & set(vars(module))

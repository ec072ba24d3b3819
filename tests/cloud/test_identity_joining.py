"""Two phones of one shopper: joined only by acts on both, told to both, and taken apart without a trace."""

import asyncio
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.ingest.decision import read
from cloud.ingest.intake import store_readings
from cloud.shop import choosing
from cloud.shop.card_taps import CardTaps
from cloud.shop.choosing import Act
from cloud.shop.consent import Purpose
from cloud.shop.joining import CODE_LENGTH, CODE_MS, Pair, new_code, people, shown, typed
from cloud.shop.messages import Both
from cloud.shop.telling import Told
from cloud.store import consents, joinings, shoppers, visits, wishes
from cloud.store.connection import Store
from cloud.store.joinings import How
from contract.events import Tap
from tests.cloud.handsets import Phone, join
from tests.cloud.shop import CAKE, TEA, Shop
from tests.cloud.wire import STORE, batch, message

CARD = "c" * 32


def rows(shop: Shop, question: str, *values: object) -> list[tuple[object, ...]]:
    with shop.store.reading() as connection:
        return connection.execute(question, values).fetchall()


def phones(count: int) -> st.SearchStrategy[list[Pair]]:
    profile = st.integers(1, count)
    pair = st.tuples(profile, profile).filter(lambda each: each[0] != each[1])
    return st.lists(pair.map(lambda each: Pair(host=each[0], guest=each[1])), max_size=8)


@settings(max_examples=200, deadline=None)
@given(phones(6), st.randoms())
def test_who_is_one_person_does_not_depend_on_the_order_of_joinings(pairs: list[Pair], random: object) -> None:
    found = people(range(1, 7), pairs)
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # it is a random.Random

    assert people(range(1, 7), mixed) == found
    assert all(found[pair.host] == found[pair.guest] for pair in pairs)
    assert all(found[person] == person for person in found.values()), "a person is known by one of its profiles"
    assert people(range(1, 7), []) == {profile: profile for profile in range(1, 7)}


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=5, max_size=5))
def test_a_code_is_read_however_a_hand_writes_it(secret: bytes) -> None:
    code = new_code(lambda length: secret[:length])

    assert len(code) == CODE_LENGTH
    assert not set(code) & set("ILOU")
    for written in (
        code,
        shown(code),
        code.lower(),
        f" {code[:4]} {code[4:]} ",
        code.replace("0", "o").replace("1", "l"),
    ):
        assert typed(written) == code


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "ABCDEFG!", "ＡＢＣＤＥＦＧＨ", "UUUUUUUU", "x" * 4000])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert typed(text) is None


def test_a_second_phone_joins_by_the_code_and_both_sides_are_told(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history"), Phone(shop)
    join(host, guest)

    assert guest.cookie not in ("", host.cookie)
    assert len({person for (person,) in rows(shop, "SELECT person FROM profiles")}) == 1
    for phone in (host, guest):
        page = phone.get("/me?lang=en").text
        assert "Another phone" in page
        assert "Jeju organic green tea" in page, "one shopper, one history"
    assert rows(shop, "SELECT count(*) FROM messages WHERE kind = 'joined'") == [(1,)]


def test_the_link_of_the_picture_joins_too_and_looking_at_it_changes_nothing(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history"), Phone(shop)
    host.post("/me/join/code")
    ((link,),) = rows(shop, "SELECT link FROM join_codes")
    page = guest.get(f"/me/join?with={link}&lang=en")

    assert "Only go on if you hold the other phone yourself" in page.text
    assert "Remember what I tap" in page.text, "what would be taken over is read before"
    assert not guest.cookie
    assert rows(shop, "SELECT count(*) FROM joinings") == [(0,)]
    assert guest.post("/me/join", **{"with": str(link)}).status_code == 303
    assert rows(shop, "SELECT how FROM joinings") == [("link",)]


def test_a_code_is_good_once_for_five_minutes_and_only_while_it_is_shown(shop: Shop) -> None:
    host = Phone(shop).begin("history")
    join(host, Phone(shop))
    assert rows(shop, "SELECT count(*) FROM join_codes") == [(0,)], "it was used"

    host.post("/me/join/code")
    ((code, link),) = rows(shop, "SELECT code, link FROM join_codes")
    shop.clock.now_ms += CODE_MS
    late = Phone(shop)
    assert "wrong=1" in late.post("/me/join/find", code=str(code)).headers["location"]
    assert late.post("/me/join", **{"with": str(link)}).status_code == 404

    host.post("/me/join/code")
    ((code,),) = rows(shop, "SELECT code FROM join_codes")
    host.post("/me/join/code", close="1")
    assert "wrong=1" in late.post("/me/join/find", code=str(code)).headers["location"]
    assert not late.cookie


def test_guesses_at_codes_are_held_also_from_this_machine(shop: Shop) -> None:
    for address in ("203.0.113.9", "127.0.0.1"):
        guesser = Phone(shop, address=address)
        answers = [guesser.post("/me/join/find", code=f"0000000{n % 10}").status_code for n in range(25)]
        assert answers.count(303) == 20
        assert answers.count(429) == 5
    shop.clock.now_ms += 60_000
    assert guesser.post("/me/join/find", code="00000000").status_code == 303


def test_begins_are_held_by_address(shop: Shop) -> None:
    host = Phone(shop, address="198.51.100.1").begin("history")
    answers = []
    for _ in range(32):
        host.post("/me/join/code")
        ((link,),) = rows(shop, "SELECT link FROM join_codes")
        answers.append(Phone(shop).post("/me/join", **{"with": str(link)}).status_code)

    assert answers.count(303) == 30
    assert answers[-1] == 429
    assert rows(shop, "SELECT count(*) FROM profiles") == [(31,)]


def test_who_is_held_among_many_is_not_told_of_requests_to_the_staff(shop: Shop) -> None:
    answers = [Phone(shop).post("/me/wish", gtin=TEA, on="1", lang="en") for _ in range(31)]
    assert [each.status_code for each in answers] == [303] * 30 + [429]
    assert "Nothing was changed." in answers[-1].text
    assert "Our staff answer those first" not in answers[-1].text
    assert answers[-1].headers["retry-after"] == "60"


def test_a_phone_that_begins_by_joining_takes_over_what_was_chosen(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history", "card"), Phone(shop)
    join(host, guest)

    with shop.store.reading() as connection:
        assert consents.standing(connection, 1) == {Purpose.HISTORY, Purpose.CARD}
    assert rows(shop, "SELECT DISTINCT proof FROM consents WHERE profile = 2") == [("POST /me/join",)]


def test_a_phone_that_had_chosen_makes_the_consent_the_stricter_of_both(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history", "card"), Phone(shop).begin("history", "offers")
    before = rows(shop, "SELECT profile, purpose, given FROM consents ORDER BY id")
    join(host, guest)

    with shop.store.reading() as connection:
        assert consents.standing(connection, 1) == {Purpose.HISTORY}
    assert rows(shop, "SELECT profile, purpose, given FROM consents ORDER BY id") == before


def test_taking_apart_gives_back_both_sides_and_tells_both(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history", "card"), Phone(shop).begin("history", "offers")
    join(host, guest)
    ((number,),) = rows(shop, "SELECT id FROM joinings")
    assert guest.post("/me/part", joining=str(number)).headers["location"].startswith("/me?parted=1")

    with shop.store.reading() as connection:
        assert consents.standing(connection, 1) == {Purpose.HISTORY, Purpose.CARD}
        assert consents.standing(connection, 2) == {Purpose.HISTORY, Purpose.OFFERS}
    told = rows(
        shop, "SELECT profile FROM messages WHERE kind = 'joined' AND body LIKE '%\"joined\":false%' ORDER BY 1"
    )
    assert told == [(1,), (2,)]


def test_nobody_else_can_take_phones_apart(shop: Shop) -> None:
    join(Phone(shop).begin("history"), Phone(shop))
    stranger = Phone(shop).begin("history")
    for phone in (stranger, Phone(shop)):
        for number in ("1", "0", "-1", "x", "9" * 30):
            assert phone.post("/me/part", joining=number).status_code == 303

    assert rows(shop, "SELECT count(*) FROM joinings") == [(1,)]


def test_open_pages_hear_of_it_and_come_back_under_whom_they_belong_to_now(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history"), Phone(shop).begin("history")
    host.post("/me/join/code")
    ((link,),) = rows(shop, "SELECT link FROM join_codes")

    async def heard(person: int, phone: Phone, url: str, **fields: str) -> list[str]:
        kinds: list[str] = []
        with shop.services.hub.subscribe(person) as page:
            assert (await phone.send("POST", url, dict(fields))).status_code == 303
            async with asyncio.timeout(10):
                while (events := await page.take()) is not None:
                    kinds += [event.kind for event in events]
        return kinds

    joined = asyncio.run(heard(1, guest, "/me/join", **{"with": str(link)}))
    parted = asyncio.run(heard(1, host, "/me/part", joining="1"))
    assert joined == parted == ["joined"], "told, and then let go"


def _tapped(shop: Shop, tag: str, reader: str = "tea-reader") -> list[Told]:
    """A card at a reader, as the ingest stores it and the pages' task looks at it."""
    with shop.store.reading() as connection:
        (count,) = connection.execute("SELECT count(*) FROM taps").fetchone()
    taps = CardTaps(
        shop.store, clock=shop.clock, price=lambda won: Both(ko=str(won), en=str(won)), random=secrets.token_bytes
    )
    now = shop.clock.now_ms
    sent = message(batch([Tap(at=now, reader=reader, tag=tag)], first=count + 1), received_ms=now)
    assert store_readings(shop.store, [read(sent, STORE)]).events == 1
    return taps.look()


def test_a_card_joins_a_phone_only_where_that_was_asked_for(shop: Shop) -> None:
    host, guest, fresh = Phone(shop).begin("history", "card"), Phone(shop).begin("card"), Phone(shop)
    host.post("/me/card", reader="tea-reader")
    assert [told.message.kind for told in _tapped(shop, CARD)] == ["card"]

    guest.post("/me/card", reader="tea-reader")
    assert '"taken"' in _tapped(shop, CARD)[0].message.body
    assert rows(shop, "SELECT count(*) FROM joinings") == [(0,)]

    for number, phone in enumerate((guest, fresh), 1):
        shop.clock.now_ms += 61_000
        assert phone.post("/me/card", reader="tea-reader", joins="1").status_code == 303
        assert "joined" in {told.message.kind for told in _tapped(shop, CARD)}
        assert rows(shop, "SELECT count(*) FROM joinings WHERE how = 'card'") == [(number,)]
    with shop.store.reading() as connection:
        assert consents.standing(connection, 1) == {Purpose.CARD}, "the guest had not agreed to the history"
    assert rows(shop, "SELECT DISTINCT profile FROM cards") == [(1,)], "no row moved"
    assert rows(shop, "SELECT DISTINCT purpose FROM consents WHERE profile = 3") == [("card",)]


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing that a shopper does with one of four phones."""

    phone: int
    what: int

    @property
    def chooses(self) -> bool:
        return self.what % 5 < 2


_KEPT = (
    "SELECT purpose, given, at_ms FROM consents WHERE profile = ? ORDER BY id",
    "SELECT digest, at_ms FROM visits WHERE profile = ? ORDER BY 1",
    "SELECT tag, bound_ms FROM cards WHERE profile = ? ORDER BY 1",
    "SELECT gtin, at_ms FROM wishes WHERE profile = ? ORDER BY 1, 2",
)


def _state(connection: sqlite3.Connection, profile: int) -> object:
    """All that a shopper's pages can know, of a phone that stands alone."""
    assert [each.id for each in shoppers.members(connection, profile)] == [profile]
    kept = [connection.execute(question, (profile,)).fetchall() for question in _KEPT]
    return (kept, consents.standing(connection, profile), consents.suppressed(connection, profile))


def _act(connection: sqlite3.Connection, doing: Doing, profile: int, *, everything: bool = False) -> None:
    person, what = shoppers.person_of(connection, profile), doing.what
    assert person is not None
    match what % 5:
        case 0 | 1:
            wanted = frozenset(p for place, p in enumerate(Purpose) if everything or what >> place & 1)
            act = Act(person=person, language="ko", at_ms=what, proof="test")
            choosing.choose(connection, act, wanted, random=what.to_bytes)
        case 2:
            visits.add_visit(connection, digest=f"{profile}-{what}", at_ms=what, tag=None, gtin=TEA, counter=None)
            found = visits.ever(connection, f"{profile}-{what}")
            assert found
            visits.claim(connection, found.id, profile)
        case 3:
            wishes.add(connection, profile=profile, person=person, gtin=CAKE if what % 2 else TEA, at_ms=what)
        case _:
            shoppers.bind_card(connection, tag=f"{what:032d}", profile_id=profile, reader="r", now_ms=what)


def _undo(connection: sqlite3.Connection, first: int, order: Sequence[int]) -> None:
    """Takes all joinings apart, whatever stands of them, in this order."""
    standing = [number for (number,) in connection.execute("SELECT id FROM joinings ORDER BY id")]
    for place in order:
        if place < len(standing):
            (host,) = connection.execute("SELECT host FROM joinings WHERE id = ?", (standing[place],)).fetchone()
            person = shoppers.person_of(connection, host)
            assert person is not None
            assert joinings.undo(connection, number=standing[place], person=person)
    assert [shoppers.person_of(connection, first + n) for n in range(4)] == [first + n for n in range(4)]


class _Enough(Exception):
    """Rolls the world back."""


def _world(store: Store, *, joined: bool, lives: "Lives") -> list[object]:
    """Four phones' lives, with joinings or without; what each phone has at the end."""
    states: list[object] = []
    with suppress(_Enough), store.atomic() as connection:
        states += _live(connection, joined=joined, lives=lives)
        raise _Enough
    return states


def _live(connection: sqlite3.Connection, *, joined: bool, lives: "Lives") -> list[object]:
    first = min(shoppers.begin(connection, handle=f"h{n}", language="ko", now_ms=n) for n in range(4))
    for doing in lives.before:
        _act(connection, doing, first + doing.phone)
    pairs = [Pair(host=first + host, guest=first + guest) for host, guest in lives.pairs]
    whose = people(range(first, first + 4), pairs)
    for pair in pairs if joined else ():
        joinings.join(connection, host=pair.host, guest=pair.guest, at_ms=1, how=How.CODE)
    for doing in lives.during:
        own = first + doing.phone
        alike = [each for each, person in whose.items() if person == whose[own]]
        for each in (own,) if joined or not doing.chooses else alike:
            _act(connection, doing, each, everything=True)
    if joined:
        _undo(connection, first, lives.order)
    return [_state(connection, first + n) for n in range(4)]


@dataclass(frozen=True, slots=True)
class Lives:
    """What four phones do before they are joined and while they are, and in which order they are taken apart."""

    before: list[Doing]
    pairs: list[tuple[int, int]]
    during: list[Doing]
    order: list[int]


doings = st.lists(
    st.builds(Doing, phone=st.integers(0, 3), what=st.integers(0, 2000)), max_size=8, unique_by=lambda doing: doing.what
)
lives_of_four = st.builds(
    Lives,
    before=doings,
    pairs=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=4
    ),
    during=doings.map(lambda some: [Doing(phone=each.phone, what=each.what + 5000) for each in some]),
    order=st.permutations(range(4)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=lives_of_four)
def test_taking_apart_leaves_each_phone_with_what_it_had_and_what_it_did_since(store: Store, lives: Lives) -> None:
    """As in a world without joinings, where a choice for all joined phones is made on each of them."""
    assert _world(store, joined=True, lives=lives) == _world(store, joined=False, lives=lives)


purposes = st.frozensets(st.sampled_from(Purpose))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.lists(purposes, max_size=3), min_size=2, max_size=3), refuses=st.booleans())
def test_while_phones_are_joined_the_stricter_consent_stands(
    store: Store, chosen: list[list[frozenset[Purpose]]], *, refuses: bool
) -> None:
    with suppress(_Enough), store.atomic() as connection:
        phones = [shoppers.begin(connection, handle=f"h{n}", language="ko", now_ms=n) for n in range(len(chosen))]
        for phone, choices in zip(phones, chosen, strict=True):
            act = Act(person=phone, language="ko", at_ms=1, proof="test")
            for wanted in choices:
                choosing.choose(connection, act, wanted, random=bytes)
            if refuses and phone == phones[-1]:
                choosing.refuse(connection, act, random=bytes)
        each = [consents.standing(connection, phone) for phone in phones]
        refused = [consents.suppressed(connection, phone) for phone in phones]
        for guest in phones[1:]:
            joinings.join(connection, host=phones[0], guest=guest, at_ms=1, how=How.CODE)

        assert consents.standing(connection, phones[0]) == frozenset.intersection(*each)
        assert consents.suppressed(connection, phones[0]) == any(refused)
        raise _Enough


def test_a_switch_that_is_left_as_it_was_seen_says_nothing(shop: Shop) -> None:
    host, guest = Phone(shop).begin("history"), Phone(shop).begin("offers")
    join(host, guest)
    assert guest.post("/me/consent", purpose="card").status_code == 303
    guest.post("/me/part", joining="1")

    with shop.store.reading() as connection:
        assert consents.standing(connection, 1) == {Purpose.HISTORY, Purpose.CARD}
        assert consents.standing(connection, 2) == {Purpose.OFFERS, Purpose.CARD}


def test_of_many_phones_that_use_one_code_at_once_one_joins(shop: Shop) -> None:
    host = Phone(shop).begin("history")
    host.post("/me/join/code")
    ((link,),) = rows(shop, "SELECT link FROM join_codes")

    async def all_at_once() -> list[int]:
        sending = (Phone(shop).send("POST", "/me/join", {"with": str(link)}) for _ in range(24))
        return [answer.status_code for answer in await asyncio.gather(*sending)]

    assert sorted(asyncio.run(all_at_once())) == [303] + [404] * 23
    assert rows(shop, "SELECT count(*) FROM joinings") == [(1,)]
    assert rows(shop, "SELECT count(*) FROM profiles") == [(2,)]

"""What the card of an erased shopper did is nobody's: no byte of its name is left, and every figure stands."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.ingest.decision import read
from cloud.ingest.intake import Stored, store_readings
from cloud.ingest.replay import replay
from cloud.proof.verify import verify
from cloud.shop import erasure
from cloud.shop.consent import KEPT_MS
from cloud.store import events, exporting, heads, shoppers
from cloud.store.logs import Log
from contract.events import Event, Removal, Tap
from contract.messages import decode_event, encode_event
from tests.cloud.handsets import Phone
from tests.cloud.shop import LOG_KEY, NOON_MS, Shop, opened
from tests.cloud.wire import STORE, any_event, batch, message

HERS, ANOTHERS = "a11ce0a1" * 4, "bad0bad0" * 4
DAY = 24 * 3_600_000


@dataclass(slots=True)
class Place:
    """A small store in which cards were held to readers."""

    shop: Shop
    folder: Path
    first: int = 1

    def hears(self, told: list[Event | bytes], *, again: bool = False) -> Stored:
        """What a node tells, or tells again from its first event on."""
        sent = message(batch(told, first=1 if again else self.first), received_ms=self.shop.clock.now_ms)
        if not again:
            self.first += len(told)
        return store_readings(self.shop.store, [read(sent, STORE)])

    def owns(self, profile: int, tag: str) -> None:
        with self.shop.store.atomic() as connection:
            shoppers.bind_card(connection, tag=tag, profile_id=profile, reader="tea-reader", now_ms=NOON_MS)

    def left_of(self, text: str) -> list[str]:
        """In which of the store's files the text stands, and how often."""
        files = {path.name: path.read_bytes().lower().count(text.encode()) for path in self.folder.iterdir()}
        return [f"{name}: {count}" for name, count in files.items() if count]

    def rows(self, question: str) -> list[tuple[object, ...]]:
        with self.shop.store.reading() as connection:
            return connection.execute(question).fetchall()

    def exported(self) -> list[Event]:
        """What `aisle-cloud events` prints, each read again by the contract."""
        with self.shop.store.reading() as connection:
            lines = list(events.lines(connection, from_ms=0, to_ms=2**43, kind=None))
        return [decode_event(json.dumps(json.loads(line)["event"]).encode()) for line in lines]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path) as shop:
        yield Place(shop=shop, folder=tmp_path)


def touches(tag: str, at: int) -> list[Event | bytes]:
    return [
        Tap(at=at, reader="tea-reader", tag=tag),
        Removal(at=at + 900, reader="tea-reader", tag=tag, held_ms=900),
    ]


def misfit(tag: str) -> bytes:
    """An event of a later version of the node, which this one does not understand."""
    return b'{"kind":"tap","at":%d,"reader":"tea-reader","tag":"%b","force":3}' % (NOON_MS, tag.encode())


def counted(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Every sum, account and book of the ingest, and the size of what it keeps."""
    names = [
        str(name)
        for (name,) in place.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        if str(name).endswith(("_sums", "_hours")) or name in ("epochs", "nodes", "quarantine_counts")
    ]
    assert {"tap_sums", "epochs", "arrival_sums"} <= set(names)
    kept = {name: place.rows(f"SELECT * FROM {name}") for name in names}
    kept["taps"] = place.rows("SELECT id, epoch, sequence, at_ms, reader FROM taps")
    kept["events"] = place.rows("SELECT epoch, sequence, received_ms FROM events")
    kept["quarantine"] = place.rows("SELECT id, received_ms, epoch, sequence, length(raw) FROM quarantine")
    return kept


def test_of_an_erased_shoppers_card_no_byte_is_left_and_no_figure_changes(place: Place) -> None:
    phone = Phone(place.shop).begin("history", "card")
    place.owns(1, HERS)
    told = [*touches(HERS, NOON_MS), *touches(ANOTHERS, NOON_MS + 5_000), misfit(HERS), *touches(HERS, NOON_MS + 9_000)]
    assert place.hears(told).events == 6
    assert place.left_of(HERS)
    before, other = counted(place), place.rows(f"SELECT * FROM taps WHERE tag = '{ANOTHERS}'")

    assert phone.post("/me/end").status_code == 200
    assert place.left_of(HERS) == []
    assert (place.folder / "aisle.db-wal").stat().st_size == 0
    assert counted(place) == before
    assert place.rows(f"SELECT * FROM taps WHERE tag = '{ANOTHERS}'") == other
    hers = [event for event in told if isinstance(event, Tap | Removal) and event.tag == HERS]
    nameless = [event for event in place.exported() if isinstance(event, Tap | Removal) and event.tag is None]
    assert [(type(each), each.at) for each in nameless] == [(type(each), each.at) for each in hers]


def test_what_a_node_sends_again_after_an_erasure_is_known_and_brings_no_name_back(place: Place) -> None:
    phone = Phone(place.shop).begin("card")
    place.owns(1, HERS)
    told = [*touches(HERS, NOON_MS), misfit(HERS)]
    receipts = place.hears(told).receipts
    phone.post("/me/end")

    again = place.hears(told, again=True)
    assert (again.events, again.repeated, again.receipts) == (0, 3, receipts)
    assert place.left_of(HERS) == []


def test_what_was_not_understood_is_still_readable_when_the_program_learns(place: Place) -> None:
    """A whole event in quarantine loses its card's name and nothing else."""
    phone = Phone(place.shop).begin("card")
    place.owns(1, HERS)
    place.hears([misfit(HERS)])
    with place.shop.store.atomic() as connection:
        connection.execute("UPDATE quarantine SET raw = CAST(replace(raw, ',\"force\":3', '') AS BLOB)")
    phone.post("/me/end")

    assert replay(place.shop.store, STORE).understood == 1
    assert place.exported() == [Tap(at=NOON_MS, reader="tea-reader", tag=None)]


def test_the_logs_of_choices_verify_as_before(place: Place) -> None:
    phone = Phone(place.shop).begin("history", "card")
    Phone(place.shop).begin("history")
    place.owns(1, HERS)
    place.hears(touches(HERS, NOON_MS))
    phone.post("/me/end")

    with place.shop.store.atomic() as connection:
        heads.sign(connection, Log.CONSENT, LOG_KEY, now_ms=NOON_MS)
    with place.shop.store.reading() as connection:
        by = exporting.verifier(connection, Log.CONSENT, LOG_KEY.public)
        assert verify(exporting.lines(connection, Log.CONSENT), by).finding is None


def test_who_takes_back_the_consent_for_their_card_takes_its_taps_with_it(place: Place) -> None:
    phone = Phone(place.shop).begin("history", "card")
    place.owns(1, HERS)
    place.hears([*touches(HERS, NOON_MS), *touches(ANOTHERS, NOON_MS)])
    before = counted(place)

    assert phone.post("/me/choices", purpose=["history"], seen=["history", "card"]).status_code == 303
    assert place.rows("SELECT count(*) FROM cards") == [(0,)]
    assert counted(place) == before
    assert erasure.clean(place.shop.store)
    assert place.left_of(HERS) == []
    assert place.left_of(ANOTHERS)


def test_after_ninety_days_no_tap_has_a_name(place: Place) -> None:
    place.hears(touches(HERS, NOON_MS))
    place.shop.clock.now_ms += 2 * DAY
    # By a node whose clock stands in 1970: what counts is when it came.
    place.hears(touches(ANOTHERS, 1_000))
    before = counted(place)

    erasure.erase_old(place.shop.store, NOON_MS, NOON_MS + KEPT_MS)
    assert place.left_of(HERS)
    erasure.erase_old(place.shop.store, NOON_MS + DAY, NOON_MS + KEPT_MS + DAY)
    assert place.left_of(HERS) == []
    assert place.rows("SELECT DISTINCT tag FROM taps ORDER BY 1") == [(None,), (ANOTHERS,)]
    assert counted(place) == before


def test_many_old_names_go_in_several_rounds(place: Place) -> None:
    place.hears([each for n in range(5) for each in touches(HERS, NOON_MS + n)])
    rounds = []
    for _ in range(4):
        with place.shop.store.atomic() as connection:
            rounds.append(events.forget_tags(connection, NOON_MS + 1, most=4))

    assert rounds == [4, 4, 2, 0]
    assert place.rows("SELECT count(*) FROM taps WHERE tag IS NOT NULL") == [(0,)]


def test_an_erasure_looks_at_the_cards_own_events_alone(place: Place) -> None:
    """However many there are: each question is answered by an index."""
    asked: list[str] = []
    with place.shop.store.atomic() as connection:
        connection.set_trace_callback(asked.append)
        events.forget_tag(connection, HERS)
        events.forget_tags(connection, NOON_MS)
        connection.set_trace_callback(None)
        changes = [each for each in asked if each.startswith(("UPDATE", "SELECT"))]
        plans = [str(row[3]) for each in changes for row in connection.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert len(plans) == 3
    assert not [plan for plan in plans if plan.startswith("SCAN")], plans


@settings(max_examples=60, deadline=None)
@given(told=st.lists(any_event, min_size=1, max_size=30), number=st.integers(0, 2))
def test_only_the_name_of_that_card_goes(told: list[Event], number: int) -> None:
    tag = f"{number:032x}"
    with sqlite3.connect(":memory:") as connection:
        for step in events.STEPS:
            for statement in step.statements:
                connection.execute(statement)
        events.append(connection, 1, events.Run(first=1, received_ms=1, events=told))
        events.forget_tag(connection, tag)
        bodies = [body for (body,) in connection.execute("SELECT body FROM events ORDER BY sequence")]

    for event, body in zip(told, bodies, strict=True):
        after = decode_event(body.encode())
        if isinstance(event, Tap | Removal) and event.tag == tag:
            assert after.tag is None  # type: ignore[union-attr] # it is of the same kind, which the next line says
            assert encode_event(after) == encode_event(event).replace(b'"%b"' % tag.encode(), b"null")
        else:
            assert after == event

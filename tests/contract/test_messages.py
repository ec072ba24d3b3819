"""What crosses the wire, held to its promises."""

import string
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import asyncapi
from contract.calibration import Request
from contract.events import (
    Badge,
    Cell,
    Crossing,
    Direction,
    Event,
    Heat,
    Outcome,
    Party,
    Queue,
    Run,
    Staff,
    Stay,
    Tap,
    Wait,
)
from contract.messages import (
    MAX_BYTES,
    MAX_EVENTS,
    Arrived,
    Receipt,
    Unread,
    WireError,
    decode_batch,
    decode_event,
    decode_health,
    decode_live,
    decode_receipt,
    encode,
    encode_batch,
    encode_event,
)
from contract.orders import (
    CalibrationOrder,
    StillOrder,
    decode_answer,
    decode_order,
    decode_signed_order,
    decode_signed_plan,
    encode_order,
    encode_signed,
    order_signed,
    pack_still,
    plan_signed,
    unpack_still,
)

GOLDEN = Path(__file__).with_name("golden")
EPOCH = "f" * 32
ORDERS = (decode_signed_plan, decode_signed_order, decode_answer)
TAP = Tap(at=1, reader="r", tag=None)

millis = st.integers(0, 2**43)
names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=32)
events = st.one_of(
    st.builds(Tap, at=millis, reader=names, tag=st.none() | st.text("0123456789abcdef", min_size=32, max_size=32)),
    st.builds(Crossing, at=millis, line=names, direction=st.sampled_from(Direction), staff=st.booleans()),
    st.builds(
        Staff,
        at=millis,
        camera=names,
        span_ms=millis,
        person_ms=millis,
        marked=st.integers(0, 99),
        told=st.integers(0, 99),
    ),
    st.builds(Badge, at=millis, reader=names, people=st.integers(0, 9)),
    st.builds(Stay, at=millis, zone=names, for_ms=millis, cut=st.booleans()),
    st.builds(
        Heat,
        at=millis,
        camera=names,
        span_ms=millis,
        covered_ms=millis,
        cell_mm=st.integers(50, 5000),
        cells=st.lists(st.builds(Cell, st.integers(-99, 99), st.integers(-99, 99), millis), max_size=5).map(tuple),
        seen=st.lists(
            st.builds(Run, st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 99), millis), max_size=5
        ).map(tuple),
    ),
    st.builds(
        Heat,
        at=millis,
        camera=names,
        span_ms=millis,
        covered_ms=millis,
        cell_mm=st.integers(50, 5000),
        cells=st.just((Cell(0, 1, 2_000), Cell(3, 1, 0))),
        tracks=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    ),
    st.builds(Party, at=millis, line=names, direction=st.sampled_from(Direction), size=st.integers(1, 50)),
    st.builds(
        Queue,
        at=millis,
        zone=names,
        span_ms=millis,
        covered_ms=millis,
        waiting_ms=millis,
        peak=st.integers(0, 99),
    ),
    st.builds(Wait, at=millis, zone=names, for_ms=millis, outcome=st.sampled_from(Outcome)),
)


def batch(*bodies: bytes, first: int = 1, oldest: int = 1) -> bytes:
    return encode_batch(store="s", node="n", epoch=EPOCH, first=first, oldest=oldest, events=list(bodies))


@given(st.lists(events, min_size=1, max_size=20), st.integers(1, 2**50))
@settings(max_examples=100, deadline=None)
def test_a_batch_comes_back_as_it_went(sent: list[Event], first: int) -> None:
    got = decode_batch(batch(*map(encode_event, sent), first=first, oldest=first))
    assert got == Arrived(store="s", node="n", epoch=EPOCH, first=first, oldest=first, events=tuple(sent))


@pytest.mark.parametrize("tracks", [b"[1]", b"[1,2,3]", b"[1,-2]"])
def test_tracks_that_do_not_fit_their_cells_are_refused(tracks: bytes) -> None:
    whole = (GOLDEN / "event-heat-16.json").read_bytes()
    with pytest.raises(WireError, match="tracks"):
        decode_event(whole.replace(b"[3,1]", tracks))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_golden_messages_are_read_and_written_as_ever(path: Path) -> None:
    data = path.read_bytes().rstrip(b"\n")
    match path.stem.split("-")[0]:
        case "event":
            again = encode_event(decode_event(data))
        case "batch":
            got = decode_batch(data)
            bodies = [encode_event(event) for event in got.events if not isinstance(event, Unread)]
            again = encode_batch(
                store=got.store, node=got.node, epoch=got.epoch, first=got.first, oldest=got.oldest, events=bodies
            )
        case "receipt":
            again = encode(decode_receipt(data))
        case "health":
            again = encode(decode_health(data))
        case "live":
            again = encode(decode_live(data))
        case "plan":
            again = encode_signed(decode_signed_plan(data))
        case "order":
            again = encode_signed(decode_signed_order(data))
        case "answer":
            again = encode_signed(decode_answer(data))
        case other:
            pytest.fail(f"no decoder for golden {other}")
    # Fields that a later version added, with their defaults, may follow; nothing that was there may change.
    assert holds(msgspec.json.decode(again), msgspec.json.decode(data))


def holds(new: object, old: object) -> bool:
    """Whether `new` says all that `old` does, field by field."""
    if isinstance(new, dict) and isinstance(old, dict):
        return all(name in new and holds(new[name], value) for name, value in old.items())
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return new == old


@pytest.mark.parametrize(
    "poison",
    [
        b'{"kind":"levitation","at":1}',
        b'{"kind":"tap","at":"noon","reader":"r","tag":null}',
        b'{"kind":"tap","at":-1,"reader":"r","tag":null}',
        b'{"kind":"tap","at":1,"reader":"../etc","tag":null}',
        b'{"kind":"tap","at":1,"reader":"r\\n","tag":null}',
        b'{"kind":"tap","at":1,"reader":"r","tag":null,"face":"x"}',
        b'{"kind":"tap","at":99999999999999999999999,"reader":"r","tag":null}',
        b'{"kind":"stay","at":1,"zone":"z","for_ms":NaN}',
        b'{"at":1}',
        b"7",
        b"null",
    ],
)
def test_a_poisoned_event_keeps_its_place_and_blocks_nobody(poison: bytes) -> None:
    sound = b'{"v":1,"store":"s","node":"n","epoch":"' + EPOCH.encode() + b'","first":1,"oldest":1,"events":['
    tap = encode_event(TAP)
    if b"NaN" in poison:
        with pytest.raises(WireError):  # not JSON at all: no envelope can be read either
            decode_batch(sound + tap + b"," + poison + b"]}")
        return
    got = decode_batch(sound + tap + b"," + poison + b"," + tap + b"]}")
    assert (got.events[0], got.events[2]) == (TAP, TAP)
    assert isinstance(got.events[1], Unread)
    assert got.events[1].raw == poison
    assert got.events[1].reason


def test_a_later_version_is_kept_by_its_envelope() -> None:
    later = batch(encode_event(TAP)).replace(b'{"v":1,', b'{"v":2,"new":"field",')
    got = decode_batch(later)
    assert got.first == 1
    assert got.events == (Unread(raw=encode_event(TAP), reason="version 2 is not known here; 1 is"),)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"v":1,"store":"\\ud800"}',
        b'{"v":1}',
        b"x" * (MAX_BYTES + 1),
        batch(*[encode_event(TAP)] * (MAX_EVENTS + 1)),
        batch(encode_event(TAP)).replace(b'"first":1', b'"first":0'),
        batch(encode_event(TAP)).replace(b'"node":"n"', b'"node":"+/#"'),
    ],
    ids=range(12),
)
def test_hostile_bytes_give_one_clear_error(hostile: bytes) -> None:
    for decode in (decode_batch, decode_receipt, decode_health, decode_live, *ORDERS):
        with pytest.raises(WireError) as caught:
            decode(hostile)
        assert str(caught.value).isprintable()


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_rubbish_never_escapes_as_another_error(data: bytes) -> None:
    for decode in (decode_batch, decode_event, decode_receipt, decode_health, decode_live, *ORDERS):
        with pytest.raises(WireError):
            decode(data)


def test_a_receipt_of_another_version_is_refused() -> None:
    later = encode(Receipt(store_id="a" * 32, epoch=EPOCH, through=1)).replace(b'"v":1', b'"v":2')
    with pytest.raises(WireError, match="version 2"):
        decode_receipt(later)


def test_no_type_of_the_contract_can_hold_a_picture() -> None:
    """A field of bytes, of raw JSON or of a long text could; only what the cloud signs has long texts."""
    schemas = msgspec.json.decode(asyncapi.document())["components"]["schemas"]
    assert roomy(schemas) == {"SignedPlan.plan", "SignedOrder.order"}


def test_a_planted_field_that_could_hold_a_picture_is_seen() -> None:
    class Planted(msgspec.Struct):
        seen: bytes
        more: str
        any: msgspec.Raw
        many: tuple[str, ...]

    _, schemas = msgspec.json.schema_components([Planted])
    assert roomy(schemas) == {"Planted.seen", "Planted.more", "Planted.any", "Planted.many"}


def roomy(schemas: dict[str, Any]) -> set[str]:
    """The fields whose values may be longer than a line of words, or anything at all."""
    found = set[str]()
    for kind, schema in schemas.items():
        found |= {f"{kind}.{name}" for name, field in schema.get("properties", {}).items() if wide(field)}
    return found


def wide(field: dict[str, Any]) -> bool:
    parts = [*field.get("anyOf", ()), *field.get("prefixItems", ())]
    parts += [part for name in ("items", "additionalProperties") if isinstance(part := field.get(name), dict)]
    if field.get("type") == "string":
        bounded = field.get("maxLength", 10**9) <= 300 or "pattern" in field
        return "contentEncoding" in field or not bounded
    return not field or any(map(wide, parts))


def test_the_asyncapi_document_is_current() -> None:
    assert asyncapi.DOCUMENT.read_bytes() == asyncapi.document(), "run: python -m contract.asyncapi"


@pytest.mark.parametrize("lasts", [0, -1, 60_001])
def test_an_order_is_good_for_a_minute_at_most(lasts: int) -> None:
    order = StillOrder(nonce="0" * 32, at=1_000_000, until=1_000_000 + lasts, camera="door")
    with pytest.raises(WireError, match="good for"):
        decode_order(encode_order(order))
    kept = CalibrationOrder(nonce="0" * 32, at=0, until=60_000, request=Request(width=640, height=480, pairs=()))
    assert decode_order(encode_order(kept)) == kept


@given(st.tuples(names, names, st.integers(1, 99), st.text()), st.tuples(names, names, st.integers(1, 99), st.text()))
@settings(max_examples=200, deadline=None)
def test_no_two_plans_are_signed_alike(one: tuple[str, str, int, str], other: tuple[str, str, int, str]) -> None:
    told = [plan_signed(store=s, node=n, version=v, plan=p) for s, n, v, p in (one, other)]
    assert (told[0] == told[1]) == (one == other)
    assert order_signed(store=one[0], node=one[1], order=one[3]) not in told


def test_a_still_is_one_jpeg_under_the_nonce_of_its_order() -> None:
    jpeg = b"\xff\xd8\xff" + bytes(200) + b"\xff\xd9"
    assert unpack_still(pack_still("0f" * 16, jpeg)) == ("0f" * 16, jpeg)
    for other in (
        b"",
        bytes(16),
        bytes(16) + jpeg[:-1],
        bytes(16) + b"GIF89a",
        bytes(16) + jpeg[:-2] + b"\0" * MAX_BYTES,
    ):
        with pytest.raises(WireError, match="no still"):
            unpack_still(other)
    with pytest.raises(WireError, match="allowed are"):
        pack_still("0f" * 16, bytes(MAX_BYTES))

"""From the store's list of badges, over a signed order, to a tap that is staff's and a person who is left out."""

from pathlib import Path

import pytest

from cloud.ingest.decision import Message, read
from cloud.ingest.intake import store_readings
from cloud.nodes.badging import AGAIN_MS, Badging
from cloud.nodes.voice import Voice
from cloud.store import staff
from cloud.store.connection import Store
from contract.events import Badge, Removal, Staff, Tap
from contract.messages import decode_health
from contract.orders import BadgesOrder, badges_digest
from edge.badges import Badges
from edge.counting.encounters import Ground
from edge.counting.watch import Watch
from edge.delivery.uplink import Connected, Ordered
from edge.floor import fitting
from edge.inputs import CameraChanged, DeviceState, TagGone, TagSeen
from edge.plans.judging import Self
from tests.edge.cloud_says import FORGER, KEY, Said, order_for
from tests.edge.world import PAIRS, WALL, World, person

ME = Self(store="s", node="n", readers=("r",), cameras=("c",), cloud_key=KEY.public.hex())
UID = bytes.fromhex("04a1b2c3d4e5f6")
TAG = UID.hex().zfill(32)  # as the world makes pseudonyms


def world(folder: Path) -> World:
    ground = Ground(readers={"r": (3.0, 2.0)})
    watch = Watch(floors={"c": fitting.fit(PAIRS, width=640, height=480).floor}, ground=ground)
    it = World(folder, me=ME, watch=watch)
    it.step(Connected(), CameraChanged(camera="c", state=DeviceState.OK, reason="", at=it.now))
    return it


def order(it: World, *badges: str, nonce: int = 1, **how: object) -> Ordered:
    at = round((WALL + it.now) * 1000)
    told = BadgesOrder(nonce=f"{nonce:032x}", at=at, until=at + 20_000, badges=badges)
    return Ordered(payload=order_for("n", told, store="s", **how))  # type: ignore[arg-type]  # a key, or nothing


def stands(it: World, seconds: float = 3.0) -> None:
    """Somebody stands at the reader."""
    for _ in range(round(seconds / 0.2)):
        it.step(person(3.0, 2.0, it.now), after=0.2)


def touches(it: World) -> None:
    it.step(TagSeen(reader="r", uid=UID, random=False, at=it.now))
    it.step(TagGone(reader="r", at=it.now), after=0.3)
    stands(it, 3.0)


def test_a_badge_that_the_cloud_ordered_is_staffs_and_marks_who_stands_there(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.step(order(it, TAG))
    stands(it)
    touches(it)
    stands(it, 70.0)
    sent = it.sent()
    (tap,) = [each for each in sent if isinstance(each, Tap)]
    (removal,) = [each for each in sent if isinstance(each, Removal)]
    assert (tap.tag, tap.staff, removal.staff) == (TAG, True, True)
    assert [each.people for each in sent if isinstance(each, Badge)] == [1]
    assert sum(each.marked for each in sent if isinstance(each, Staff)) == 1
    assert decode_health(it.healths[-1]).badges == badges_digest([TAG])
    assert it.lit  # the badge gets its light as any tap does


@pytest.mark.parametrize("forged", [True, False])
def test_a_card_that_is_no_badge_stays_a_shoppers(tmp_path: Path, forged: bool) -> None:
    """The planted fault: a list that a stranger signed changes nothing, and neither does another card's."""
    it = world(tmp_path)
    it.step(order(it, TAG, key=FORGER) if forged else order(it, "f" * 32))
    stands(it)
    touches(it)
    stands(it, 70.0)
    sent = it.sent()
    assert [each.staff for each in sent if isinstance(each, Tap | Removal)] == [False, False]
    assert [each for each in sent if isinstance(each, Badge | Staff)] == []
    health = decode_health(it.healths[-1])
    assert (health.orders_refused, health.badges) == (
        (1, badges_digest([])) if forged else (0, badges_digest(["f" * 32]))
    )


def test_a_list_that_the_disk_spoilt_is_empty_until_the_cloud_tells_it_again(tmp_path: Path) -> None:
    (tmp_path / "badges").write_bytes(b"\xff\xfe" * 99)
    badges = Badges(tmp_path / "badges")
    assert "the badges of the staff cannot be read" in badges.problem
    assert badges.digest == badges_digest([])
    badges.take([TAG])
    again = Badges(tmp_path / "badges")
    assert (again.problem, again.digest) == ("", badges_digest([TAG]))


def test_the_cloud_tells_a_node_until_it_knows_and_no_longer(tmp_path: Path) -> None:
    store, line, now = Store(tmp_path, new_store_id="0" * 32), Said(), [1_790_000_100_000]
    badging = Badging(store, Voice(store="s", key=KEY, line=line), clock=lambda: now[0], random=bytes)
    (tmp_path / "node").mkdir()
    it = world(tmp_path / "node")

    def hear() -> None:
        it.step(after=61.0)
        message = Message(topic="aisle/s/n/health", payload=it.healths[-1], received_ms=now[0])
        store_readings(store, [read(message, "s")])

    try:
        hear()
        assert badging.tell() == 0  # no badge anywhere
        with store.atomic() as connection:
            connection.execute("INSERT INTO staff_badges VALUES (?, 'A3', 0, 'm')", (TAG,))
        assert badging.tell() == 1
        assert badging.tell() == 0  # it has a moment to answer
        now[0] += AGAIN_MS
        assert badging.tell() == 1
        now[0] = round((WALL + it.now) * 1000)
        it.step(order(it, *_tags(store), nonce=9))
        hear()
        now[0] += AGAIN_MS
        assert badging.tell() == 0
        with store.atomic() as connection:
            staff.remove(connection, TAG)
        assert badging.tell() == 1
    finally:
        store.close()


def _tags(store: Store) -> tuple[str, ...]:
    with store.reading() as connection:
        return staff.tags(connection)


def test_a_reader_that_moves_on_the_plan_cuts_nobody_and_is_where_it_is_now(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.step(order(it, TAG))
    stands(it)
    it.watch.place_readers({"r": (0.5, 0.5)})
    touches(it)
    it.watch.place_readers({"r": (3.0, 2.0)})
    touches(it)
    stands(it, 3.0)
    assert [each.people for each in it.sent() if isinstance(each, Badge)] == [0, 1]
    assert it.watch.staff_known == 1

"""Orders: obeyed once, fresh, from the cloud to this node; whoever is refused by the cloud's own word hears why."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.calibration import Request, State
from contract.messages import decode_health
from contract.orders import CalibrationOrder, StillOrder, decode_answer, unpack_still
from contract.plan import Pair
from edge import stills
from edge.delivery.uplink import Connected, Ordered
from edge.inputs import CameraChanged, DeviceState
from edge.orders import OrderRefused, Orders, obey
from edge.plans.judging import Self
from edge.stills import StillRefused, StillTaken
from tests.edge.cloud_says import FORGER, KEY, order_for
from tests.edge.world import WALL, World, person
from tests.programs import eventually

ME = Self(store="s", node="n", readers=("r",), cameras=("c",), cloud_key=KEY.public.hex())
NOW = 1_790_000_100_000
JPEG = b"\xff\xd8\xff" + bytes(100) + b"\xff\xd9"


def still(*, nonce: int = 1, at: int = NOW, lasts: int = 20_000, camera: str = "c") -> StillOrder:
    return StillOrder(nonce=f"{nonce:032x}", at=at, until=at + lasts, camera=camera)


def refused(data: bytes, *, orders: Orders | None = None, now_ms: int = NOW, me: Self = ME) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        obey(orders or Orders(since_ms=0), data, me, now_ms=now_ms)
    return caught.value


def test_an_order_is_obeyed_once() -> None:
    message = order_for("n", still(), store="s")
    after, order = obey(Orders(since_ms=0), message, ME, now_ms=NOW + 50)
    assert order == still()
    again = refused(message, orders=after)
    assert "came before" in str(again)
    assert again.nonce is None  # nobody is told twice


@given(st.integers(0, 200_000))
@settings(max_examples=100, deadline=None)
def test_a_replay_is_refused_whenever_it_comes(later_ms: int) -> None:
    message = order_for("n", still(), store="s")
    after, _ = obey(Orders(since_ms=0), message, ME, now_ms=NOW)
    other = order_for("n", still(nonce=2, at=NOW + later_ms), store="s")
    later, _ = obey(after, other, ME, now_ms=NOW + later_ms)
    assert isinstance(refused(message, orders=later, now_ms=NOW + later_ms), OrderRefused)
    assert len(later.seen) <= 2


def test_an_order_that_is_late_early_forged_or_anothers_is_refused() -> None:
    message = order_for("n", still(), store="s")
    late = refused(message, now_ms=NOW + 20_001)
    assert "20 s old" in str(late)
    assert late.nonce == still().nonce
    assert "ahead" in str(refused(message, now_ms=NOW - 20_001))
    assert "old by this node's clock" in str(refused(message, orders=Orders(since_ms=NOW + 1)))  # from before the start
    for forged in (
        order_for("n", still(), store="s", key=FORGER),
        order_for("m", still(), store="s"),
        order_for("n", still(), store="t"),
    ):
        told = refused(forged)
        assert "not signed by the cloud for this node" in str(told)
        assert told.nonce is None
    assert "cannot be proven" not in str(refused(b"{}"))
    assert "cloud_key" in str(refused(message, me=dataclasses.replace(ME, cloud_key=None)))


def world(folder: Path) -> World:
    it = World(folder, me=ME)
    it.step(Connected(), CameraChanged(camera="c", state=DeviceState.OK, reason="", at=it.now))
    return it


def ordered(order: StillOrder | CalibrationOrder) -> Ordered:
    return Ordered(payload=order_for("n", order, store="s"))


def at(it: World) -> int:
    return round((WALL + it.now) * 1000)


def test_a_still_goes_to_its_camera_with_everybody_who_is_followed_and_comes_back_under_its_nonce(
    tmp_path: Path,
) -> None:
    it = world(tmp_path)
    for _ in range(10):
        it.step(person(3.0, 2.0, it.now), after=0.2)
    it.step(ordered(still(at=at(it))))
    ((camera, line),) = it.lines
    asked = stills.decode(line)
    assert camera == "c"
    assert asked.until == pytest.approx(it.now + 20)
    (one,) = asked.people
    assert one.now
    assert one.x1 < 300 / 640 < one.x2
    assert one.y2 == pytest.approx(200 / 480, abs=0.05)

    it.step(StillTaken(camera="c", nonce=asked.nonce, jpeg=JPEG))
    assert [unpack_still(each) for each in it.stills] == [(asked.nonce, JPEG)]
    assert it.answers == []


def test_why_there_is_no_still_is_answered(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.step(ordered(still(nonce=1, at=at(it))))
    it.step(StillRefused(camera="c", nonce=f"{1:032x}", reason="too many people"))
    it.step(ordered(still(nonce=2, at=at(it))))
    it.step(CameraChanged(camera="c", state=DeviceState.LOST, reason="it was unplugged", at=it.now))
    it.step(ordered(still(nonce=3, at=at(it), camera="d")))
    it.deaf = True
    it.step(ordered(still(nonce=4, at=at(it))))
    it.step(ordered(still(nonce=5, at=at(it) - 30_000)))
    told = {int(each.nonce, 16): each.refusal or "" for each in map(decode_answer, it.answers)}
    assert told[1] == "too many people"
    assert "it was unplugged" in told[2]
    assert "no camera 'd'" in told[3]
    assert "does not run" in told[4]
    assert "30 s old" in told[5]


def test_refused_orders_are_counted_in_health(tmp_path: Path) -> None:
    it = world(tmp_path)
    message = ordered(still(at=at(it)))
    it.step(message, message, Ordered(payload=b"rubbish"))
    it.step(after=61.0)
    assert decode_health(it.healths[-1]).orders_refused == 2


def test_a_calibration_is_reckoned_by_the_nodes_own_code(tmp_path: Path) -> None:
    it = world(tmp_path)
    places = ((0, 0), (6, 0), (6, 4), (0, 4), (3, 2), (2, 3), (5, 1))
    pairs = [Pair(100.0 * x, 100.0 * y, x, y) for x, y in places]
    pairs[4] = Pair(300.0, 200.0, 3.0, 2.5)  # half a metre off
    request = Request(width=640, height=480, pairs=tuple(pairs))
    it.step(ordered(CalibrationOrder(nonce=f"{9:032x}", at=at(it), until=at(it) + 10_000, request=request)))
    eventually(lambda: bool(it.answers))
    (answer,) = map(decode_answer, it.answers)
    assert answer.nonce == f"{9:032x}"
    told = answer.calibration
    assert told is not None
    assert told.state is State.FITTED
    assert told.worst == 5
    assert told.points[4].error_cm == pytest.approx(50, abs=8)
    assert told.points[4].without_cm == pytest.approx(0, abs=1)
    assert told.warp is not None
    assert told.warp.grid == ()


def test_the_line_to_a_camera_is_read_as_it_was_written() -> None:
    line = stills.TakeStill(nonce="0" * 32, until=12.5, people=(stills.Around(0.1, 0.2, 0.3, 0.4, now=True),))
    assert stills.is_one(stills.encode(line))
    assert stills.decode(stills.encode(line)) == line
    for wrong in (b'{"still":{}}', b'{"still":', json.dumps({"still": {"nonce": 1}}).encode()):
        with pytest.raises(stills.StillError):
            stills.decode(wrong)

"""A still from a camera to the manager's page, through whole programs, and afterwards nowhere."""

import base64
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from cloud.broker.nats import Broker
from cloud.web.manage.gate import COOKIE
from contract.plan import Plan, encode_plan
from firmware_sim.camera.encoding import jpeg as encoded
from firmware_sim.camera.optics import pairs_of
from firmware_sim.camera.painter import Seen
from firmware_sim.camera.view import View
from firmware_sim.town.geometry import Spot
from firmware_sim.town.people import Body
from firmware_sim.town.world import Town
from tests.cloud.knocking import wait_until_ready
from tests.cloud.programs import caller
from tests.edge import streams
from tests.edge.inotify import written_below
from tests.edge.painted import is_one_colour, read
from tests.firmware_sim.scenes import DOOR, STORE
from tests.programs import eventually, free_port, program

pytestmark = [pytest.mark.system, pytest.mark.skipif(sys.platform != "linux", reason="watches files by inotify")]

CAMERA = "aisle-cam"
PATTERN = np.random.default_rng(77).integers(0, 255, (96, 96, 3), dtype=np.uint8)
"""Hung on the wall of what the camera sees: whoever kept a picture of it would keep this."""


def floor() -> Plan:
    """The demo's floor with one of its cameras, calibrated, and nothing else of its hardware."""
    (camera,) = [one for one in STORE.plan.cameras if one.id == CAMERA]
    camera = msgspec.structs.replace(camera, pairs=pairs_of(camera))
    zones = tuple(zone for zone in STORE.plan.zones if zone.camera == CAMERA)
    shelves = tuple(msgspec.structs.replace(shelf, zone=None) for shelf in STORE.plan.shelves)
    return msgspec.structs.replace(
        STORE.plan, cameras=(camera,), zones=zones, lines=(), readers=(), tags=(), shelves=shelves
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the camera shows: somebody, and the pattern."""

    pictures: list[bytes]
    person: Seen


def scene() -> Scene:
    plan = floor()
    view = View(plan, plan.cameras[0], DOOR)
    look = Town(STORE, 1).visit(1).look
    body = Body(at=Spot(6_000, 2_500), facing=Spot(1000, 0), walked_mm=0, pace=0, reach=0, look=look)
    pictures = []
    for number in range(20):
        image = view.draw((body,), number)
        image[:96, :96] = PATTERN
        pictures.append(encoded(image))
    (person,) = view.truth((body,))
    return Scene(pictures=pictures, person=person)


@dataclass(slots=True, kw_only=True)
class Shop:
    """Broker, cloud and one node at work; `root` holds every file that any of them may write."""

    root: Path
    url: str
    client: httpx.Client
    broker: Broker

    def still(self) -> str:
        answer = self.client.post(f"{self.url}/manage/cameras/{CAMERA}/still", headers={"accept": "application/json"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["still"])

    def picture(self, nonce: str) -> httpx.Response:
        return self.client.get(f"{self.url}/manage/cameras/{CAMERA}/still/{nonce}", timeout=60)

    def sees(self) -> bool:
        page = self.client.get(f"{self.url}/manage/cameras?lang=en").text
        return f'data-camera="{CAMERA}" data-state="ok"' in page


def cloud(*arguments: str | Path, env: dict[str, str]) -> str:
    command = [sys.executable, "-m", "cloud", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop")
    (root / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(root / "tmp"), "HOME": str(root / "tmp")}
    data, web = root / "cloud", free_port()
    (root / "plan.json").write_bytes(encode_plan(floor()))
    cloud("init", "--data", data, "--store", STORE.plan.store, env=env)
    cloud("plan", "import", root / "plan.json", "--data", data, env=env)
    cloud("broker", "init", "--data", data, "--store", STORE.plan.store, "--port", str(free_port()), env=env)
    cloud("nodes", "add", "aisle", "--data", data, env=env)
    password = cloud("manager", "reset-password", "--data", data, env=env).split()[-1]
    broker = Broker(directory=data / "broker", random=os.urandom)
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(streams.camera(fps=10))
        stream.pictures = scene().pictures
        node = root / "node"
        (node / "data").mkdir(parents=True)
        (node / "key.hex").write_text("ab" * 32)
        (node / "node.toml").write_text(
            f'data = "data"\ncredentials = "{broker.users / "aisle.toml"}"\npseudonym_key = "key.hex"\n'
            f'[[camera]]\nname = "{CAMERA}"\nsource = "{stream.url}"\nmodel = "int8"\n'
        )
        serve = (sys.executable, "-m", "cloud", "broker", "run", "--data", data)
        stack.enter_context(program(*serve, log=root / "broker.log", env=env))
        assert wait_until_ready(broker.credentials("observer"), seconds=60)
        command = (sys.executable, "-m", "cloud", "run", "--data", data, "--port", str(web))
        stack.enter_context(program(*command, log=root / "cloud.log", env=env))
        edge = (sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", node / "node.toml")
        stack.enter_context(program(*edge, log=root / "node.log", env=env))
        url = f"http://127.0.0.1:{web}"
        client = stack.enter_context(httpx.Client(timeout=20))
        eventually(lambda: _answers(client, url), "the cloud")
        signed = client.post(f"{url}/manage/login", data={"account": "manager", "password": password})
        client.headers["cookie"] = f"{COOKIE}={signed.cookies[COOKIE]}"
        shop = Shop(root=root, url=url, client=client, broker=broker)
        eventually(shop.sees, "the camera")
        yield shop


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False


def files(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file that any of the programs may have written, and what it holds."""
    for path in root.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def traces(root: Path, picture: bytes) -> list[Path]:
    """The files that hold any piece of the picture's data, plain or in base64's letters."""
    body = picture[700:]  # after the tables, which every JPEG shares
    pieces = [body[at : at + 24] for at in range(0, len(body) - 24, 997)]
    # Three ways in which base64 may fall on a piece.
    coded = [base64.b64encode(body[at + skip : at + skip + 24])[4:-4] for skip in range(3) for at in (0, 5_000)]
    wanted = [piece for piece in (*pieces, *coded) if piece]
    return [path for path, data in files(root) if any(piece in data for piece in wanted)]


def texture(image: NDArray[np.uint8]) -> float:
    """How much the picture's corner is the pattern: their correlation."""
    grey = [cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(float).ravel() for part in (image[:96, :96], PATTERN)]
    return float(np.corrcoef(grey[0], grey[1])[0, 1])


def test_a_still_is_shown_once_and_is_nowhere_afterwards(shop: Shop) -> None:
    with written_below([shop.root]) as written:
        nonce = shop.still()
        answer = shop.picture(nonce)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    image = read(answer.content)

    person = scene().person
    wide, high = person.right - person.left, person.bottom - person.top
    box = (person.left + 0.1 * wide, person.top + 0.05 * high, person.right - 0.1 * wide, person.bottom - 0.05 * high)
    assert is_one_colour(image, box[0] / 640, box[1] / 480, box[2] / 640, box[3] / 480)
    assert texture(image) > 0.5  # it is the picture that the camera takes

    assert shop.picture(nonce).status_code == 410
    names = {path.relative_to(shop.root).as_posix() for path in written}
    databases = r"cloud/[a-z]+\.db(-wal|-shm|-journal)?|node/data/log\.sqlite(-wal|-shm)?"
    usual = rf"{databases}|(cloud|node|broker)\.log|cloud/broker/jetstream/.*"
    assert {name for name in names if not re.fullmatch(usual, name)} == set()
    assert traces(shop.root, answer.content) == []
    assert [path for path, data in files(shop.root) if b"\xff\xd8\xff\xe0" in data or b"JFIF" in data] == []


def test_a_picture_that_somebody_kept_would_be_found(shop: Shop, tmp_path: Path) -> None:
    nonce = shop.still()
    picture = shop.picture(nonce).content
    (tmp_path / "plain").write_bytes(b"x" * 999 + picture)
    assert traces(tmp_path, picture) == [tmp_path / "plain"]
    with written_below([tmp_path]) as written:
        (tmp_path / "later").write_bytes(b"y")
        eventually(lambda: written, "the watcher")
    assert written == {tmp_path / "later"}


def test_a_still_at_qos_1_would_lie_on_the_brokers_disk(shop: Shop) -> None:
    """Why both sides say QoS 0: the same words at both, and only one of them is found in the broker's files."""
    passing, lasting = b"passing-" + os.urandom(16).hex().encode(), b"lasting-" + os.urandom(16).hex().encode()
    topic = f"aisle/{STORE.plan.store}/b/still"
    shop.broker.add("b")
    assert wait_until_ready(shop.broker.credentials("b"), seconds=10)
    with caller(shop.broker.credentials("cloud")) as eager, caller(shop.broker.credentials("b")) as other:
        assert eager.subscribe(topic)  # at QoS 1, as our own cloud does not
        eager.client.loop_stop()  # it takes its time, as a page that was closed would
        other.client.publish(topic, passing, qos=0).wait_for_publish(10)
        other.publish(topic, lasting)
        eventually(lambda: lasting in _kept(shop), "the broker's disk")
    assert passing not in _kept(shop)


def _kept(shop: Shop) -> bytes:
    return b"".join(data for _, data in files(shop.broker.directory))


def test_another_account_and_a_stranger_get_no_still(shop: Shop) -> None:
    nonce = shop.still()
    with httpx.Client(timeout=20) as stranger:
        assert stranger.get(f"{shop.url}/manage/cameras/{CAMERA}/still/{nonce}").status_code == 401
    assert shop.picture(nonce).status_code == 200
    assert shop.picture("0" * 32).status_code == 410
    assert shop.client.post(f"{shop.url}/manage/cameras/none/still").status_code == 404


def test_the_order_is_in_the_audit_log(shop: Shop) -> None:
    shop.still()
    page = shop.client.get(f"{shop.url}/manage/log?lang=en").text
    assert CAMERA in page


def test_a_new_plan_goes_to_the_node_and_the_page_says_which_one_it_runs(shop: Shop) -> None:
    """Pairs saved on the camera's page: a version, signed, taken by the node, and named by it."""
    spot = floor().cameras[0]
    pairs = spot.pairs[::5]
    form: dict[str, list[str] | str] = {
        name: [str(getattr(pair, name)) for pair in pairs] for name in ("u", "v", "x", "y")
    }
    saved = shop.client.post(f"{shop.url}/manage/cameras/{CAMERA}/pairs", data={**form, "version": _version(shop)})
    assert saved.headers["location"].partition("?")[2].startswith("said=saved")
    eventually(lambda: f"<dd>v{_version(shop)}</dd>" in _page(shop), "the node")
    assert "by the node" in _page(shop)


def _page(shop: Shop) -> str:
    return shop.client.get(f"{shop.url}/manage/cameras?lang=en").text


def _version(shop: Shop) -> str:
    page = shop.client.get(f"{shop.url}/manage/cameras/{CAMERA}?lang=en").text
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]

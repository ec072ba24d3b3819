"""`aisle-sim run` as a program: what it serves, and what it leaves behind."""

import json
import socket
import subprocess
import time
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from firmware_sim.push.service import Subscription
from firmware_sim.push.vapid import encoded
from firmware_sim.town.day import write_truth
from tests.firmware_sim.app_server import AppServer
from tests.firmware_sim.programs import command, running
from tests.firmware_sim.stores import DEMO, demo
from tests.programs import eventually

pytestmark = pytest.mark.system


def test_a_day_that_was_played_leaves_the_truth_of_its_seed(tmp_path: Path) -> None:
    with running(tmp_path, "--start", "--seconds", "4", "--speed", "4") as url:
        eventually(lambda: httpx.get(f"{url}/state").json()["concluded"])
        state = httpx.get(f"{url}/state").json()
        assert httpx.post(f"{url}/finish").status_code == 409
    assert state["phase"] == "finished"
    write_truth(demo(), 7, 4_000, tmp_path / "written.jsonl")
    assert (tmp_path / "truth.jsonl").read_bytes() == (tmp_path / "written.jsonl").read_bytes()
    assert json.loads((tmp_path / "started.json").read_text())["started_ms"] == state["started_ms"]


def test_opencv_opens_a_camera_and_every_picture_is_new(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        capture = cv2.VideoCapture(f"{url}/camera/door-cam.mjpg")
        pictures = [capture.read()[1] for _ in range(4)]
        capture.release()
        assert all(picture.shape == (480, 640, 3) for picture in pictures)
        assert not np.array_equal(pictures[0], pictures[3])
        assert httpx.post(f"{url}/camera/door-cam/power/off").is_success
        assert httpx.get(f"{url}/camera/door-cam.mjpg").status_code == 503
        assert httpx.get(f"{url}/camera/roof-cam.mjpg").status_code == 404


def test_what_the_visitor_taps_is_in_the_truth(tmp_path: Path) -> None:
    with running(tmp_path, "--cloud", "http://127.0.0.1:1") as url:
        assert sorted(path.name for path in (tmp_path / "readers").iterdir()) == sorted(
            reader.id for reader in demo().plan.readers
        )
        assert httpx.post(f"{url}/visitor/card/till-reader").status_code == 409  # the day has not begun
        assert httpx.post(f"{url}/start").is_success
        assert httpx.post(f"{url}/start").status_code == 409
        assert httpx.post(f"{url}/visitor/card/till-reader").is_success
        assert httpx.post(f"{url}/visitor/card/till-reader").status_code == 409  # the first is still there
        assert httpx.post(f"{url}/visitor/card/roof-reader").status_code == 404
        assert (
            httpx.post(f"{url}/visitor/tag/tag-yakgwa")
            .json()["url"]
            .startswith("http://127.0.0.1:1/01/09520000000059?t=")
        )
        assert httpx.post(f"{url}/visitor/tag/tag-roof").status_code == 404
        assert httpx.post(f"{url}/finish", timeout=20).is_success
        assert httpx.post(f"{url}/visitor/tag/tag-yakgwa").status_code == 409
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    taps = [line for line in lines if line["kind"] == "tap"]
    assert [(tap["reader"], tap["by"]) for tap in taps] == [("till-reader", "visitor")]
    opened = [line for line in lines if line["kind"] == "phone-tap"]
    assert [(tap["tag"], tap["by"]) for tap in opened] == [("tag-yakgwa", "visitor")]
    assert lines[-1]["kind"] == "end"


def test_other_sites_pages_may_not_act_here(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        page = httpx.get(f"{url}/")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert httpx.post(f"{url}/start", headers={"Origin": "http://elsewhere"}).status_code == 403
        assert httpx.post(f"{url}/start", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert httpx.get(f"{url}/state", headers={"Host": "elsewhere"}).status_code == 400
        assert httpx.get(f"{url}/state").json()["phase"] == "waiting"


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command(tmp_path, "--port", str(port)), capture_output=True, text=True, check=False, cwd=DEMO.parents[1]
        )
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--port", "65536", "0 to 65535 are allowed"),
        ("--port", "web", "web: 0 to 65535 are allowed"),
        ("--speed", "9", "0.25 to 4 are allowed"),
        ("--speed", "fast", "fast: 0.25 to 4 are allowed"),
        ("--cloud", "localhost:8080", "localhost:8080: an address such as http://localhost:8080 is allowed"),
        ("--cloud", "http://localhost:web", "http://localhost:web: an address such as"),
        ("--seconds", "0", "above 0 and at most 86400 are allowed"),
        ("--keys", "nowhere.toml", "nowhere.toml: No such file"),
        ("--till-token", "nowhere.token", "nowhere.token: No such file"),
        ("--observer", "nowhere.toml", "nowhere.toml: No such file"),
    ],
)
def test_what_cannot_be_is_told_with_status_2(tmp_path: Path, option: str, value: str, words: str) -> None:
    asked = command(tmp_path, "--port", "0", "--cloud", "http://127.0.0.1:1", option, value)
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=DEMO.parents[1])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_visitors_phone_has_a_subscription_that_only_its_sender_may_use(tmp_path: Path) -> None:
    server = AppServer()
    with running(tmp_path) as url:
        assert httpx.post(f"{url}/visitor/push", json={"key": "nothing"}).status_code == 422
        given = httpx.post(f"{url}/visitor/push", json={"key": encoded(server.point)}).json()
        subscription = Subscription(endpoint=given["endpoint"], **given["keys"])
        origin = given["endpoint"].rpartition("/push/")[0]
        note = {"web_push": 8030, "notification": {"title": "hello", "navigate": f"{url}/"}}
        body = server.seal(json.dumps(note).encode(), subscription)
        headers = {"ttl": "60", "content-encoding": "aes128gcm"}
        assert httpx.post(given["endpoint"], content=body, headers=headers).status_code == 401
        headers["authorization"] = server.vapid(aud=origin, exp=time.time() + 600)
        assert httpx.post(f"{url}/push/fault/429?retry_after=3").is_success
        refused = httpx.post(given["endpoint"], content=body, headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
        assert httpx.post(given["endpoint"], content=body, headers=headers).status_code == 201
        assert httpx.post(given["endpoint"], content=bytes(5_000), headers=headers).status_code == 413
        assert httpx.post(f"{url}/visitor/push/end").is_success
        assert httpx.post(given["endpoint"], content=body, headers=headers).status_code == 410
        verdicts = httpx.get(f"{url}/state").json()["push"]
    assert verdicts == {"accepted": 1, "unauthorized": 1, "too-long": 1, "ended": 1, "planted": 1}


def test_another_sites_page_gets_no_subscription_and_no_till(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        for path in ("/visitor/push", "/visitor/push/end", "/visitor/pay", "/push/fault/410"):
            answer = httpx.post(f"{url}{path}", json={}, headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403, path
        assert httpx.post(f"{url}/visitor/pay", json={"lines": []}).status_code == 422
        one = {"lines": [{"gtin": "09520000000011", "quantity": 1}]}
        assert httpx.post(f"{url}/visitor/pay", json=one).status_code == 409

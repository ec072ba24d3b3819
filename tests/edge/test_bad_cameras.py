"""A whole node with one good camera among bad ones: what the good one sees is kept, and the bad ones are told of."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.events import Cause, Crossing, DeviceChanged, Event
from contract.messages import decode_event
from contract.plan import Camera, Pair, Plan, Point, Title, Zone, decode_plan, encode_plan
from tests.edge import matroska, streams
from tests.programs import program

pytestmark = pytest.mark.system

BIN = Path(sys.executable).parent
SOON_S = 60.0  # five processes that start on a busy machine, and a walk of a few seconds
CREDENTIALS = 'host = "127.0.0.1"\nport = 9\nstore = "calm"\nusername = "eye"\npassword = "p"\n'
TITLE = Title(ko="나쁨", en="bad")
# A corner of the plan in which nobody walks, seen from above at 200 px a metre: 160 x 120 pixels.
CORNER = (Point(9, 0), Point(9.8, 0), Point(9.8, 0.6), Point(9, 0.6))
PAIRS = tuple(Pair(u, v, 9 + u / 200, v / 200) for u, v in ((0, 0), (160, 0), (160, 120), (0, 120), (80, 60)))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn store in which somebody walks in."""
    folder = tmp_path_factory.mktemp("film")
    command = [BIN / "aisle-sim", "film", "--scenario", "calm", "--seconds", "5", "--out", folder]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60)
    return folder


def camera(name: str, pairs: tuple[Pair, ...] = PAIRS) -> Camera:
    """A bad camera over the corner."""
    return Camera(
        id=name,
        node="eye",
        width=160,
        height=120,
        at=CORNER[0],
        height_m=3,
        look_at=CORNER[2],
        field_of_view_deg=80,
        sees=CORNER,
        pairs=pairs,
    )


def spoilt(plan: Plan) -> Plan:
    """The plan with four bad cameras more, one of which folds the floor, and a zone that crosses itself."""
    folded = (PAIRS[2], PAIRS[1], PAIRS[0], *PAIRS[3:])
    folded = tuple(replace(pair, x=other.x, y=other.y) for pair, other in zip(PAIRS, folded, strict=True))
    crossed = (Point(2, 2), Point(4, 4), Point(4, 2), Point(2, 4))
    return replace(
        plan,
        cameras=(*plan.cameras, *map(camera, ("page", "ends", "turned")), camera("folded", folded)),
        zones=(*plan.zones, Zone(id="knot", title=TITLE, kind=plan.zones[0].kind, camera="shop", polygon=crossed)),
    )


@contextmanager
def node(folder: Path, sources: dict[str, str]) -> Iterator[Callable[[], list[Event]]]:
    """`aisle-edge run`, far from any broker; gives what its log holds."""
    cameras = "".join(
        f'[[camera]]\nname = "{name}"\nsource = "{at}"\nloop = {str(name == "shop").lower()}\nmodel = "int8"\n'
        for name, at in sources.items()
    )
    (folder / "user.toml").write_text(CREDENTIALS)
    (folder / "key.hex").write_text("ab" * 16 + "\n")
    head = 'data = "data"\nplan = "plan.json"\ncredentials = "user.toml"\npseudonym_key = "key.hex"\n'
    (folder / "node.toml").write_text(head + cameras)
    command = (BIN / "aisle-edge", "run", "--config", folder / "node.toml")

    def kept() -> list[Event]:
        try:
            with closing(sqlite3.connect(f"file:{folder}/data/log.sqlite?mode=ro", uri=True)) as log:
                rows = log.execute("SELECT body FROM event ORDER BY sequence").fetchall()
        except sqlite3.OperationalError:  # it is only being made
            return []
        return [decode_event(bytes(body)) for (body,) in rows]

    with program(*command, log=folder / "stderr") as running:
        yield kept
        running.terminate()
        assert running.wait(timeout=60) == 0


def lost(events: list[Event]) -> dict[str, DeviceChanged]:
    """The cameras that are lost now, with what was told of it."""
    last = {each.name: each for each in events if isinstance(each, DeviceChanged)}
    return {name: changed for name, changed in last.items() if not changed.ok}


def test_a_node_goes_on_with_its_good_camera_among_bad_ones(film: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(encode_plan(spoilt(decode_plan((film / "plan.json").read_bytes()))))
    short = matroska.written(
        tmp_path / "ends.mkv", [streams.jpeg(k) for k in range(5)], [k / 10 for k in range(5)], size=(160, 120)
    )
    with streams.camera(fps=5) as page, streams.camera(fps=5) as turned:
        page.page = b"<html>Please log in</html>"
        turned.pictures = [streams.jpeg(seed, size=(120, 160)) for seed in range(20)]
        sources = {
            "shop": f"{film}/video.avi",
            "page": page.url,
            "ends": str(short),
            "turned": turned.url,
            "folded": turned.url,
        }
        with node(tmp_path, sources) as kept:
            end = time.monotonic() + SOON_S
            while time.monotonic() < end:
                events = kept()
                crossings = [each for each in events if isinstance(each, Crossing)]
                if crossings and {"page", "ends", "turned", "folded"} <= lost(events).keys():
                    break
                time.sleep(0.2)

    said = (tmp_path / "stderr").read_text()
    told = {name: changed.reason for name, changed in lost(events).items()}
    assert [each.line for each in crossings[:1]] == ["entrance"], said
    assert "not with a video" in told["page"]
    assert "has ended" in told["ends"]
    assert "not the same shape" in told["turned"]
    assert "fold" in told["folded"]
    assert "secret" not in str(told)
    assert "knot is not counted" in said
    assert "crosses itself" in said
    assert "shop" not in told
    assert (lost(events)["turned"].cause, lost(events)["folded"].cause) == (Cause.MISFIT, Cause.MISFIT)

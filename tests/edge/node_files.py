"""A node's settings and the files that they name, all sound, for a test to spoil."""

from pathlib import Path

from contract.plan import Camera, Pair, Plan, Point, ReaderSpot, Title, encode_plan

TITLE = Title(ko="문", en="Door")
FLOOR = (Point(0, 0), Point(4, 0), Point(4, 4), Point(0, 4))
PAIRS = (Pair(100, 100, 0, 0), Pair(500, 100, 4, 0), Pair(640, 480, 4, 4), Pair(0, 480, 0, 4))
PLAN = Plan(
    store="s",
    title=TITLE,
    version=1,
    width_m=4,
    depth_m=4,
    zones=(),
    lines=(),
    shelves=(),
    tags=(),
    readers=(ReaderSpot(id="r", node="n", title=TITLE, at=Point(1, 1)),),
    cameras=(
        Camera(
            id="c",
            node="n",
            width=640,
            height=480,
            at=Point(0, 0),
            height_m=3,
            look_at=Point(3, 3),
            field_of_view_deg=80,
            sees=FLOOR,
            pairs=PAIRS,
        ),
    ),
)
NODE = """
data = "data"
plan = "plan.json"
credentials = "user.toml"
pseudonym_key = "key.hex"
[[reader]]
name = "r"
device = "/dev/ttyUSB0"
[[camera]]
name = "c"
source = "rtsp://10.0.0.9/door"
"""
USER = 'host = "h"\nport = 1883\nstore = "s"\nusername = "n"\npassword = "p"\n'


def write(folder: Path, *, node: str = NODE, user: str = USER, key: str = "ab" * 16) -> Path:
    (folder / "plan.json").write_bytes(encode_plan(PLAN))
    (folder / "user.toml").write_text(user)
    (folder / "key.hex").write_text(key + "\n")
    (folder / "node.toml").write_text(node)
    return folder / "node.toml"

"""What a library did on the same boxes is the same the next time: its lines are kept by all that they depend on."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from tests.bench.vision import contenders, neutral, trial
from tests.bench.vision.clip import STEPS, Clip
from tests.bench.vision.contenders import Contender
from tests.bench.vision.neutral import Scene
from tests.bench.vision.processes import ENVIRONMENTS, HERE
from tests.bench.vision.trial import Tried

FOLDER: Final = ENVIRONMENTS / "tried"
RULES: Final = (contenders.__file__, neutral.__file__, trial.__file__, HERE / "adapters" / "judge.py")


def key(contender: Contender, clip: Clip, scene: Scene) -> str:
    """A name for everything that a library's lines follow from: boxes, truth, floor, settings, versions, rules."""
    digest = hashlib.sha256()
    told = [clip.looks, clip.truth, clip.matrix.tolist(), scene.lines, [zone.corners.tolist() for zone in scene.zones]]
    grids = [contender.grid(10 / step) for step in STEPS]
    digest.update(msgspec.json.encode([*told, contender.name, contender.default, grids]))
    adapter = HERE / "adapters" / f"{contender.adapter}.py"
    pinned = HERE / "pinned" / f"{contender.environment}.txt"
    for path in (*RULES, HERE / "adapters" / "serving.py", adapter, pinned):
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:32]


def find(name: str) -> Tried | None:
    """What was kept under a key; None when nothing was."""
    path = FOLDER / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Tried) if path.is_file() else None


def keep(name: str, tried: Tried) -> None:
    """Keep a library's lines."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_bytes(msgspec.json.encode(tried))

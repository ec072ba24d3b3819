"""Each extra starts alone: a Pi never needs FastAPI, a cloud never OpenCV.

Every module of a room is imported, and its program started, in a Python that cannot see any distribution beyond what
the extra asks for, and what that asks for in turn.
"""

import json
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

EXTRAS = {"edge": "edge", "cloud": "cloud", "sim": "firmware_sim"}

# The reader's process is the extra `nfc`'s.
OPTIONAL = {"edge.reader.chip", "edge.reader.program"}

BLOCKER = """
import importlib, importlib.abc, json, sys
blocked, modules = json.loads(sys.argv[1])
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not in this extra", name=name)
sys.meta_path.insert(0, Blocker())
for module in modules:
    importlib.import_module(module)
print("all imported")
"""


def closure(extra: str) -> set[str]:
    """The distributions that `aisle-store[extra]` installs, itself included."""
    found: set[str] = set()
    todo = [("aisle-store", frozenset({extra}))]
    while todo:
        name, extras = todo.pop()
        if name in found and not extras:
            continue
        found.add(name)
        for text in distribution(name).requires or ():
            wanted = Requirement(text)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": each}) for each in (extras or {""})):
                todo.append((canonicalize_name(wanted.name), frozenset(wanted.extras)))
    return found


def foreign(extra: str) -> list[str]:
    """Top-level modules that are installed here, but would not be with this extra alone."""
    own = closure(extra)
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & own
    )


def modules(room: str) -> list[str]:
    paths = sorted((ROOT / room).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    return [name for name in names if name not in OPTIONAL and not name.endswith("__main__")]


def start(blocked: list[str], names: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCKER, json.dumps([blocked, names])]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_starts_alone(extra: str) -> None:
    done = start(foreign(extra), modules(EXTRAS[extra]))
    assert done.stdout == "all imported\n", done.stderr[-2000:]


def test_the_edge_without_opencv_would_be_noticed() -> None:
    blocked = [*foreign("edge"), "cv2"]
    assert "cv2 is not in this extra" in start(blocked, modules("edge")).stderr


def test_a_pi_gets_no_web_server_and_a_cloud_no_detector() -> None:
    assert {"fastapi", "uvicorn", "jinja2"}.isdisjoint(closure("edge"))
    assert {"opencv-python-headless", "onnxruntime", "nfcpy"}.isdisjoint(closure("cloud"))
    assert {"onnxruntime", "fastapi", "nfcpy"}.isdisjoint(closure("sim"))

"""The camera's process talks to nobody but the node: what its libraries would tell their makers is switched off."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SESSION = """
import onnxruntime
from models import load_passport, verified_bytes
onnxruntime.InferenceSession(verified_bytes(load_passport("person-nanodet-g-256x320-int8")))
"""
DETECTOR = """
from edge.camera import detector
from models import load_passport, verified_bytes
passport = load_passport("person-nanodet-g-256x320-int8")
detector.Detector(passport, verified_bytes(passport), detector.Settings())
"""
# What would silence it for another reason than ours.
SILENCERS = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "GITHUB_ACTIONS", "TF_BUILD", "XDG_CACHE_HOME")


def left_behind(script: str, home: Path) -> list[str]:
    """The files that a Python left in its home after this script, in a network of its own that leads nowhere."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1)")
    environment = {name: value for name, value in os.environ.items() if name not in SILENCERS}
    command = ["unshare", "--net", "--map-root-user", sys.executable, "-c", script]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**environment, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("this system gives no namespace")
    assert done.returncode == 0, done.stderr
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def test_a_detector_leaves_nothing_for_its_makers(tmp_path: Path) -> None:
    assert left_behind(DETECTOR, tmp_path) == []


def test_a_session_without_our_word_would_be_noticed(tmp_path: Path) -> None:
    assert "deviceid" in left_behind(SESSION, tmp_path)

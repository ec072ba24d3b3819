"""A machine on which a look takes seconds: its camera is slow, and not taken for one that hangs."""

import dataclasses
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from edge import lines
from edge.camera import detector, scale
from edge.camera.scale import Size
from edge.children.child import Programme
from edge.inputs import Alive, Sighting
from models import load_passport, verified_bytes
from tests.programs import program

MODEL = "person-nanodet-g-256x320-int8"
ROOT = Path(__file__).parents[2]
# The camera's own program; only onnxruntime is as slow as on a small computer that is hot and shared by four cameras.
SLOW = """
import runpy, time
import onnxruntime
run = onnxruntime.InferenceSession.run
def slow(*told):
    time.sleep(0.7)
    return run(*told)
onnxruntime.InferenceSession.run = slow
runpy.run_module("edge.camera", run_name="__main__")
"""


def silence_allowed() -> float:
    """s: a process that says nothing for longer is killed."""
    fields = {field.name: field.default for field in dataclasses.fields(Programme)}
    allowed = fields["deadline_s"]
    assert isinstance(allowed, float)
    return allowed


def test_a_camera_whose_look_takes_longer_than_the_allowed_silence_is_heard_meanwhile(tmp_path: Path) -> None:
    film = tmp_path / "noise.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(10):
        writer.write(np.random.default_rng(1).integers(60, 180, (120, 160, 3), dtype=np.uint8))
    writer.release()
    told = {"name": "door", "source": str(film), "loop": True, "model": "int8"}
    heard: list[lines.Noticed] = []

    with program(sys.executable, "-c", SLOW, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()
        # Nobody has calibrated it, so that its first look surveys the picture: six runs of the model.
        for line in process.stdout:
            heard.append(lines.decode(line))
            if isinstance(heard[-1], Sighting):
                break

    beats = [each.at for each in heard if isinstance(each, Alive)]
    assert isinstance(heard[-1], Sighting)
    assert beats[-1] - beats[0] > silence_allowed()
    assert max(later - earlier for earlier, later in pairwise(beats)) < silence_allowed()


def test_each_run_of_the_model_is_progress() -> None:
    passport = load_passport(MODEL)
    sees = detector.Detector(passport, verified_bytes(passport), detector.Settings())
    runs: list[int] = []
    sees.progress = lambda: runs.append(1)
    picture = Size(width=160, height=120)
    patches = scale.survey(picture, sees.net)

    sees.detect(np.full((120, 160, 3), 90, np.uint8), patches)
    sees.proposals(np.full((120, 160, 3), 90, np.uint8), patches, threshold=0.2)

    assert len(runs) == 2 * len(patches)

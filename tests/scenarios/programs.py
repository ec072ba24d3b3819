"""The two programs as a user starts them: one films a scenario, the other scores the film."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.score.result import Scored

PROGRAMS = Path(sys.executable).parent


class ProgramError(RuntimeError):
    """A program ended with another status than 0; the message has its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What is filmed."""

    scenario: str
    seconds: float
    fps: float
    seed: int

    @property
    def frames(self) -> int:
        """How many it has."""
        return round(self.seconds * self.fps)


def film(take: Take, folder: Path) -> None:
    """Film a scenario into `folder`."""
    asked = ["--scenario", take.scenario, "--seconds", f"{take.seconds:g}", "--fps", f"{take.fps:.6g}"]
    _run("aisle-sim", "film", *asked, "--seed", str(take.seed), "--out", str(folder))


def score(folder: Path, frames: int, rate: float) -> Scored:
    """The figures of a film of so many frames, looked at `rate` times a second."""
    said = _run(
        "aisle-edge",
        "score",
        str(folder / "video.avi"),
        *("--truth", str(folder / "gt.txt")),
        *("--places", str(folder / "places.csv")),
        *("--homography", str(folder / "homography.txt")),
        *("--floor", str(folder / "floor.toml")),
        *("--frames", f"1-{frames}", "--rate", f"{rate:g}"),
    )
    return msgspec.json.decode(said.splitlines()[-1], type=Scored)


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run([str(PROGRAMS / program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramError(f"{program} {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done.stdout

"""The libraries' environments and the processes in them; none of this is part of Aisle's own tree."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.programs import program

ROOT: Final = Path(__file__).parents[3]
ENVIRONMENTS: Final = ROOT / ".bench"
HERE: Final = Path(__file__).parent
# mesopic asks for Python 3.12; the others run under the Python of the project.
PYTHONS: Final = {"mesopic": (3, 12)}


class ProcessFailed(Exception):
    """A library cannot be installed or does not answer; the message says which and why."""


class Process:
    """A library's process: a line of JSON in, a line of JSON out."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self._process = process
        self._name = name

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer to a job. ProcessFailed when the library raised or its process ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ProcessFailed(f"{self._name} ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ProcessFailed(f"{self._name}: {answer['error']}")
        return answer


@contextmanager
def started(python: Path, adapter: str, *, quiet: bool = True) -> Iterator[Process]:
    """A process of one adapter, with one thread for whatever numpy runs on."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    with program(
        *(python, "-m", f"tests.bench.vision.adapters.{adapter}"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
        text=True,
        env=environment,
        cwd=ROOT,
    ) as process:
        yield Process(process, adapter)


def environment(name: str) -> Path:
    """The Python of a library's environment, made when it is missing or its versions changed.

    ProcessFailed when it cannot be made here.
    """
    folder, wanted = ENVIRONMENTS / name, HERE / "pinned" / f"{name}.txt"
    python, stamp = folder / "bin" / "python", folder / "installed"
    mark = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if python.exists() and stamp.is_file() and stamp.read_text("utf-8") == mark:
        return python
    print(f"  installing {name} into {folder.relative_to(ROOT)} …", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run([_base_python(name), "-m", "venv", str(folder)], name)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([*pip, "-r", str(wanted)], name)
    stamp.write_text(mark, "utf-8")
    return python


def versions(name: str) -> dict[str, str]:
    """The pinned versions of an environment, by package."""
    lines = (HERE / "pinned" / f"{name}.txt").read_text("utf-8").split()
    return dict(line.split("==", 1) for line in lines)


def _base_python(name: str) -> str:
    wanted = PYTHONS.get(name)
    if wanted is None or wanted == sys.version_info[:2]:
        return sys.executable
    called = ".".join(map(str, wanted))
    places = [shutil.which(f"python{called}"), *_of_pyenv(called)]
    for place in places:
        if place and subprocess.run([place, "--version"], capture_output=True, check=False).returncode == 0:
            return place
    raise ProcessFailed(f"{name} needs Python {called}, which is not here")


def _of_pyenv(called: str) -> list[str]:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [str(each / "bin" / "python") for each in sorted(versions.glob(f"{called}.*"))]


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ProcessFailed(f"{name} cannot be installed: {' '.join(last)}")

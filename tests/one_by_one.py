"""Runs the modules of a folder as programs, one after another, each with one JSON object as its last line."""

import json
import subprocess
import sys
from pathlib import Path


def run(folder: Path, pattern: str) -> int:
    """Prints each module's last line; 1 where one of them failed."""
    failed = 0
    for path in sorted(folder.glob(pattern)):
        print(f"{path.stem} …", file=sys.stderr, flush=True)
        module = f"tests.{folder.name}.{path.stem}"
        done = subprocess.run([sys.executable, "-m", module], stdout=subprocess.PIPE, check=False)
        lines = done.stdout.decode().splitlines()
        failed |= done.returncode
        print(lines[-1] if lines else json.dumps({folder.name: path.stem, "status": done.returncode}), flush=True)
    return int(failed != 0)

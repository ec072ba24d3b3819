"""Every long run, one after another: `python -m tests.nightly` prints each one's JSON object on a line of its own."""

import json
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run them; 1 where one of them found something."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        print(f"{path.stem} …", file=sys.stderr, flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.nightly.{path.stem}"], stdout=subprocess.PIPE, check=False)
        lines = done.stdout.decode().splitlines()
        failed |= done.returncode
        print(lines[-1] if lines else json.dumps({"nightly": path.stem, "status": done.returncode}), flush=True)
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())

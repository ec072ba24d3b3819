"""What one look costs in instructions, to be scaled: `python -m tests.bench.instructions [VIDEO]`.

One look is all that a camera's process does with one picture that moved: decode it, find the persons, write the line
to the node. Counted by the processor (perf) or, where that is closed, by callgrind, which shows programs a processor
with AVX2 and without AVX-512. Two runs of different lengths are counted and subtracted: what starting costs cancels
out. An ARM core needs other instructions for the same work, of half the width: this is where to start, and no
measurement of a Pi.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.footage import PACKAGED

SHORT: Final = 1
LONG: Final = 4


def look(video: Path, looks: int) -> None:
    """Look at so many pictures."""
    from edge import lines
    from edge.camera import detector, settings
    from edge.camera.capture import Capture
    from edge.inputs import Sighting
    from models import load_passport, verified_bytes

    passport = load_passport("person-nanodet-g-256x320-int8")
    sees = detector.Detector(passport, verified_bytes(passport), detector.Settings())
    with closing(Capture(settings.Settings(name="bench", source=str(video)))) as capture:
        for _ in range(looks):
            if not capture.grab():
                raise SystemExit(f"{video} has fewer than {looks} pictures")
            image = capture.picture()
            height, width = image.shape[:2]
            boxes = sees.detect(image)
            lines.encode(Sighting(camera="c", at=capture.shown_at(), width=width, height=height, boxes=boxes))


def counted(tool: str, video: Path, looks: int) -> int | None:
    """Instructions of a whole run, or None where the tool cannot count here."""
    run = [sys.executable, "-m", "tests.bench.instructions", str(video), "--looks", str(looks)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    with TemporaryDirectory() as folder:
        told = Path(folder) / "told"
        counting = {
            "perf": ["perf", "stat", "--output", str(told), "--field-separator", ";", "--event", "instructions:u"],
            "callgrind": ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={told}"],
        }[tool]
        if shutil.which(counting[0]) is None:
            return None
        done = subprocess.run([*counting, *run], capture_output=True, text=True, check=False, env=environment)
        text = told.read_text(encoding="utf-8") if told.exists() else ""
    found = re.search(r"^(\d+);|Collected : (\d+)", text, re.MULTILINE)
    return int(found[1] or found[2]) if found and done.returncode == 0 else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("--looks", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.looks is not None:
        look(asked.video, asked.looks)
        return 0
    told: dict[str, object] = {"bench": "instructions", "video": asked.video.name}
    if not asked.video.is_file():
        print(json.dumps({**told, "skipped": f"there is no {asked.video}"}))
        return 0
    for tool in ("perf", "callgrind"):
        short, long = (counted(tool, asked.video, looks) for looks in (SHORT, LONG))
        if short is not None and long is not None:
            millions = round((long - short) / (LONG - SHORT) / 1e6, 1)
            print(json.dumps({**told, "tool": tool, "looks": LONG - SHORT, "millions_per_look": millions}))
            return 0
    print(json.dumps({**told, "skipped": "neither perf nor valgrind can count instructions here"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

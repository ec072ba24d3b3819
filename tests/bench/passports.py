"""The figures of the models' passports, measured anew: `python -m tests.bench.passports [VIDEO GT.txt] [--write]`.

Each model looks at PETS09-S2L1 three times: at every 20th frame, none of which its calibration saw, and at all of
it 10 and 3.33 times a second, as a node with that camera. Each time is one run of `aisle-edge score`. `--write`
puts the figures into models/*.toml, where a test holds them to what is measured then.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge.score import motchallenge
from edge.score.result import Between, Scored
from models.passport import HERE, Followed, Measured, Passport, load_passport
from tests.footage import PACKAGED, TRUTH
from tests.scenarios.machine import machine, versions

FLOOR: Final = Path(__file__).parent / "vision" / "pets.toml"
EVERY: Final = 20  # frames: the first, the 21st …, as the calibration's are the 8th, the 24th …
Kind = Literal["int8", "fp16"]
KINDS: Final[tuple[Kind, ...]] = ("int8", "fp16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way to look at the footage."""

    rate: float  # looks a second
    followed: bool
    footage: str

    @property
    def command(self) -> str:
        """What a person would type."""
        truth = "gt.txt" if self.followed else "every-20th-of-gt.txt"
        floor = " --floor pets.toml" if self.followed else ""
        return (
            f"aisle-edge score vtest.avi --truth {truth} --homography px_to_m.txt{floor} --rate {self.rate:g} --model "
        )


_WHOLE: Final = "PETS09-S2L1 view 001 (Debian's opencv-doc, vtest.avi), {} looks a second, 19 people 75 to 90 px tall"
_ALONE: Final = (
    "PETS09-S2L1 view 001 (Debian's opencv-doc, vtest.avi), every 20th frame: people 75 to 90 px tall, no frame of the "
    "calibration"
)
APART: Final = Run(rate=0.5, followed=False, footage=_ALONE)
USUAL: Final = Run(rate=3.33, followed=True, footage=_WHOLE.format("3.33"))
ALL: Final = Run(rate=10.0, followed=True, footage=_WHOLE.format("10"))
RUNS: Final = (APART, ALL, USUAL)


def measured(kind: Kind, run: Run, video: Path, truth: Path) -> Measured:
    """The figures of one run of one model. RuntimeError with what the program said when it fails."""
    passport = load_passport(f"person-nanodet-g-256x320-{kind}")
    with tempfile.TemporaryDirectory(prefix="aisle-passport-") as folder:
        judged = truth if run.followed else _every_20th(truth, Path(folder))
        floor = ("--floor", str(FLOOR)) if run.followed else ()
        figures = _score(video, judged, truth.with_name("homography_px_to_m.txt"), kind, run.rate, floor)
    return _entry(passport, run, figures)


def _every_20th(truth: Path, folder: Path) -> Path:
    rows = [row for row in motchallenge.read(truth) if row.frame % EVERY == 1]
    (folder / "gt.txt").write_text(motchallenge.text_of(rows), "utf-8")
    return folder / "gt.txt"


def _score(video: Path, truth: Path, matrix: Path, kind: Kind, rate: float, floor: Sequence[str]) -> Scored:
    program = [sys.executable, "-c", "from edge.cli import main; main()", "score", str(video), "--truth", str(truth)]
    asked = ["--homography", str(matrix), *floor, "--rate", f"{rate:g}", "--model", kind]
    done = subprocess.run([*program, *asked], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Scored)


def _entry(passport: Passport, run: Run, figures: Scored) -> Measured:
    return Measured(
        model_sha256=passport.sha256,
        footage=run.footage,
        command=run.command + passport.name.rpartition("-")[2],
        machine=f"{machine()}, {versions()}",
        looks=figures.scored_frames,
        average_precision=round(figures.ap50, 3),
        average_precision_between=_between(figures.intervals.ap50),
        average_precision_area=round(figures.ap50_area, 3),
        precision=round(figures.detection_precision, 3),
        recall=round(figures.detection_recall, 3),
        milliseconds=round(figures.cpu.detect_ms, 1),
        followed=_followed(figures) if run.followed else None,
    )


def _followed(figures: Scored) -> Followed:
    floor, between = figures.floor, figures.intervals
    assert floor is not None
    return Followed(
        mota=round(figures.mota, 3),
        mota_between=_between(between.mota),
        idf1=round(figures.idf1, 3),
        idf1_between=_between(between.idf1),
        hota=round(figures.hota, 3),
        hota_between=_between(between.hota),
        crossings=floor.crossings_truth,
        crossing_error=floor.crossing_error,
    )


def _between(interval: Between) -> tuple[float, float]:
    assert interval is not None
    return (round(interval[0], 3), round(interval[1], 3))


def written(passport: Path, entries: Sequence[Measured]) -> str:
    """The passport's text with these figures in the place of its own, which end it."""
    text, _, _ = passport.read_text("utf-8").partition("[[measured]]")
    return text + "\n".join(_toml(entry) for entry in entries)


def _toml(entry: Measured) -> str:
    """One entry, a line for each figure; TOML writes these strings, numbers and lists as JSON does."""
    fields = msgspec.structs.asdict(entry)
    followed = fields.pop("followed")
    lines = ["[[measured]]", *_lines(fields)]
    if followed is not None:
        lines += ["", "[measured.followed]", *_lines(msgspec.structs.asdict(followed))]
    return "\n".join(lines) + "\n"


def _lines(fields: dict[str, str | float | tuple[float, float]]) -> Iterator[str]:
    for name, value in fields.items():
        yield f"{name} = {msgspec.json.format(msgspec.json.encode(value), indent=0).decode()}"


def main() -> None:
    """Measure, tell, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("truth", type=Path, nargs="?", default=TRUTH / "gt.txt")
    parser.add_argument("--write", action="store_true", help="into the passports")
    asked = parser.parse_args()
    for path in (asked.video, asked.truth):
        if not path.is_file():
            parser.error(f"{path} is not there: name the video and its truth")
    for kind in KINDS:
        entries = [measured(kind, run, asked.video, asked.truth) for run in RUNS]
        path = HERE / f"person-nanodet-g-256x320-{kind}.toml"
        text = written(path, entries)
        print("\n".join(_toml(entry) for entry in entries))
        if asked.write:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

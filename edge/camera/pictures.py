"""A folder of numbered pictures seen as a video file is; MOTChallenge keeps its footage so.

`SEQ/img1/000001.jpg …` with `SEQ/seqinfo.ini`, whose section `Sequence` tells `frameRate` and `imDir`.
"""

import configparser
import itertools
import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.capture import CaptureError

_KINDS: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_USUAL: Final = "img1"  # where MOTChallenge has the pictures


class Pictures:
    """The pictures of a folder, or of its `img1`, in the order of their numbers; as `Capture` shows a file.

    Raises CaptureError when there are none, or one is missing between others: a truth speaks of them by number.
    """

    def __init__(self, folder: Path, fps: float | None = None) -> None:
        told = _told(folder)
        inner = folder / told.get("imdir", _USUAL)
        self._paths = _numbered(inner if inner.is_dir() else folder)
        self._fps = fps or _rate(told, folder)
        self._next = 0
        self._size: tuple[int, int] | None = None

    @property
    def period(self) -> float:
        """Seconds from one picture to the next. CaptureError when nobody says."""
        if self._fps is None:
            raise CaptureError(f"{self._paths[0].parent}: how many pictures are a second? give --fps")
        return 1 / self._fps

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first picture, px."""
        if self._size is None:
            height, width = _read(self._paths[0]).shape[:2]
            self._size = width, height
        return self._size

    @property
    def frames(self) -> int:
        """How many pictures there are."""
        return len(self._paths)

    def grab(self) -> bool:
        """Advance to the next picture; False at the end."""
        self._next += 1
        return self._next <= len(self._paths)

    def shown_at(self) -> float:
        """When the grabbed picture is shown, in seconds from the first."""
        return (self._next - 1) * self.period

    def picture(self) -> NDArray[np.uint8]:
        """The grabbed picture, BGR [H, W, 3]. CaptureError when it is broken, or of another size than the first."""
        path = self._paths[self._next - 1]
        image = _read(path)
        height, width = image.shape[:2]
        if (width, height) != self.size:
            raise CaptureError(f"{path} has {width}x{height} pixels, the first picture {self.size[0]}x{self.size[1]}")
        return image

    def close(self) -> None:
        """As `Capture` does; a folder is not held."""


def _read(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise CaptureError(f"{path} is not a picture that can be read")
    return np.asarray(image, np.uint8)


def _numbered(folder: Path) -> list[Path]:
    """The pictures in the order of their numbers, which have no gap."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in _KINDS]
    numbers = {path: int(digits[-1]) for path in found if (digits := re.findall(r"\d+", path.stem))}
    if not numbers:
        raise CaptureError(f"{folder} is a folder without numbered pictures, not a video")
    paths = sorted(numbers, key=lambda path: numbers[path])
    for before, after in itertools.pairwise(paths):
        if numbers[after] != numbers[before] + 1:
            raise CaptureError(f"{folder}: {before.name} is followed by {after.name}; the truth goes by their numbers")
    return paths


def _told(folder: Path) -> dict[str, str]:
    """What a sequence's `seqinfo.ini`, in the folder or beside it, says, its names in lower case; empty without one."""
    parser = configparser.ConfigParser(interpolation=None)
    for path in (folder / "seqinfo.ini", folder.resolve().parent / "seqinfo.ini"):
        if path.is_file():
            try:
                parser.read_string(path.read_text("utf-8-sig"))
                return dict(parser["Sequence"])
            except (configparser.Error, KeyError, UnicodeDecodeError) as wrong:
                raise CaptureError(f"{path}: wanted is a section [Sequence] with frameRate and imDir") from wrong
    return {}


def _rate(told: dict[str, str], folder: Path) -> float | None:
    if "framerate" not in told:
        return None
    try:
        rate = float(told["framerate"])
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1000:
        raise CaptureError(f"{folder}: seqinfo.ini has frameRate = {told['framerate'][:40]}; give --fps")
    return rate

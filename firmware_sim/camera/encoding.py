"""Pictures as bytes: JPEG for a stream, Motion JPEG in AVI for a file."""

from pathlib import Path
from typing import Final

import cv2

from firmware_sim.camera.brush import Image

_QUALITY: Final = [cv2.IMWRITE_JPEG_QUALITY, 82]


class FilmError(OSError):
    """The file cannot be written."""


def single_threaded() -> None:
    """Let OpenCV draw in the calling thread alone: small pictures gain nothing from more, and the cores are few."""
    cv2.setNumThreads(1)


def jpeg(image: Image) -> bytes:
    """A picture as an IP camera sends it."""
    _, data = cv2.imencode(".jpg", image, _QUALITY)
    return data.tobytes()


class Film:
    """An AVI file of Motion JPEG. Raises FilmError where it cannot be opened."""

    def __init__(self, path: Path, width: int, height: int, fps: float) -> None:
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
        if not self._writer.isOpened():
            raise FilmError(f"{path} cannot be written as an AVI file")

    def add(self, image: Image) -> None:
        """The next picture."""
        self._writer.write(image)

    def close(self) -> None:
        """Write what is left."""
        self._writer.release()

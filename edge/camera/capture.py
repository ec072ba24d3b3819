"""Reads pictures from a stream, a video device or a file, and says in words why it cannot."""

import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.settings import Settings

# FFmpeg draws any text file as a terminal's screen; a list of boxes is no footage.
_TEXT: Final = cv2.VideoWriter.fourcc(*"ansi")
_FALLBACK_FPS: Final = 25.0  # of a file that does not say
_NEARLY: Final = 0.9  # of a timeout: clocks differ
_FASTEST_FPS: Final = 240.0  # a file that says more tells its clock's ticks


class CaptureError(Exception):
    """No picture can be had; the message says why and shows no password."""


class Capture:
    """One opened source. Not thread-safe. Raises CaptureError when it cannot be opened.

    A stream's open and read give up after the settings' timeouts; OpenCV's own are 30 s.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._first_by: float | None = time.monotonic() + settings.open_timeout_s  # None: it came
        self._capture = _opened(settings)
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._period = 1 / fps if 0 < fps <= _FASTEST_FPS else 1 / _FALLBACK_FPS
        self._said: float | None = None  # when the picture before is shown, as the file says
        self._shown = 0.0

    @property
    def period(self) -> float:
        """Seconds from one frame to the next, as the source says."""
        return self._period

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, px, as the source says."""
        return int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))

    @property
    def frames(self) -> int:
        """How many frames a file says that it has; 0 when it does not."""
        return max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))

    def grab(self) -> bool:
        """Advance to the next picture; False at a file's end. CaptureError when a stream gives none."""
        if self._grabbed():
            self._first_by = None
            return True
        if self._settings.is_stream and self._first_by is not None:
            raise CaptureError(_why_not(self._settings))
        if self._settings.is_live:
            raise CaptureError(f"{self._settings.described} stopped sending pictures")
        return False

    def _grabbed(self) -> bool:
        """One call of the capture; for a stream's first picture as many as its time allows.

        OpenCV ends the analysis of a stream after 5 s, with a key frame or without, and a read after the read timeout,
        after which it can be asked again. A read that fails before that has lost its connection.
        """
        while True:
            asked = time.monotonic()
            if self._capture.grab():
                return True
            now = time.monotonic()
            waited = now - asked >= _NEARLY * self._settings.read_timeout_s
            if not waited or not self._settings.is_stream or self._first_by is None or now >= self._first_by:
                return False

    def shown_at(self) -> float:
        """When the grabbed picture is shown, in seconds from a file's start; always later than the one before.

        Where a recording's times jump, back or ahead, it goes on at its own rate: nobody waits for the hour by which
        a recorder's clock was put right.
        """
        said = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._said is None:
            self._shown = max(said, 0.0)
        else:
            step = said - self._said
            longest = max(self._settings.read_timeout_s, 2 * self._period)
            self._shown += step if 0 < step <= longest else self._period
        self._said = said
        return self._shown

    def picture(self) -> NDArray[np.uint8]:
        """The grabbed picture, BGR [H, W, 3], in an array of its own. CaptureError when it is broken.

        One of another size than the first is scaled to that by OpenCV, which tells nobody.
        """
        whole, image = self._capture.retrieve()
        if not whole or image.ndim != 3:
            raise CaptureError(f"{self._settings.described} sent a broken picture")
        return np.asarray(image, np.uint8)

    def close(self) -> None:
        """Let the source go."""
        self._capture.release()


def _opened(settings: Settings) -> cv2.VideoCapture:
    opens, reads = round(settings.open_timeout_s * 1000), round(settings.read_timeout_s * 1000)
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opens, cv2.CAP_PROP_READ_TIMEOUT_MSEC, reads]
    if settings.is_device:
        capture = cv2.VideoCapture(settings.source, cv2.CAP_V4L2)
    else:
        _must_be_a_file_or_a_stream(settings)
        # One thread: several would hold frames back, and the camera would be seen late.
        options += [cv2.CAP_PROP_N_THREADS, 1]
        capture = cv2.VideoCapture(settings.source, cv2.CAP_FFMPEG, options)
    if not capture.isOpened():
        raise CaptureError(_why_not(settings))
    if int(capture.get(cv2.CAP_PROP_FOURCC)) == _TEXT:
        capture.release()
        raise CaptureError(f"{settings.described} is text, not a video")
    return capture


def _must_be_a_file_or_a_stream(settings: Settings) -> None:
    path = Path(settings.source)
    if settings.is_stream or path.is_file():
        return
    if path.is_dir():
        raise CaptureError(f"{settings.described} is a folder, not a video")
    raise CaptureError(f"there is no file {settings.described}")


def _why_not(settings: Settings) -> str:
    if settings.is_stream:
        return f"{settings.described} does not answer within {settings.open_timeout_s:g} s, or not with a video"
    if settings.is_device:
        return f"{settings.described} cannot be opened as a camera"
    return f"{settings.described} is not a video that can be read"

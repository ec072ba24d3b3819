"""One camera's process: settings in one line on stdin, what was seen as lines on stdout, log lines on stderr."""

import os
import select
import sys
import time
from typing import Final

import cv2

from edge import lines
from edge.camera import detector, settings
from edge.camera.grabber import Grabber
from edge.camera.program import Program, Told
from edge.camera.slot import Slot
from edge.inputs import CameraChanged, DeviceState
from edge.memory import resident_mb
from models import ModelRefused, load_passport, verified_bytes

REFUSED: Final = 2  # the settings or the model are not what they must be: starting again will not help
STUCK: Final = 3  # OpenCV does not come back: only a new process helps
STUCK_AFTER_S: Final = 15.0
_STDIN: Final = 0


def main() -> int:
    """Run until stdin ends; the exit status says why it ended earlier."""
    cv2.setNumThreads(1)
    line = sys.stdin.buffer.readline()
    try:
        told = settings.read(line)
    except settings.SettingsError as wrong:
        print(wrong, file=sys.stderr)
        return REFUSED
    try:
        return _run(told, _detector(told))
    except ModelRefused as refused:
        print(refused, file=sys.stderr)
        _tell(CameraChanged(camera=told.name, state=DeviceState.LOST, reason=str(refused), at=time.monotonic()))
        return REFUSED


def _detector(told: settings.Settings) -> detector.Detector:
    passport = load_passport(told.passport)
    how = detector.Settings(threads=told.threads, threshold=told.threshold)
    return detector.Detector(passport, verified_bytes(passport), how)


def _run(told: settings.Settings, sees: detector.Detector) -> int:
    slot = Slot()
    grabber = Grabber(told, slot)
    program = Program(
        settings=told,
        detector=sees,
        slot=slot,
        troubles=grabber.troubles,
        tell=_tell,
        clock=time.monotonic,
        rest=time.sleep,
        memory=resident_mb,
    )
    grabber.start()
    while not _input_ended():
        program.turn()
        if time.monotonic() - grabber.moved_at > STUCK_AFTER_S:
            print(f"{told.name}: OpenCV has not come back for {STUCK_AFTER_S:g} s", file=sys.stderr)
            return STUCK
    grabber.stop(timeout=told.read_timeout_s + 0.5)
    return 0


def _input_ended() -> bool:
    """Whether the parent has closed stdin; what it wrote there meanwhile is read away."""
    readable, _, _ = select.select([_STDIN], [], [], 0)
    return bool(readable) and not os.read(_STDIN, 4096)


def _tell(message: Told) -> None:
    sys.stdout.buffer.write(lines.encode(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a thread inside OpenCV must not hold up the end

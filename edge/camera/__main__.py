"""One camera's process: settings in one line on stdin, what was seen as lines on stdout, log lines on stderr."""

import os
import sys
import time
from collections.abc import Callable
from typing import Final

import cv2

from edge import lines
from edge.camera import choice, detector, settings
from edge.camera.eyes import Eyes
from edge.camera.grabber import Grabber
from edge.camera.mask import Mask
from edge.camera.orders import Orders
from edge.camera.program import Cpu, Program, Told
from edge.camera.seal import seal
from edge.camera.slot import Slot
from edge.camera.still import Painter
from edge.inputs import CameraChanged, DeviceState
from edge.memory import give_back, keep_little, resident_mb
from edge.stills import TakeStill
from models import ModelRefused, load_passport, verified_bytes

REFUSED: Final = 2  # the settings or the model are not what they must be: starting again will not help
STUCK: Final = 3  # OpenCV does not come back, or its thread broke off: only a new process helps
_STDIN: Final = 0


def main() -> int:
    """Run until stdin ends; the exit status says why it ended earlier."""
    keep_little()
    cv2.setNumThreads(1)
    line = _first_line()
    try:
        told = settings.read(line)
    except settings.SettingsError as wrong:
        _log(str(wrong))
        return REFUSED
    try:
        return _run(told, *_detector(told))
    except ModelRefused as refused:
        _log(str(refused))
        _tell(CameraChanged(camera=told.name, state=DeviceState.LOST, reason=str(refused), at=time.monotonic()))
        return REFUSED


def _first_line() -> bytes:
    """Read without a buffer, which would swallow the orders that follow."""
    with open(_STDIN, "rb", buffering=0, closefd=False) as source:
        return source.readline()


def _detector(told: settings.Job) -> tuple[detector.Detector, str]:
    """The detector that the operator named, or the quicker one here; and why that one, in words."""
    how = detector.Settings(threads=told.threads, threshold=told.threshold)

    def make(kind: choice.Kind) -> detector.Detector:
        passport = load_passport(choice.passport_of(kind))
        return detector.Detector(passport, verified_bytes(passport), how)

    if told.model != "auto":
        return make(told.model), f"{told.model}, as set"
    made, chosen = choice.chosen(make, _looking(told))
    _log(f"model {chosen.reason}")
    return made, chosen.reason


def _looking(told: settings.Job) -> Callable[[], float]:
    """The processor time of the threads that look: this one, or all when the model has several."""
    return time.thread_time if told.threads == 1 else time.process_time


def _run(told: settings.Job, sees: detector.Detector, model: str) -> int:
    give_back()  # what loading a model leaves
    seal()  # before the first picture
    slot = Slot()
    grabber = Grabber(told, slot)
    mask = Mask(polygons=told.masks)
    eyes = Eyes(sees, mask=mask, people=told.people)
    program = Program(
        settings=told,
        eyes=eyes,
        paint=Painter(detector=sees, eyes=eyes, mask=mask),
        slot=slot,
        troubles=grabber.troubles,
        tell=_tell,
        clock=time.monotonic,
        rest=time.sleep,
        memory=resident_mb,
        cpu=Cpu(process=time.process_time, looking=_looking(told)),
        log=_log,
        model=model,
    )
    sees.progress = program.beat
    orders = Orders(_STDIN)
    grabber.start()
    while not orders.ended:
        for order in orders.taken(_log):
            if isinstance(order, TakeStill):
                program.order(order)
            else:
                program.heed(order)
        program.turn()
        if time.monotonic() - grabber.moved_at > told.stuck_after_s:
            _log(f"OpenCV has not come back for {told.stuck_after_s:g} s")
            return STUCK
        if grabber.broke_off:
            _log("an error ended the reading of its pictures")
            return STUCK
    grabber.stop(timeout=told.read_timeout_s + 0.5)
    return 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _tell(message: Told) -> None:
    sys.stdout.buffer.write(lines.encode(message))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a thread inside OpenCV must not hold up the end

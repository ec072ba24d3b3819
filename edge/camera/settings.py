"""What a camera's process is told when it starts."""

from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

import msgspec

from edge.camera import address
from edge.camera.mask import Polygon
from edge.camera.pace import Limits
from edge.camera.scale import Expected

USUAL_LEAST: Final = 3.0
"""Looks a second: the tracker confirms somebody by a second look within 0.7 s of the first, and one may fail."""

DEVICE_S: Final = 10.0  # in which OpenCV gives up a device by itself
SLACK_S: Final = 5.0

_Seconds = Annotated[float, msgspec.Meta(gt=0, le=60)]
_Rate = Annotated[float, msgspec.Meta(gt=0, le=60)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera. `source` is a stream's address, a video device (/dev/video0) or a video file."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    source: str
    loop: bool = False  # a file begins again at its end
    # `auto` times both at start and keeps the quicker. fp16 is how its weights are stored: it computes in fp32.
    model: Literal["auto", "int8", "fp16"] = "auto"
    threshold: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None  # None takes the passport's
    detections_per_second: _Rate = 5.0  # the most: near lines, and where people are near each other
    # The least, while little goes on; None is USUAL_LEAST, or the most if that is less. With fewer than 1.25 a part of
    # the time counts as not covered.
    least_per_second: _Rate | None = None
    # Of one core, for everything that this process does. A Pi has four: with four cameras, a core is left to the node.
    cpu_percent: Annotated[float, msgspec.Meta(ge=1, le=1600)] = 75.0
    threads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1  # of the detector, within one picture
    # From opening a stream to its first picture: H.264 and H.265 show nothing before the next key frame, which cameras
    # send every one to eight seconds.
    open_timeout_s: _Seconds = 10.0
    read_timeout_s: _Seconds = 2.0  # for each picture after it
    # The same picture for so long is a camera that hangs: with the half second between looks it is told within five.
    still_s: _Seconds = 3.5

    def __post_init__(self) -> None:
        wrong = address.fault(self.source)
        if wrong is not None:
            raise ValueError(f"source of {self.name!r}: {wrong}")
        if self.least_per_second is not None and self.least_per_second > self.detections_per_second:
            raise ValueError(
                f"least_per_second = {self.least_per_second:g}: allowed is at most detections_per_second, "
                f"which is {self.detections_per_second:g}"
            )

    @property
    def limits(self) -> Limits:
        """How often the detector may look."""
        most = self.detections_per_second
        least = min(USUAL_LEAST, most) if self.least_per_second is None else self.least_per_second
        return Limits(least=least, most=most, budget=self.cpu_percent / 100)

    @property
    def stuck_after_s(self) -> float:
        """In which every call of OpenCV is back that its own timeouts can end, on a busy machine too."""
        return max(self.open_timeout_s + self.read_timeout_s, DEVICE_S) + SLACK_S

    @property
    def is_stream(self) -> bool:
        """The source is an address."""
        return address.is_one(self.source)

    @property
    def is_device(self) -> bool:
        """The source is a camera of this machine; what lies in /dev/shm is a file in memory."""
        path = PurePosixPath(self.source)
        return path.is_relative_to("/dev") and not path.is_relative_to("/dev/shm")  # noqa: S108 - asked, not written

    @property
    def is_live(self) -> bool:
        """The source has no end and no time of its own, as a file has."""
        return self.is_stream or self.is_device

    @property
    def described(self) -> str:
        """The source for logs and messages, without what may be secret in it."""
        return address.described(self.source)


class Job(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the node tells its camera's process: the operator's settings, and what the plan says of the picture."""

    masks: tuple[Polygon, ...] = ()
    calibration: str = ""  # with another one a new process begins, and learns how the camera hangs now
    people: tuple[Expected, ...] = ()  # how tall people show where they can stand; none: it finds out by itself


class SettingsError(ValueError):
    """The process was told something that it cannot do."""


def read(line: bytes) -> Job:
    """The settings in one line of JSON; SettingsError names the key and what is allowed."""
    try:
        return msgspec.json.decode(line, type=Job)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"camera settings: {wrong}") from wrong

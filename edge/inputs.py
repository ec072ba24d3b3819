"""What the rim of a node tells its loop: frozen values, none of which can hold a picture."""

import enum
from dataclasses import dataclass

import msgspec

from contract.events import Cause


class DeviceState(enum.StrEnum):
    """How a reader or a camera is."""

    STARTING = "starting"  # its process runs, nothing was read yet
    OK = "ok"  # it answered within its deadline
    LOST = "lost"  # it did not; somebody tries to get it back


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSeen:
    """A tag entered a reader's field; `at` is CLOCK_MONOTONIC in seconds, the same for every process of the node."""

    reader: str
    uid: bytes  # 4, 7 or 10 bytes (ISO 14443-3) or the 8-byte IDm (JIS X 6319-4)
    random: bool  # a UID that the phone made up for this touch (4 bytes, first 0x08)
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TagGone:
    """The tag that was in the reader's field has left it; `at` is when it was last felt (CLOCK_MONOTONIC, s)."""

    reader: str
    at: float


class Box(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One detected person in image pixels, x to the right and y down, with the detector's confidence 0–1."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The people seen in one frame; `at` is when it was grabbed (CLOCK_MONOTONIC, s)."""

    camera: str
    at: float
    width: int  # of the frame, px
    height: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChanged:
    """A reader came or went; `reason` says what was seen, in words."""

    reader: str
    state: DeviceState
    reason: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChanged:
    """A camera came or went; `reason` says what was seen, in words, and `cause` of which kind it is."""

    camera: str
    state: DeviceState
    reason: str
    at: float
    cause: Cause | None = None  # of a camera that is lost; None where its program ended or nothing more is known


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraCounted:
    """A camera process's own counters since it started."""

    camera: str
    read: int  # frames that the capture delivered
    overwritten: int  # frames that a newer one replaced before the detector was free
    detected: int  # frames that the detector saw
    detect_ms: float  # the detector's median time for one frame, ms
    rss_mb: float
    at: float
    idle: int = 0  # frames in which nothing had moved, so that the last boxes were told again
    things: int = 0  # boxes that it left out of the last look, as what is in them never moves
    rate: float = 0.0  # detections a second, of late
    cpu_percent: float = 0.0  # of one core, the whole process, of late
    model: str = ""  # and why that one, in words
    advice: str = ""  # what would let it see people better, in words; empty where nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """A child process's heartbeat, at least one a second; `name` is its reader's or camera's (CLOCK_MONOTONIC, s)."""

    name: str
    at: float

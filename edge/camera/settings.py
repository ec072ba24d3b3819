"""What a camera's process is told when it starts."""

from pathlib import PurePosixPath
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

STREAMS: Final = ("http", "https", "rtsp", "rtsps")

_Seconds = Annotated[float, msgspec.Meta(gt=0, le=60)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera. `source` is a stream's address, a video device (/dev/video0) or a video file."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
    loop: bool = False  # a file begins again at its end
    model: Literal["int8", "fp16"] = "int8"
    threshold: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None  # None takes the passport's
    detections_per_second: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    threads: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1  # of the detector, within one picture
    read_timeout_s: _Seconds = 2.0  # for one picture, and for opening a stream
    still_s: _Seconds = 4.0  # the same picture for so long is a camera that hangs

    @property
    def passport(self) -> str:
        """The name of the model's passport."""
        return f"person-nanodet-g-256x320-{self.model}"

    @property
    def is_stream(self) -> bool:
        """The source is an address."""
        return urlsplit(self.source).scheme in STREAMS

    @property
    def is_device(self) -> bool:
        """The source is a camera of this machine."""
        return PurePosixPath(self.source).is_relative_to("/dev")

    @property
    def is_live(self) -> bool:
        """The source has no end and no time of its own, as a file has."""
        return self.is_stream or self.is_device

    @property
    def described(self) -> str:
        """The source for logs and messages: an address shows no user, password or query."""
        if not self.is_stream:
            return self.source
        parts = urlsplit(self.source)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}"


class SettingsError(ValueError):
    """The process was told something that it cannot do."""


def read(line: bytes) -> Settings:
    """The settings in one line of JSON; SettingsError names the key and what is allowed."""
    try:
        return msgspec.json.decode(line, type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"camera settings: {wrong}") from wrong

"""What a reader's process is told when it starts, and the commands it gets later."""

import enum
from typing import Annotated

import msgspec

_Seconds = Annotated[float, msgspec.Meta(gt=0, le=5)]
# These two may pass one after the other before the node hears of it. A process that says nothing for three seconds is
# taken for one that hangs: with longer waits a reader whose chip is away would be killed again and again.
_Ack = Annotated[float, msgspec.Meta(gt=0, le=1)]
_FirstAck = Annotated[float, msgspec.Meta(gt=0, le=1.5)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One PN532 on a serial port. `device` is any path to it, best one under /dev/serial/by-path."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    poll_s: Annotated[float, msgspec.Meta(ge=0.01, le=1)] = 0.05  # between two looks into an empty field
    hold_s: Annotated[float, msgspec.Meta(ge=0.01, le=1)] = 0.1  # between two looks after a tag that lies there
    misses: Annotated[int, msgspec.Meta(ge=1, le=50)] = 4  # looks in vain until a tag counts as gone
    light_pin: Annotated[int, msgspec.Meta(ge=0, le=5)] | None = 5  # of port P3; None: this reader has no light
    light_s: _Seconds = 0.6  # how long a kept tap is shown
    ack_s: _Ack = 0.5  # longest wait for an acknowledgement: the chip needs 15 ms, a busy machine many times that
    first_ack_s: _FirstAck | None = None  # for the first one after opening; None takes what the port needs


class SettingsError(ValueError):
    """The process was told something that it cannot do."""


class Light(enum.Enum):
    """What the light tells the person at the reader."""

    KEPT = "kept"  # the tap is on disk


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line that the node writes while the process runs."""

    light: Light


def read(line: bytes) -> Settings:
    """The settings in one line of JSON; SettingsError names the key and what is allowed."""
    try:
        return msgspec.json.decode(line, type=Settings)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"reader settings: {wrong}") from wrong


def read_command(line: bytes) -> Command:
    """The command in one line of JSON; SettingsError says what is wrong with it."""
    try:
        return msgspec.json.decode(line, type=Command)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"command: {wrong}") from wrong

"""The ranges of a model's values, kept as text so that the 8-bit model can be made again byte for byte."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from models.quantise import Range


class Ranges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `models.calibrate` saw."""

    seen: str  # which pictures, exactly
    pictures: int
    ranges: dict[str, tuple[float, float]]  # tensor -> least, greatest

    def by_tensor(self) -> Mapping[str, Range]:
        """As `quantise` takes them."""
        return {name: Range(low=low, high=high) for name, (low, high) in self.ranges.items()}


def read(path: Path) -> Ranges:
    """The ranges of a file that `write` made; ValueError when it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ranges)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path}: no file of ranges: {wrong}") from wrong


def write(path: Path, ranges: Ranges) -> None:
    """Keep the ranges, one line each."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(ranges), indent=1) + b"\n")

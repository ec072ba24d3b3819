"""A film in H.264 as small as a test can make one: key frames of noise, and between them frames that change nothing.

ITU-T H.264, sections 7.3.2 (parameter sets), 7.3.3 (slice headers) and 7.3.5 (I_PCM and skipped macroblocks), in the
Baseline profile, whose pictures come out in the order in which they went in.
"""

from dataclasses import dataclass

import numpy as np

ACROSS, DOWN = 10, 8  # macroblocks of 16 px
_FRAMES = 256  # frame_num counts to here
_PCM = 25  # mb_type of a macroblock in an I slice whose samples stand there as they are


@dataclass
class _Bits:
    """The bits of one unit, the first one first."""

    said: str = ""

    def fixed(self, value: int, count: int) -> "_Bits":
        self.said += f"{value:0{count}b}"
        return self

    def golomb(self, *values: int) -> "_Bits":
        """Exp-Golomb codes of whole numbers from 0 (section 9.1)."""
        for value in values:
            code = f"{value + 1:b}"
            self.said += "0" * (len(code) - 1) + code
        return self

    def aligned(self) -> "_Bits":
        self.said += "0" * (-len(self.said) % 8)
        return self

    def ended(self) -> bytes:
        self.said += "1"
        self.aligned()
        return int(self.said, 2).to_bytes(len(self.said) // 8, "big")


SEQUENCE = bytes([0x67, 66, 0xC0, 30]) + (
    _Bits().golomb(0, 4, 2, 1).fixed(0, 1).golomb(ACROSS - 1, DOWN - 1).fixed(0b1100, 4).ended()
)
PICTURE = b"\x68" + _Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0).fixed(0b100, 3).ended()


def key(number: int) -> bytes:
    """A picture that needs no other one; each number has its own noise. It ends what was there before."""
    head = _Bits().golomb(0, 7, 0).fixed(0, 8).golomb(number % 2).fixed(0, 2).golomb(0, 1)
    # No byte of a sample is below 4, so that nothing in them looks like the start of a unit.
    samples = np.random.default_rng(number).integers(100, 140, (ACROSS * DOWN, 384), dtype=np.uint8)
    for macroblock in samples:
        head.golomb(_PCM).aligned()
        head.said += "".join(f"{sample:08b}" for sample in macroblock.tolist())
    return b"\x65" + head.ended()


def same(after: int) -> bytes:
    """A picture like the one before, which it needs: the `after`th since the last key frame, from 1."""
    head = _Bits().golomb(0, 5, 0).fixed(after % _FRAMES, 8).fixed(0, 3).golomb(0, 1)
    return b"\x41" + head.golomb(ACROSS * DOWN).ended()

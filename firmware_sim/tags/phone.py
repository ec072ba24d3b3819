"""A phone held to a reader: a card with a UID made up for each touch."""

from collections.abc import Callable

from firmware_sim.tags.isodep import IsoDepCard

_RANDOM_UID = b"\x08"  # ISO/IEC 14443-3 §6.5.4: what follows is random
_NO_APPLICATION = b"\x6a\x82"


class Phone(IsoDepCard):
    """A phone with NFC on and no card to show; `random(n)` gives n bytes and is asked whenever the field comes anew."""

    atqa = 0x0004
    ats = bytes.fromhex("0578807002")

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._uid = _RANDOM_UID + random(3)
        super().__init__()

    @property
    def uid(self) -> bytes:
        """Four bytes that hold until the field goes away."""
        return self._uid

    def power_off(self) -> None:
        """Forget the session and take another UID."""
        super().power_off()
        self._uid = _RANDOM_UID + self._random(3)

    def _command(self, apdu: bytes) -> bytes:  # noqa: ARG002 - it has no application whatever is asked
        return _NO_APPLICATION

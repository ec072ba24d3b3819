"""Things that have a UID and little more to say: a plain loyalty card."""

from firmware_sim.tags.tag import Reply, TypeATag

_SHAPES = {4: 0x0004, 7: 0x0044, 10: 0x0084}  # UID length to ATQA


class PlainCard(TypeATag):
    """A card in the manner of a MIFARE Classic 1K: a fixed UID of 4, 7 or 10 bytes, memory behind a login.

    Without the login every command is refused and the card falls silent until it is requested again.
    """

    sak = 0x08

    def __init__(self, uid: bytes) -> None:
        super().__init__()
        if len(uid) not in _SHAPES:
            raise ValueError(f"uid {uid.hex()} has {len(uid)} bytes; 4, 7 and 10 are allowed")
        self._uid = uid
        self.atqa = _SHAPES[len(uid)]

    @property
    def uid(self) -> bytes:
        """The bytes printed into the chip."""
        return self._uid

    def _answer(self, frame: bytes) -> Reply:  # noqa: ARG002 - whatever is asked, there was no login
        return self._refuse()

"""What a reader's field can ask of whatever lies in it."""

import abc
import enum
from dataclasses import dataclass

HALT_COMMAND = b"\x50\x00"  # HLTA, ISO/IEC 14443-3 §6.4.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A tag's answer, without its CRC; `short` marks a 4-bit acknowledge (Type 2 tags), which has none."""

    data: bytes
    short: bool = False


class CardState(enum.Enum):
    """Where a Type A card is in ISO/IEC 14443-3 §6.3."""

    IDLE = "idle"  # powered; answers REQA and WUPA only
    ACTIVE = "active"  # selected; answers its own commands
    HALT = "halt"  # sent to sleep; answers WUPA only


class Tag(abc.ABC):
    """Anything that a reader can feel."""

    @property
    @abc.abstractmethod
    def uid(self) -> bytes:
        """The identifier that the tag shows now: 4, 7 or 10 bytes, or the 8-byte IDm of FeliCa."""

    @abc.abstractmethod
    def power_off(self) -> None:
        """The field went away: everything volatile is lost."""


class TypeATag(Tag):
    """A card of ISO/IEC 14443-3 Type A; the subclass answers what is sent to it while it is active."""

    atqa: int  # 16 bits; the low byte goes over the air first
    sak: int

    def __init__(self) -> None:
        self.state = CardState.IDLE

    def power_off(self) -> None:
        """Back to IDLE; the session is forgotten."""
        self.state = CardState.IDLE
        self._forget_session()

    def request(self) -> bool:
        """REQA: True if the card answers. An active card falls back to IDLE without a word."""
        match self.state:
            case CardState.IDLE:
                return True
            case CardState.ACTIVE:
                self.state = CardState.IDLE
                self._forget_session()
                return False
            case CardState.HALT:
                return False

    def select(self) -> None:
        """The anticollision loop ended at this card."""
        self.state = CardState.ACTIVE

    def receive(self, frame: bytes) -> Reply | None:
        """The answer to `frame` (without CRC), or None for silence."""
        if self.state is not CardState.ACTIVE or not frame:
            return None
        if frame == HALT_COMMAND:
            self.state = CardState.HALT
            return None
        return self._answer(frame)

    @abc.abstractmethod
    def _answer(self, frame: bytes) -> Reply | None:
        """The active card's answer to a frame of at least one byte."""

    def _forget_session(self) -> None:
        """Lose what a card keeps only while it is selected; nothing by default."""

    def _refuse(self) -> Reply:
        """A 4-bit NAK, after which a Type 2 tag is back in IDLE and mute (NTAG21x data sheet §9.3)."""
        self.state = CardState.IDLE
        return Reply(data=b"\x00", short=True)


class TypeFTag(Tag):
    """A card of JIS X 6319-4 (FeliCa): its frames begin with their own length."""

    @abc.abstractmethod
    def receive(self, frame: bytes) -> Reply | None:
        """The answer to `frame` (with its length byte, without CRC), or None for silence."""

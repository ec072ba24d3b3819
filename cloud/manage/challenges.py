"""Challenges that need no memory until they are met: random, signed, short-lived, for one purpose, and used once."""

import enum
import hmac
import threading
from collections import OrderedDict

from cloud.manage.passwords import Random

LIVES_MS = 3 * 60_000
"""A person has so long to find their phone."""
_NONCE = 16
_TIME = 8
_SIGN = 32
_USED = 10_000


class Purpose(enum.StrEnum):
    """What a challenge is for; one made for another is none."""

    ENTER = "enter"  # to sign in
    REGISTER = "register"  # to add a passkey to an account


class Challenges:
    """Nobody can fill its memory: only challenges that were met by a right signature are remembered as used.

    Safe to use from several threads; a restart forgets the key, and with it all that are under way.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._secret = random(32)
        self._lock = threading.Lock()
        self._used: OrderedDict[bytes, int] = OrderedDict()

    def make(self, purpose: Purpose, subject: str, now_ms: int) -> bytes:
        """A challenge of 56 bytes, 16 of them random, for one subject, such as an account."""
        head = self._random(_NONCE) + (now_ms + LIVES_MS).to_bytes(_TIME, "big")
        return head + self._sign(head, purpose, subject)

    def holds(self, challenge: bytes, purpose: Purpose, subject: str, now_ms: int) -> bool:
        """Whether it was made here for this, is not too old, and was not used."""
        if len(challenge) != _NONCE + _TIME + _SIGN:
            return False
        head, sign = challenge[:-_SIGN], challenge[-_SIGN:]
        if not hmac.compare_digest(sign, self._sign(head, purpose, subject)):
            return False
        with self._lock:
            return now_ms < _ends_ms(head) and head not in self._used

    def use(self, challenge: bytes, now_ms: int) -> bool:
        """Spends one that held and was met; False where somebody was first."""
        head = challenge[:-_SIGN]
        with self._lock:
            while self._used and next(iter(self._used.values())) <= now_ms:
                self._used.popitem(last=False)
            if head in self._used or len(self._used) >= _USED:
                return False
            self._used[head] = _ends_ms(head)
            return True

    def _sign(self, head: bytes, purpose: Purpose, subject: str) -> bytes:
        return hmac.digest(self._secret, head + f"{purpose} {subject}".encode(), "sha256")


def _ends_ms(head: bytes) -> int:
    return int.from_bytes(head[_NONCE:], "big")

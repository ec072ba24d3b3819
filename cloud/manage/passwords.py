"""Passwords: made, hashed, held against their hash, and which are too weak to be chosen."""

import enum
import threading
from collections.abc import Callable

import argon2

from cloud.codes import ALPHABET

LEAST = 12
"""Characters of a password that somebody chooses."""
MOST_TEXT = 256
"""Characters of a password or account that are looked at; a longer one is wrong unread."""
_LETTERS = ALPHABET.lower()
_FEWEST = 5
"""Different characters of a password that somebody chooses."""

Random = Callable[[int], bytes]
"""So many random bytes, fit for secrets (`secrets.token_bytes` in the program's root)."""


class Weak(enum.StrEnum):
    """Why a password cannot be chosen."""

    SHORT = "short"  # fewer than LEAST characters
    LONG = "long"  # more than MOST_TEXT, which nobody would read
    NAMED = "named"  # holds the account's own name
    EVEN = "even"  # the same few characters again and again


class Passwords:
    """Argon2id. The default costs are the second choice of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None, *, at_once: int = 2) -> None:
        """At most `at_once` passwords are hashed at a time: each takes the memory that makes guessing dear."""
        self._hasher = hasher or argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)
        self._turns = threading.BoundedSemaphore(at_once)
        self._nobody = self._hasher.hash("the password of an account that does not exist")

    def hash(self, password: str) -> str:
        """The password's hash with a salt of its own."""
        with self._turns:
            return self._hasher.hash(password)

    def holds(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the hash's; None, an account that is not there, takes the same time to deny."""
        with self._turns:
            try:
                self._hasher.verify(hashed or self._nobody, password[: MOST_TEXT + 1])
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False
        return hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made at other costs than today's."""
        return self._hasher.check_needs_rehash(hashed)


def new_password(random: Random) -> str:
    """100 random bits in four groups of five letters."""
    bits = int.from_bytes(random(13), "big")
    letters = "".join(_LETTERS[bits >> 5 * place & 31] for place in range(20))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def weakness(password: str, account: str) -> Weak | None:
    """Why an account cannot choose this password; length is what counts (NIST SP 800-63B, 3.1.1.2), no kinds of it."""
    if len(password) < LEAST:
        return Weak.SHORT
    if len(password) > MOST_TEXT:
        return Weak.LONG
    if account and account in password.lower():
        return Weak.NAMED
    return Weak.EVEN if len(set(password)) < _FEWEST else None

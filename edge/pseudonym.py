"""The names under which one store knows a card: keyed, so that nobody without the key can go back to its UID."""

from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Final

SHORTEST_KEY: Final = 16  # bytes; an unkeyed or short-keyed hash of a 4-byte UID falls to an hour of guessing
LONGEST_KEY: Final = blake2s.MAX_KEY_SIZE

# ISO 14443-3 table 5: a single-size UID that begins so is made up anew for each activation.
_RANDOM_4: Final = 0x08
# ISO 18092 §12.2.1: an NFCID2 that begins so belongs to NFC-DEP; its other six bytes are made up.
_RANDOM_8: Final = b"\x01\xfe"
_UID_SIZES: Final = (4, 7, 8, 10)  # ISO 14443-3 single, double, triple size; 8 is an IDm (JIS X 6319-4)


class StoreKeyError(ValueError):
    """The configured key or store cannot make pseudonyms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKey:
    """What one store's pseudonyms are made with: its secret, 16 to 32 bytes that never leave the node, and its name.

    Two stores give one card two names even under one secret. Raises StoreKeyError.
    """

    store: str
    secret: bytes = field(repr=False)  # kept out of logs and tracebacks

    def __post_init__(self) -> None:
        if not SHORTEST_KEY <= len(self.secret) <= LONGEST_KEY:
            raise StoreKeyError(
                f"a pseudonym key of {len(self.secret)} bytes; allowed are {SHORTEST_KEY} to {LONGEST_KEY}"
            )
        if not self.store:
            raise StoreKeyError("the pseudonym key's store is empty; allowed is the store's id")


def is_random(uid: bytes) -> bool:
    """Whether a phone or card made this UID up for one touch, so that it names nobody."""
    return (len(uid) == 4 and uid[0] == _RANDOM_4) or (len(uid) == 8 and uid.startswith(_RANDOM_8))


def pseudonym(uid: bytes | None, *, key: StoreKey) -> str | None:
    """The card's stable name in this store, 32 lower-case hex digits; None for a UID that names nobody.

    BLAKE2s (RFC 7693) of the UID with a 16-byte digest, keyed with the store's secret and personalised with the
    store (8 bytes, BLAKE2s of its UTF-8). Raises ValueError for a length that is no UID's.
    """
    if uid is None or is_random(uid):
        return None
    if len(uid) not in _UID_SIZES:
        raise ValueError(f"a UID of {len(uid)} bytes; allowed are 4, 7, 8 and 10")
    person = blake2s(key.store.encode(), digest_size=blake2s.PERSON_SIZE).digest()
    return blake2s(uid, key=key.secret, digest_size=16, person=person).hexdigest()

"""The name under which a store knows a card, as the till's own reader makes it: never the card's number itself."""

import re
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path


class CardKeyError(ValueError):
    """The file holds no key; the message says what is allowed, never the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardKey:
    """What one store's readers make their names with."""

    store: str
    secret: bytes = field(repr=False)


def read_card_key(path: Path, store: str) -> CardKey:
    """The key of a file of hex digits. Raises CardKeyError, OSError."""
    text = path.read_text(encoding="utf-8").strip()
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,32}", text):
        raise CardKeyError(f"{path}: 32 to 64 hex digits are needed")
    return CardKey(store=store, secret=bytes.fromhex(text))


def card_name(uid: str, key: CardKey) -> str:
    """32 hex digits: BLAKE2s (RFC 7693) of the UID, keyed, and personalised with the store's name."""
    person = blake2s(key.store.encode(), digest_size=8).digest()
    return blake2s(bytes.fromhex(uid), key=key.secret, digest_size=16, person=person).hexdigest()

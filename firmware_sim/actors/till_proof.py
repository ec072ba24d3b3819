"""How the till proves that it is the one: a token, or a signature over each request."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote


class TillSecretError(ValueError):
    """The file holds no secret; the message says what is allowed, never the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The same words with each request."""

    token: str = field(repr=False)

    def header(self, path: str, body: bytes, now_s: int) -> str:  # noqa: ARG002 - a signature needs them
        """The Authorization header of a POST."""
        return f"Bearer {self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A secret that never travels: each request is signed with it, with its time (HMAC-SHA-256)."""

    till: str
    secret: bytes = field(repr=False)

    def header(self, path: str, body: bytes, now_s: int) -> str:
        """The Authorization header of a POST."""
        told = b"\n".join((str(now_s).encode(), b"POST", path.encode(), body))
        signed = hmac.new(self.secret, told, hashlib.sha256).hexdigest()
        return f'Aisle-HMAC-SHA256 till="{quote(self.till, safe="")}", time="{now_s}", signature="{signed}"'


def read_token(path: Path) -> Token:
    """The token in a file. Raises OSError."""
    return Token(token=path.read_text(encoding="utf-8").strip())


def read_secret(path: Path, till: str) -> Signature:
    """The secret in a file, in hex. Raises TillSecretError, OSError."""
    text = path.read_text(encoding="utf-8").strip()
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,64}", text):
        raise TillSecretError(f"{path}: 32 to 128 hex digits are needed")
    return Signature(till=till, secret=bytes.fromhex(text))

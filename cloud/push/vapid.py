"""The key by which push services know this store (RFC 8292), made at the first start: the only door to py-vapid."""

import base64
import binascii
import os
import threading
from pathlib import Path
from typing import Final

from py_vapid import Vapid02, VapidException  # type: ignore[import-untyped]  # it has no types

from cloud.errors import UserError

FILE: Final = "push.pem"
_HOUR_S: Final = 3_600
_LASTS_S: Final = 12 * _HOUR_S
"""Of a token: the standard allows a day (section 2), so that even a clock that is hours wrong stays within it."""


class VapidKey:
    """A P-256 key pair. Any thread."""

    def __init__(self, pem: bytes) -> None:
        """Raises ValueError for what is no such key."""
        try:
            self._vapid = Vapid02.from_pem(pem)
            point = self._vapid.public_key.public_numbers()
        except (VapidException, binascii.Error, ValueError, AttributeError, TypeError) as error:
            raise ValueError(str(error)) from None
        raw = b"\x04" + point.x.to_bytes(32) + point.y.to_bytes(32)
        self.public = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        self._lock = threading.Lock()
        self._hour = -1
        self._tokens: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"VapidKey(public={self.public!r})"

    def authorization(self, origin: str, *, subject: str, now_s: int) -> str:
        """The value of the header `Authorization` for a push service; signed once an hour for each."""
        hour = now_s // _HOUR_S
        with self._lock:
            if hour != self._hour:
                self._hour, self._tokens = hour, {}
            token = self._tokens.get(origin)
            if token is None:
                claims = {"aud": origin, "exp": hour * _HOUR_S + _LASTS_S, "sub": subject}
                token = self._tokens[origin] = str(self._vapid.sign(claims)["Authorization"])
            return token


def generate() -> bytes:
    """A new private key (PKCS #8, PEM)."""
    vapid = Vapid02()
    vapid.generate_keys()
    pem: bytes = vapid.private_pem()
    return pem


def load_or_make(path: Path) -> VapidKey:
    """The key in a file that only its owner may read; made where there is none. Raises UserError.

    Phones subscribe to this very key: with another one none of them can be reached any more.
    """
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        pem = generate()
        _write(path, pem)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    try:
        return VapidKey(pem)
    except ValueError:
        raise UserError(f"{path} is no P-256 key in PEM: move it away and a new one is made") from None


def _write(path: Path, pem: bytes) -> None:
    """Whole or not at all, for its owner alone."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)

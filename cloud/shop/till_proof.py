"""How a till that has a secret proves each request: HMAC-SHA256 over the time, the method, the path and the body.

`Authorization: Aisle-HMAC-SHA256 till="till-1", time="1795230000", signature="<64 hex digits>"`, where the signed bytes
are the time, a line feed, the method, a line feed, the path as it is sent, a line feed, and the body. The name is
percent-encoded, the time is in seconds since 1970. A request is good for five minutes before and after its time; sent
again within them it changes nothing, because every sale and every return counts once.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

SCHEME: Final = "Aisle-HMAC-SHA256"
WINDOW_S: Final = 300
SECRET_BYTES: Final = 32
_FIELD = r'"([^"\s]{1,720})"'  # sixty characters of four bytes, percent-encoded
_HEADER = re.compile(rf"{SCHEME} till={_FIELD}, ?time={_FIELD}, ?signature={_FIELD}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is signed."""

    method: str
    path: bytes  # as it stands in the request's first line
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a till says of itself and of its request."""

    till: str
    time_s: int
    signature: str


def proof_of(header: str) -> Proof | None:
    """The proof in an Authorization header; None where there is none."""
    found = _HEADER.fullmatch(header.strip())
    if found is None:
        return None
    name, time, signature = found.groups()
    if not (time.isascii() and time.isdecimal() and len(time) <= 12):
        return None
    return Proof(till=unquote(name, errors="replace"), time_s=int(time), signature=signature.lower())


def holds(proof: Proof, signed: Signed, secret: bytes, now_ms: int) -> bool:
    """Whether the till's secret signed this, and not too long ago."""
    right = signature(secret, signed, proof.time_s)
    same = hmac.compare_digest(right.encode(), proof.signature.encode())
    return same and abs(now_ms // 1000 - proof.time_s) <= WINDOW_S


def signature(secret: bytes, signed: Signed, time_s: int) -> str:
    """The signature in lower-case hex."""
    told = b"\n".join((str(time_s).encode(), signed.method.encode(), signed.path, signed.body))
    return hmac.new(secret, told, hashlib.sha256).hexdigest()


def header(till: str, secret: bytes, signed: Signed, time_s: int) -> str:
    """The Authorization header of a request."""
    name = quote(till, safe="")
    return f'{SCHEME} till="{name}", time="{time_s}", signature="{signature(secret, signed, time_s)}"'

"""Who sends a push message, as a push service checks it before it takes any (RFC 8292)."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from firmware_sim.crypto.p256 import PointError, signed

_LONGEST_S: Final = 24 * 3600
_SKEW_S: Final = 60
"""A token may live a little longer than a day: two machines' clocks differ."""
_SCHEME: Final = re.compile(r"(?i:vapid)\s+(?P<fields>.+)")
_FIELD: Final = re.compile(r"\s*(?P<name>[A-Za-z]+)\s*=\s*\"?(?P<value>[A-Za-z0-9_.=-]+)\"?\s*")


class Unauthorized(ValueError):
    """The sender did not prove who it is; the message says which part is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An application server that proved itself."""

    point: bytes
    subject: str  # how to reach who runs it: mailto: or https:


def proven(header: str, *, origin: str, now_s: float) -> Sender:
    """The sender that an `Authorization` header proves, for the push service at this origin. Raises Unauthorized."""
    token, point = _parts(header)
    head, claims, signature = _pieces(token)
    if head.get("alg") != "ES256":
        raise Unauthorized(f"alg = {head.get('alg')!r}: ES256 is needed")
    try:
        holds = signed(point, signature, token.rpartition(".")[0].encode())
    except PointError as error:
        raise Unauthorized(f"k: {error}") from None
    if not holds:
        raise Unauthorized("the signature does not hold for the key k")
    _check_claims(claims, origin, now_s)
    return Sender(point=point, subject=str(claims["sub"]))


def decoded(text: str) -> bytes:
    """The bytes of base64url, with padding or without. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*={0,2}", text):
        raise ValueError("no base64url")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def encoded(data: bytes) -> str:
    """Base64url without padding, as browsers hand out their keys."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _parts(header: str) -> tuple[str, bytes]:
    scheme = _SCHEME.fullmatch(header.strip())
    if scheme is None:
        raise Unauthorized("Authorization: `vapid t=…, k=…` is needed")
    fields = {m["name"]: m["value"] for part in scheme["fields"].split(",") if (m := _FIELD.fullmatch(part))}
    for name in ("t", "k"):
        if name not in fields:
            raise Unauthorized(f"Authorization: {name}= is missing")
    try:
        return fields["t"], decoded(fields["k"])
    except ValueError as error:
        raise Unauthorized(f"k: {error}") from None


def _pieces(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    parts = token.split(".")
    if len(parts) != 3:
        raise Unauthorized(f"t: {len(parts)} parts; a JWT has three")
    try:
        head, claims = (json.loads(decoded(part)) for part in parts[:2])
        signature = decoded(parts[2])
    except ValueError as error:
        raise Unauthorized(f"t: {error}") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise Unauthorized("t: header and claims must be JSON objects")
    return head, claims, signature


def _check_claims(claims: dict[str, Any], origin: str, now_s: float) -> None:
    if claims.get("aud") != origin:
        raise Unauthorized(f"aud = {claims.get('aud')!r}: {origin!r} is needed")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise Unauthorized(f"exp = {expires!r}: seconds since the Unix epoch are needed")
    if expires <= now_s:
        raise Unauthorized(f"exp is {now_s - expires:.0f} s ago")
    if expires > now_s + _LONGEST_S + _SKEW_S:
        raise Unauthorized(f"exp is {expires - now_s:.0f} s ahead; {_LONGEST_S} are allowed")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.startswith(("mailto:", "https:")):
        raise Unauthorized(f"sub = {subject!r}: a mailto: or https: address is needed")

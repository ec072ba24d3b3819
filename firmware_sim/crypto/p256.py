"""Elliptic curves as browsers and push services use them: P-256 agreement and ES256 signatures."""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

POINT_BYTES: Final = 65
"""An uncompressed point: 0x04, x, y (SEC 1, section 2.3.3)."""
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class PointError(ValueError):
    """The bytes are no point of the curve, or no private number."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private number, 32 bytes."""

    secret: bytes

    @property
    def point(self) -> bytes:
        """The public half, 65 bytes."""
        return self._key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agree(self, point: bytes) -> bytes:
        """The 32 bytes that both sides of ECDH come to. Raises PointError."""
        return self._key().exchange(ec.ECDH(), _public(point))

    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.secret, "big"), ec.SECP256R1())


def key_pair(random_bytes: bytes) -> KeyPair:
    """A pair from 40 random bytes; so many that no number is likelier than another (FIPS 186-5, A.2.1)."""
    if len(random_bytes) != 40:
        raise PointError(f"{len(random_bytes)} bytes; 40 are needed")
    return KeyPair((int.from_bytes(random_bytes, "big") % (_ORDER - 1) + 1).to_bytes(32, "big"))


def signed(point: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an ES256 signature (r and s, 32 bytes each; RFC 7518, 3.4) of the message holds. Raises PointError."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        _public(point).verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != POINT_BYTES or point[0] != 4:
        raise PointError("no uncompressed point of P-256: 65 bytes that begin with 04 are needed")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise PointError("the point does not lie on P-256") from None

"""An application server that sends real push messages, written with the library and not with the service's code."""

import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_sim.push.service import Subscription
from firmware_sim.push.vapid import decoded, encoded

ORIGIN = "http://localhost:8090"
NOW_S = 1_795_230_000.0


class AppServer:
    """An application server of its own kind: seals and signs with the library, not with the service's code."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def vapid(self, *, alg: str = "ES256", **claims: Any) -> str:
        said = {"aud": ORIGIN, "exp": NOW_S + 3600, "sub": "mailto:shop@example.com", **claims}
        said = {name: value for name, value in said.items() if value is not None}
        parts = [encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": alg}, said)]
        text = ".".join(parts)
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"vapid t={text}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={encoded(self.point)}"

    def seal(self, text: bytes, subscription: Subscription, *, padding: int = 0, mark: int = 2) -> bytes:
        ua, salt, own = decoded(subscription.p256dh), os.urandom(16), ec.generate_private_key(ec.SECP256R1())
        shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ua))
        point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secret = _hkdf(decoded(subscription.auth), shared, b"WebPush: info\x00" + ua + point, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
        sealed = AESGCM(key).encrypt(nonce, text + bytes((mark,)) + bytes(padding), None)
        return salt + (4096).to_bytes(4, "big") + bytes((65,)) + point + sealed


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)

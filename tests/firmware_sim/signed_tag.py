"""A tag that signs its URL, and a verifier of it that knows nothing of the simulator's code."""

import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from firmware_sim.tags.keys import SunKeys

UID = bytes.fromhex("04940E2A2F7080")
URL = "https://shop.example/01/09506000134352?t=a7&picc={picc}&cmac={cmac}"
META, FILE = bytes(range(16)), bytes(range(16, 32))
KEYS = SunKeys(meta_read=META, file_read=FILE)


def standard_cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def verified_counter(url: str) -> int:
    """What a verifier makes of a URL in AES mode, written from AN12196 without the simulator's code."""
    found = re.search(r"picc=([0-9A-F]{32})(?:&enc=([0-9A-F]+))?&cmac=([0-9A-F]{16})$", url)
    assert found, url
    cipher = Cipher(algorithms.AES(META), modes.CBC(bytes(16))).decryptor()
    plain = cipher.update(bytes.fromhex(found[1])) + cipher.finalize()
    assert plain[:8] == b"\xc7" + UID
    session = standard_cmac(FILE, bytes.fromhex("3CC300010080") + plain[1:11])
    covered = f"{found[2]}&cmac=" if found[2] else ""
    assert standard_cmac(session, covered.encode())[1::2] == bytes.fromhex(found[3]), "the MAC does not hold"
    return int.from_bytes(plain[8:11], "little")

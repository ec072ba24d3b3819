"""One key for each tag out of one master key (NXP AN10922), so that a tag that is opened betrays only itself."""

from cloud.sun.aes import BLOCK, cmac, doubled, encrypt_blocks, encrypt_chain, mixed

SYSTEM = bytes.fromhex("3042F5") + b"AISLE-424"
"""What follows the UID in the diversification input: an application id and the system's name (section 2.2)."""

_AES128 = b"\x01"
_ENDED = b"\x80"


def diversified(master: bytes, uid: bytes, system: bytes = SYSTEM) -> bytes:
    """The AES-128 key of the tag with this UID; `system` is what follows the UID. Raises ValueError on bad lengths."""
    if len(master) != BLOCK:
        raise ValueError(f"a master key has 16 bytes, this one {len(master)}")
    if not 1 <= len(uid) + len(system) <= 31:
        raise ValueError(f"a diversification input has 1 to 31 bytes, this one {len(uid) + len(system)}")
    data = _AES128 + uid + system
    if len(data) > BLOCK:
        return cmac(master, data)
    # Unlike plain CMAC an input of one block is padded to two.
    subkey = doubled(doubled(encrypt_blocks(master, bytes(BLOCK))))
    padded = (data + _ENDED).ljust(2 * BLOCK, b"\x00")
    return encrypt_chain(master, bytes(BLOCK), padded[:BLOCK] + mixed(padded[BLOCK:], subkey))[BLOCK:]

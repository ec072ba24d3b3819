"""One key for each tag out of a store's master key (NXP AN10922, AES-128)."""

from dataclasses import dataclass

from firmware_sim.crypto.aes import BLOCK, ZERO_BLOCK, double, encrypt_block, encrypt_cbc, pad_bit, xor

NTAG424_AID = bytes.fromhex("3042F5")  # of its NDEF application, as diversification input
_CONSTANT = b"\x01"


def diversified(master: bytes, uid: bytes, *, system: bytes) -> bytes:
    """The 16-byte key of the tag `uid`: a CMAC over 01 | UID | the application's id | system, always of two blocks.

    Raises ValueError if the three together are not 1 to 31 bytes.
    """
    material = uid + NTAG424_AID + system
    if not 1 <= len(material) < 2 * BLOCK:
        raise ValueError(f"{len(material)} bytes to diversify with; 1 to 31 are allowed")
    subkey = double(encrypt_block(master, ZERO_BLOCK))
    whole = _CONSTANT + material
    if len(whole) < 2 * BLOCK:
        whole, subkey = pad_bit(whole, 2 * BLOCK), double(subkey)
    return encrypt_cbc(master, ZERO_BLOCK, whole[:BLOCK] + xor(whole[BLOCK:], subkey))[-BLOCK:]


@dataclass(frozen=True, slots=True, kw_only=True)
class SunKeys:
    """The two keys that a tag signs its URL with, 16 bytes each."""

    meta_read: (
        bytes  # encrypts UID and counter; the same for all tags of a store, else nobody could tell whose they are
    )
    file_read: bytes  # makes the MAC and encrypts file data; the tag's own

    def __post_init__(self) -> None:
        for name, key in (("meta_read", self.meta_read), ("file_read", self.file_read)):
            if len(key) != BLOCK:
                raise ValueError(f"{name} key has {len(key)} bytes, 16 are needed")

    @classmethod
    def of_store(cls, *, meta_read: bytes, file_master: bytes, uid: bytes, system: bytes) -> "SunKeys":
        """The keys of the tag `uid`: the meta-read key as it is, the file-read key diversified from its master."""
        return cls(meta_read=meta_read, file_read=diversified(file_master, uid, system=system))

"""Secure Unique NFC messages of an NTAG 424 DNA: whose tap this is, and whether the chip itself said so.

After NXP AN12196 (AES) and AN12304 (LRP). Whatever decrypts proves nothing: of random bytes one in 256 has the right
tag byte. Only the MAC proves, and only a counter that was never seen proves that the tap is new.
"""

import hmac
from dataclasses import dataclass

from cloud.sun import lrp as leakage_resilient
from cloud.sun.aes import BLOCK, cmac, decrypt_blocks, decrypt_chain, encrypt_blocks

MAC_BYTES = 8
PICC_BYTES = 16
PICC_BYTES_LRP = 24
UID_BYTES = 7
BEFORE_MAC = b"&cmac="
"""What stands between the encrypted file data and the MAC in this system's tag links."""

_HAS_UID, _HAS_COUNTER, _RESERVED, _UID_LENGTH = 0x80, 0x40, 0x30, 0x0F


class SunError(ValueError):
    """A part has the wrong length; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SunResult:
    """What the message claims, and whether its MAC holds; nothing here may be believed where `valid` is false."""

    uid: bytes | None  # None where the tag does not mirror its UID, or the claim cannot be read
    counter: int | None  # how often the tag was read; None where it is not mirrored
    valid: bool
    file_data: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picc:
    """The PICC data of a message: the claim that the MAC has to prove."""

    uid: bytes
    counter: bytes  # as the chip computes with it: three bytes, the lowest first

    @property
    def count(self) -> int | None:
        """The counter as a number, or None where the tag does not mirror it."""
        return int.from_bytes(self.counter, "little") if self.counter else None


def verify(
    picc: bytes,
    mac: bytes,
    meta_key: bytes,
    file_key: bytes,
    enc: bytes | None = None,
    *,
    lrp: bool = False,
    signed: bytes | None = None,
) -> SunResult:
    """Reads and checks one message.

    Args:
        picc: The encrypted PICC data, 16 bytes, or 24 in LRP mode.
        mac: The 8 bytes of the truncated MAC.
        meta_key: K_SDMMetaRead, 16 bytes.
        file_key: K_SDMFileRead of this tag, 16 bytes.
        enc: The encrypted file data, whole blocks, where the tag mirrors it.
        lrp: Whether the tag works in LRP mode.
        signed: The characters of the link that the MAC covers. Where this is None they are those of this system's
            links: with `enc` from there up to the MAC, without it none (SDMMACInputOffset = SDMMACOffset).

    Raises:
        SunError: Where a length is wrong, or `signed` leaves the file data uncovered, which no chip does.
    """
    _check_lengths(picc, mac, meta_key, file_key, enc, lrp=lrp)
    mirrored = b"" if enc is None else enc.hex().upper().encode()
    message = signed if signed is not None else mirrored + (BEFORE_MAC if enc else b"")
    if mirrored not in message:
        raise SunError("what the MAC covers: the encrypted file data is needed in it, as upper-case hex digits")
    claim = read_picc(picc, meta_key, lrp=lrp)
    if claim is None:
        return SunResult(uid=None, counter=None, valid=False, file_data=None)
    check = _check_lrp if lrp else _check_aes
    valid, file_data = check(claim, file_key, message, mac, enc)
    return SunResult(uid=claim.uid or None, counter=claim.count, valid=valid, file_data=file_data if valid else None)


def read_picc(picc: bytes, meta_key: bytes, *, lrp: bool) -> Picc | None:
    """The claim inside encrypted PICC data, or None where no chip writes such a thing. It is not yet proven."""
    # In AES mode CBC with a zero IV, which for one block is the bare cipher.
    plain = leakage_resilient.decrypt(meta_key, picc[:8], picc[8:]) if lrp else decrypt_blocks(meta_key, picc)
    tag = plain[0]
    uid_bytes = UID_BYTES if tag & _HAS_UID else 0
    if tag & _RESERVED or tag & _UID_LENGTH != uid_bytes or not tag & (_HAS_UID | _HAS_COUNTER):
        return None
    end = 1 + uid_bytes
    return Picc(uid=plain[1:end], counter=plain[end : end + 3] if tag & _HAS_COUNTER else b"")


def _check_aes(
    claim: Picc, file_key: bytes, message: bytes, mac: bytes, enc: bytes | None
) -> tuple[bool, bytes | None]:
    context = (b"\x00\x01\x00\x80" + claim.uid + claim.counter).ljust(BLOCK, b"\x00")
    session = cmac(file_key, b"\x3c\xc3" + context[:14])
    valid = hmac.compare_digest(cmac(session, message)[1::2], mac)
    if enc is None:
        return valid, None
    secret = cmac(file_key, b"\xc3\x3c" + context[:14])
    start = encrypt_blocks(secret, claim.counter.ljust(BLOCK, b"\x00"))
    return valid, decrypt_chain(secret, start, enc)


def _check_lrp(
    claim: Picc, file_key: bytes, message: bytes, mac: bytes, enc: bytes | None
) -> tuple[bool, bytes | None]:
    context = (b"\x00\x01\x00\x80" + claim.uid + claim.counter).ljust(BLOCK - 2, b"\x00")
    session = leakage_resilient.cmac(file_key, context + b"\x1e\xe1")
    valid = hmac.compare_digest(leakage_resilient.cmac(session, message)[1::2], mac)
    if enc is None:
        return valid, None
    return valid, leakage_resilient.decrypt(session, claim.counter.ljust(6, b"\x00"), enc, update=1)


def _check_lengths(picc: bytes, mac: bytes, meta_key: bytes, file_key: bytes, enc: bytes | None, *, lrp: bool) -> None:
    other = f"{PICC_BYTES} without" if lrp else f"{PICC_BYTES_LRP} with"
    for name, data, length in (
        (f"PICC data ({other} LRP mode)", picc, PICC_BYTES_LRP if lrp else PICC_BYTES),
        ("the MAC", mac, MAC_BYTES),
        ("the meta key", meta_key, BLOCK),
        ("the file key", file_key, BLOCK),
    ):
        if len(data) != length:
            raise SunError(f"{name}: {len(data)} bytes, {length} are needed")
    if enc is not None and (not enc or len(enc) % BLOCK):
        raise SunError(f"the encrypted file data: {len(enc)} bytes, whole blocks of 16 are needed")

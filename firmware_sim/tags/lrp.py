"""Leakage-resilient primitive: the cipher and MAC of NXP chips in LRP mode (NXP AN12304)."""

from collections.abc import Iterator

from firmware_sim.crypto.aes import BLOCK, ZERO_BLOCK, double, encrypt_block, pad_bit, xor

_LEFT = b"\x55" * BLOCK
_RIGHT = b"\xaa" * BLOCK


def _plaintexts(key: bytes) -> tuple[bytes, ...]:
    """The sixteen secret plaintexts, one for each nibble (algorithm 1)."""
    made = []
    for _ in range(16):
        key = encrypt_block(key, _LEFT)
        made.append(encrypt_block(key, _RIGHT))
    return tuple(made)


def _updated_key(key: bytes, number: int) -> bytes:
    """Updated key `number`, from 0 (algorithm 2)."""
    key = encrypt_block(key, _RIGHT)
    for _ in range(number):
        key = encrypt_block(key, _LEFT)
    return encrypt_block(key, _RIGHT)


def _nibbles(data: bytes) -> Iterator[int]:
    for byte in data:
        yield byte >> 4
        yield byte & 0x0F


class Lrp:
    """One 16-byte key and one of its updated keys (`number`, from 0), ready to evaluate."""

    def __init__(self, key: bytes, *, number: int) -> None:
        self._plaintexts = _plaintexts(key)
        self._key = _updated_key(key, number)

    def evaluate(self, data: bytes) -> bytes:
        """The keyed function of `data`, finalised (algorithm 3)."""
        state = self._key
        for nibble in _nibbles(data):
            state = encrypt_block(state, self._plaintexts[nibble])
        return encrypt_block(state, ZERO_BLOCK)

    def encrypt(self, counter: bytes, data: bytes) -> bytes:
        """LRICB over whole blocks; `counter` begins at this value and keeps its length (algorithm 4, no padding)."""
        start, size = int.from_bytes(counter, "big"), len(counter)
        return b"".join(
            encrypt_block(self.evaluate(((start + i) % 256**size).to_bytes(size, "big")), data[at : at + BLOCK])
            for i, at in enumerate(range(0, len(data), BLOCK))
        )

    def cmac(self, message: bytes) -> bytes:
        """CMAC with the evaluation in the place of AES (algorithm 6)."""
        subkey = double(self.evaluate(ZERO_BLOCK))
        blocks = [message[at : at + BLOCK] for at in range(0, len(message), BLOCK)] or [b""]
        last = blocks.pop()
        if len(last) < BLOCK:
            last, subkey = pad_bit(last, BLOCK), double(subkey)
        state = ZERO_BLOCK
        for block in (*blocks, xor(last, subkey)):
            state = self.evaluate(xor(state, block))
        return state

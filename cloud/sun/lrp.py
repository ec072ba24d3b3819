"""The Leakage Resilient Primitive, the other cipher mode of an NTAG 424 DNA (NXP AN12304)."""

from collections.abc import Iterator

from cloud.sun.aes import BLOCK, decrypt_blocks, doubled, encrypt_blocks, mixed

_FIVES = b"\x55" * BLOCK
_TENS = b"\xaa" * BLOCK
_ZEROS = bytes(BLOCK)
_ENDED = b"\x80"


def plaintexts(key: bytes) -> tuple[bytes, ...]:
    """The sixteen secret plaintexts of a key (algorithm 1, m = 4)."""
    return tuple(_ladder(encrypt_blocks(key, _FIVES), 16))


def updated_key(key: bytes, number: int) -> bytes:
    """The updated key of this number, from 0 (algorithm 2)."""
    return tuple(_ladder(encrypt_blocks(key, _TENS), number + 1))[number]


def _ladder(step: bytes, rungs: int) -> Iterator[bytes]:
    for _ in range(rungs):
        yield encrypt_blocks(step, _TENS)
        step = encrypt_blocks(step, _FIVES)


def evaluate(secrets: tuple[bytes, ...], key: bytes, nibbles: str, *, final: bool = True) -> bytes:
    """One walk of the tree (algorithm 3): each hex digit of `nibbles` chooses the plaintext of a step."""
    for nibble in nibbles:
        key = encrypt_blocks(key, secrets[int(nibble, 16)])
    return encrypt_blocks(key, _ZEROS) if final else key


def decrypt(key: bytes, counter: bytes, data: bytes, *, update: int = 0) -> bytes:
    """Whole blocks in LRICB mode without padding (algorithm 4); the counter goes up by one each block."""
    secrets, working = plaintexts(key), updated_key(key, update)
    start, digits = int.from_bytes(counter), 2 * len(counter)
    return b"".join(
        decrypt_blocks(_stream_key(secrets, working, start + i, digits), data[i * BLOCK : (i + 1) * BLOCK])
        for i in range(len(data) // BLOCK)
    )


def _stream_key(secrets: tuple[bytes, ...], key: bytes, count: int, digits: int) -> bytes:
    return evaluate(secrets, key, f"{count % 16**digits:0{digits}x}")


def cmac(key: bytes, message: bytes) -> bytes:
    """The 16 bytes of CMAC_LRP (section 2.4), by updated key 0."""
    secrets, working = plaintexts(key), updated_key(key, 0)
    subkey = doubled(evaluate(secrets, working, _ZEROS.hex()))
    head, tail = _split_last(message)
    state = _ZEROS
    for i in range(0, len(head), BLOCK):
        state = evaluate(secrets, working, mixed(state, head[i : i + BLOCK]).hex())
    if len(tail) < BLOCK:
        subkey, tail = doubled(subkey), (tail + _ENDED).ljust(BLOCK, b"\x00")
    return evaluate(secrets, working, mixed(mixed(state, tail), subkey).hex())


def _split_last(message: bytes) -> tuple[bytes, bytes]:
    """The whole blocks but the last one, and the last one, which may be short or empty."""
    cut = max(0, len(message) - 1) // BLOCK * BLOCK
    return message[:cut], message[cut:]

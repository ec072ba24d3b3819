"""NDEF messages that hold one URL (NFC Forum NDEF 1.0, RTD URI 1.0)."""

_PREFIXES = ((b"https://www.", 2), (b"http://www.", 1), (b"https://", 4), (b"http://", 3))


def url_message(url: str) -> bytes:
    """The NDEF message with one URI record for `url`, whose characters must be ASCII."""
    if not url.isascii():
        raise ValueError(f"url {url!r} holds characters outside ASCII; percent-encode them")
    raw = url.encode("ascii")
    code, rest = next(((c, raw.removeprefix(p)) for p, c in _PREFIXES if raw.startswith(p)), (0, raw))
    payload = bytes((code,)) + rest
    if len(payload) <= 0xFF:
        return bytes((0xD1, 1, len(payload))) + b"U" + payload
    return bytes((0xC1, 1)) + len(payload).to_bytes(4, "big") + b"U" + payload

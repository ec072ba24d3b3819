"""What the address of a stream may be, and what of it may be said: user names and passwords stay in the settings."""

import re
from typing import Final
from urllib.parse import urlsplit

SCHEMES: Final = ("http", "https", "rtsp", "rtsps")
LONGEST: Final = 2048  # characters

_ALLOWED: Final = (
    f"allowed is an address that begins with {', '.join(f'{scheme}://' for scheme in SCHEMES)} (in small letters), "
    "a device such as /dev/video0, or a file's path (./ before it where it has a colon)"
)
_WRITTEN: Final = (
    "allowed is an address as scheme://user:password@host:port/path; within a user name, a password, a path or a query "
    "write %40 for @, %2F for /, %3F for ?, %23 for #, %25 for %, %20 for a space"
)
_SCHEME: Final = re.compile(r"\s*[^/:]*:")  # a path with a colon before its first slash is hardly meant as a file


def is_one(source: str) -> bool:
    """Whether the source is meant as an address: something stands before a colon, as in no usual path."""
    return _SCHEME.match(source) is not None


def fault(source: str) -> str | None:
    """Why no camera can be reached by this source, and what is allowed; None where it is sound.

    The words hold nothing of the source: it may be a password that was typed in the wrong place.
    """
    if not 1 <= len(source) <= LONGEST:
        return f"allowed are 1 to {LONGEST} characters"
    if not is_one(source):
        return None
    if source.partition("://")[0] not in SCHEMES or "://" not in source:
        return _ALLOWED
    return None if _readable(source) else _WRITTEN


def described(source: str) -> str:
    """The source for logs and messages. Of an address only scheme, host and port: paths and queries hold passwords too.

    Of what is none, and yet has an @, only what follows that.
    """
    if not is_one(source) or fault(source) is not None:
        return source if "@" not in source else "…@" + source.rpartition("@")[2]
    parts = urlsplit(source)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _readable(source: str) -> bool:
    """Whether host and port can be told, and nothing that follows them may be the rest of a password."""
    try:
        parts = urlsplit(source)
        host, _ = parts.hostname, parts.port
    except ValueError:  # its words hold a part of the address
        return False
    after = source.partition("://")[2][len(parts.netloc) :]
    return bool(host) and "@" not in after and re.search(r"[\s\x00-\x1f]", source) is None

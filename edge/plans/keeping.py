"""The signed plan on the node's disk: there whole or not at all, whenever the power goes."""

import os
from pathlib import Path
from typing import Final

FILE: Final = "plan.signed.json"
"""In the node's data folder."""


def keep(folder: Path, message: bytes) -> None:
    """Put the message in place of an older one; after this it survives a power cut. Raises OSError."""
    fresh = folder / f"{FILE}.new"
    with fresh.open("wb") as file:
        file.write(message)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / FILE)
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)  # the name is safe only then
    finally:
        os.close(directory)


def kept(folder: Path) -> bytes | None:
    """The message that was kept last, or None. Raises OSError where the disk cannot be read."""
    try:
        return (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None

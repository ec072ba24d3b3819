"""The secrets by which a store's tags are known: who has them can forge a tap, so they live in a file of their own."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from cloud.errors import UserError
from cloud.sun import diversified

_NAMES = ("meta_read", "file_master")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagKeys:
    """Both keys of a store; they are left out wherever the object is printed."""

    meta_read: bytes = field(repr=False)  # K_SDMMetaRead, the same in every tag
    file_master: bytes = field(repr=False)  # K_SDMFileRead of a tag is derived from it by AN10922

    def file_key(self, uid: bytes) -> bytes:
        """K_SDMFileRead of the tag with this UID."""
        return diversified(self.file_master, uid)


def load(path: Path) -> TagKeys:
    """The keys of the TOML file that `tags.keys` names, each 32 hex digits.

    Raises UserError naming the file and the key in it, never a value.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"tags.keys: {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"tags.keys: {path} is not TOML: {error}") from None
    if strange := table.keys() - set(_NAMES):
        raise UserError(f"tags.keys: {path}: {', '.join(sorted(strange))} is not known; only {', '.join(_NAMES)} are")
    meta_read, file_master = (_key(path, table, name) for name in _NAMES)
    return TagKeys(meta_read=meta_read, file_master=file_master)


def _key(path: Path, table: dict[str, object], name: str) -> bytes:
    try:
        key = bytes.fromhex(str(table.get(name, "")))
    except ValueError:
        key = b""
    if len(key) != 16:
        raise UserError(f"tags.keys: {path}: {name} must be 32 hex digits")
    return key

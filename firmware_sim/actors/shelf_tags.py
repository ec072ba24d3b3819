"""The chips behind the shelves' tags: which they are, their keys, and the counters that outlive every restart."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.sun import Scheme
from firmware_sim.town.tag_list import Mode, TagRow

SYSTEM: Final = b"AISLE-424"
"""This installation's part of the diversification input (AN10922)."""


class KeysError(ValueError):
    """The file of keys is wrong; the message names the key and what is allowed, never a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeys:
    """The store's two keys, 16 bytes each."""

    meta_read: bytes
    file_master: bytes


def read_keys(path: Path) -> MasterKeys:
    """The master keys of a TOML file. Raises KeysError, OSError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KeysError(f"{path}: {error}") from None
    for name in ("meta_read", "file_master"):
        # The value is a secret: it is not repeated.
        if not re.fullmatch(r"[0-9a-fA-F]{32}", str(table.get(name))):
            raise KeysError(f"{path}: {name}: 32 hex digits are needed")
    return MasterKeys(meta_read=bytes.fromhex(table["meta_read"]), file_master=bytes.fromhex(table["file_master"]))


class ShelfTags:
    """What a phone gets from each tag; signed tags keep their counters in a file, else a restart would replay."""

    def __init__(
        self,
        rows: tuple[TagRow, ...],
        *,
        cloud: str,
        keys: MasterKeys | None,
        counters: Path,
        random: Callable[[int], bytes],
    ) -> None:
        self._counters = counters
        used: dict[str, int] = json.loads(counters.read_text()) if counters.exists() else {}
        self._plain = {row.tag: _link(cloud, row) for row in rows if row.mode is Mode.PLAIN or keys is None}
        self._signed: dict[str, Ntag424] = {}
        for row in rows:
            if row.mode is not Mode.PLAIN and keys is not None:
                self._signed[row.tag] = Ntag424(
                    row.uid,
                    url=_link(cloud, row) + "&picc={picc}&cmac={cmac}",
                    keys=SunKeys.of_store(
                        meta_read=keys.meta_read, file_master=keys.file_master, uid=row.uid, system=SYSTEM
                    ),
                    random=random,
                    scheme=Scheme.LRP if row.mode is Mode.LRP else Scheme.AES,
                    counter=used.get(row.tag, 0),
                )

    def tap(self, tag: str) -> str:
        """The URL that a phone opens at this tag now. Raises KeyError."""
        if tag in self._plain:
            return self._plain[tag]
        url = self._signed[tag].tap_url()
        beside = self._counters.with_suffix(".new")
        beside.write_text(json.dumps({name: chip.counter for name, chip in self._signed.items()}))
        beside.replace(self._counters)
        return url


def _link(cloud: str, row: TagRow) -> str:
    return f"{cloud}/01/{row.gtin}?t={row.tag}"

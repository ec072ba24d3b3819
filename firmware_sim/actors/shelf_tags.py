"""The chips behind the shelves' tags: which they are, their keys, and the counters that outlive every restart."""

import csv
import enum
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.plan import Plan
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.sun import Scheme

SYSTEM: Final = b"AISLE-424"
"""This installation's part of the diversification input (AN10922)."""


class TagsError(ValueError):
    """The list of tags or the keys are wrong; the message names the place, the value and what is allowed."""


class Mode(enum.StrEnum):
    """How a tag's link is made."""

    PLAIN = "plain"  # the same link for ever
    AES = "aes"  # signed anew for each tap, AES secure messaging
    LRP = "lrp"  # the same with leakage-resilient primitives


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One line of tags.csv."""

    tag: str
    gtin: str
    shelf: str
    uid: bytes
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeys:
    """The store's two keys, 16 bytes each."""

    meta_read: bytes
    file_master: bytes


def read_keys(path: Path) -> MasterKeys:
    """The master keys of a TOML file. Raises TagsError, OSError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TagsError(f"{path}: {error}") from None
    for name in ("meta_read", "file_master"):
        # The value is a secret: it is not repeated.
        if not re.fullmatch(r"[0-9a-fA-F]{32}", str(table.get(name))):
            raise TagsError(f"{path}: {name}: 32 hex digits are needed")
    return MasterKeys(meta_read=bytes.fromhex(table["meta_read"]), file_master=bytes.fromhex(table["file_master"]))


def read_tags(path: Path, plan: Plan) -> tuple[TagRow, ...]:
    """The rows of tags.csv, one for each tag of the plan. Raises TagsError, OSError."""
    spots = {tag.id: tag for tag in plan.tags}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        lost = {"tag", "gtin", "shelf", "uid", "mode"} - set(rows.fieldnames or ())
        if lost:
            raise TagsError(f"{path}: the column {min(lost)!r} is missing")
        read = tuple(_row(f"{path}:{rows.line_num}", row) for row in rows)
    for row in read:
        spot = spots.pop(row.tag, None)
        if spot is None or spot.gtin != row.gtin or spot.shelf != row.shelf:
            raise TagsError(f"{path}: tag {row.tag!r} is not in the plan with this gtin and shelf, or is here twice")
    if spots:
        raise TagsError(f"{path}: the plan's tag {min(spots)!r} is missing")
    return read


def _row(where: str, row: dict[str, str]) -> TagRow:
    mode, uid = row["mode"] or "", row["uid"] or ""
    if mode not in set(Mode):
        raise TagsError(f"{where}: mode = {mode!r}; {', '.join(Mode)} are allowed")
    needed = "" if mode == Mode.PLAIN else r"[0-9a-f]{14}"
    if not re.fullmatch(needed, uid):
        raise TagsError(f"{where}: uid = {uid!r}; {'14 hex digits' if needed else 'nothing'} is allowed for {mode}")
    return TagRow(tag=row["tag"], gtin=row["gtin"], shelf=row["shelf"], uid=bytes.fromhex(uid), mode=Mode(mode))


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

"""The tags on the store's shelves, as tags.csv lists them."""

import csv
import enum
import re
from dataclasses import dataclass
from pathlib import Path

from contract.plan import Plan


class TagsError(ValueError):
    """The list of tags is wrong; the message names the place, the value and what is allowed."""


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

"""The file in which a shopper takes everything along: its form, and what makes it valid.

Format `aisle-passport/1`, JSON in UTF-8: `store` is the random id of the store that gave it, `made_ms` when, `about`
one English sentence for each table, `tables` the rows by table. A row's `n` is its number within the file, counted
from 1, to which other rows refer (`profile`, `message`, `account`…); times are ms since 1970, amounts whole won, yes
and no are 1 and 0. `looks` tells which of the store's people looked at the shopper, when and why. Secrets (cookies,
codes) are not in it. Another store of this program takes it with `aisle-cloud shopper import FILE`.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

FORMAT: Final = "aisle-passport/1"
FILE: Final = "aisle.json"
"""What a browser saves it as."""
MAX_BYTES: Final = 64 * 1024 * 1024

Value = int | float | str | None
Row = dict[str, Value]


class PassportError(ValueError):
    """The file cannot be taken; the message says where and why."""


class Look(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the store's people looked at this shopper's page, or searched for them; `role` is theirs in the store.

    Who that was the store can tell from line `line` of its audit log.
    """

    at_ms: int
    role: Annotated[str, Meta(max_length=32)]
    act: Annotated[str, Meta(max_length=32)]
    why: Annotated[str, Meta(max_length=200)]
    line: int


class Passport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that a store kept of one person; `looks`: which of the store's people looked at it, which nobody imports."""

    format: Literal["aisle-passport/1"]
    store: Annotated[str, Meta(max_length=64)]
    made_ms: int
    about: dict[str, str]
    tables: dict[str, tuple[Row, ...]]
    looks: tuple[Look, ...] = ()


_decoder = msgspec.json.Decoder(Passport)


def encode(passport: Passport) -> bytes:
    """The file, indented for a person who opens it."""
    return msgspec.json.format(msgspec.json.encode(passport), indent=1)


def decode(data: bytes) -> Passport:
    """A file's passport. Raises PassportError."""
    if len(data) > MAX_BYTES:
        raise PassportError(f"{len(data)} bytes; {MAX_BYTES} are taken")
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PassportError(str(error)[:300]) from None

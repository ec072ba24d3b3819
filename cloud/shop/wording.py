"""The exact words that shoppers agreed to, of each version and language, so that each past consent can be shown."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from cloud.shop.consent import Purpose

_FILES: Final = Path(__file__).parent / "wordings"

TEXT_VERSION: Final = "2026-11-22"
"""The words that are asked with now. A released file is never edited: other words are a file of a later date."""


class Texts(msgspec.Struct, frozen=True, array_like=True):
    """One choice in one language."""

    title: str
    words: str


Wording = Mapping[Purpose, Mapping[str, Texts]]
"""All choices of one version, by purpose and language."""


def read(body: bytes) -> Wording:
    """One version's file. Raises msgspec.ValidationError."""
    return msgspec.json.decode(body, type=dict[Purpose, dict[str, Texts]])


WORDINGS: Final[Mapping[str, Wording]] = {path.stem: read(path.read_bytes()) for path in sorted(_FILES.glob("*.json"))}
"""Every version that was ever asked with."""


def texts(purpose: Purpose, language: str, version: str = TEXT_VERSION) -> Texts:
    """Title and words of a choice as they were shown. Raises LookupError for what was never asked."""
    return WORDINGS[version][purpose][language]


def fingerprint(purpose: Purpose, language: str, version: str) -> str:
    """The SHA-256 of the words as they were shown, in hexadecimal; empty for what this program never asked."""
    try:
        shown = texts(purpose, language, version)
    except LookupError:
        return ""
    return hashlib.sha256(f"{shown.title}\n{shown.words}".encode()).hexdigest()

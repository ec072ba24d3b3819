"""What each figure on the manager's pages means, from the one file that the documentation is made of too."""

import tomllib
from dataclasses import dataclass
from importlib import resources

import msgspec

FILE = "glossary.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The same in both languages of the pages."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One figure. `counted` is its formula in words, `source` where it comes from, `caveat` what it cannot tell."""

    key: str
    name: Text
    counted: Text
    source: Text
    caveat: Text
    example: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glossary:
    figure: tuple[Entry, ...]


def load(text: str) -> tuple[Entry, ...]:
    """The entries of a glossary's TOML. Raises msgspec.ValidationError or tomllib.TOMLDecodeError naming the place."""
    return msgspec.convert(tomllib.loads(text), _Glossary).figure


GLOSSARY = load((resources.files("cloud.web.manage") / FILE).read_text(encoding="utf-8"))
"""In the order of the page."""


def entries(*keys: str) -> tuple[Entry, ...]:
    """Some figures' entries, for a page that shows these alone."""
    return tuple(entry for entry in GLOSSARY if entry.key in keys)

"""How every program of Aisle reads a settings file (TOML): what is wrong is said by key, value and what is allowed."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


class SettingsError(ValueError):
    """A settings file cannot be used; the message names the file, the key, its value and what is allowed."""


def read_settings(path: Path, kind: type[T]) -> T:
    """The file's settings as `kind`, a msgspec Struct. Raises SettingsError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {_explain(str(error), raw)}") from None


def _explain(said: str, raw: object) -> str:
    """The words of msgspec with the key as a person writes it, and the value that stands there."""
    words, _, place = said.partition(" - at `$.")
    if not place:
        return words
    key = place.rstrip("`")
    value: object = raw
    for step in re.findall(r"[^.\[\]]+", key):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index] # else: refused
        except (LookupError, TypeError, ValueError):
            return f"{key}: {words}"
    # Of a whole table the words tell what is wrong; the rest of it may be secret.
    tables = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
    return f"{key}: {words}" if tables else f"{key} = {value!r}: {words}"

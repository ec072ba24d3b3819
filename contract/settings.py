"""How every program of Aisle reads a settings file (TOML): what is wrong is said by key, value and what is allowed."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_PATTERN = re.compile(r"Expected `str` matching regex (?P<pattern>'.*?'|\".*?\")(?= - at|$)")
_CHOICE = re.compile(r"Invalid enum value .*(?= - at `\$(?P<place>[^`]*)`$)", re.DOTALL)
_STEP = re.compile(r"\[(?P<item>[^\]]*)\]|\.?(?P<field>[^.\[\]]+)")


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
        raise SettingsError(f"{path}: {_explain(plain(error, kind), raw)}") from None


def plain(error: msgspec.ValidationError, kind: object) -> str:
    """What msgspec says of something that is no `kind`, with a pattern's meaning and the choices that there are."""
    said, pattern = str(error), _PATTERN.search(str(error))
    if choice := _CHOICE.match(said):
        allowed = ", ".join(map(repr, _choices(msgspec.json.schema(kind), choice["place"])))
        return said.replace(choice[0], f"Expected one of {allowed}") if allowed else said
    if pattern is None:
        return said
    meaning = dict(_meanings(msgspec.json.schema(kind))).get(pattern["pattern"])
    return said if meaning is None else said.replace(pattern[0], f"Expected {meaning}")


def _choices(schema: dict[str, Any], place: str) -> list[object]:
    """The values that may stand at a place of what a JSON schema describes, such as `.cameras[0].model`."""
    found = [*_kinds(schema, schema)]
    for step in _STEP.finditer(place):
        parts = (_part(one, step["field"]) for one in found)
        found = [one for part in parts if part is not None for one in _kinds(part, schema)]
    return [value for one in found for value in one.get("enum", ())]


def _part(schema: dict[str, Any], field: str | None) -> dict[str, Any] | None:
    """What a table has under a name, or a list or a table of any names has in it."""
    if field is not None:
        part: dict[str, Any] | None = schema.get("properties", {}).get(field)
        return part
    inner = schema.get("items", schema.get("additionalProperties"))
    return inner if isinstance(inner, dict) else None


def _kinds(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, or those of which it is any."""
    if "$ref" in schema:
        yield from _kinds(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds(one, whole)
    else:
        yield schema


def _meanings(schema: object) -> Iterator[tuple[str, str]]:
    """The patterns of a JSON schema, each with the description beside it."""
    match schema:
        case {"pattern": str(pattern), "description": str(description)}:
            yield repr(pattern), description
        case dict():
            for part in schema.values():
                yield from _meanings(part)
        case list():
            for part in schema:
                yield from _meanings(part)


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

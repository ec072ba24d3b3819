"""A wrong setting names the key, the value and what is allowed."""

import enum
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from contract.credentials import Credentials
from contract.settings import SettingsError, read_settings

SOUND = 'host = "h"\nport = 1883\nstore = "s"\nusername = "n"\npassword = "p"\n'


def refusal(path: Path, text: str, kind: type[msgspec.Struct]) -> str:
    """What is said of these settings in that file."""
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(path, kind)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SOUND.replace("1883", "99999"), "port = 99999: Expected `int` <= 65535"),
        (SOUND.replace("1883", '"x"'), "port = 'x': Expected `int`, got `str`"),
        (SOUND.replace("host", "hots"), "Object contains unknown field `hots`"),
        (SOUND.replace('"s"', '"S!"'), "store = 'S!': Expected an id: a-z, 0-9, inner hyphens"),
        (SOUND + "=", "is not TOML"),
        ("", "missing required field `host`"),
    ],
)
def test_a_wrong_setting_names_key_value_and_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    refused = refusal(tmp_path / "user.toml", text, Credentials)
    assert said in refused
    assert "user.toml" in refused


class Shade(enum.StrEnum):
    LIGHT = "light"
    DARK = "dark"


class Lamp(msgspec.Struct):
    watts: Literal[5, 10, 20] = 5
    shade: Shade = Shade.LIGHT


class House(msgspec.Struct):
    lamp: Lamp = msgspec.field(default_factory=Lamp)
    more: tuple[Lamp, ...] = ()
    rooms: dict[str, Literal["warm", "cold"] | None] = {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lamp.watts = 4", "lamp.watts = 4: Expected one of 5, 10, 20"),
        ("lamp.shade = 'grey'", "lamp.shade = 'grey': Expected one of 'dark', 'light'"),
        ("more = [{}, {watts = 4}]", "more[1].watts = 4: Expected one of 5, 10, 20"),
        ("rooms.hall = 'a - at `$.lamp.watts`'", "Expected one of 'cold', 'warm'"),
    ],
)
def test_where_only_some_values_are_allowed_these_are_told(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path / "house.toml", text, House).endswith(said)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_settings(tmp_path / "none.toml", Credentials)


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "user.toml"
    path.write_text(SOUND)
    assert read_settings(path, Credentials).port == 1883

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.reader.settings import Command, Light, SettingsError, read, read_command


def test_a_name_and_a_device_are_enough() -> None:
    told = read(b'{"name":"shelf-1","device":"/dev/ttyUSB0"}')
    assert (told.name, told.device) == ("shelf-1", "/dev/ttyUSB0")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"device":"/dev/ttyUSB0"}', "missing required field `name`"),
        (b'{"name":"r","device":""}', r"length >= 1 - at `\$.device`"),
        (b'{"name":"r","device":"d","poll_s":0}', r"`float` >= 0.01 - at `\$.poll_s`"),
        (b'{"name":"r","device":"d","misses":0}', r"`int` >= 1 - at `\$.misses`"),
        (b'{"name":"r","device":"d","light_pin":6}', r"`int` <= 5 - at `\$.light_pin`"),
        (b'{"name":"r","device":"d","ack_s":1.1}', r"`float` <= 1.0 - at `\$.ack_s`"),
        (b'{"name":"r","device":"d","first_ack_s":4}', r"`float` <= 1.5 - at `\$.first_ack_s`"),
        (b'{"name":"r","device":"d","speed":921600}', "unknown field `speed`"),
        (b"\xff", "reader settings"),
        (b"", "reader settings"),
    ],
)
def test_wrong_settings_name_the_key_and_what_is_allowed(line: bytes, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read(line)


def test_a_kept_tap_is_shown() -> None:
    assert read_command(b'{"light":"kept"}\n') == Command(light=Light.KEPT)


@given(line=st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_any_other_line_is_no_command(line: bytes) -> None:
    with pytest.raises(SettingsError):
        read_command(line)

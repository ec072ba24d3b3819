"""The cloud's settings file, and what it says when something in it is wrong."""

from pathlib import Path

import pytest

from cloud import config
from cloud.errors import UserError


def _load(tmp_path: Path, text: str) -> config.Settings:
    path = tmp_path / "cloud.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def test_the_first_settings_of_a_store_are_the_defaults(tmp_path: Path) -> None:
    settings = _load(tmp_path, config.first("seoul"))
    assert settings == config.Settings(store="seoul")
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)


def test_everything_can_be_chosen(tmp_path: Path) -> None:
    text = (
        'store = "seoul"\n[web]\nhost = "::1"\nport = 1\nframe_ancestors = ["http://localhost:8090"]\n'
        'timezone = "Europe/Berlin"\nleast_people = 9\n[broker]\ncredentials = "/etc/x"\n[tags]\nkeys = "k"\n'
        '[[categories]]\nname = "tea"\nko = "차"\nen = "Tea"\n'
    )
    settings = _load(tmp_path, text)
    assert settings.web.frame_ancestors == ("http://localhost:8090",)
    assert (settings.broker.credentials, settings.tags.keys) == ("/etc/x", "k")
    assert settings.categories[0].ko == "차"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "store"),
        ('store = "Seoul"', r"store = 'Seoul': Expected an id: a-z, 0-9"),
        ('store = "s"\nprot = 1', "prot"),
        ('store = "s"\n[push]\nsubject = "me"', r"push\.subject = 'me': Expected whom a push service may write to"),
        ('store = "s"\n[web]\norigin = "shop"', r"web\.origin = 'shop': Expected an origin as browsers write it"),
        ('store = "s"\n[web]\nport = 0', r"web\.port = 0.*>= 1"),
        ('store = "s"\n[web]\nport = "80"', r"web\.port = '80'.*int"),
        ('store = "s"\n[web]\nprot = 80', "prot"),
        ('store = "s"\n[web]\nleast_people = 4', r"web\.least_people = 4.*>= 5"),
        ('store = "s"\n[manage]\nstop_seconds = 4', r"manage\.stop_seconds = 4: Expected one of 1, 2, 3, 5, 7, .*, 60"),
        ('store = "s"\n[web]\nframe_ancestors = ["*"]', r"web\.frame_ancestors\[0\] = '\*'"),
        ('store = "s"\n[web]\ntimezone = "Moon/Sea"', r"web\.timezone = 'Moon/Sea'.*Asia/Seoul"),
        ('store = "s"\n[web', "is not TOML"),
        (
            'store = "s"\n[[categories]]\nname = "Tea"\nko = "차"\nen = "Tea"',
            r"categories\[0\]\.name = 'Tea': Expected",
        ),
        ('store = "s"\n[[categories]]\nname = "tea"\nko = "차"\nen = ""', r"categories\[0\]\.en = ''.*length"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        _load(tmp_path, text)
    assert "cloud.toml" in str(caught.value)

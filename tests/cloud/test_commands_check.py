import argparse
import json

import pytest

from cloud.commands import check as commands_check
from cloud.errors import UserError

ZERO = "00" * 16
SUN = ["sun-verify", "--meta-key", ZERO, "--file-key", ZERO]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands_check.add(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    return int(args.run(args))


def test_a_signature_that_holds_is_told_with_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(*SUN, "--picc", "EF963FF7828658A599F3041510671E88", "--mac", "94EED9EE65337086")

    assert status == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"uid": "04DE5F1EACC040", "counter": 61, "valid": True, "file_data": None}


def test_a_signature_that_does_not_hold_is_told_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(*SUN, "--picc", "EF963FF7828658A599F3041510671E88", "--mac", "94EED9EE65337087")

    assert status == 1
    assert json.loads(capsys.readouterr().out)["valid"] is False


@pytest.mark.parametrize(
    ("mac", "enc", "picc", "meta", "file"),
    [
        (
            "ECC1E7F6C6C73BF6",
            "CEE9A53E3E463EF1F459635736738962",
            "FD91EC264309878BE6345CBE53BADF40",
            ZERO,
            ZERO,
        ),
        (
            "238B2543A8DEBAD8",
            "B8436E11F627BB7F543FCC0C1E0D1A89",
            "8ACADDEF0A9B62CDAE39A16B83FC14DE",
            "42aff114f2cb3b6141be6dc95dfc5416",
            "b62a9baf092439bd43c62aee96b970c5",
        ),
    ],
)
def test_both_usual_layouts_of_encrypted_file_data_are_read(
    mac: str, enc: str, picc: str, meta: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--mac", mac, "--enc", enc, "--picc", picc, "--meta-key", meta, "--file-key", file]

    assert run("sun-verify", *words) == 0
    assert len(json.loads(capsys.readouterr().out)["file_data"]) == 32


@pytest.mark.parametrize(
    ("picc", "mac"), [("EF963F", "94EED9EE65337086"), ("가" * 32, "94EED9EE65337086"), ("E" * 31, "00"), ("", "")]
)
@pytest.mark.parametrize("diversify", [[], ["--diversify"]])
def test_bad_hex_and_bad_lengths_are_named(picc: str, mac: str, diversify: list[str]) -> None:
    with pytest.raises(UserError, match="needed"):
        run(*SUN, "--picc", picc, "--mac", mac, *diversify)


def test_a_lower_case_message_is_the_same_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*SUN, "--picc", "ef963ff7828658a599f3041510671e88", "--mac", "94eed9ee65337086") == 0
    assert json.loads(capsys.readouterr().out)["counter"] == 61


def test_an_unusual_layout_is_named_by_its_characters(capsys: pytest.CaptureFixture[str]) -> None:
    picc, enc = "65628ED36888CF9C84797E43ECACF114C6ED9A5E101EB592", "4ADE304B5AB9474CB40AFFCAB0607A85"
    words = [*SUN, "--lrp", "--picc", picc, "--enc", enc, "--mac", "87E287E8135BFC06"]

    assert run(*words) == 1
    assert run(*words, "--signed", f"any.domain/?m={picc}x{enc}x") == 0
    assert [json.loads(line)["valid"] for line in capsys.readouterr().out.splitlines()] == [False, True]


def test_a_message_of_the_other_mode_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="24 with LRP mode"):
        run(*SUN, "--picc", "00" * 24, "--mac", "00" * 8)
    with pytest.raises(UserError, match="16 without LRP mode"):
        run(*SUN, "--picc", "00" * 16, "--mac", "00" * 8, "--lrp")

    assert not capsys.readouterr().out


def test_a_link_is_told_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gs1", "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426&linkType=all") == 0

    told = json.loads(capsys.readouterr().out)
    assert told["gtin"] == "09520123456788"
    assert told["qualifiers"] == {"10": "ABC1", "21": "12345"}
    assert told["attributes"] == {"17": "180426"}


def test_a_wrong_link_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="check digit"):
        run("gs1", "https://id.gs1.org/01/09520123456789")

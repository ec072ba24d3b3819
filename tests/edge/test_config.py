"""A node's settings: what is wrong is named by key, value and what is allowed, before anything starts."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.plan import encode_plan
from contract.settings import SettingsError
from edge.config import load
from tests.edge.node_files import NODE, PLAN, USER, write


def test_sound_settings_are_read_with_the_files_that_they_name(tmp_path: Path) -> None:
    config = load(write(tmp_path))
    assert config.settings.camera[0].detections_per_second == 5.0
    assert config.plan == PLAN
    assert config.log_path == tmp_path / "data" / "log.sqlite"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('name = "r"', 'name = "x"'), "reader[0].name = 'x': the plan has r"),
        (('name = "c"', 'name = "door"'), "camera[0].name = 'door': the plan has c"),
        (("[[camera]]", '[[reader]]\nname = "r"\ndevice = "/dev/ttyUSB1"\n[[camera]]'), "'r' is there twice"),
        (('data = "data"', 'data = "data"\nlog_mb = 0'), "log_mb = 0: Expected `int` >= 1"),
        (('data = "data"', 'data = "data"\ndada = 0'), "unknown field `dada`"),
        (('rtsp://10.0.0.9/door"', 'x"\ndetections_per_second = 900'), "detections_per_second = 900"),
        (('"plan.json"', '"lost.json"'), "lost.json: No such file"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, node=NODE.replace(*change)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        ("rtsp://10.0.0.9/door", "rtsp://admin:secr/et@10.0.0.9/door"),
        ("rtsp://10.0.0.9/door", "rtmp://admin:secret@10.0.0.9/door"),
        ("rtsp://10.0.0.9/door", "rtsp://admin:secret@[fe80::1/door"),
        ('rtsp://10.0.0.9/door"', 'rtsp://admin:secret@10.0.0.9/door"\nleast_per_second = 9'),
        ('rtsp://10.0.0.9/door"', 'rtsp://admin:secret@10.0.0.9/door"\nsecrecy = 9'),
    ],
)
def test_a_camera_whose_settings_are_wrong_is_named_and_its_password_is_not_told(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    with pytest.raises(SettingsError, match=r"camera\[0\].*: .*(allowed|unknown field)") as caught:
        load(write(tmp_path, node=NODE.replace(*change)))
    assert "admin" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("key", "said"), [("ab", "allowed are 16"), ("xy" * 16, "no key"), ("", "allowed are 16")])
def test_a_weak_pseudonym_key_is_refused(tmp_path: Path, key: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, key=key))
    assert said in str(caught.value)


def test_credentials_of_another_store_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the credentials are of 'other'"):
        load(write(tmp_path, user=USER.replace('"s"', '"other"')))


def edge(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("aisle-edge")
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_program_refuses_wrong_settings_with_status_2_and_one_line(tmp_path: Path) -> None:
    done = edge("run", "--config", str(write(tmp_path, node=NODE + "rate = 3\n")))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "unknown field `rate`" in done.stderr


def test_the_program_refuses_a_log_that_is_none_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    config = write(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.sqlite").write_bytes(b"no log at all" * 999)
    done = edge("status", "--config", str(config))
    assert (done.returncode, "log.sqlite" in done.stderr) == (2, True)
    assert (tmp_path / "data" / "log.sqlite").read_bytes().startswith(b"no log at all")


def test_a_node_runs_without_the_floor_of_a_camera_that_is_not_calibrated_and_says_why(tmp_path: Path) -> None:
    config = write(tmp_path)
    (tmp_path / "plan.json").write_bytes(encode_plan(replace(PLAN, cameras=(replace(PLAN.cameras[0], pairs=()),))))
    program = Path(sys.executable).with_name("aisle-edge")
    with subprocess.Popen([program, "run", "--config", config], stderr=subprocess.PIPE, text=True) as node:
        assert node.stderr is not None
        said = [node.stderr.readline()]
        while "runs with" not in said[-1]:
            assert said[-1], said
            said.append(node.stderr.readline())
        node.terminate()
        node.stderr.read()

    assert "c counts nobody" in said[0]
    assert "a floor needs at least 4 point pairs" in said[0]
    assert "runs with 1 readers and 1 cameras" in said[-1]
    assert node.returncode == 0

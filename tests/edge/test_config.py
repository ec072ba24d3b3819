"""A node's settings: what is wrong is named by key, value and what is allowed, before anything starts."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from contract.plan import encode_plan
from contract.settings import SettingsError
from edge.config import load
from edge.delivery.log import Log
from tests.edge.node_files import NODE, PLAN, USER, write
from tests.programs import program


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


def test_ports_and_videos_are_named_relative_to_the_settings_and_streams_stay(tmp_path: Path) -> None:
    node = NODE.replace("/dev/ttyUSB0", "ports/r")
    assert load(write(tmp_path, node=node)).settings.camera[0].source == "rtsp://10.0.0.9/door"
    config = load(write(tmp_path, node=node.replace("rtsp://10.0.0.9/door", "./a:b.avi")))
    assert config.settings.reader[0].device == str(tmp_path / "ports" / "r")
    assert config.settings.camera[0].source == str(tmp_path / "a:b.avi")
    assert not config.settings.camera[0].is_stream


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


def test_the_check_tells_of_a_log_that_is_none_and_touches_nothing(tmp_path: Path) -> None:
    config = write(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.sqlite").write_bytes(b"no log at all" * 999)
    done = edge("check", "--config", str(config))
    assert done.returncode == 0  # it would run: with a new log
    assert "it would run without what cannot be read any more of the events that wait" in done.stderr
    assert "log.sqlite is no log that can be read" in done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["log.sqlite"]


def test_the_check_tells_which_devices_are_away(tmp_path: Path) -> None:
    (tmp_path / "r").touch()
    node = NODE.replace("/dev/ttyUSB0", "r").replace("rtsp://10.0.0.9/door", "door.avi")
    done = edge("check", "--config", str(write(tmp_path, node=node)))
    assert done.returncode == 0  # it would run, and wait for them
    assert f"it would run without c, for now: there is no {tmp_path / 'door.avi'}\n" in done.stderr
    assert "without r" not in done.stderr


def test_the_check_tells_of_a_folder_where_a_camera_should_be(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    done = edge("check", "--config", str(write(tmp_path, node=NODE.replace("rtsp://10.0.0.9/door", "films"))))
    assert done.returncode == 0
    assert f"it would run without c, for now: {tmp_path / 'films'} is a folder\n" in done.stderr


def started(config: Path) -> tuple[list[str], int]:
    """What a node said until it ran, each line, and the status with which it ended when it was asked to."""
    command = (Path(sys.executable).with_name("aisle-edge"), "run", "--config", config)
    with program(*command, stderr=subprocess.PIPE, text=True) as node:
        assert node.stderr is not None
        said = [node.stderr.readline()]
        while "runs with" not in said[-1]:
            assert said[-1], said
            said.append(node.stderr.readline())
        node.terminate()
        node.stderr.read()
        node.wait(timeout=60)
    return said, node.returncode


def test_a_node_starts_on_a_log_that_is_none_and_keeps_it_aside(tmp_path: Path) -> None:
    config = write(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "log.sqlite").write_bytes(b"no log at all" * 999)
    said, status = started(config)
    assert status == 0
    (aside,) = (tmp_path / "data").glob("log.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"no log at all")
    assert any(f"the damaged log is kept as {aside.name}" in line for line in said)


def test_the_status_of_a_node_that_never_ran_says_so_and_makes_nothing(tmp_path: Path) -> None:
    done = edge("status", "--config", str(write(tmp_path)))
    assert done.returncode == 0
    assert "no log yet" in done.stderr
    assert json.loads(done.stdout)["epoch"] is None
    assert not (tmp_path / "data").exists()


def test_the_status_of_a_node_only_reads_its_log(tmp_path: Path) -> None:
    config = write(tmp_path)
    log = Log(tmp_path / "data" / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=1_000_000)
    log.append([b"one", b"two"], dropped=3)
    running = json.loads(edge("status", "--config", str(config)).stdout)
    log.close()
    before = (tmp_path / "data" / "log.sqlite").read_bytes()
    stopped = json.loads(edge("status", "--config", str(config)).stdout)
    assert running == stopped
    assert (stopped["epoch"], stopped["produced"], stopped["pending"], stopped["dropped"]) == ("e" * 32, 5, 2, 3)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["log.sqlite"]
    assert (tmp_path / "data" / "log.sqlite").read_bytes() == before


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("command", ["check", "run"])
def test_an_authority_that_cannot_be_used_is_named_before_anything_starts(
    tmp_path: Path, command: str, made: bool
) -> None:
    config = write(tmp_path, user=USER + 'ca = "ca.pem"\n')
    if made:
        (tmp_path / "ca.pem").write_text("no certificate")
    done = edge(command, "--config", str(config))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "user.toml: ca = 'ca.pem': " in done.stderr
    assert "allowed is a file of certificates (PEM)" in done.stderr


def test_an_authority_lies_beside_the_credentials_whatever_the_working_directory(tmp_path: Path) -> None:
    write(tmp_path, user=USER + 'ca = "ca.pem"\n')
    (tmp_path / "ca.pem").write_bytes(authority())
    assert load(tmp_path / "node.toml").credentials.ca == str(tmp_path / "ca.pem")


def authority() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def test_a_node_runs_without_the_floor_of_a_camera_that_is_not_calibrated_and_says_why(tmp_path: Path) -> None:
    config = write(tmp_path)
    (tmp_path / "plan.json").write_bytes(encode_plan(replace(PLAN, cameras=(replace(PLAN.cameras[0], pairs=()),))))
    said, status = started(config)

    assert "c counts nobody" in said[0]
    assert "a floor needs at least 4 point pairs" in said[0]
    assert "runs with 1 readers and 1 cameras" in said[-1]
    assert status == 0

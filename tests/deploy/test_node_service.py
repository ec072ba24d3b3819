"""The services, the node's above all: what systemd is told, read as systemd reads it."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from msgspec.structs import fields

from edge.config import NodeSettings

HERE = Path(__file__).parents[2] / "deploy" / "node"
UNIT = HERE / "aisle-edge.service"
UNITS = sorted(HERE.parent.glob("*/*.service"))
WORST_EXPOSURE = 2.0  # of 10, by systemd-analyze security

# What must stay for as long as the service sees pictures: the key, and what it has to say.
MUST = {
    "Type": "notify",
    "Restart": "always",
    "ProtectSystem": "strict",
    "StateDirectory": "aisle",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "LimitCORE": "0",
    "LimitMEMLOCK": "infinity",
    "MemorySwapMax": "0",
    "PrivateTmp": "yes",
    "DevicePolicy": "closed",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "OOMPolicy": "continue",
}
# What shuts in a service that is on a network, whatever it does.
SHUT_IN = {
    "NoNewPrivileges": ["yes"],
    "LockPersonality": ["yes"],
    "MemoryDenyWriteExecute": ["yes"],
    "PrivateIPC": ["yes"],
    "PrivateTmp": ["yes"],
    "ProtectClock": ["yes"],
    "ProtectControlGroups": ["yes"],
    "ProtectHome": ["yes"],
    "ProtectHostname": ["yes"],
    "ProtectKernelLogs": ["yes"],
    "ProtectKernelModules": ["yes"],
    "ProtectKernelTunables": ["yes"],
    "RemoveIPC": ["yes"],
    "RestrictNamespaces": ["yes"],
    "RestrictRealtime": ["yes"],
    "RestrictSUIDSGID": ["yes"],
    "CapabilityBoundingSet": [""],
    "AmbientCapabilities": [""],
    "KeyringMode": ["private"],
    "LimitCORE": ["0"],
    "ProtectProc": ["invisible"],
    "ProtectSystem": ["strict"],
    "RestrictAddressFamilies": ["AF_INET AF_INET6 AF_UNIX"],
    "SystemCallArchitectures": ["native"],
    "SystemCallErrorNumber": ["EPERM"],
    "SystemCallFilter": ["@system-service", "~@privileged"],
    "UMask": ["0077"],
}


def read(text: str) -> dict[str, list[str]]:
    """Every value of every key."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def missing(text: str) -> list[str]:
    """The hardening that this unit lacks."""
    unit = read(text)
    return [f"{key}={value}" for key, value in MUST.items() if unit.get(key) != [value]]


def test_the_papers_say_how_large_a_log_may_be() -> None:
    (largest,) = (field.default for field in fields(NodeSettings) if field.name == "log_mb")
    for paper, pattern in (("README.md", r"keeps at most (\d+) MB"), ("node.toml", r"# log_mb = (\d+)")):
        assert re.findall(pattern, (HERE / paper).read_text(encoding="utf-8")) == [str(largest)]


def test_the_service_is_watched_and_shut_in() -> None:
    assert missing(UNIT.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_service_is_shut_in_alike(unit: Path) -> None:
    told = read(unit.read_text(encoding="utf-8"))
    assert {key: told.get(key) for key in SHUT_IN} == SHUT_IN


@pytest.mark.parametrize("lost", ["ProtectSystem=strict\n", "LimitCORE=0\n", "MemorySwapMax=0\n"])
def test_hardening_that_gets_lost_would_be_noticed(lost: str) -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert lost in text
    assert missing(text.replace(lost, "")) == [lost.strip()]


def test_the_one_folder_that_it_may_write_is_its_state() -> None:
    assert "ReadWritePaths" not in read(UNIT.read_text(encoding="utf-8"))


def test_its_watchdog_leaves_room_for_three_words_and_its_stop_for_the_drain() -> None:
    from edge.node import TICK
    from edge.root import DRAIN_S

    unit = read(UNIT.read_text(encoding="utf-8"))
    assert int(unit["WatchdogSec"][0]) / 3 > 10 * TICK
    assert int(unit["TimeoutStopSec"][0]) > DRAIN_S + 6 * 2.0


def systemd_analyze(*arguments: str) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8")))
    assert unit.name not in systemd_analyze("verify", "--man=no", str(copy))


def test_a_line_that_systemd_does_not_understand_would_be_noticed(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text("[Service]\nExecStart=/bin/true\nProtectSystm=strict\n")
    assert "ProtectSystm" in systemd_analyze("verify", "--man=no", str(copy))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_little_that_an_intruder_could_use(unit: Path) -> None:
    told = systemd_analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(rf"exposure level for {unit.name}: ([0-9.]+)", told)
    if found is None:
        pytest.skip(f"this systemd cannot judge a file: {told.strip()[:100]}")
    assert float(found[1]) <= WORST_EXPOSURE, told


def test_the_service_waits_for_the_clock_with_an_option_that_the_program_has() -> None:
    from edge.cli import _parser

    (line,) = read(UNIT.read_text(encoding="utf-8"))["ExecStart"]
    arguments = _parser().parse_args(line.split()[1:])
    assert arguments.time_service == Path("/run/systemd/timesync")

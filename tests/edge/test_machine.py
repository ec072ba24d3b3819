"""What a machine tells of its heat and power, from trees as the kernels of Pis make them."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages import decode_health, encode
from edge.delivery.log import Log
from edge.delivery.outbox import Outbox
from edge.facts import Clock
from edge.health import Health
from edge.machine import Machine, look

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
ZONE = "sys/class/thermal/thermal_zone"
VOLT = "sys/class/hwmon/hwmon1"


def tree(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_pi_in_good_health(tmp_path: Path) -> None:
    files = {FIRMWARE: "0\n", f"{ZONE}0/type": "cpu-thermal\n", f"{ZONE}0/temp": "48312\n"}
    assert look(tree(tmp_path, dict(files))) == Machine(temperature_c=48.3, throttled=False, undervoltage=False)


@pytest.mark.parametrize(
    ("said", "throttled", "undervoltage"),
    [
        ("1", False, True),
        ("2", True, False),
        ("4", True, False),
        ("8", True, False),
        ("50005", True, True),
        ("50000", False, False),  # it was so once, and is not now
        ("e0000", False, False),
    ],
)
def test_the_firmwares_bits_of_now_count_and_those_of_ever_do_not(
    tmp_path: Path, said: str, throttled: bool, undervoltage: bool
) -> None:
    assert look(tree(tmp_path, {FIRMWARE: f"{said}\n"})) == Machine(throttled=throttled, undervoltage=undervoltage)


@pytest.mark.parametrize(
    "place",
    [
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
        "sys/devices/platform/axi/axi:firmware/get_throttled",
        "sys/devices/platform/firmware/get_throttled",
    ],
)
def test_the_firmware_is_found_where_other_kernels_hang_it(tmp_path: Path, place: str) -> None:
    assert look(tree(tmp_path, {place: "5\n"})) == Machine(throttled=True, undervoltage=True)


@pytest.mark.parametrize(("alarm", "undervoltage"), [("0\n", False), ("1\n", True), ("?", None), ("", None)])
def test_a_kernel_without_the_firmwares_word_has_the_alarm_of_low_voltage(
    tmp_path: Path, alarm: str, undervoltage: bool | None
) -> None:
    other = {"sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon0/in0_lcrit_alarm": "1\n"}
    files = {**other, f"{VOLT}/name": "rpi_volt\n", f"{VOLT}/in0_lcrit_alarm": alarm}
    assert look(tree(tmp_path, dict(files))) == Machine(undervoltage=undervoltage)


def test_the_processor_is_what_is_told_and_not_the_battery(tmp_path: Path) -> None:
    kinds = [("cpu-thermal", "51000"), ("cpu-thermal", "52500"), ("battery", "70000")]
    files = {
        f"{ZONE}{n}/{what}": said
        for n, zone in enumerate(kinds)
        for what, said in zip(("type", "temp"), zone, strict=True)
    }
    assert look(tree(tmp_path, dict(files))).temperature_c == 52.5


def test_a_sensor_that_cannot_be_believed_is_no_temperature(tmp_path: Path) -> None:
    files = {f"{ZONE}0/type": "cpu-thermal\n", f"{ZONE}0/temp": "-273150\n", f"{ZONE}1/temp": "2147483647\n"}
    assert look(tree(tmp_path, dict(files))).temperature_c is None


def test_a_machine_without_any_of_it_does_not_tell(tmp_path: Path) -> None:
    assert look(tmp_path) == Machine()


def test_this_machine_can_be_looked_at() -> None:
    assert isinstance(look(), Machine)


@given(st.lists(st.binary(max_size=40), min_size=5, max_size=5))
@settings(max_examples=80, deadline=None)
def test_whatever_the_files_say_nothing_is_raised(said: list[bytes]) -> None:
    places = (FIRMWARE, f"{ZONE}0/type", f"{ZONE}0/temp", f"{VOLT}/name", f"{VOLT}/in0_lcrit_alarm")
    with TemporaryDirectory() as folder:
        machine = look(tree(Path(folder), dict(zip(places, said, strict=True))))
    assert machine.temperature_c is None or -100 <= machine.temperature_c <= 200


def test_a_nodes_health_tells_the_cloud_of_its_machine(tmp_path: Path) -> None:
    hot = Machine(temperature_c=82.0, throttled=True, undervoltage=False)
    log = Log(tmp_path / "log.sqlite", new_epoch=lambda: "e" * 32, max_bytes=1_000_000)
    outbox = Outbox(log, store="s", node="n", send=lambda _: False, renew=lambda: None, notes=logging.getLogger("test"))
    clock = Clock(monotonic=1.0, wall=1_790_000_000.0)
    message = Health(readers=[], cameras=[], machine=lambda: hot).message(clock, outbox, skipped=lambda _: 0)
    outbox.close()
    told = decode_health(encode(message))
    assert (told.temperature_c, told.throttled, told.undervoltage) == (82.0, True, False)

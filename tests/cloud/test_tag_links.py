"""What is written on a tag, tried with a played chip that knows nothing of our code."""

import json
import os
from pathlib import Path

import pytest

from cloud.shop.catalogue import TagMode
from cloud.shop.tag_keys import load
from cloud.sun import verify
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ndef import url_message
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.sun import Scheme
from tests.cloud.command_line import aisle_cloud
from tests.cloud.shop import TEA, UID

META, FILE = bytes(range(16)), bytes(range(16, 32))
SETTINGS = 'store = "daon"\n[web]\norigin = "https://store.example"\n[tags]\nkeys = "tags.toml"\n'


@pytest.fixture(name="data")
def a_store_with_a_tag_of_each_kind(tmp_path: Path) -> Path:
    data = tmp_path / "cloud"
    aisle_cloud("init", "--data", data, "--store", "daon")
    (data / "cloud.toml").write_text(SETTINGS)
    (data / "tags.toml").write_text(f'meta_read = "{META.hex()}"\nfile_master = "{FILE.hex()}"\n')
    table = tmp_path / "tags.csv"
    table.write_text(f"tag,gtin,uid,mode\na,{TEA},{UID.hex()},aes\nb,{TEA},04112233445567,lrp\nc,{TEA},,plain\n")
    aisle_cloud("tags", "import", table, "--data", data)
    return data


def listed(data: Path, *options: str) -> list[dict[str, str | int]]:
    return [json.loads(line) for line in aisle_cloud("tags", "list", *options, "--data", data).splitlines()]


@pytest.mark.parametrize(("row", "mode", "scheme"), [(0, TagMode.AES, Scheme.AES), (1, TagMode.LRP, Scheme.LRP)])
def test_a_chip_set_up_as_listed_signs_taps_that_are_believed(
    data: Path, row: int, mode: TagMode, scheme: Scheme
) -> None:
    told = listed(data, "--keys")[row]
    assert told["mode"] == mode
    link, uid = str(told["link"]), bytes.fromhex(str(told["uid"]))
    keys = SunKeys(meta_read=bytes.fromhex(str(told["meta_read"])), file_read=bytes.fromhex(str(told["file_read"])))
    head, picc, rest = link.partition("&picc=")
    middle, mac, _ = rest.partition("&cmac=")
    chip = Ntag424(uid, url=f"{head}{picc}{{picc}}{mac}{{cmac}}", keys=keys, random=os.urandom, scheme=scheme)
    written, signed = ((len(m).to_bytes(2, "big") + m) for m in (url_message(link), url_message(chip.tap_url())))
    assert len(written) == len(signed)
    # Between both files only the characters at the offsets differ.
    picc_at, mac_at = int(told["picc_offset"]), int(told["mac_offset"])
    picc_end, mac_end = picc_at + len(middle), mac_at + 16
    assert written[:picc_at] == signed[:picc_at]
    assert written[picc_end:mac_at] == signed[picc_end:mac_at]
    assert mac_end == len(signed)
    ours = load(data / "tags.toml")
    result = verify(
        bytes.fromhex(signed[picc_at:picc_end].decode()),
        bytes.fromhex(signed[mac_at:mac_end].decode()),
        ours.meta_read,
        ours.file_key(uid),
        lrp=mode is TagMode.LRP,
    )
    assert (result.valid, result.uid, result.counter) == (True, uid, 1)


def test_keys_are_told_only_where_they_are_asked_for(data: Path) -> None:
    assert listed(data)[2] == {"tag": "c", "mode": "plain", "link": f"https://store.example/01/{TEA}?t=c"}
    assert not {"meta_read", "file_read"} & {name for told in listed(data) for name in told}


def test_a_store_without_an_address_or_keys_is_told_which_setting_is_missing(data: Path) -> None:
    (data / "cloud.toml").write_text('store = "daon"\n')
    assert "web.origin is not set" in aisle_cloud("tags", "list", "--data", data, status=2)
    (data / "cloud.toml").write_text(SETTINGS.partition("[tags]")[0])
    assert "tags.keys is not set" in aisle_cloud("tags", "list", "--keys", "--data", data, status=2)

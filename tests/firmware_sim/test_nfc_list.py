"""Debian's nfc-list (libnfc) as a second, independent host."""

import os
import random
import shutil
import subprocess

import pytest

from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.felica import FelicaCard
from firmware_sim.tags.ntag21x import NtagTag
from firmware_sim.tags.phone import Phone
from firmware_sim.tags.tag import Tag
from tests.firmware_sim.conftest import READER

NFC_LIST = shutil.which("nfc-list")

pytestmark = pytest.mark.skipif(NFC_LIST is None, reason="nfc-list is not installed (Debian package libnfc-bin)")


def listed(bay: ReaderBay) -> str:
    """What nfc-list prints, spaces taken out."""
    assert NFC_LIST
    # libnfc's configuration file is left out, so that only the reader of this test is looked at.
    device = {"LIBNFC_DEVICE": f"pn532_uart:{bay.path(READER)}", "LIBNFC_AUTO_SCAN": "false"}
    run = subprocess.run(
        [NFC_LIST, "-v"], env=os.environ | device, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    return "".join(run.stdout.split())


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        (NtagTag(bytes.fromhex("04A1B2C3D4E5F6")), "UID(NFCID1):04a1b2c3d4e5f6SAK(SEL_RES):00"),
        (FelicaCard(bytes.fromhex("012E3D4C5B6A7988")), "ID(NFCID2):012e3d4c5b6a7988"),
        (Phone(random.Random(3).randbytes), "*RandomUID"),
    ],
    ids=["ntag213", "felica", "phone"],
)
def test_nfc_list_shows_what_lies_there(bay: ReaderBay, tag: Tag, found: str) -> None:
    bay.put(READER, tag)
    assert found in listed(bay)


def test_nfc_list_shows_an_empty_field(bay: ReaderBay) -> None:
    shown = listed(bay)
    assert "0ISO14443Apassivetarget(s)found." in shown
    assert "UID" not in shown

"""A picture under a plan is kept as it is drawn, and with nothing that says who took it, where and when."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.manage.backdrop import Format, PictureError, measure
from cloud.manage.picture_metadata import bare
from cloud.manage.tidying import tidy
from cloud.shop.pruning import Pruning
from cloud.store import erasing, plan_drafts
from cloud.store.connection import Store

SECRET = b"GPS 37.5665N 126.9780E by Kim on 2026-11-20"
DAY = 24 * 3_600_000
PIXELS = (np.indices((40, 60)).sum(0)[..., None] * np.array([2, 1, 2])).astype(np.uint8)
"""40 rows of 60: lying, not standing."""


def encoded(suffix: str, *how: int) -> bytes:
    done, data = cv2.imencode(suffix, PIXELS, list(how))
    assert done
    return bytes(data)


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(data)) + data


def exif(orientation: int) -> bytes:
    """A TIFF with the orientation alone, and a secret behind it."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\x00\x08\x00\x00\x00\x01\x00" + entry + bytes(4) + SECRET


def jpeg(*how: int) -> bytes:
    """With Exif that turns it, XMP, a second picture's index, a comment, and a trailer behind the end."""
    plain = encoded(".jpg", *how)
    icc = segment(0xE2, b"ICC_PROFILE\x00\x01\x01 colours")
    told = [
        segment(0xE1, b"Exif\x00\x00" + exif(6)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET),
        segment(0xE2, b"MPF\x00" + SECRET),
        segment(0xED, b"Photoshop 3.0\x00" + SECRET),
        segment(0xFE, SECRET),
    ]
    return plain[:2] + b"".join(told) + icc + plain[2:] + SECRET


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png() -> bytes:
    plain = encoded(".png")
    told = [chunk(name, SECRET) for name in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"caBX")] + [chunk(b"eXIf", exif(6))]
    return plain[:33] + b"".join(told) + chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) + plain[33:] + SECRET


def riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp() -> bytes:
    plain = encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 80)
    head = bytes((0x0C, 0, 0, 0)) + (59).to_bytes(3, "little") + (39).to_bytes(3, "little")
    chunks = riff(b"VP8X", head) + plain[12:] + riff(b"EXIF", exif(6)) + riff(b"XMP ", SECRET) + riff(b"mine", SECRET)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks + SECRET


PICTURES = {
    "jpeg": jpeg(),
    "progressive": jpeg(cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    "png": png(),
    "webp": webp(),
}


def drawn(body: bytes, how: int = cv2.IMREAD_COLOR) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """As a program draws it that does what Exif asks for."""
    found = cv2.imdecode(np.frombuffer(body, np.uint8), how)
    assert found is not None
    return found.astype(np.uint8)


@pytest.mark.parametrize("name", PICTURES)
def test_what_a_picture_says_beside_itself_is_left_out_and_its_pixels_stay(name: str) -> None:
    picture = PICTURES[name]
    size = measure(picture)
    kept = bare(picture, size.format)
    assert SECRET in picture
    assert SECRET not in kept
    assert b"Exif" not in kept.replace(b"EXIF", b"Exif")
    as_it_lies = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    assert np.array_equal(drawn(kept), drawn(picture, as_it_lies))
    assert measure(kept) == size
    assert drawn(kept).shape[:2] == (size.height, size.width), "what is told is what browsers draw"
    assert bare(kept, size.format) == kept


def test_what_colours_need_stays() -> None:
    assert b"ICC_PROFILE" in bare(PICTURES["jpeg"], Format.JPEG)
    assert b"JFIF" in bare(PICTURES["jpeg"], Format.JPEG)
    assert b"pHYs" in bare(PICTURES["png"], Format.PNG)
    assert bare(PICTURES["webp"], Format.WEBP)[20] == 0, "VP8X promises neither Exif nor XMP"


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(PICTURES)), cut=st.floats(0.02, 1), at=st.integers(0, 10**6), byte=st.integers(0, 255)
)
def test_a_torn_picture_is_refused_or_kept_and_never_breaks(name: str, cut: float, at: int, byte: int) -> None:
    body = bytearray(PICTURES[name][: int(len(PICTURES[name]) * cut)])
    body[at % len(body)] = byte
    try:
        size = measure(bytes(body))
        assert len(bare(bytes(body), size.format)) <= len(body) + 4
    except PictureError:
        pass


def test_pictures_from_before_lose_their_metadata_and_unused_ones_go(tmp_path: Path) -> None:
    store = Store(tmp_path, new_store_id="0" * 32)
    try:
        digests = []
        with store.atomic() as connection:
            for name, picture in PICTURES.items():
                kind = measure(picture).format
                digests.append(
                    plan_drafts.put_image(connection, picture + name.encode(), kind=kind, width=60, height=40, now_ms=0)
                )
            connection.execute("UPDATE plan_images SET bare = 0")
        assert tidy(store, DAY) == len(PICTURES)
        with store.reading() as connection:
            found = [plan_drafts.image(connection, digest) for digest in digests]
            assert all(each and SECRET not in each.body for each in found)
            assert erasing.scrub_due(connection) is not None
        assert tidy(store, DAY) == 0
        Pruning(store=store, clock=lambda: DAY + 1, since_boot=lambda: 0, random=bytes).round()
        with store.reading() as connection:
            assert plan_drafts.image(connection, digests[0]) is None, "no plan was drawn upon it"
    finally:
        store.close()

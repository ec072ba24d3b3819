"""What a camera's source is: an address, a device of this machine, or a file that ends."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera import address
from edge.camera.settings import DEVICE_S, Settings, SettingsError, read


@pytest.mark.parametrize(
    ("source", "stream", "device"),
    [
        ("rtsp://192.0.2.7/stream2", True, False),
        ("/dev/video0", False, True),
        ("/dev/v4l/by-id/usb-camera-index0", False, True),
        ("/dev/shm/day.avi", False, False),  # a file, though in memory
        ("/home/shop/day.avi", False, False),
        ("dev/video0", False, False),
        ("/home/shop/12:30.avi", False, False),
        ("./12:30.avi", False, False),
    ],
)
def test_a_source_is_an_address_a_device_or_a_file(source: str, *, stream: bool, device: bool) -> None:
    it = Settings(name="door", source=source)
    assert (it.is_stream, it.is_device, it.is_live) == (stream, device, stream or device)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://admin:pa/ss@10.0.0.7/s",  # these four end the host too early
        "rtsp://admin:12/ss@10.0.0.7/s",
        "rtsp://admin:p#ss@10.0.0.7/s",
        "rtsp://admin:pa?ss@10.0.0.7/s",
        "rtsp://admin:secret@[fe80::1/s",
        "rtsp://admin:secret@10.0.0.7:port/s",
        "rtsp://admin:secret@/s",
        "rtsp://admin:sec ret@10.0.0.7/s",
        " rtsp://admin:secret@10.0.0.7/s",
        "RTSP://admin:secret@10.0.0.7/s",
        "rtmp://admin:secret@10.0.0.7/s",
        "udp://@:5000",
        "rtsp:/admin:secret@10.0.0.7/s",
        "admin:secret@10.0.0.7/s",
        "file:///home/shop/day.avi",
        "",
        "x" * 2049,
    ],
)
def test_an_address_that_cannot_be_is_refused_without_a_word_of_it(source: str) -> None:
    with pytest.raises(ValueError, match="allowed") as caught:
        Settings(name="door", source=source)
    assert str(caught.value).partition(": ")[2] in {address.fault(plain) for plain in ("", "x:", "rtsp://")}


def test_a_password_that_does_not_fit_an_address_is_told_how_to_be_written() -> None:
    with pytest.raises(SettingsError, match="write %40 for @, %2F for /"):
        read(b'{"name":"door","source":"rtsp://admin:pa/ss@10.0.0.7/s"}')
    assert Settings(name="door", source="rtsp://admin:pa%2Fss@10.0.0.7/s").is_stream


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("rtsp://admin:secret@10.0.0.7:554/s", "rtsp://10.0.0.7:554"),
        ("rtsp://admin:sec@ret@10.0.0.7/s", "rtsp://10.0.0.7"),
        ("rtsp://admin:secret@[fe80::1]:554/s", "rtsp://[fe80::1]:554"),
        ("rtsp://10.0.0.7/user=admin_password=secret_channel=1.sdp", "rtsp://10.0.0.7"),
        ("https://10.0.0.7/video?pwd=secret", "https://10.0.0.7"),
        ("rtsp//admin:secret@10.0.0.7/s", "…@10.0.0.7/s"),  # for want of a colon a file
        ("/home/shop/day.avi", "/home/shop/day.avi"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_what_is_said_of_a_source_holds_nothing_secret(source: str, said: str) -> None:
    assert Settings(name="door", source=source).described == said


_secret = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=3, max_size=12)


@settings(max_examples=200, deadline=None)
@given(password=_secret, path=st.sampled_from(["", "/", "/s", "/a/b?c=d"]))
def test_whatever_the_password_it_is_told_nowhere_and_percent_encoded_it_always_fits(password: str, path: str) -> None:
    planted = f"Q{password}Q"  # in no word of ours
    for source in (f"rtsp://u:{planted}@h{path}", f"rtsp//u:{planted}@h{path}", f"u:{planted}@h{path}"):
        assert planted not in f"{address.described(source)} {address.fault(source)}"
        assert "Q" not in f"{address.described(source)} {address.fault(source)}"
    sound = f"rtsp://u:{quote(planted, safe='')}@h{path}"
    assert address.fault(sound) is None
    assert urlsplit(sound).hostname == "h"
    assert address.described(sound) == "rtsp://h"


_seconds = st.floats(0.001, 60)


@settings(max_examples=50, deadline=None)
@given(opens=_seconds, reads=_seconds)
def test_whatever_the_timeouts_no_process_ends_for_a_call_that_they_still_allow(opens: float, reads: float) -> None:
    told = Settings(name="door", source="rtsp://h/s", open_timeout_s=opens, read_timeout_s=reads)
    assert told.stuck_after_s > max(opens + reads, DEVICE_S)

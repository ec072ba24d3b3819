"""What a camera's source is: an address, a device of this machine, or a file that ends."""

import pytest

from edge.camera.settings import Settings


@pytest.mark.parametrize(
    ("source", "stream", "device"),
    [
        ("rtsp://192.0.2.7/stream2", True, False),
        ("/dev/video0", False, True),
        ("/dev/v4l/by-id/usb-camera-index0", False, True),
        ("/dev/shm/day.avi", False, False),  # a file, though in memory
        ("/home/shop/day.avi", False, False),
        ("dev/video0", False, False),
    ],
)
def test_a_source_is_an_address_a_device_or_a_file(source: str, *, stream: bool, device: bool) -> None:
    it = Settings(name="door", source=source)
    assert (it.is_stream, it.is_device, it.is_live) == (stream, device, stream or device)

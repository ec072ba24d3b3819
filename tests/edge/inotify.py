"""Which files are written below some folders while a block runs (inotify(7)); Linux alone."""

import ctypes
import os
import select
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_MODIFY, _CLOSE_WRITE, _MOVED_TO, _CREATE = 0x2, 0x8, 0x80, 0x100
_HEAD = struct.Struct("iIII")


@contextmanager
def written_below(folders: Sequence[Path]) -> Iterator[set[Path]]:
    """Fills with the paths of files that are made, changed or moved there, in folders that exist at the beginning."""
    libc = ctypes.CDLL(None, use_errno=True)
    source = libc.inotify_init1(os.O_CLOEXEC)
    assert source >= 0
    watched: dict[int, Path] = {}
    for top in folders:
        for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
            number = libc.inotify_add_watch(source, os.fsencode(folder), _MODIFY | _CLOSE_WRITE | _MOVED_TO | _CREATE)
            assert number >= 0
            watched[number] = folder
    seen: set[Path] = set()
    stop_in, stop_out = os.pipe()
    thread = threading.Thread(target=_listen, args=(source, stop_in, watched, seen))
    thread.start()
    try:
        yield seen
    finally:
        os.write(stop_out, b"!")
        thread.join()
        for file in (source, stop_in, stop_out):
            os.close(file)


def _listen(source: int, stop: int, watched: dict[int, Path], seen: set[Path]) -> None:
    while True:
        ready, _, _ = select.select([source, stop], [], [])
        if source in ready:
            data = os.read(source, 65536)
            at = 0
            while at < len(data):
                number, _, _, length = _HEAD.unpack_from(data, at)
                name = data[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0")
                if number in watched and name:
                    seen.add(watched[number] / os.fsdecode(name))
                at += _HEAD.size + length
        elif stop in ready:
            return

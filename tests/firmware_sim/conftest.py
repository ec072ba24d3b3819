"""A bay with one reader, made anew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.reader_bay import ReaderBay

READER = "shelf-1"


@pytest.fixture
def bay(tmp_path: Path) -> Iterator[ReaderBay]:
    with ReaderBay(tmp_path / "readers") as bay:
        bay.add(READER)
        yield bay

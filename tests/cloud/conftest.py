"""The stores that most tests of the cloud begin with: each fresh, and gone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.store.connection import Store
from tests.cloud.morning import Town, plan, town
from tests.cloud.served import Served, served
from tests.cloud.shop import Shop, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A database in which nothing is."""
    store = Store(tmp_path, new_store_id="0" * 32)
    yield store
    store.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The small store, called without a port."""
    with opened(tmp_path) as shop:
        yield shop


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    """The small store, served."""
    with served(tmp_path) as site:
        yield site


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    """A store with a plan and a manager."""
    with town(tmp_path, floor=plan()) as place:
        yield place

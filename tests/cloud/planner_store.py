"""The store that the tests of the plan's editor draw in: fixtures that a module has once it names them as its own."""

from collections.abc import Iterator

import pytest

from tests.cloud.morning import Site, Town, plan, serving, town
from tests.cloud.planner import begin_anew, room


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One store for all tests of a module."""
    with town(tmp_path_factory.mktemp("planner"), floor=plan()) as place:
        yield place


@pytest.fixture(scope="module")
def site(place: Town) -> Iterator[Site]:
    with serving(place, room) as site:
        yield site


@pytest.fixture(autouse=True)
def fresh(place: Town) -> None:
    """Before each test the plan is the same again, and nobody draws."""
    begin_anew(place, plan())

"""No number in an address or a form breaks a page, however large, and every one has its bound."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import annotated_types
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Form, Query
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic.fields import FieldInfo
from starlette.routing import BaseRoute, Mount, Route

from cloud.web.numbers import MOST_NUMBER, Numbered
from tests.cloud.everybody import House, Keys, house

ODD = (str(2**53 + 1), str(2**63), "9" * 30, "9" * 5_000, "0", "-1", "0001-01-01", "9999-12-31", "%ff", "x" * 300)
"""Around what a browser, SQLite, Python and the calendar can hold."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("numbers")) as made:
        yield made


def flat(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from flat(inner.routes)
        elif not isinstance(route, Mount):
            assert isinstance(route, Route)
            yield route


def parameters(asked: Dependant) -> Iterator[tuple[str, FieldInfo]]:
    """What a route takes from its path, its query and its form, and what its dependencies take."""
    for found in (*asked.path_params, *asked.query_params, *asked.body_params):
        yield found.name, found.field_info
    for inner in asked.dependencies:
        yield from parameters(inner)


def boundless(routes: Sequence[BaseRoute]) -> list[str]:
    """The numbers that have no bound, or one that is too far."""
    wrong = []
    for route in flat(routes):
        for name, field in parameters(route.dependant) if isinstance(route, APIRoute) else ():
            if field.annotation in (int, int | None):
                tops = [each.le for each in field.metadata if isinstance(each, annotated_types.Le)]
                if not any(isinstance(top, int) and top <= MOST_NUMBER for top in tops):
                    wrong.append(f"{route.path}: {name}")
    return wrong


def test_every_number_that_a_route_takes_has_a_bound(store: House) -> None:
    assert boundless(store.app.routes) == []


def test_a_number_without_a_bound_is_seen() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter()

    @router.post("/good/{number}")
    def good(number: Numbered, at: Annotated[int | None, Form(le=9)] = None) -> None:
        """Both have one."""

    @router.post("/bad/{number}")
    def bad(number: int, at: Annotated[int | None, Query(ge=1)] = None) -> None:
        """Neither has."""

    app.include_router(router)
    assert boundless(app.routes) == ["/bad/{number}: number", "/bad/{number}: at"]


def broken(store: House, method: str, paths: Iterable[str], keys: Keys) -> list[str]:
    """Which of these addresses are answered with a stack trace, or not at all."""

    def breaks(path: str) -> bool:
        try:
            return store.ask(method, path, keys)[0] >= 500
        except httpx.TransportError:
            return True

    return [path[:120] for path in paths if breaks(path)]


def test_no_odd_part_of_a_path_breaks_a_page(store: House) -> None:
    keys = Keys(manager=store.manager().manager, shopper=store.shopper().shopper)
    wrong = []
    for route in flat(store.app.routes):
        if "{" in route.path and "login" not in route.path:
            for method in (route.methods or set()) - {"HEAD"}:
                paths = [re.sub(r"\{\w+(:path)?\}", odd, route.path) for odd in ODD]
                wrong += [f"{method} {path}" for path in broken(store, method, paths, keys)]
    assert wrong == []


def test_no_odd_word_of_a_query_breaks_a_page(store: House) -> None:
    keys = Keys(manager=store.manager().manager, shopper=store.shopper().shopper)
    wrong = []
    for route in flat(store.app.routes):
        if "GET" in (route.methods or ()) and "{" not in route.path:
            # Pages read some words themselves: which period, and which page of a list.
            names = (
                {name for name, _ in parameters(route.dependant)} if isinstance(route, APIRoute) else {"first", "size"}
            )
            names |= {"period"} if route.path == "/manage" else set()
            wrong += broken(store, "GET", (f"{route.path}?{name}={odd}" for name in sorted(names) for odd in ODD), keys)
    assert wrong == []


def test_a_draft_and_a_calibration_of_an_odd_version_are_refused(store: House) -> None:
    keys, odd = store.manager(), 2**70
    headers = {**keys.headers(), "if-match": '"0"'}
    draft = store.client.put(f"{store.url}/manage/plan/draft", headers=headers, json={"base": odd, "plan": {}})
    assert draft.status_code == 422
    saved = store.ask("POST", "/manage/cameras/cam-a/pairs", keys, data={"version": str(odd)})
    assert (saved[0], "said=changed" in saved[2].get("location", "")) == (303, True)

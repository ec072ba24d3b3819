"""The store as a resolver of GS1 Digital Links."""

from collections.abc import Iterator

import httpx
import pytest

from tests.cloud.served import served
from tests.cloud.shop import CAKE, TEA


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with served(tmp_path_factory.mktemp("resolver")) as site, site.client() as machine:
        yield machine


def test_the_resolver_says_what_it_can_do(machine: httpx.Client) -> None:
    answer = machine.get("/.well-known/gs1resolver")
    told = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert told["resolverRoot"] == str(machine.base_url).rstrip("/")
    assert told["supportedPrimaryKeys"] == ["01"]
    assert told["supportedLinkType"] == [{"namespace": "https://ref.gs1.org/voc/", "prefix": "gs1:"}]


@pytest.mark.parametrize("kind", ["", "gs1:pip", "gs1:defaultLink", "https://ref.gs1.org/voc/pip"])
def test_a_link_that_there_is_leads_to_the_page(machine: httpx.Client, kind: str) -> None:
    answer = machine.get(f"/01/{TEA}", params={"linkType": kind})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["gs1:recipeInfo", "pip", "LINKSET", "<script>"])
def test_a_link_that_there_is_not_is_not_found(machine: httpx.Client, kind: str) -> None:
    assert machine.get(f"/01/{TEA}", params={"linkType": kind}).status_code == 404


@pytest.mark.parametrize("kind", ["linkset", "all"])
def test_all_links_are_told_to_any_pages_script(machine: httpx.Client, kind: str) -> None:
    answer = machine.get(f"/01/{CAKE}", params={"linkType": kind})

    assert answer.headers["content-type"] == "application/linkset+json"
    assert answer.headers["access-control-allow-origin"] == "*"

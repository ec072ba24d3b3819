"""The shell around the manager's pages: a rail of what there is and what one may, and links that keep the state."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.manage.rights import RIGHTS, Right, Role
from cloud.web.manage.shell import GROUPS, PLACES, Here
from cloud.web.pages import STATIC
from tests.cloud.everybody import House, house


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("shell")) as it:
        yield it


def rail(it: House, role: Role, query: str = "lang=en") -> dict[str, str]:
    """The links of the rail by their paths."""
    name = f"shell-{role}-{len(query)}"
    status, html, _ = it.ask("GET", f"/manage?{query}", it.member(role, name=name))
    assert status == 200
    places = re.search(r'<div class="places".*?</div>', html, re.DOTALL)
    assert places
    return {link.partition("?")[0]: link for link in re.findall(r'<a href="([^"]+)"', places[0])}


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.STAFF, Role.READER])
def test_the_rail_shows_what_a_role_may_see_and_every_link_of_it_opens(it: House, role: Role) -> None:
    shown = rail(it, role)
    allowed = {place.path for place in PLACES.values() if place.right in RIGHTS[role]}
    assert set(shown) <= allowed
    session = it.member(role, name=f"opens-{role}")
    for path in shown:
        assert it.ask("GET", path, session)[0] == 200, path
    if Right.SHOPPERS not in RIGHTS[role]:
        assert "/manage/customers" not in shown


def test_links_to_other_places_keep_the_period_and_the_look_and_nothing_else(it: House) -> None:
    links = rail(it, Role.OWNER, "period=7d&compare=before&theme=dark&lang=en&zone=tea&mode=replay")
    assert links["/manage"] == "/manage?period=7d&amp;compare=before&amp;theme=dark&amp;lang=en"
    assert {link.partition("?")[2] for link in links.values()} == {links["/manage"].partition("?")[2]}


def test_a_page_s_own_link_changes_one_word_and_keeps_the_rest() -> None:
    here = Here("/manage/zones", (("period", "7d"), ("zone", "tea"), ("lang", "ko")))
    assert here.with_(zone="cake") == "/manage/zones?period=7d&zone=cake&lang=ko"
    assert here.with_(zone="") == "/manage/zones?period=7d&lang=ko"
    assert here.to("/manage", period="1h") == "/manage?period=1h&lang=ko"
    assert here.rest("period") == (("zone", "tea"), ("lang", "ko"))


def test_every_place_has_a_name_of_its_own_and_a_picture() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "manage/icons.svg").read_text(encoding="utf-8")))
    base = (Path(STATIC).parent / "templates/manage/base.html").read_text(encoding="utf-8")
    places = [place for group in GROUPS for place in group]
    assert len({place.key for place in places}) == len(places) == len({place.path for place in places})
    for place in places:
        assert place.key in drawn, place.key
        assert f'"{place.key}": _("' in base, place.key

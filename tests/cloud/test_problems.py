"""What is refused: a page in its language for a shopper's browser, a line for programs; and where its links lead."""

import html
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from cloud.limits import USUAL_BYTES
from cloud.server import MOST_HEAD_BYTES
from tests.cloud.everybody import Keys, found, house
from tests.cloud.served import Served, served
from tests.cloud.shop import CAKE, TEA
from tests.programs import PATIENCE_S

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "en"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("problems")) as site:
        yield site


@pytest.fixture
def phone(site: Served) -> Iterator[httpx.Client]:
    with site.client(**BROWSER) as phone:
        yield phone


def switch(page: str) -> str:
    return html.unescape(found(r'<a class="pill lang" href="([^"]+)"', page))


def forms(site: Served) -> list[str]:
    """The paths of the shopper's side that take a form."""
    routes = [each for each in site.shop.app.router.routes if isinstance(each, Route)]
    taking = [each.path for each in routes if "POST" in (each.methods or ()) and not each.path.startswith("/v1/")]
    return [re.sub(r"\{gtin[^}]*\}", TEA, path) for path in taking]


@pytest.mark.parametrize("referer", [None, f"/01/{TEA}?lang=en", "/me/join/find", "//evil.example/me", "/%"])
def test_the_switch_on_whatever_answers_a_form_leads_to_the_other_language(
    site: Served, phone: httpx.Client, referer: str | None
) -> None:
    stood = {} if referer is None else {"referer": f"{site.base}{referer}"}
    pages = {path: phone.post(re.sub(r"\{[^}]+\}", "1", path), headers=stood) for path in forms(site)}
    shown = {path: answer.text for path, answer in pages.items() if 'class="pill lang"' in answer.text}
    assert len(shown) > 10
    for path, page in shown.items():
        there = phone.get(switch(page))
        assert there.status_code in (200, 404), (path, switch(page))
        assert '<html lang="ko">' in there.text


def test_the_switch_of_a_refused_form_leads_back_to_the_page_that_it_stood_on(phone: httpx.Client) -> None:
    stood = f"{phone.base_url}/compare?a={TEA}&b={CAKE}&lang=en".replace("//compare", "/compare")
    refused = phone.post("/me/code", data={"lang": "en"}, headers={"referer": stood})
    assert refused.status_code == 403
    assert switch(refused.text) == f"/compare?a={TEA}&b={CAKE}&lang=ko"
    elsewhere = phone.post("/me/code", data={"lang": "en"}, headers={"referer": "https://evil.example/me"})
    assert switch(elsewhere.text) == "/?lang=ko"


@pytest.mark.parametrize(
    "path", ["/?q=tea", f"/compare?a={TEA}&b={CAKE}", f"/01/{TEA}/reviews?page=1", "/me/join?with=%s&by=code"]
)
def test_the_switch_of_a_page_keeps_what_says_which_page_it_is(site: Served, phone: httpx.Client, path: str) -> None:
    if "%s" in path:
        phone.post("/me/join/code", headers={"cookie": site.enrol("history")})
        with site.shop.store.reading() as connection:
            path %= connection.execute("SELECT link FROM join_codes").fetchone()[0]
    assert switch(phone.get(f"{path}&lang=en").text) == f"{path}&lang=ko"


REFUSED = [
    (403, "POST", "/me/end", {"sec-fetch-site": "cross-site"}, b"", "This came from another site"),
    (413, "POST", "/me/wish", {}, b"x" * (USUAL_BYTES + 1), "That is too long for us"),
    (431, "GET", "/", {"long": "x" * MOST_HEAD_BYTES}, b"", "Your browser sent too much"),
    (405, "PUT", "/me/wish", {}, b"", "Nothing here"),
]


@pytest.mark.parametrize(("status", "method", "path", "headers", "body", "head"), REFUSED)
def test_a_browser_that_is_refused_reads_a_page_in_its_language_and_a_program_a_line(
    site: Served, status: int, method: str, path: str, headers: dict[str, str], body: bytes, head: str
) -> None:
    with site.client() as client:
        english = client.request(method, path, headers=BROWSER | headers, content=body)
        korean = client.request(method, path, headers=BROWSER | headers | {"accept-language": "ko"}, content=body)
        program = client.request(method, path, headers={"accept": "application/json", **headers}, content=body)
    assert {english.status_code, korean.status_code, program.status_code} == {status}
    assert f"<h1>{head}</h1>" in english.text
    assert '<html lang="ko">' in korean.text
    assert "다시" in korean.text or "없" in korean.text
    assert program.headers["content-type"].startswith("text/plain")
    assert "<" not in program.text
    assert {each.headers["cache-control"] for each in (english, korean)} == {"no-store"}


def test_a_body_without_a_length_that_is_too_long_is_refused_in_words(site: Served) -> None:
    assert b"<h1>That is too long for us</h1>" in said(
        site,
        b"POST /me/wish HTTP/1.1\r\nhost: x\r\naccept: text/html\r\naccept-language: en\r\n"
        b"transfer-encoding: chunked\r\n\r\n" + b"8000\r\n" + b"x" * 0x8000 + b"\r\n8001\r\n" + b"x" * 0x8001 + b"\r\n",
    )


def test_who_is_too_long_is_known_by_the_head_that_comes_after(site: Served) -> None:
    length = b"content-length: %d\r\n" % (USUAL_BYTES + 1)
    for path, page in ((b"/me/wish", True), (b"/v1/sales", False), (b"/manage/login", False)):
        answer = said(site, b"POST %s HTTP/1.1\r\nhost: x\r\n%saccept: text/html\r\n\r\n" % (path, length))
        assert answer.startswith(b"HTTP/1.1 413 "), answer
        assert (b"<h1>" in answer) is page


def said(site: Served, request: bytes) -> bytes:
    """What the server answers to these bytes, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.base).port or 0), PATIENCE_S) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def test_the_switches_of_a_managers_page_that_answers_a_form_lead_to_pages(tmp_path: Path) -> None:
    with house(tmp_path) as store:
        boss = store.manager()
        _, page, _ = store.ask("POST", "/manage/accounts/invite?lang=en", boss, data={"role": "staff", "days": "3"})
        assert "/manage/invitation/" in page
        links = set(re.findall(r'href="(/manage/accounts[^"]*)"', page))
        assert any("theme=dark" in link for link in links)
        assert {store.ask("GET", html.unescape(link), boss)[0] for link in links} == {200}


def test_the_language_of_the_managers_door_is_changed_without_losing_where_one_was_going(
    tmp_path: Path,
) -> None:
    with house(tmp_path) as store:
        _, page, _ = store.ask("GET", "/manage/login?lang=en&next=/manage/zones", Keys())
        assert 'href="/manage/login?lang=ko&amp;next=/manage/zones"' in page

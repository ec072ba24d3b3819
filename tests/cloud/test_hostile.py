"""What nobody's browser or till sends: the answer is always the client's fault, never the server's."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from cloud.shop.tokens import digest
from cloud.store import sales
from tests.cloud.served import Served, served
from tests.cloud.shop import CAKE, TEA
from tests.programs import PATIENCE_S

JUNK = (
    b"\xff",
    b"%ff",
    b"%00",
    b"%ED%A0%80",  # half of a surrogate pair
    b"%0d%0aX:1",
    b"\xec\xb0\xa8",
    b"'\"><x>",
    b"..%2f..%2fetc",
    b"9" * 30,
    b"a" * 4_000,
    b"%",
    b"[",
    b"\\",
    b"\x7f",
    b"%E2%80%AE",  # turns what follows around
)
PAGES = (
    b"/%s",
    b"/01/%s",
    b"/me?waiting=%s",
    b"/picture/%s",
    b"/static/%s",
    b"/me/stream?after=%s",
    b"/?lang=%s",
    b"/stop/%s",
    b"/me/proof/%s",
    b"/v1/log/%s/head",
    b"/v1/log/consent/inclusion?entry=%s&size=%s",
)
FIELDS = (b"%s", b"t=%s", b"visit=%s", b"linkType=%s", b"picc=%s&cmac=%s&enc=%s&t=tag-tea")
HEADERS = ("Accept-Language", "Accept", "Cookie", "Sec-Purpose", "Last-Event-ID", "Range", "Host", "X-Forwarded-For")
FORMS = ("begin", "consent", "card", "end", "choices", "refuse", "keep", "wishes")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("hostile")) as site:
        yield site


def status(site: Served, head: bytes, body: bytes = b"") -> int:
    """The status of the answer to a request that no client library would send; 0 where it was hung up on."""
    host = b"" if b"\r\nHost:" in head else b"\r\nHost: localhost"
    length = b"\r\nContent-Length: %d" % len(body) if body else b""
    with socket.create_connection(("127.0.0.1", urlsplit(site.base).port or 0), PATIENCE_S) as line:
        line.sendall(head + host + length + b"\r\nConnection: close\r\n\r\n" + body)
        answer = line.recv(4_096)
    return int(answer.split(b" ", 2)[1]) if answer else 0


def get(site: Served, path: bytes, *headers: bytes) -> int:
    return status(site, b"\r\n".join((b"GET " + path + b" HTTP/1.1", *headers)))


@pytest.mark.parametrize("junk", JUNK, ids=ascii)
def test_no_link_breaks_a_page(site: Served, junk: bytes) -> None:
    page = b"/01/" + TEA.encode()
    links = [path.replace(b"%s", junk) for path in PAGES]
    links += [page + b"?" + field.replace(b"%s", junk) for field in FIELDS] + [page + b"/10/" + junk]

    assert {link: got for link in links if (got := get(site, link)) not in range(200, 500)} == {}


@pytest.mark.parametrize("junk", JUNK, ids=ascii)
def test_no_header_breaks_a_page(site: Served, junk: bytes) -> None:
    lines = [name.encode() + b": " + junk for name in HEADERS] + [b"Cookie: __Host-aisle=" + junk]
    answers = {line: get(site, b"/01/" + TEA.encode(), line) for line in lines}
    answers |= {b"linkset, " + line: get(site, b"/01/" + TEA.encode() + b"?linkType=all", line) for line in lines}

    assert {line: got for line, got in answers.items() if got not in range(200, 500)} == {}


@pytest.mark.parametrize("junk", JUNK, ids=ascii)
def test_no_form_breaks_a_page(site: Served, junk: bytes) -> None:
    cookie = b"Cookie: " + site.enrol("history").encode()
    answers = {
        (form, field): status(site, b"POST /me/%s HTTP/1.1\r\n%s" % (form.encode(), cookie), field + b"=" + junk)
        for form in FORMS
        for field in (b"visit", b"purpose", b"lang", b"reader", b"zone", b"from", junk)
    }

    assert {what: got for what, got in answers.items() if got not in range(200, 500)} == {}


@pytest.mark.parametrize("origin", ["null", "http://[", "http://]", "x", "https://evil.example", "http://localhost:1"])
def test_a_form_of_no_origin_of_ours_is_refused(site: Served, origin: str) -> None:
    with site.client() as phone:
        assert phone.post("/me/end", headers={"origin": origin}).status_code == 403


def test_a_tag_counts_for_its_own_product_alone(site: Served) -> None:
    with site.client() as phone:
        assert phone.get(f"/01/{CAKE}?t=tag-tea").status_code == 200
        assert phone.get(f"/01/{TEA}?t=tag-tea").status_code == 200
    with site.shop.store.reading() as connection:
        counted = connection.execute("SELECT tag, gtin FROM visits WHERE signed = 0").fetchall()

    assert counted == [("tag-tea", TEA)]


def test_no_bytes_make_a_till_break_the_store(site: Served) -> None:
    with site.shop.store.atomic() as connection:
        sales.put_till(connection, name="till-1", digest=digest("token"), now_ms=1)
    bodies = (
        b"null",
        b"NaN",
        b"\xff",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"sale":' + b"[" * 50_000,
        b"\xef\xbb\xbf{}",
    )
    with httpx.Client(base_url=site.base, headers={"authorization": "Bearer token"}, timeout=PATIENCE_S) as till:
        assert [till.post("/v1/sales", content=body).status_code for body in bodies] == [422] * len(bodies)
        assert till.post("/v1/sales", content=b"[" * 200_000).status_code == 413
    with site.shop.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sales").fetchall() == [(0,)]

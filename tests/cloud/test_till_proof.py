"""How a till proves itself: by a token, or by a signature of each request."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.cli import main
from cloud.shop import till_proof
from cloud.shop.till_proof import WINDOW_S, Proof, Signed, header, holds, proof_of
from cloud.shop.tokens import digest
from cloud.store import sales, tills
from cloud.store.connection import FILE, open_reader
from firmware_sim.actors.till_proof import Signature
from tests.cloud.purses import TOKEN, Counter, counter
from tests.cloud.shop import NOON_MS

SECRET = bytes(range(32))
NOW_S = NOON_MS // 1000
NAME = 'till "2", 계산대'


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path) as open_till:
        with open_till.site.shop.store.atomic() as connection:
            tills.put_signing(connection, name=NAME, secret=SECRET, now_ms=0)
        yield open_till


def send(till: Counter, body: bytes, authorization: str, path: str = "/v1/sales") -> httpx.Response:
    with till.site.client(authorization=authorization) as client:
        return client.post(path, content=body)


def signed(body: bytes, *, path: str = "/v1/sales", secret: bytes = SECRET, time_s: int = NOW_S) -> str:
    return header(NAME, secret, Signed(method="POST", path=path.encode(), body=body), time_s)


BODY = b'{"sale":"A-1","at":1795230000000,"currency":"KRW","lines":[{"gtin":"09520000000011","quantity":1,"amount":1}]}'


def test_a_signed_request_is_the_tills_and_may_be_sent_again(till: Counter) -> None:
    assert [send(till, BODY, signed(BODY)).status_code for _ in range(2)] == [201, 200]
    assert till.rows("SELECT till FROM sales") == [(NAME,)]
    path = "/v1/sales/A%2D1/void"
    assert send(till, b"", signed(b"", path=path), path).status_code == 201


FALSE = (
    signed(BODY, secret=bytes(32)),
    signed(BODY + b" "),
    signed(BODY, path="/v1/returns"),
    signed(BODY, time_s=NOW_S - WINDOW_S - 1),
    signed(BODY, time_s=NOW_S + WINDOW_S + 1),
    signed(BODY).replace("till=", "name="),
    signed(BODY).replace(f'time="{NOW_S}"', f'time="{NOW_S + 1}"'),
    signed(BODY).replace("Aisle-HMAC-SHA256", "Aisle-HMAC-MD5"),
    signed(BODY)[:-8],
    header("nobody", SECRET, Signed(method="POST", path=b"/v1/sales", body=BODY), NOW_S),
    f"Bearer {SECRET.hex()}",
)


def test_what_is_not_rightly_signed_is_nobodys(till: Counter) -> None:
    for authorization in FALSE:
        answer = send(till, BODY, authorization)
        assert (answer.status_code, answer.json()["reason"]) == (401, "no-till"), authorization
        assert "Aisle-HMAC-SHA256" in answer.headers["www-authenticate"]
    assert till.rows("SELECT count(*) FROM sales") == [(0,)]


def test_a_signature_is_good_for_five_minutes_on_both_sides(till: Counter) -> None:
    times = (NOW_S - WINDOW_S, NOW_S, NOW_S + WINDOW_S)
    assert [send(till, BODY, signed(BODY, time_s=time_s)).status_code for time_s in times] == [201, 200, 200]


def test_a_till_that_signs_has_no_token_any_more(till: Counter) -> None:
    with till.site.shop.store.atomic() as connection:
        tills.put_signing(connection, name="till-1", secret=SECRET, now_ms=0)
    assert send(till, BODY, f"Bearer {TOKEN}").status_code == 401


def test_the_simulated_till_signs_as_the_cloud_reads(till: Counter) -> None:
    proof = Signature(till=NAME, secret=SECRET)
    assert send(till, BODY, proof.header("/v1/sales", BODY, NOW_S)).status_code == 201


def test_the_command_makes_a_till_that_signs_or_one_with_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert main(["init", "--data", str(data), "--store", "daon"]) == 0
    capsys.readouterr()
    assert main(["tills", "add", "till-1", "--signed", "--data", str(data)]) == 0
    secret = bytes.fromhex(capsys.readouterr().out.strip())
    assert len(secret) == 32
    assert main(["tills", "add", "till-1", "--data", str(data)]) == 0
    assert len(capsys.readouterr().out.strip()) == 22
    assert main(["tills", "add", "till-1", "--signed", "--token-file", str(tmp_path / "s"), "--data", str(data)]) == 0
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600
    assert bytes.fromhex((tmp_path / "s").read_text().strip()) != secret


def test_a_till_that_cannot_be_given_its_new_token_keeps_the_old_one(tmp_path: Path) -> None:
    data, path = tmp_path / "data", tmp_path / "token"
    add = ["tills", "add", "till-1", "--token-file"]
    assert main(["init", "--data", str(data), "--store", "daon"]) == 0
    assert main([*add, str(path), "--data", str(data)]) == 0
    token = path.read_text()

    assert main([*add, str(path), "--data", str(tmp_path / "mistyped")]) == 2
    assert path.read_text() == token
    assert main([*add, str(tmp_path / "nowhere" / "token"), "--data", str(data)]) == 2
    with contextlib.closing(open_reader(data / FILE)) as connection:
        assert sales.till(connection, digest(token.strip())) == "till-1"


@settings(max_examples=80, deadline=None)
@given(
    st.text(min_size=1, max_size=60),
    st.binary(max_size=60),
    st.binary(min_size=16, max_size=32),
    st.integers(0, 10**11),
)
def test_a_header_is_read_as_it_was_written(till: str, body: bytes, secret: bytes, time_s: int) -> None:
    try:
        till.encode()
    except UnicodeEncodeError:
        return
    what = Signed(method="POST", path=b"/v1/sales", body=body)
    proof = proof_of(header(till, secret, what, time_s))
    assert proof is not None
    assert proof.till == till
    assert holds(proof, what, secret, time_s * 1000)
    assert not holds(proof, what, secret + b"x", time_s * 1000)
    assert not holds(proof, Signed(method="POST", path=b"/v1/sales", body=body + b"x"), secret, time_s * 1000)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_header_is_a_proof_or_none(text: str) -> None:
    found = proof_of(f"{till_proof.SCHEME} {text}")
    assert found is None or isinstance(found, Proof)


def test_the_example_for_those_who_build_tills_is_right(till: Counter) -> None:
    told = (Path(__file__).parents[2] / "cloud" / "TILLS.md").read_text(encoding="utf-8")
    body = re.search(r"```json\n(.*)\n```", told)
    shown = re.search(r"Authorization: (Aisle-HMAC.*)", told)
    assert body is not None
    assert shown is not None
    with till.site.shop.store.atomic() as connection:
        tills.put_signing(connection, name="till-1", secret=SECRET, now_ms=0)
    assert send(till, body[1].encode(), shown[1]).status_code == 201

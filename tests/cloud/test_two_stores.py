"""Two stores, each a program of its own, that share their accounts: who may enter which, read off their pages."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from cloud.web.manage.gate import COOKIE
from tests.cloud.command_line import aisle_cloud
from tests.programs import answers, eventually, free_port, program

FIRST = re.compile(r"signs in as `(\S+)`; the first password, shown this once: (\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One of them: its address, and its first owner."""

    url: str
    owner: str
    password: str

    def signed_in(self, account: str, password: str) -> dict[str, str] | None:
        """The headers of a browser that is signed in, or None where it was refused."""
        form = {"account": account, "password": password}
        cookie = httpx.post(f"{self.url}/manage/login", data=form).cookies.get(COOKIE)
        return {"cookie": f"{COOKIE}={cookie}"} if cookie else None

    def get(self, path: str, headers: dict[str, str] | None) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=20)

    def post(self, path: str, headers: dict[str, str] | None, **fields: str) -> httpx.Response:
        return httpx.post(self.url + path, headers=headers, data=fields, timeout=20)


@contextmanager
def store(folder: Path, name: str) -> Iterator[Store]:
    """A store's program, its accounts in the folder above its own."""
    data, port = folder / name, free_port()
    url = f"http://127.0.0.1:{port}"
    aisle_cloud("init", "--data", data, "--store", name)
    aisle_cloud("broker", "init", "--data", data, "--store", name, "--port", str(free_port()))  # nobody runs it
    settings = data / "cloud.toml"
    settings.write_text(
        settings.read_text() + f'\n[web]\nport = {port}\norigin = "{url}"\n\n[manage]\naccounts = "../accounts.db"\n'
    )
    log = data / "cloud.log"
    with program(sys.executable, "-m", "cloud", "run", "--data", data, log=log):
        eventually(lambda: answers(f"{url}/manage/login"), "the store's pages")
        said = FIRST.search(log.read_text())
        assert said, log.read_text()
        yield Store(url=url, owner=said[1], password=said[2])


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    folder = tmp_path_factory.mktemp("stores")
    with store(folder, "daon") as daon, store(folder, "haru") as haru:
        yield daon, haru


def test_an_account_enters_the_other_store_only_once_it_is_let_in_there(stores: tuple[Store, Store]) -> None:
    daon, haru = stores
    assert haru.signed_in(daon.owner, daon.password) is None

    host = haru.signed_in(haru.owner, haru.password)
    page = haru.post("/manage/accounts/invite", host, role="reader", days="1", words="from Daon").text
    link = re.search(rf'value="{haru.url}(/manage/invitation/[0-9a-f]+)"', page)
    assert link, page
    assert haru.post(link[1], None, known="1", account=daon.owner, password=daon.password).status_code == 303

    there = haru.signed_in(daon.owner, daon.password)
    assert haru.get("/manage/accounts", there).status_code == 403  # a reader there, though an owner at home
    assert f'href="{daon.url}/manage"' in haru.get("/manage", there).text  # the way home

    haru.post(f"/manage/accounts/{daon.owner}/end", host)
    assert haru.get("/manage", there).status_code == 303  # to the door, with the next request
    home = daon.signed_in(daon.owner, daon.password)
    own = daon.get("/manage", home)
    assert own.status_code == 200
    assert haru.url not in own.text

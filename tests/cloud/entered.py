"""A manager's session in a store that `morning` serves."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from cloud.web.manage.gate import COOKIE
from tests.cloud.morning import Site


def session(site: Site, password: str, account: str = "manager") -> str:
    """A fresh session's token."""
    form = {"account": account, "password": password}
    return httpx.post(f"{site.url}/manage/login", data=form).cookies[COOKIE]


def cookie(token: str) -> dict[str, str]:
    """The header that says whose session it is."""
    return {"cookie": f"{COOKIE}={token}"}


@contextmanager
def entered(site: Site, password: str) -> Iterator[httpx.Client]:
    """Somebody who is signed in and reads English."""
    headers = {**cookie(session(site, password)), "accept-language": "en"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as client:
        yield client

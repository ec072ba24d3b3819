"""Phones of shoppers against the small store, in process: a cookie each, and what they press."""

import asyncio
from dataclasses import dataclass, field

import httpx

from tests.cloud.shop import TEA, Shop

ADDRESS = "203.0.113.7"


@dataclass(slots=True)
class Phone:
    """One phone; it keeps its cookie as a browser does, and follows no redirect by itself."""

    shop: Shop
    cookie: str = ""
    address: str = ADDRESS
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, url: str) -> httpx.Response:
        return asyncio.run(self.send("GET", url))

    def post(self, url: str, **fields: str | list[str]) -> httpx.Response:
        return asyncio.run(self.send("POST", url, {"lang": "en", **fields}))

    def tap(self) -> str:
        """Holds the phone to the tea's tag; returns the visit's token."""
        answer = self.get(f"/01/{TEA}?{self.shop.chip.query()}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("visit=")[2].partition("&")[0]

    def begin(self, *purposes: str) -> "Phone":
        """Taps and agrees to these."""
        answer = self.post("/me/begin", visit=self.tap(), purpose=list(purposes))
        assert answer.status_code == 303, answer.text
        assert self.cookie
        return self

    async def send(self, method: str, url: str, fields: dict[str, str | list[str]] | None = None) -> httpx.Response:
        """One request, for a test that has a loop of its own."""
        transport = httpx.ASGITransport(app=self.shop.app, client=(self.address, 1))
        headers = {**self.headers, **({"cookie": self.cookie} if self.cookie else {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            answer = await client.request(method, url, data=fields)
        if given := answer.headers.get("set-cookie", ""):
            name, _, rest = given.partition(";")
            self.cookie = "" if "Max-Age=0" in rest else name
        return answer


def join(host: Phone, guest: Phone) -> None:
    """The guest types the code that the host shows, and says yes."""
    assert host.post("/me/join/code").status_code == 303
    with host.shop.store.reading() as connection:
        (code,) = connection.execute("SELECT code FROM join_codes ORDER BY opened_ms DESC, profile DESC").fetchone()
    found = guest.post("/me/join/find", code=f"{code[:4]}-{code[4:]}".lower())
    assert found.headers["location"].startswith("/me/join?with="), found.headers
    token = found.headers["location"].partition("with=")[2].partition("&")[0]
    done = guest.post("/me/join", **{"with": token, "by": "code"})
    assert done.status_code == 303, done.text

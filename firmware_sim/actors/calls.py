"""HTTP as a phone and a till speak it; the one place of httpx."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

_REDIRECTS: Final = 5


class CallFailed(OSError):
    """No answer came; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back at the end of the redirects."""

    url: str
    status: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One server-sent event."""

    kind: str
    data: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program answered; status 0 where nothing came."""

    status: int
    text: str


class Caller:
    """Makes calls over shared connections; each browser keeps its cookies itself."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(10.0), limits=limits, follow_redirects=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def post_json(self, url: str, body: bytes, *, proof: str, key: str) -> Said:
        """Post JSON once for this key, with a proof of who it is. Raises CallFailed."""
        headers = {"Content-Type": "application/json", "Authorization": proof, "Idempotency-Key": f'"{key}"'}
        try:
            answer = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise CallFailed(f"{type(error).__name__}: {error}") from None
        return Said(status=answer.status_code, text=answer.text)

    def browser(self, cookies: dict[str, str] | None = None) -> "Browser":
        """A new browser, with the cookies it kept."""
        return Browser(self._client, dict(cookies or {}))


class Browser:
    """One phone's browser: cookies by hand, since a client library keeps a Secure cookie from http://localhost."""

    def __init__(self, client: httpx.AsyncClient, cookies: dict[str, str]) -> None:
        self._client = client
        self.cookies = cookies

    async def get(self, url: str) -> Answer:
        """Open a page and follow where it leads. Raises CallFailed."""
        return await self._go("GET", url, None)

    async def post(self, url: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form from a page of the same site, and follow where that leads. Raises CallFailed."""
        return await self._go("POST", url, urlencode(fields))

    @asynccontextmanager
    async def stream(self, url: str, last_id: str) -> AsyncIterator[AsyncIterator[Event]]:
        """Open a stream of server-sent events. Raises CallFailed, also within."""
        headers = {**self._headers(), "Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        try:
            async with self._client.stream(
                "GET", url, headers=headers, timeout=httpx.Timeout(10.0, read=60.0)
            ) as answer:
                if answer.status_code != 200:
                    raise CallFailed(f"the stream answered {answer.status_code}")
                yield _events(answer.aiter_lines())
        except httpx.HTTPError as error:
            raise CallFailed(f"{type(error).__name__}: {error}") from None

    async def _go(self, method: str, url: str, body: str | None) -> Answer:
        for _ in range(_REDIRECTS):
            headers = self._headers()
            if body is not None:
                parts = urlsplit(url)
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                headers |= {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
            try:
                answer = await self._client.request(method, url, content=body, headers=headers)
            except httpx.HTTPError as error:
                raise CallFailed(f"{type(error).__name__}: {error}") from None
            self._keep(answer.headers.get_list("set-cookie"))
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return Answer(url=url, status=answer.status_code, text=answer.text)
            url = urljoin(url, answer.headers.get("location", ""))
            if answer.status_code in {301, 302, 303}:
                method, body = "GET", None
        raise CallFailed(f"more than {_REDIRECTS} redirects")

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "aisle-sim phone", "Accept-Language": "ko,en;q=0.7"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            first, *rest = (part.strip() for part in line.split(";"))
            name, _, value = first.partition("=")
            ended = any(part.lower().replace(" ", "") == "max-age=0" for part in rest)
            if ended or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    kind, number, data = "message", "", list[str]()
    async for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(kind=kind, data="\n".join(data), id=number)
            kind, data = "message", []
        elif field == "event":
            kind = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            number = value

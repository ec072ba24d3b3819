"""The rooms around the figures, served for a test, and a browser's own authenticator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import APIRouter
from playwright.sync_api import Browser, CDPSession, Page

from cloud.web.manage import Desk
from cloud.web.manage.around import around_router
from cloud.web.manage.gate import COOKIE
from tests.cloud.morning import Site, Town, serving

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A phone's own, as Chromium plays one."""


@contextmanager
def lodging(place: Town) -> Iterator[Site]:
    """The application with these rooms, which knows at which address it is."""
    desks: list[Desk] = []

    def room(desk: Desk) -> APIRouter:
        desks.append(desk)
        return around_router(desk)

    with serving(place, room) as site:
        desks[0].passkeys.origin = site.url
        yield site


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A page with an authenticator of its own, and what its page sent to sign in."""

    page: Page
    cdp: CDPSession
    authenticator: str
    sent: list[str]

    def credentials(self) -> list[dict[str, Any]]:
        told = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(told["credentials"])

    def put(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": credential})

    def verifies(self, verified: bool) -> None:
        fields = {"authenticatorId": self.authenticator, "isUserVerified": verified}
        self.cdp.send("WebAuthn.setUserVerified", fields)

    def sign(self, options: dict[str, Any], verification: str = "required") -> str:
        """What the authenticator signs on the page that is open, whatever site that is, as the script would send it."""
        return str(self.page.evaluate(_SIGN, [options, verification]))


_SIGN = """async ([options, verification]) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const it = await navigator.credentials.get({ publicKey: {
    challenge: bytes(options.challenge), rpId: options.rpId, userVerification: verification } });
  const response = {};
  for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
    response[name] = text(it.response[name]);
  return JSON.stringify({ id: it.id, rawId: text(it.rawId), type: it.type, response, clientExtensionResults: {} });
}"""


@contextmanager
def device(browser: Browser, site: Site, token: str = "") -> Iterator[Device]:
    """A browser with an authenticator, signed in where there is a token."""
    context = browser.new_context(locale="en-US")
    if token:
        address = site.url.replace("http:", "https:")
        context.add_cookies([{"name": COOKIE, "value": token, "url": address, "secure": True}])
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.post_data or "") if "/manage/passkey?" in asked.url else None)
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield Device(page=page, cdp=cdp, authenticator=made["authenticatorId"], sent=sent)
    context.close()


def asked(site: Site) -> dict[str, Any]:
    """What the site asks a browser to sign."""
    return dict(json.loads(httpx.post(f"{site.url}/manage/passkey/options").text))


def posted(site: Site, body: str) -> httpx.Response:
    return httpx.post(f"{site.url}/manage/passkey", content=body, headers={"content-type": "application/json"})

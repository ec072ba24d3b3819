"""A whole store for the table of its routes: the application as the program makes it, and everybody who may ask."""

import asyncio
import enum
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path

import argon2
import httpx
import msgspec
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Mount

from cloud.accounts import people
from cloud.accounts.database import Accounts
from cloud.accounts.sessions import Means
from cloud.application import Parts, make_application
from cloud.bus import Bus
from cloud.config import load
from cloud.ingest.mailbox import Mailbox
from cloud.ingest.subscriber import Subscriber
from cloud.ingest.watched import Ingest
from cloud.ingest.writer import Writer
from cloud.manage.beginning import ensure_first_owner
from cloud.manage.keys import new_key
from cloud.manage.login import ABSOLUTE_MS, Caller, Door, Entered, digest_of
from cloud.manage.passwords import Passwords
from cloud.manage.rights import Right, Role
from cloud.metrics import Metrics
from cloud.offers.campaigns import decode
from cloud.shop.catalogue import Tag, TagMode
from cloud.shop.tokens import digest
from cloud.store import api_keys, campaigns, catalogue, plans, sales
from cloud.store.connection import Store
from cloud.web.manage.gate import COOKIE as MANAGER_COOKIE
from cloud.web.pages import Pages
from cloud.web.stream import Streams
from contract.credentials import Credentials
from tests.cloud import morning
from tests.cloud.hosting import Guest, hosting
from tests.cloud.shop import CAKE, KEYS, TEA, UID, Chip, Clock, goods, plan

SETTINGS = """
store = "daon"
[tags]
keys = "tags.toml"
[push]
sandbox = "http://localhost:8090"
[sender]
name_ko = "다온상회"
name_en = "Daon Market"
contact = "02-123-4567"
[offers]
hold_out = 0
"""
CAMPAIGN = (
    '{"id":"tea","trigger":"tap","content":{"ko":{"title":"차","text":"쿠폰"},"en":{"title":"Tea","text":"A coupon"}},'
    '"begins":"2020-01-01","ends":"2040-01-01","when":{"stopped_s":0},"coupon":{"won":500},'
    '"caps":{"per_day":100,"per_week":700}}'
)
PASSWORDS = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
SECRETS = {"meta_read": KEYS.meta_read.hex(), "file_master": KEYS.file_master.hex()}


class Who(enum.StrEnum):
    """Everybody who may ask."""

    NOBODY = "nobody"  # no cookie, no token
    OTHER = "another shopper"  # known here, for whom the thing is not
    FOREIGN = "another store's manager"  # signed in there, with a till's token and a shopper's cookie of there
    EXPIRED = "an expired session"  # a manager's that is over, a shopper's that is forgotten, a till's old token
    RIGHT = "the right one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What somebody carries: a shopper's cookie, a manager's cookie, a till's token."""

    shopper: str = ""
    manager: str = ""
    till: str = ""  # or a program's API key

    def headers(self) -> dict[str, str]:
        cookies = "; ".join(each for each in (self.shopper, self.manager) if each)
        bearer = {"authorization": f"Bearer {self.till}"} if self.till else {}
        return {**({"cookie": cookies} if cookies else {}), **bearer}


@dataclass(slots=True, kw_only=True)
class House:
    """The store and its application on a port of this machine."""

    store: Store
    accounts: Accounts
    clock: Clock
    chip: Chip
    password: str
    app: FastAPI
    client: httpx.Client  # keeps no cookie: each caller brings their own
    url: str = ""
    boss: Keys = field(default_factory=Keys)  # a manager's session that is kept over many questions

    def ask(
        self,
        method: str,
        path: str,
        keys: Keys,
        *,
        data: Mapping[str, str | list[str]] | None = None,
        json: object = None,
    ) -> tuple[int, str, httpx.Headers]:
        """Status, the beginning of the body, headers; a stream is left at once."""
        url = self.url + path
        with self.client.stream(method, url, data=data, json=json, headers=keys.headers()) as answer:
            streams = answer.headers.get("content-type", "").startswith("text/event-stream")
            text = "" if streams else answer.read().decode("utf-8", "replace")
            return answer.status_code, text, answer.headers

    def tap(self, keys: Keys) -> str:
        """A signed tap; the visit's page."""
        status, _, headers = self.ask("GET", f"/01/{TEA}?{self.chip.query()}", keys)
        assert status == 303
        return headers["location"]

    def shopper(self) -> Keys:
        """Somebody new who agreed to everything that the product's page asks."""
        fields: dict[str, str | list[str]] = {"visit": visit_of(self.tap(Keys())), "lang": "en"}
        fields["purpose"] = ["history", "offers", "card"]
        status, text, headers = self.ask("POST", "/me/begin", Keys(), data=fields)
        assert status == 303, text
        return Keys(shopper=headers["set-cookie"].partition(";")[0])

    def manager(self) -> Keys:
        """The store's own manager."""
        form = {"account": "manager", "password": self.password}
        status, _, headers = self.ask("POST", "/manage/login", Keys(), data=form)
        assert status == 303
        return Keys(manager=headers["set-cookie"].partition(";")[0])

    def member(self, role: Role, store: str = "daon", *, name: str = "") -> Keys:
        """Somebody with a role in this store or in another one that shares its accounts, with a session there."""
        name, now_ms = name or f"{role}-{store}", self.clock()
        with self.accounts.atomic() as connection:
            people.add(connection, name=name, handle=secrets.token_bytes(16), hashed="none", now_ms=now_ms)
            people.grant(connection, name=name, store=store, role=role, by="test", now_ms=now_ms)
        door = Door(self.accounts, store=store, random=secrets.token_bytes, passwords=PASSWORDS)
        entered = door.open(name, Means.PASSWORD, caller=Caller(), now_ms=now_ms)
        assert isinstance(entered, Entered)
        return Keys(manager=f"{MANAGER_COOKIE}={entered.token}")

    def stranger(self) -> Keys:
        """The owner of another store that shares the accounts, signed in there."""
        return self.member(Role.OWNER, "haru")

    def program(self, scopes: Collection[Right], *, ended: bool = False) -> Keys:
        """A program with a new API key."""
        token, now_ms = new_key(secrets.token_bytes), self.clock()
        new = api_keys.New(
            digest=digest_of(token),
            name="report",
            hint=token[-4:],
            scopes=frozenset(scopes),
            by="test",
            ends_ms=now_ms + 1 if ended else now_ms + 86_400_000,
        )
        with self.store.atomic() as connection:
            api_keys.add(connection, new, now_ms - 1)
            if ended:
                api_keys.end(connection, key=api_keys.keys(connection)[0].id, now_ms=now_ms)
        return Keys(till=token)

    def till(self, name: str = "till-1") -> Keys:
        """A till with a new token, which ends its old one."""
        token = secrets.token_urlsafe(24)
        with self.store.atomic() as connection:
            sales.put_till(connection, name=name, digest=digest(token), now_ms=self.clock())
        return Keys(till=token)


def declared(routes: Sequence[BaseRoute]) -> set[str]:
    """Every route by its method and path, those of mounted and included ones too; HEAD goes with GET."""
    told = set[str]()
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            told |= declared(inner.routes)
        elif isinstance(route, Mount):
            told.add(f"GET {route.path}/")
        else:
            told |= {f"{method} {getattr(route, 'path')}" for method in getattr(route, "methods") - {"HEAD"}}  # noqa: B009
    return told


def visit_of(location: str) -> str:
    """The visit's token in a product page's address."""
    return location.partition("visit=")[2].partition("&")[0]


def found(pattern: str, text: str) -> str:
    """The first group of a pattern that must be there."""
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def foreign() -> Keys:
    """What opens another store's doors: made by the same means, in a store that is not this one."""
    return Keys(
        shopper=f"__Host-aisle={secrets.token_urlsafe(24)}",
        manager=f"{MANAGER_COOKIE}={secrets.token_urlsafe(24)}",
        till=secrets.token_urlsafe(24),
    )


def expired(house: House) -> Keys:
    """What was right once: a shopper who had all of it forgotten, a session of yesterday, a till's token of before."""
    shopper, till, manager = house.shopper(), house.till("till-2"), house.manager()
    status, _, _ = house.ask("POST", "/me/end", shopper, data={"lang": "en"})
    assert status in {200, 303}
    house.till("till-2")
    house.clock.now_ms += ABSOLUTE_MS
    return Keys(shopper=shopper.shopper, manager=manager.manager, till=till.till)


@contextmanager
def house(directory: Path) -> Iterator[House]:
    """The application, wired as the program wires it, until the block ends."""
    (directory / "cloud.toml").write_text(SETTINGS, encoding="utf-8")
    (directory / "tags.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in SECRETS.items()))
    store = Store(directory, new_store_id="0" * 32)
    clock = Clock()
    _fill(store, clock)
    accounts = Accounts(directory / "accounts.db")
    first = ensure_first_owner(accounts, secrets.token_bytes, store="daon", now_ms=clock(), passwords=Passwords())
    assert first

    @contextmanager
    def guest(loop: asyncio.AbstractEventLoop) -> Iterator[Guest[House]]:
        bus = Bus(loop)
        served = make_application(_parts(store, accounts, bus, clock), load(directory / "cloud.toml"), directory)
        assert isinstance(served, Streams)
        assert isinstance(served._app, FastAPI)
        made = House(
            store=store,
            accounts=accounts,
            clock=clock,
            chip=Chip(),
            password=first.password,
            app=served._app,
            client=client,
        )
        yield Guest(app=served._app, bus=bus, made=made)

    try:
        with httpx.Client(timeout=10, cookies=_Cookieless()) as client, hosting(guest) as hosted:
            hosted.made.url = hosted.url
            yield hosted.made
    finally:
        accounts.close()
        store.close()


class _Cookieless(CookieJar):
    """Takes no cookie."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leaves them where they are."""


def _parts(store: Store, accounts: Accounts, bus: Bus, clock: Clock) -> Parts:
    """The parts, of which the ingest never starts: no route asks more of it than whether it works."""
    metrics, mailbox = Metrics(store), Mailbox(capacity=1_000)
    nobody = Credentials(host="127.0.0.1", port=1, store="daon", username="cloud", password="-" * 16)
    subscriber = Subscriber(nobody, mailbox=mailbox, metrics=metrics, clock=clock, tell=lambda _facts: None)
    writer = Writer(
        store=store, name="daon", mailbox=mailbox, outlet=subscriber, metrics=metrics, tell=lambda _facts: None
    )
    return Parts(
        store=store,
        accounts=accounts,
        bus=bus,
        metrics=metrics,
        ingest=Ingest(subscriber, writer),
        pages=Pages(timezone="Asia/Seoul"),
        clock=clock,
    )


def _fill(store: Store, clock: Clock) -> None:
    floor = morning.plan()
    with store.atomic() as connection:
        shelves = plan()
        cameras = (*shelves.cameras, *floor.cameras)
        whole = msgspec.structs.replace(shelves, lines=floor.lines, cameras=cameras)
        plans.save(connection, whole, by="", note="", now_ms=0)
        catalogue.put_products(connection, goods())
        catalogue.put_picture(connection, "tea.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        tea = Tag(id="tag-tea", gtin=TEA, shelf="tea-wall", uid=UID, mode=TagMode.AES)
        catalogue.put_tags(connection, (tea, Tag(id="c", gtin=CAKE, shelf="tea-wall", uid=None, mode=TagMode.PLAIN)))
        campaigns.add(connection, decode(CAMPAIGN), clock())

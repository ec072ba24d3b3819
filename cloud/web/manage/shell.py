"""What stands around every page of the manager: the places in the rail, the bar above, and the state in the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.routing import BaseRoute, Mount

from cloud.accounts import stores
from cloud.manage.rights import Right, Who
from cloud.shop.requests import State
from cloud.store import alerts, plans, requests
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.view import THEMES, language_of
from cloud.web.manage.wording import Wording
from cloud.web.standing import READS, stands

KEPT = ("period", "compare", "theme", "lang")
"""What a link to another place takes along; all else in an address is that page's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page in the rail: `key` names it in templates and its picture in icons.svg, `name` is its message in English.

    `timed`: its figures are of a period, so that the bar offers one and what to compare it with. `quick`: it stands in
    the bar at the bottom of a phone.
    """

    key: str
    path: str
    right: Right
    name: str
    timed: bool = False
    quick: bool = False


GROUPS: tuple[tuple[Place, ...], ...] = (
    (
        Place(key="floor", path="/manage", right=Right.SEE, name="Floor", timed=True, quick=True),
        Place(key="funnel", path="/manage/funnel", right=Right.SEE, name="Funnel", timed=True, quick=True),
        Place(key="zones", path="/manage/zones", right=Right.SEE, name="Zones", timed=True),
        Place(key="products", path="/manage/products", right=Right.SEE, name="Products", timed=True),
        Place(key="offers", path="/manage/offers", right=Right.SEE, name="Offers"),
        Place(key="customers", path="/manage/customers", right=Right.SHOPPERS, name="Customers"),
    ),
    (
        Place(key="requests", path="/manage/requests", right=Right.ANSWER, name="Requests", timed=True, quick=True),
        Place(key="alerts", path="/manage/alerts", right=Right.SEE, name="Alerts", quick=True),
        Place(key="devices", path="/manage/devices", right=Right.SEE, name="Devices"),
        Place(key="quality", path="/manage/quality", right=Right.SEE, name="Data quality", timed=True),
        Place(key="audit", path="/manage/audit", right=Right.AUDIT, name="Audit"),
    ),
    (
        Place(key="plan", path="/manage/plan", right=Right.SEE, name="Plan"),
        Place(key="cameras", path="/manage/cameras", right=Right.DRAW, name="Cameras"),
    ),
    (
        Place(key="report", path="/manage/report", right=Right.SEE, name="Weekly report"),
        Place(key="exports", path="/manage/exports", right=Right.EXPORT, name="Exports"),
        Place(key="notes", path="/manage/notes", right=Right.SETTLE, name="Notes"),
        Place(key="staff", path="/manage/staff", right=Right.SETTLE, name="Staff"),
        Place(key="signs", path="/manage/signs", right=Right.SETTLE, name="Signs"),
        Place(key="accounts", path="/manage/accounts", right=Right.ADMIT, name="Accounts"),
        Place(key="log", path="/manage/log", right=Right.ADMIT, name="Audit log"),
        Place(key="account", path="/manage/account", right=Right.SEE, name="My account"),
    ),
)
"""The rail from top to bottom: what happens, what to do, what is where, and what is kept."""
PLACES: Mapping[str, Place] = {place.key: place for group in GROUPS for place in group}

PERIODS = ("15m", "1h", "today", "yesterday", "7d", "28d", "365d")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLink:
    """A store that the account may enter, and where its pages are; `here` is the one that answers."""

    title: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Here:
    """The page's own address, from which its links are made."""

    path: str
    state: tuple[tuple[str, str], ...]

    def with_(self, **changes: str) -> str:
        """This page with some of its state changed; an empty word is taken out."""
        return _address(self.path, dict(self.state) | changes)

    def to(self, path: str, **changes: str) -> str:
        """Another place, with the period, the comparison, the theme and the language kept."""
        return _address(path, {key: word for key, word in self.state if key in KEPT} | changes)

    def rest(self, *but: str) -> tuple[tuple[str, str], ...]:
        """The state for a form's hidden fields, without the fields that the form itself has."""
        return tuple((key, word) for key, word in self.state if key not in but)


def shell(desk: Desk, request: Request, who: Who, place: str, *, path: str | None = None) -> dict[str, object]:
    """What `manage/base.html` names, for a page of `place`, a key of PLACES; the handler adds its own values to it.

    `here` makes links (`here.with_(zone="tea")`, `here.to("/manage/zones")`); `w` writes figures; `counts` stand beside
    places in the rail. `path` is the page's own, where the request asks for a part of it alone. Raises KeyError for
    a place that is not in PLACES.
    """
    language = language_of(request)
    korean = language is Language.KO
    routed, now_ms = _routed(request), desk.clock()
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
        waiting = sum(ask.state is State.WAITING for ask in requests.waiting(connection))
        wrong = alerts.open_count(connection)
    title = ("" if plan is None else plan.title.ko if korean else plan.title.en) or "Aisle"
    asked = request.query_params
    return {
        "nonce": request.state.nonce,
        "theme": asked.get("theme", "auto") if asked.get("theme") in THEMES else "auto",
        "lang": asked.get("lang", "") if asked.get("lang") in tuple(Language) else "",
        "korean": korean,
        "w": Wording(korean=korean, zone=desk.zone, k=desk.k),
        "who": who,
        "here": _here(request, place) if path is None else Here(path, tuple(asked.items())),
        "place": PLACES[place],
        "groups": tuple(filter(None, (_shown(group, who, routed) for group in GROUPS))),
        "counts": {"requests": waiting, "alerts": wrong},
        "store": title,
        "stores": _stores(desk, who, title, korean=korean),
        "period": asked.get("period") or "today",
        "compare": asked.get("compare") or "weekday",
        "now_ms": now_ms,
        "today": datetime.fromtimestamp(now_ms / 1000, desk.zone).date().isoformat(),
        "wall": asked.get("wall") == "1",
        "version": desk.pages.version,
    }


def _here(request: Request, place: str) -> Here:
    """The page's own address; of a posted form's answer that of the page in its place."""
    if request.method in READS:
        return Here(request.url.path, tuple(request.query_params.items()))
    path, query = stands(request, PLACES[place].path)
    return Here(path, tuple(dict(parse_qsl(query)).items()))


def _stores(desk: Desk, who: Who, title: str, *, korean: bool) -> tuple[StoreLink, ...]:
    """This store, and each other that the account may enter and whose pages have an address."""
    with desk.door.accounts.reading() as connection:
        entries = stores.entries(connection, who.account)
    others = (one for one in entries if one.name != desk.door.store and one.address)
    return (
        StoreLink(title=title, address="/manage", here=True),
        *(
            StoreLink(title=one.title.ko if korean else one.title.en, address=f"{one.address}/manage", here=False)
            for one in others
        ),
    )


def _shown(group: Sequence[Place], who: Who, routed: frozenset[str]) -> tuple[Place, ...]:
    return tuple(place for place in group if who.may(place.right) and place.path in routed)


def _address(path: str, state: Mapping[str, str]) -> str:
    query = urlencode({key: word for key, word in state.items() if word})
    return f"{path}?{query}" if query else path


def _routed(request: Request) -> frozenset[str]:
    """The paths that this application answers; read from its routes once."""
    known: frozenset[str] | None = getattr(request.app.state, "paths", None)
    if known is None:
        known = request.app.state.paths = frozenset(_paths(request.app.routes))
    return known


def _paths(routes: Iterable[BaseRoute]) -> Iterable[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from _paths(inner.routes)
        elif not isinstance(route, Mount) and "GET" in (getattr(route, "methods", None) or ()):
            yield str(getattr(route, "path", ""))

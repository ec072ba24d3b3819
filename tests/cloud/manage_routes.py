"""Every route of the managers' pages and of their API, with the right that it takes; one that is not here fails.

For a route of yours add one line to ROUTES (nothing is needed in test_routes.py):

    page("/manage/zones", Right.SEE),                                     # GET; the form at the door without a session
    data("/v1/insight/zones", Right.SEE),                                 # GET; 401 without a session or a key
    act("/manage/notes", Right.SETTLE, {"text": "rain"}),                 # POST of a form that answers 303
    act("/manage/x/{number}/end", Right.RUN, {"lang": "en"}, at=my_x),    # about something: `at` makes its path
    own("/manage/account/password", {...}),                               # POST about one's own account; no key may

`at` is the path to ask (default: the route itself), or a function of the house and of the keys of somebody who may,
which makes a new thing and returns the path that is about it. `done` is the status for those who may (200; acts: 303);
`json` a body in JSON; `method` another verb. Everybody who may not gets 403, strangers 303 (pages) or 401 (the rest).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.manage.rights import Right, Role
from cloud.store import customers
from tests.cloud.everybody import House, Keys, found
from tests.cloud.shop import TEA

Body = Mapping[str, str | list[str]]
At = str | Callable[[House, Keys], str]

LANG: Final = {"lang": "en"}
RULES: Final[Body] = {
    "queue_people": "4",
    "queue_minutes": "3",
    "hot_c": "80",
    "stock_taps": "3",
    "on": ["queue", "camera"],
}

MAY: Final[Mapping[Right, str]] = {
    Right.SEE: "owner manager staff reader",
    Right.ANSWER: "owner manager staff",
    Right.AUDIT: "owner manager staff",
    Right.RUN: "owner manager",
    Right.DRAW: "owner manager",
    Right.SHOPPERS: "owner manager",
    Right.EXPORT: "owner manager",
    Right.SETTLE: "owner manager",
    Right.ADMIT: "owner",
}
"""Who may what, in words of its own: a role that may more or less fails here too."""
SCOPES: Final = frozenset((Right.SEE, Right.ANSWER, Right.RUN, Right.EXPORT, Right.SETTLE))
"""What an API key may be given; all else is a person's act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route. `everybody`: it is open, and answers all callers alike; then `right` says nothing."""

    method: str
    path: str
    right: Right
    door: bool = False  # a page: strangers are led to the form, programs too
    person: bool = False  # a person's own: 401 for every key
    done: int = 200
    at: At = ""
    fields: Body | None = None
    json: object = None
    everybody: int = 0
    ends: bool = False  # the session with which it is asked

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


def page(path: str, right: Right, *, at: At = "", done: int = 200) -> Route:
    return Route(method="GET", path=path, right=right, door=True, at=at, done=done)


def data(path: str, right: Right, *, at: At = "", done: int = 200) -> Route:
    return Route(method="GET", path=path, right=right, at=at, done=done)


def act(
    path: str,
    right: Right,
    fields: Body | None = None,
    *,
    at: At = "",
    done: int = 303,
    json: object = None,
    method: str = "POST",
) -> Route:
    return Route(method=method, path=path, right=right, at=at, done=done, fields=fields, json=json)


def own(path: str, fields: Body | None = None, *, at: At = "", done: int = 303) -> Route:
    """An act about one's own account, for which no key will do."""
    return Route(method="POST", path=path, right=Right.SEE, person=True, at=at, done=done, fields=fields)


def open_to_all(route: str, status: int, fields: Body | None = None, *, at: At = "", ends: bool = False) -> Route:
    method, path = route.split()
    return Route(method=method, path=path, right=Right.SEE, everybody=status, fields=fields, at=at, ends=ends)


def asked(it: House, _keys: Keys) -> str:
    """A shopper's request that waits, as the staff see it."""
    fields = {"gtin": TEA, "kind": "bring", "lang": "en", "t": "tag-tea"}
    status, _, _ = it.ask("POST", "/request", it.shopper(), data=fields)
    assert status == 303
    _, page, _ = it.ask("GET", "/manage/requests", it.boss)
    return found(r'action="(/manage/requests/[0-9]+)/take"', page)


def waiting(it: House, keys: Keys) -> str:
    return f"{asked(it, keys)}/take"


def taken(it: House, keys: Keys) -> str:
    path = asked(it, keys)
    status, _, _ = it.ask("POST", f"{path}/take", keys, data=LANG)
    assert status == 303
    return f"{path}/done"


def given(it: House, keys: Keys) -> str:
    return taken(it, keys).removesuffix("/done") + "/give"


def audit(rest: str = "") -> Callable[[House, Keys], str]:
    """A door audit that whoever asks has begun."""

    def begun(it: House, keys: Keys) -> str:
        status, text, headers = it.ask("POST", "/manage/audit", keys, data={"line": "door"})
        assert status == 303, text
        return headers["location"].partition("?")[0] + rest

    return begun


def a_note(it: House, _keys: Keys) -> str:
    """A note that the owner wrote down."""
    fields = {"first": "2026-11-20", "words": "rain", "lang": "en"}
    it.ask("POST", "/manage/notes", it.boss, data=fields)
    _, page, _ = it.ask("GET", "/manage/notes", it.boss)
    return found(r'action="(/manage/notes/[0-9]+/remove)"', page)


def invited(it: House, _keys: Keys) -> str:
    """An open invitation."""
    status, page, _ = it.ask("POST", "/manage/accounts/invite", it.boss, data={"role": "reader", "days": "1"})
    assert status == 200
    return found(r'action="(/manage/accounts/invitations/[0-9]+/end)', page)


def member(rest: str) -> Callable[[House, Keys], str]:
    """Somebody else with a role in this store."""

    def there(it: House, _keys: Keys) -> str:
        it.member(Role.READER, name="somebody")
        return f"/manage/accounts/somebody/{rest}"

    return there


def session_of(it: House, _keys: Keys) -> str:
    """Where somebody else is signed in."""
    it.member(Role.READER, name="somebody")
    _, page, _ = it.ask("GET", "/manage/accounts", it.boss)
    return found(r'action="(/manage/accounts/sessions/[0-9]+/end)[^>]*>[^>]*>[^>]*>: somebody', page)


def key(it: House, _keys: Keys) -> str:
    """A program's key."""
    it.program({Right.SEE})
    _, page, _ = it.ask("GET", "/manage/keys", it.boss)
    return found(r'action="(/manage/keys/[0-9]+/end)', page)


def known_shopper(it: House, _keys: Keys) -> str:
    """Somebody who chose to be known here."""
    it.shopper()
    with it.store.reading() as connection:
        return f"/manage/customers/{customers.recent(connection, 1)[0].handle}?why=asked"


ROUTES: Final[tuple[Route, ...]] = (
    # The door.
    open_to_all("GET /manage/login", 200),
    open_to_all(
        "POST /manage/login", 422, {"account": "nobody"}
    ),  # without a password, as wrong ones soon have to wait
    open_to_all("POST /manage/logout", 303, {}, ends=True),
    open_to_all("POST /manage/passkey/options", 404),  # this store has said no origin, without which they are off
    open_to_all("POST /manage/passkey", 404),
    open_to_all("GET /manage/invitation/{token}", 404, at="/manage/invitation/nobodys"),
    open_to_all("POST /manage/invitation/{token}", 404, {"account": "a", "password": "b"}, at="/manage/invitation/no"),
    # One's own account: a person's, whatever their role; no key's.
    page("/manage/funnel", Right.SEE),
    page("/manage/zones", Right.SEE),
    page("/manage/account", Right.SEE),
    own("/manage/account/password", {"old": "wrong", "new": "short", "again": "short"}),
    own("/manage/account/prove", {"password": ""}, done=422),  # wrong ones soon have to wait
    own("/manage/account/sessions/end", {}),
    own("/manage/account/sessions/{number}/end", {}, at="/manage/account/sessions/999999/end", done=404),
    own("/manage/account/passkeys/options", done=404),
    own("/manage/account/passkeys", done=404),
    own("/manage/account/passkeys/{number}/remove", {}, at="/manage/account/passkeys/999999/remove", done=404),
    # Who comes in.
    page("/manage/accounts", Right.ADMIT),
    act("/manage/accounts/invite", Right.ADMIT, {"role": "reader", "days": "1"}, done=200),
    act("/manage/accounts/invitations/{number}/end", Right.ADMIT, {}, at=invited),
    act("/manage/accounts/{name}/role", Right.ADMIT, {"role": "staff"}, at=member("role")),
    act("/manage/accounts/{name}/end", Right.ADMIT, {}, at=member("end")),
    act("/manage/accounts/sessions/{number}/end", Right.ADMIT, {}, at=session_of),
    page("/manage/keys", Right.ADMIT),
    act("/manage/keys", Right.ADMIT, {"name": "a", "scope": "see", "days": "7"}, done=200),
    act("/manage/keys/{number}/end", Right.ADMIT, {}, at=key),
    page("/manage/log", Right.ADMIT),
    page("/manage/customers", Right.SHOPPERS),
    act("/manage/customers/find", Right.SHOPPERS, {"text": "nobody"}),
    page("/manage/customers/{handle}", Right.SHOPPERS, at=known_shopper),
    # The floor and its figures.
    page("/manage", Right.SEE),
    data("/manage/parts", Right.SEE),
    data("/manage/live", Right.SEE),
    act("/manage/scale", Right.SEE, {"period": "1h"}),
    data("/v1/insight/report", Right.SEE),
    data("/v1/insight/heat", Right.SEE),
    data("/v1/insight/floor", Right.SEE),
    data("/v1/insight/day", Right.SEE, at="/v1/insight/day?date=2020-01-01", done=404),
    data("/v1/insight/nodes", Right.SEE),
    # Shoppers' requests.
    page("/manage/requests", Right.ANSWER),
    data("/manage/requests/live", Right.ANSWER),
    act("/manage/requests/{number}/take", Right.ANSWER, LANG, at=waiting),
    act("/manage/requests/{number}/done", Right.ANSWER, LANG, at=taken),
    act("/manage/requests/{number}/give", Right.ANSWER, LANG, at=given),
    # Products, devices, the data's quality.
    page("/manage/products", Right.SEE),
    page("/manage/devices", Right.SEE),
    page("/manage/quality", Right.SEE),
    data("/v1/insight/products", Right.SEE),
    data("/v1/insight/offers", Right.SEE),
    data("/v1/insight/quality", Right.SEE),
    # Offers and their campaigns.
    page("/manage/offers", Right.SEE),
    page("/manage/campaigns", Right.SEE, done=308),  # where they stood before
    act("/manage/campaigns/{name}/pause", Right.RUN, LANG, at="/manage/campaigns/tea/pause"),
    act("/manage/campaigns/{name}/resume", Right.RUN, LANG, at="/manage/campaigns/tea/resume"),
    # The door audit.
    page("/manage/audit", Right.AUDIT),
    page("/manage/audit/{number}", Right.AUDIT, at=audit()),
    data("/manage/audit/{number}/clicks", Right.AUDIT, at=audit("/clicks")),
    act("/manage/audit", Right.AUDIT, {"line": "door", **LANG}),
    act("/manage/audit/{number}/clicks", Right.AUDIT, {"direction": "in", **LANG}, at=audit("/clicks")),
    act("/manage/audit/{number}/undo", Right.AUDIT, LANG, at=audit("/undo")),
    act("/manage/audit/{number}/end", Right.AUDIT, LANG, at=audit("/end")),
    act("/manage/audit/{number}/drop", Right.AUDIT, LANG, at=audit("/drop")),
    # Alerts and the staff.
    page("/manage/alerts", Right.SEE),
    act("/manage/alerts/{number}/note", Right.ANSWER, LANG, at="/manage/alerts/1/note"),
    own("/manage/alerts/quiet", {"begins": "22:00", "ends": "08:00", **LANG}),
    own("/manage/alerts/push", done=422),  # the subscription of a browser that says nothing
    own("/manage/alerts/push/off", LANG),
    act("/manage/alerts/rules", Right.SETTLE, RULES),
    act("/manage/alerts/hooks", Right.SETTLE, {"url": "https://evil.example/"}, done=422),  # no host of the settings
    act("/manage/alerts/hooks/{number}/remove", Right.SETTLE, LANG, at="/manage/alerts/hooks/1/remove"),
    act("/manage/alerts/hooks/{number}/try", Right.SETTLE, LANG, at="/manage/alerts/hooks/1/try"),
    page("/manage/staff", Right.SETTLE),
    act("/manage/staff/badges", Right.SETTLE, {"reader": "tea-reader", "label": "A3", **LANG}),
    act("/manage/staff/badges/{tag}/remove", Right.SETTLE, LANG, at=f"/manage/staff/badges/{'a' * 32}/remove"),
    # The plan and its editor.
    page("/manage/cameras", Right.DRAW),
    page("/manage/cameras/{camera}", Right.DRAW, at="/manage/cameras/cam-a"),
    act("/manage/cameras/{camera}/still", Right.DRAW, at="/manage/cameras/cam-a/still", done=503),  # no broker here
    data("/manage/cameras/{camera}/still/{nonce}", Right.DRAW, at="/manage/cameras/cam-a/still/0", done=410),
    act("/manage/cameras/{camera}/errors", Right.DRAW, at="/manage/cameras/cam-a/errors", json={}, done=422),
    act("/manage/cameras/{camera}/pairs", Right.DRAW, {"version": "1"}, at="/manage/cameras/cam-a/pairs"),
    page("/manage/plan", Right.SEE),
    data("/manage/plan/export", Right.SEE),
    data("/manage/plan/picture/{version}", Right.SEE, at="/manage/plan/picture/1"),
    data("/manage/plan/image/{digest}", Right.SEE, at="/manage/plan/image/0", done=404),
    data("/manage/plan/draft", Right.DRAW),
    act("/manage/plan/draft", Right.DRAW, method="PUT", json={}, done=428),  # without saying which draft was seen
    act("/manage/plan/draft", Right.DRAW, method="DELETE", done=204),
    act("/manage/plan/draft/merge", Right.DRAW, json={"number": 0}, done=409),
    act("/manage/plan/save", Right.DRAW, json={"number": 0}, done=409),
    act("/manage/plan/image", Right.DRAW, done=422),
    act("/manage/plan/import", Right.DRAW, LANG, done=422),
    act("/manage/plan/restore", Right.DRAW, {"version": "1", **LANG}),
    page("/manage/report", Right.SEE),
    page("/manage/signs", Right.SETTLE),
    page("/manage/notes", Right.SETTLE),
    act("/manage/notes", Right.SETTLE, {"first": "2026-11-20", "words": "rain", "lang": "en"}),
    act("/manage/notes/{number}/remove", Right.SETTLE, LANG, at=a_note),
    page("/manage/exports", Right.EXPORT),
    data("/v1/insight/tables", Right.EXPORT),
    data("/v1/insight/tables/{name}", Right.EXPORT, at="/v1/insight/tables/days"),
)

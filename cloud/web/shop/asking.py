"""A request, read once into plain values."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from cloud.shop.tokens import digest
from cloud.store.shoppers import Profile, profile
from cloud.web.language import Language, choose
from cloud.web.services import Services
from cloud.web.standing import READS, stands

COOKIE = "__Host-aisle"
COOKIE_AGE_S = 90 * 24 * 3600
MAX_FIELDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for what, in which language."""

    path: str  # as it came, still percent-encoded
    query: str
    fields: dict[str, str]
    doubled: bool
    language: Language
    nonce: str
    profile_digest: str | None  # of the cookie's token, where there is one
    prefetch: bool
    address: str  # empty where the server does not know it
    gzip: bool  # whether the answer may be compressed
    stands: tuple[str, dict[str, str]] | None = None  # of a posted form: the page in its place, with its fields

    def profile(self, services: Services) -> Profile | None:
        """The shopper whose cookie this is. Blocks on the store."""
        if self.profile_digest is None:
            return None
        with services.store.reading() as connection:
            return profile(connection, self.profile_digest)


def asking(request: Request, form: str = "") -> Asking:
    """Reads a request; `form` is the body of a posted form, whose fields come before the link's."""
    query = request.scope["query_string"].decode("latin-1")
    fields, doubled = single_fields(form or query)
    cookie = request.cookies.get(COOKIE)
    purpose = request.headers.get("sec-purpose") or request.headers.get("purpose") or ""
    return Asking(
        path=request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0],
        query=query,
        fields=fields,
        doubled=doubled,
        language=choose(fields.get("lang"), request.headers.get("accept-language")),
        nonce=request.state.nonce,
        profile_digest=digest(cookie) if cookie else None,
        prefetch="prefetch" in purpose,
        address=request.client.host if request.client else "",
        gzip="gzip" in request.headers.get("accept-encoding", ""),
        stands=None if request.method in READS else stands_at(request, form),
    )


def stands_at(request: Request, form: str = "") -> tuple[str, dict[str, str]]:
    """Path and fields of the page that a posted form's answer stands for; the store's front where none is known."""
    path, query = stands(request, "/")
    return path, {**single_fields(query)[0], **single_fields(form)[0]}


def single_fields(text: str) -> tuple[dict[str, str], bool]:
    """The fields of a query or form, the first of each name, and whether any stood twice."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}, True
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields, len(fields) != len(pairs)


def every_field(text: str, name: str) -> tuple[str, ...]:
    """All values of one name, as a form's check boxes send them."""
    try:
        return tuple(v for n, v in parse_qsl(text, max_num_fields=MAX_FIELDS) if n == name)
    except ValueError:
        return ()


async def body_text(request: Request) -> str:
    """A posted form's text."""
    return (await request.body()).decode("utf-8", "replace")

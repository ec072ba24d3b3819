"""The forms that an answer to a shopper takes."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from cloud.shop.consent import Purpose
from cloud.shop.wording import texts
from cloud.web.services import Services
from cloud.web.shop.asking import Asking
from cloud.web.shop.packing import pack

_OWN = ("a", "b", "q", "page", "with", "by")
"""The fields that say which page it is, of whatever page a form may stand on."""


def page(
    services: Services, asking: Asking, template: str, values: Mapping[str, object], *, status: int = 200
) -> Response:
    """A page in the visitor's language."""
    return packed(asking, write(services, asking, template, values), status=status)


def write(services: Services, asking: Asking, template: str, values: Mapping[str, object]) -> str:
    """A page's text."""
    given = {"nonce": asking.nonce, "switch": switch_link(asking), "carry": kept(asking.fields), **values}
    return services.pages.render(f"shop/{template}", asking.language, given)


def packed(asking: Asking, body: str | bytes, *, status: int = 200) -> Response:
    """A page's text, or what `pack` made of it, as an answer."""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-language": str(asking.language),
        "vary": "accept-language, accept-encoding, cookie",
    }
    if asking.gzip:
        headers["content-encoding"] = "gzip"
        body = pack(body) if isinstance(body, str) else body
    return Response(body, status, headers)


def problem(
    services: Services, asking: Asking, kind: str, *, status: int, detail: str = "", gtin: str = ""
) -> Response:
    """A page that says what is wrong and where to go from here; `kind` chooses the words."""
    return page(services, asking, "problem.html", {"kind": kind, "detail": detail, "gtin": gtin}, status=status)


def busy(services: Services, asking: Asking) -> Response:
    """429: too many did this from the address just now, which may be that of the store's whole Wi-Fi."""
    answer = problem(services, asking, "busy", status=429)
    answer.headers["retry-after"] = "60"
    return answer


def see_other(url: str) -> RedirectResponse:
    """Go on there, with GET (303)."""
    return RedirectResponse(url, status_code=303)


def switch_link(asking: Asking, *also: str) -> str:
    """The same page in the other language, with those fields `also` that are the page's own; a signature's parts never
    go along. Of a posted form it is the page that the form stood on.
    """
    path, fields, own = (asking.path, asking.fields, also) if asking.stands is None else (*asking.stands, _OWN)
    words = {name: fields[name] for name in own if fields.get(name)}
    return with_query(path, {**words, **kept(fields), "lang": str(asking.language.other)})


def kept(fields: Mapping[str, str]) -> dict[str, str]:
    """What of a link goes along to the next page."""
    return {name: fields[name] for name in ("t", "visit", "lang") if fields.get(name)}


def with_query(path: str, fields: Mapping[str, str]) -> str:
    """A path of ours with a query."""
    return f"{path}?{urlencode(fields)}" if fields else path


def product_link(gtin: str, fields: Mapping[str, str]) -> str:
    """A product's page, with the tag and the visit where there are such."""
    return with_query(f"/01/{gtin}", kept(fields))


def consent_texts(asking: Asking) -> dict[Purpose, tuple[str, str]]:
    """Title and words of each choice in the visitor's language, as they are asked with now."""
    found = {purpose: texts(purpose, asking.language) for purpose in Purpose}
    return {purpose: (text.title, text.words) for purpose, text in found.items()}

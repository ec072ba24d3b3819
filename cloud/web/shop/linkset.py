"""The links of a product for machines (RFC 9264, with the link types of GS1's web vocabulary)."""

from collections.abc import Mapping

from cloud.gs1 import Link
from cloud.shop.catalogue import Product
from cloud.web.language import Language
from cloud.web.shop.sheet import Sheet

MEDIA_TYPE = "application/linkset+json"
OPEN = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-expose-headers": "Link, Content-Length",
}
"""For any page's script: nothing here is anybody's secret."""
GS1 = "https://ref.gs1.org/voc/"
_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
_ALL = ("linkset", "all")
_PAGE = ("defaultLink", "pip")

Json = dict[str, "Json"] | list["Json"] | str | bool


def wanted(fields: Mapping[str, str], accept: str) -> bool:
    """Whether the links are asked for, not the page."""
    return fields.get("linkType") in _ALL or (not fields.get("linkType") and MEDIA_TYPE in accept.lower())


def offered(fields: Mapping[str, str]) -> bool:
    """Whether there is a link of the type that is asked for, where one is asked for."""
    kind = fields.get("linkType", "")
    return not kind or kind in _ALL or _short(kind) in _PAGE


def leads_to_reviews(fields: Mapping[str, str]) -> bool:
    """Whether the product's reviews are asked for by their link type."""
    return _short(fields.get("linkType", "")) == "review"


def header(product: Product, base: str) -> str:
    """The `Link` header of a product's page (RFC 8288): where its links are."""
    return f'<{base}/01/{product.gtin}?linkType=linkset>; rel="linkset"; type="{MEDIA_TYPE}"'


def context_header() -> str:
    """The `Link` header of a linkset, by which its JSON can be read as JSON-LD."""
    return f'<{_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


def description(base: str) -> Json:
    """What the resolver under this origin can do (GS1-Conformant resolver standard, resolver description file)."""
    return {
        "name": "Aisle",
        "resolverRoot": base,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": [{"namespace": GS1, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": _CONTEXT,
    }


def of(sheet: Sheet, link: Link, base: str) -> Json:
    """The linkset of what a link identifies, whose page is under this origin."""
    product = sheet.product
    page = f"{base}/01/{product.gtin}"
    context: dict[str, Json] = {
        "anchor": base + link.path,
        "itemDescription": product.name["en"],
        f"{GS1}defaultLink": [{"href": page, "title": product.name["en"], "type": "text/html"}],
        f"{GS1}defaultLinkMulti": _in_each_language(page, product),
        f"{GS1}pip": _in_each_language(page, product),
    }
    if sheet.rating.count:
        context[f"{GS1}review"] = _in_each_language(f"{page}/reviews", product)
    return {"linkset": [context]}


def _in_each_language(page: str, product: Product) -> Json:
    return [
        {
            "href": f"{page}?lang={language}",
            "title": product.name[language],
            "hreflang": [language],
            "type": "text/html",
        }
        for language in map(str, Language)
    ]


def _short(kind: str) -> str:
    """A link type's name in GS1's vocabulary; empty where it is of another one."""
    for prefix in ("gs1:", GS1):
        if kind.startswith(prefix):
            return kind.removeprefix(prefix)
    return ""

"""The links of a product for machines (RFC 9264, with the link types of GS1's web vocabulary)."""

from collections.abc import Mapping

from cloud.shop.catalogue import Product
from cloud.web.language import Language

MEDIA_TYPE = "application/linkset+json"
OPEN = {"access-control-allow-origin": "*"}
"""For any page's script: nothing here is anybody's secret."""
_GS1 = "https://ref.gs1.org/voc/"
_ALL = ("linkset", "all")
_PAGE = frozenset(prefix + name for prefix in ("gs1:", _GS1) for name in ("defaultLink", "pip"))

Json = dict[str, "Json"] | list["Json"] | str | bool


def wanted(fields: Mapping[str, str], accept: str) -> bool:
    """Whether the links are asked for, not the page."""
    return fields.get("linkType") in _ALL or MEDIA_TYPE in accept.lower()


def offered(fields: Mapping[str, str]) -> bool:
    """Whether there is a link of the type that is asked for, where one is asked for."""
    kind = fields.get("linkType", "")
    return not kind or kind in _ALL or kind in _PAGE


def description(base: str) -> Json:
    """What the resolver under this origin can do (GS1-Conformant resolver standard, resolver description file)."""
    return {
        "name": "Aisle",
        "resolverRoot": base,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": [{"namespace": _GS1, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "supportsLanguageVariants": True,
        "validatesAIcombinations": True,
    }


def of(product: Product, base: str) -> Json:
    """The linkset of a product whose page is under this origin."""
    anchor = f"{base}/01/{product.gtin}"
    pages: list[Json] = [
        {
            "href": f"{anchor}?lang={language}",
            "title": product.name[language],
            "hreflang": [language],
            "type": "text/html",
        }
        for language in map(str, Language)
    ]
    return {
        "linkset": [
            {
                "anchor": anchor,
                "itemDescription": product.name["en"],
                f"{_GS1}defaultLink": [{"href": anchor, "title": product.name["en"], "type": "text/html"}],
                f"{_GS1}pip": pages,
            }
        ]
    }

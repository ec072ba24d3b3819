"""The links of a product for machines (RFC 9264, with the link types of GS1's web vocabulary)."""

from collections.abc import Mapping

from cloud.shop.catalogue import Product
from cloud.web.language import Language

MEDIA_TYPE = "application/linkset+json"
_GS1 = "https://ref.gs1.org/voc/"

Json = dict[str, "Json"] | list["Json"] | str


def wanted(fields: Mapping[str, str], accept: str) -> bool:
    """Whether the links are asked for, not the page."""
    return fields.get("linkType") in ("linkset", "all") or MEDIA_TYPE in accept.lower()


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

"""A product as search engines read it (schema.org, as JSON-LD)."""

from cloud.web.language import Language
from cloud.web.shop.sheet import Level, Sheet

Json = dict[str, "Json"] | list["Json"] | str | int | float

_AVAILABLE = {
    Level.UNCOUNTED: "InStock",
    Level.PLENTY: "InStock",
    Level.LOW: "LimitedAvailability",
    Level.OUT: "OutOfStock",
}


def of(sheet: Sheet, base: str, language: Language) -> Json:
    """`Product` with its `Offer` and, where somebody rated it, its `AggregateRating`; all addresses absolute."""
    product = sheet.product
    address = f"{base}/01/{product.gtin}"
    told: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": address,
        "name": product.name[language],
        "gtin14": product.gtin,
        "hasGS1DigitalLink": address,
        "offers": _offer(sheet, address),
    }
    if product.line[language]:
        told["description"] = product.line[language]
    if product.brand[language]:
        told["brand"] = {"@type": "Brand", "name": product.brand[language]}
    if sheet.picture:
        told["image"] = base + sheet.picture
    if product.size[language]:
        told["size"] = product.size[language]
    if product.group:
        told["inProductGroupWithID"] = product.group
    if sheet.rating.count:
        told["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(sheet.rating.mean, 2),
            "ratingCount": sheet.rating.count,
            "bestRating": 5,
        }
    return told


def _offer(sheet: Sheet, address: str) -> Json:
    state = "Discontinued" if sheet.product.retired else _AVAILABLE[sheet.level]
    offer: dict[str, Json] = {
        "@type": "Offer",
        "url": address,
        "price": sheet.product.price,
        "priceCurrency": "KRW",
        "availability": f"https://schema.org/{state}",
    }
    if sheet.product.list_price:
        offer["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": sheet.product.list_price,
            "priceCurrency": "KRW",
        }
    return offer

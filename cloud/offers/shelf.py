"""A product's own offer, as the catalogue tells it, is a campaign like any other."""

import datetime as dt
import sqlite3
from typing import Final

from cloud.offers.campaigns import Campaign, Content, Copy, Standing, without_label
from cloud.offers.rules import Trigger
from cloud.shop.catalogue import Product
from cloud.store import campaigns, catalogue

PREFIX: Final = "offer-"
"""Of the names of these campaigns, before the GTIN."""
_FIRST, _LAST = dt.date(2020, 1, 1), dt.date(2099, 12, 31)


def campaign_of(product: Product) -> Campaign | None:
    """The campaign of a product's own offer, which lasts for as long as the catalogue tells it; None without one."""
    ko, en = (without_label(product.offer[language]) for language in ("ko", "en"))
    titles = (without_label(product.name[language]) for language in ("ko", "en"))
    if not (ko and en and all(titles)) or product.retired:
        return None
    return Campaign(
        id=f"{PREFIX}{product.gtin}",
        trigger=Trigger.TAP,
        content=Content(
            ko=Copy(title=without_label(product.name["ko"]), text=ko),
            en=Copy(title=without_label(product.name["en"]), text=en),
        ),
        begins=_FIRST,
        ends=_LAST,
        gtins=(product.gtin,),
    )


def follow(connection: sqlite3.Connection, now_ms: int) -> int:
    """Makes these campaigns follow the catalogue: new words are a new version, no words end it. Returns how many run.

    Call inside a transaction of the writer, after products were imported and when the program starts.
    """
    told = {it.id: it for product in catalogue.offered(connection) if (it := campaign_of(product))}
    for campaign in told.values():
        campaigns.add(connection, campaign, now_ms)
    for head in campaigns.heads(connection):
        if head.id.startswith(PREFIX) and head.id not in told and head.standing is not Standing.ENDED:
            campaigns.set_standing(
                connection, head.id, Standing.ENDED, words="the catalogue has no such offer", now_ms=now_ms
            )
    return len(told)

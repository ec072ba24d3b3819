"""In whose name, and by which clock, the store speaks to a shopper."""

import sqlite3
from zoneinfo import ZoneInfo

from cloud.shop.messages import Both
from cloud.shop.reminding import Voice
from cloud.store import catalogue
from cloud.web.services import Services


def voice(services: Services, connection: sqlite3.Connection) -> Voice:
    """The store's voice; before it has a plan it is only called what the page calls it."""
    plan = catalogue.plan(connection)
    name = Both(ko=plan.title.ko, en=plan.title.en) if plan else Both(ko="매장", en="The store")
    return Voice(sender=name, zone=ZoneInfo(services.pages.timezone))

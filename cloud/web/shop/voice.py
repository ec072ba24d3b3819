"""In whose name, and by which clock, the store speaks to a shopper."""

import sqlite3
from zoneinfo import ZoneInfo

from cloud.shop.messages import Both
from cloud.shop.reminding import Voice
from cloud.store import plans
from cloud.web.services import Services


def voice(services: Services, connection: sqlite3.Connection) -> Voice:
    """The store's voice: the sender of its settings, else as its plan is called."""
    sender, plan = services.house.sender, plans.plan_now(connection)
    name = Both(ko="매장", en="The store")
    if sender:
        name = sender.name
    elif plan:
        name = Both(ko=plan.title.ko, en=plan.title.en)
    return Voice(sender=name, zone=ZoneInfo(services.pages.timezone))

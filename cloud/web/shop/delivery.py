"""Shows what was told on the shopper's open pages, and wakes whoever sends it further."""

from cloud.shop.hub import PushedEvent
from cloud.shop.telling import Told
from cloud.store.shoppers import StoredMessage
from cloud.web.services import Services


def publish(services: Services, told: Told) -> None:
    """Shows a told message on the person's open pages, and has its push sent. Event loop only, after the commit."""
    services.hub.publish(told.person, event(told.message))
    if services.outbox:
        services.outbox.wake()


def event(message: StoredMessage) -> PushedEvent:
    """A kept message as an open page gets it."""
    return PushedEvent(kind=message.kind, data=message.body, id=message.id)

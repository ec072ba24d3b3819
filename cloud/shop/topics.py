"""Which open pages show which product, so that each is told of its own stock and of nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from cloud.shop.hub import PushedEvent, Subscription


class Topics:
    """Open pages by what they show. Event loop only, as the hub whose subscriptions these are."""

    def __init__(self) -> None:
        self._pages: dict[str, set[Subscription]] = {}

    @contextmanager
    def join(self, name: str, page: Subscription) -> Iterator[None]:
        """The page hears of this topic while the block lasts; with an empty name of none."""
        if not name:
            yield
            return
        self._pages.setdefault(name, set()).add(page)
        try:
            yield
        finally:
            pages = self._pages[name]
            pages.discard(page)
            if not pages:
                del self._pages[name]

    def names(self) -> tuple[str, ...]:
        """What somebody listens to now."""
        return tuple(self._pages)

    def tell(self, name: str, event: PushedEvent) -> int:
        """Queues an event for each page of a topic; returns how many there are."""
        pages = self._pages.get(name, ())
        for page in pages:
            page.put(event)
        return len(pages)

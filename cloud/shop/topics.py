"""Which open pages show which product, so that each is told of its own stock and of nothing else."""

from types import TracebackType

from cloud.shop.hub import Hub, PushedEvent, Subscription


class Topics:
    """Open pages by what they show. Event loop only, as the hub whose subscriptions these are."""

    def __init__(self) -> None:
        self._pages: dict[str, set[Subscription]] = {}

    def watching(self, hub: Hub, key: int, name: str) -> "Watching":
        """A queue of `hub` for one page that hears of this topic too; with an empty name of none. Its `with` raises
        Crowded.
        """
        return Watching(self, hub.subscribe(key), name)

    def join(self, name: str, page: Subscription) -> None:
        """The page hears of this topic until it leaves."""
        self._pages.setdefault(name, set()).add(page)

    def leave(self, name: str, page: Subscription) -> None:
        """The page hears no more of it."""
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


class Watching:
    """A page's queue and its topic, together. A class, since thousands are open and a generator's frame is large."""

    __slots__ = ("_name", "_page", "_topics")

    def __init__(self, topics: Topics, page: Subscription, name: str) -> None:
        self._topics = topics
        self._page = page
        self._name = name

    def __enter__(self) -> Subscription:
        """Raises Crowded."""
        self._page.__enter__()
        if self._name:
            self._topics.join(self._name, self._page)
        return self._page

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._name:
            self._topics.leave(self._name, self._page)
        self._page.__exit__(kind, error, trace)

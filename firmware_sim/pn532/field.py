"""The radio field over a reader, in which tags come and go."""

from firmware_sim.tags.tag import Reply, Tag, TypeATag, TypeFTag


class Field:
    """Tags lie in the field in the order they were put; the first one answers, as with a reader that asks for one.

    The reader switches the field; without it, tags are without power and forget their sessions.
    """

    def __init__(self) -> None:
        self._tags: list[Tag] = []
        self._on = False

    @property
    def on(self) -> bool:
        """Whether the reader powers the field."""
        return self._on

    @property
    def tag(self) -> Tag | None:
        """The tag that answers, if any lies there."""
        return self._tags[0] if self._tags else None

    def put(self, tag: Tag) -> None:
        """Lay a tag on the reader; putting it again changes nothing."""
        if tag not in self._tags:
            tag.power_off()
            self._tags.append(tag)

    def take(self, tag: Tag | None = None) -> Tag | None:
        """Take `tag` away, or the one that answers; returns what was taken."""
        taken = tag or self.tag
        if taken not in self._tags:
            return None
        self._tags.remove(taken)
        taken.power_off()
        return taken

    def switch(self, *, on: bool) -> None:
        """Power the field or not."""
        if self._on and not on:
            for tag in self._tags:
                tag.power_off()
        self._on = on

    def request_a(self) -> TypeATag | None:
        """REQA over the air: the Type A card that answers."""
        tag = self.tag
        return tag if self._on and isinstance(tag, TypeATag) and tag.request() else None

    def send_a(self, frame: bytes) -> Reply | None:
        """A Type A frame over the air, CRC left out."""
        tag = self.tag
        return tag.receive(frame) if self._on and isinstance(tag, TypeATag) else None

    def send_f(self, frame: bytes) -> Reply | None:
        """A FeliCa frame over the air, CRC left out."""
        tag = self.tag
        return tag.receive(frame) if self._on and isinstance(tag, TypeFTag) else None

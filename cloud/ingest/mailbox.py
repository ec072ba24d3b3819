"""Messages between the thread that hears them and the thread that stores them, bounded in bytes."""

import threading
from collections import deque
from dataclasses import dataclass

from cloud.ingest.decision import Message

_MESSAGE_BYTES = 1_000
"""What a message costs beside its payload, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message as the broker handed it over; `session` tells one connection's packet ids from the next one's."""

    message: Message
    packet: int
    qos: int  # 0: nobody waits for an acknowledgement
    session: int

    @property
    def size(self) -> int:
        """Bytes that it takes while it waits."""
        return len(self.message.payload) + _MESSAGE_BYTES


class Mailbox:
    """First in, first out. Where it is full, `put` waits: the broker then waits too, as TCP does."""

    def __init__(self, *, capacity: int) -> None:
        """`capacity` in bytes; one message is always taken, however large."""
        self._capacity = capacity
        self._deliveries: deque[Delivery] = deque()
        self._size = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, delivery: Delivery) -> bool:
        """Waits for room; False where the mailbox closed, and the message was not taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._size or self._size < self._capacity)
            if self._closed:
                return False
            self._deliveries.append(delivery)
            self._size += delivery.size
            self._changed.notify_all()
        return True

    def take(self, *, most_bytes: int, most: int) -> list[Delivery]:
        """Waits for a message, and takes with it what waits already, up to so much; [] where it closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._deliveries)
            if self._closed:
                return []
            taken, size = [self._deliveries.popleft()], 0
            while self._deliveries and len(taken) < most and size + taken[-1].size < most_bytes:
                size += taken[-1].size
                taken.append(self._deliveries.popleft())
            self._size -= sum(it.size for it in taken)
            self._changed.notify_all()
        return taken

    def close(self) -> None:
        """Ends every wait; what was not taken is the broker's still, since nobody has acknowledged it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

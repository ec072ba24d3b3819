"""What a shopper may ask of the staff with one touch, and through which states it goes."""

import enum
from typing import Final

OPEN_MOST: Final = 3
"""Requests that one visit or shopper may have open; the staff of a small store is one person."""
KEPT_MS: Final = 24 * 3_600_000
"""How long a status page can be opened; the request itself stays, nobody's, for the figures."""


class Kind(enum.StrEnum):
    """What is asked for."""

    BRING = "bring"  # bring it, or come, to the shelf where it was tapped
    HOLD = "hold"  # set one aside at the till
    LIST = "list"  # look at the shopper's list with them


class State(enum.StrEnum):
    """How far it is."""

    WAITING = "waiting"  # nobody has taken it
    TAKEN = "taken"  # one of the staff has it, nobody else can take it
    DONE = "done"  # it was done
    CANCELLED = "cancelled"  # the shopper took it back

    @property
    def open(self) -> bool:
        """Whether somebody still waits."""
        return self in (State.WAITING, State.TAKEN)

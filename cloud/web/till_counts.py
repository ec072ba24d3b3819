"""What became of the tills' requests since the start, so that none is turned away without being counted."""

from dataclasses import dataclass


@dataclass(slots=True)
class TillCounts:
    """One process's counts. Event loop only."""

    kept: int = 0  # or kept before, or quoted
    refused: int = 0  # readable, and against the books
    unreadable: int = 0
    strangers: int = 0  # by no token and no signature a till's


WORDS = {
    "kept": "Requests of tills that were answered well",
    "refused": "Requests of tills that were against the books, so that nothing was kept",
    "unreadable": "Requests of tills that could not be read",
    "strangers": "Requests to tills' routes by nobody that is a till",
}
"""Each count's meaning, by its name."""

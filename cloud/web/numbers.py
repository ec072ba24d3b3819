"""The numbers that an address or a form may name: none that the database could not take."""

from typing import Annotated, Final

from fastapi import Path

MOST_NUMBER: Final = 2**53
"""What a browser's numbers hold exactly: far more than any table has rows, and less than SQLite's integers end at."""

Numbered = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
"""A row's number in a path; every other one is answered 422."""

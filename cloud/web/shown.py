"""A refusal that is a page of its own."""

from fastapi import HTTPException


class Shown(HTTPException):
    """Answered by this page as it is, with its status."""

    def __init__(self, status: int, page: str) -> None:
        super().__init__(status)
        self.page = page

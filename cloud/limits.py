"""How long a request's body may be, by its path: said once, for the server that reads it and the pages that take it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

USUAL_BYTES: Final = 64 * 1024
"""A till's longest sale and a shopper's longest words are far below; long files are imported at the command line."""
PLAN_BYTES: Final = 1024 * 1024
PICTURE_BYTES: Final = 4 * 1024 * 1024
_FORM_BYTES: Final = 4096
"""What a form puts around its file."""
_LARGER: Final[Mapping[str, int]] = MappingProxyType(
    {
        "/manage/plan/draft": PLAN_BYTES,
        "/manage/plan/import": PLAN_BYTES + _FORM_BYTES,
        "/manage/plan/image": PICTURE_BYTES,
    }
)
"""What some paths take instead. Each reads its body only after it knows who sends it."""


def most_body(path: str) -> int:
    """The most bytes that a path takes as a body."""
    return _LARGER.get(path, USUAL_BYTES)

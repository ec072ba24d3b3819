"""How programs and forms name a period."""

from typing import Annotated

from pydantic import AfterValidator

from cloud.manage.period import readable

PERIODS = "15m, 1h, today, yesterday, 7d, 28d, 365d, a day as 2026-11-20, or days as 2026-11-01..2026-11-20"


def _period(asked: str) -> str:
    """A period as an address may name it. Raises ValueError."""
    if not readable(asked):
        raise ValueError(f"{PERIODS} are allowed")
    return asked


Period = Annotated[str, AfterValidator(_period)]
"""A word that `span_of` takes; another is answered by 422 with what is allowed."""

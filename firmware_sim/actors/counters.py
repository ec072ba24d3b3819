"""What was tried, what was answered and what failed, by kind."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """attempted = answered + failed + absent + what is still under way."""

    attempted: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)  # the page had nothing to press

    def shown(self) -> dict[str, dict[str, int]]:
        """As JSON: by kind, its counts; `absent` only where there was any."""
        return {kind: self._of(kind) for kind in sorted(self.attempted)}

    def _of(self, kind: str) -> dict[str, int]:
        counts = {
            "attempted": self.attempted[kind],
            "answered": self.answered[kind],
            "failed": self.failed[kind],
        }
        return {**counts, "absent": self.absent[kind]} if self.absent[kind] else counts

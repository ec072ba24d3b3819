"""What was tried, what was answered and what failed, by kind."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """attempted = answered + failed + what is still under way."""

    attempted: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, dict[str, int]]:
        """As JSON: by kind, its three counts."""
        return {
            kind: {
                "attempted": self.attempted[kind],
                "answered": self.answered[kind],
                "failed": self.failed[kind],
            }
            for kind in sorted(self.attempted)
        }

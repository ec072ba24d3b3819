"""What a lock file pins, read as pip reads it."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """One line of a lock file with its hashes."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    def holds_in(self, environment: dict[str, str]) -> bool:
        """Whether the line's marker is true there."""
        return self.requirement.marker is None or self.requirement.marker.evaluate(environment)

    @property
    def line(self) -> str:
        """The line without its marker, which pip would ask of the Python that runs pip."""
        hashes = " ".join(f"--hash={each}" for each in self.hashes)
        return f"{self.requirement.name}{self.requirement.specifier} {hashes}"


def read(path: Path) -> list[Pinned]:
    """Every requirement of a lock file."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [
        Pinned(
            requirement=Requirement(line.partition("--hash=")[0].strip()),
            hashes=tuple(re.findall(r"--hash=(\S+)", line)),
        )
        for line in lines
    ]

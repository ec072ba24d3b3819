"""What a family of processes holds in memory together, each shared page of a file counted once."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A process and all that descend from it. Raises OSError for processes of another user."""

    pid: int

    def members(self) -> list[int]:
        """Every process's id, this one's first."""
        found = [self.pid]
        for pid in found:
            found.extend(child for child in _children(pid))
        return found

    def mb(self) -> float:
        """Private memory of each, and what they map of files, the library that several have mapped once.

        The sum of their PSS would be less where processes beyond the family use the same libraries.
        """
        private = 0
        files: dict[tuple[str, str], int] = {}
        for pid in self.members():
            for name, offset, resident, anonymous in _mappings(pid):
                private += anonymous
                files[name, offset] = max(files.get((name, offset), 0), resident - anonymous)
        return (private + sum(files.values())) * 1024 / 1e6


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
            yield from map(int, (task / "children").read_text().split())


def _mappings(pid: int) -> Iterator[tuple[str, str, int, int]]:
    """File, offset, kB resident and kB of them private and dirty, of each mapping."""
    name = offset = ""
    resident = 0
    for line in Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines():
        key, *values = line.split(maxsplit=5)
        if not key.endswith(":"):
            name, offset = (values[4] if len(values) > 4 else "", values[1])
        elif key == "Rss:":
            resident = int(values[0])
        elif key == "Anonymous:":
            yield name, offset, resident, int(values[0])


def readable() -> bool:
    """Whether this user may look into processes that closed themselves to others."""
    return os.geteuid() == 0 and Path("/proc/self/smaps").exists()

"""The badges of the store's staff as this node knows them: by pseudonym, kept over a restart, nobody's name."""

import os
from collections.abc import Iterable
from pathlib import Path

from contract.orders import badges_digest


class Badges:
    """The list that the cloud told last; empty where it never did. State of one owner."""

    def __init__(self, path: Path | None) -> None:
        """`path` is the file that keeps the list, one badge a line; None keeps none.

        A list that cannot be read is empty, and `problem` says why: the cloud tells it again, as it sees by the digest.
        """
        self._path = path
        self.problem = ""
        self._known: frozenset[str] = frozenset()
        try:
            if path is not None and path.exists():
                self._known = frozenset(path.read_text("ascii").split())
        except (OSError, UnicodeDecodeError) as error:
            self.problem = f"{path}: the badges of the staff cannot be read before the cloud tells them again: {error}"

    @property
    def digest(self) -> str:
        """Which list this is."""
        return badges_digest(self._known)

    def __contains__(self, tag: str | None) -> bool:
        return tag in self._known

    def take(self, badges: Iterable[str]) -> None:
        """These from now on, also after a restart. Raises OSError where they cannot be kept: then nothing changes."""
        told = frozenset(badges)
        if self._path is not None:
            _write(self._path, told)
        self._known = told


def _write(path: Path, badges: frozenset[str]) -> None:
    """The whole file or the one before, also through a power cut."""
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{badge}\n" for badge in sorted(badges))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

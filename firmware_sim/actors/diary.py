"""What phones and till lived through, as JSON lines in wall time: unlike the truth, other in each run."""

import json
from pathlib import Path
from typing import Any


class Diary:
    """A file of lines that is whole after `close`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")

    def note(self, kind: str, **rest: Any) -> None:
        """One line; lines after `close` are too late and left out."""
        if not self._file.closed:
            self._file.write(
                json.dumps({"kind": kind, **rest}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            )
            self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

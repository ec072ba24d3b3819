"""`aisle-cloud` as it is typed, in the test's own process."""

import contextlib
import io
from pathlib import Path

from cloud.cli import main


def aisle_cloud(*arguments: str | Path, status: int = 0) -> str:
    """What the command printed; its errors where it was to fail."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        got = main([*map(str, arguments)])
    assert got == status, complained.getvalue()
    return said.getvalue() if status == 0 else complained.getvalue()

"""`aisle-edge score` as tests run it."""

import argparse
import contextlib
import io
import re
from dataclasses import dataclass

import msgspec

from edge import score
from edge.score.result import Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str

    def figures(self) -> Scored:
        assert self.status == 0, self.stderr
        return msgspec.json.decode(self.stdout.splitlines()[-1], type=Scored)

    def assert_told(self, told: str) -> None:
        """One clear line at the end and no traceback."""
        assert self.status == 2, self.stderr
        assert "Traceback" not in self.stderr
        assert re.search(told, self.stderr.splitlines()[-1])


def run(*arguments: object) -> Outcome:
    """`aisle-edge score …`, in this process: it takes a second to start another."""
    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = score.command(parser.parse_args([str(each) for each in arguments]))
    return Outcome(status=status, stdout=out.getvalue(), stderr=err.getvalue())

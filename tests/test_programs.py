import gc
import subprocess
import sys

import psutil
import pytest

from tests.programs import eventually, program


def test_a_program_is_gone_where_the_test_that_started_it_fails() -> None:
    """What is left running is found by the garbage collector, which fails whatever test is on by then."""
    started: list[int] = []

    def fail() -> None:
        with program(sys.executable, "-c", "input()", stdin=subprocess.PIPE) as left:
            started.append(left.pid)
            eventually(lambda: False, "what never comes", seconds=0)

    with pytest.raises(AssertionError):
        fail()
    gc.collect()
    assert not psutil.pid_exists(started[0])

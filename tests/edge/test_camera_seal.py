"""A picture lies in this process's memory alone: no core file, no swap, no look from outside."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux can seal a process", allow_module_level=True)

# A plain user's process with a low limit is what is left after PR_CAPBSET_DROP of CAP_IPC_LOCK and an exec.
SCRIPT = """
import ctypes, json, os, resource, sys
from edge.camera.seal import seal
sealed, plain = json.loads(sys.argv[1])
libc = ctypes.CDLL(None)
if plain and "again" not in sys.argv:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    libc.prctl(24, 14, 0, 0, 0)
    os.execv(sys.executable, [*sys.orig_argv, "again"])
locked = seal() if sealed else False
kept = bytearray(30_000_000)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([locked, libc.prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0],
                  int(status["VmLck"].split()[0]), int(status["VmRSS"].split()[0])]))
"""


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel says of a process that has allocated 30 MB since."""

    locked: bool
    dumpable: int
    core: int
    locked_kb: int
    resident_kb: int


def process(*, sealed: bool = True, plain: bool = False) -> Process:
    command = [sys.executable, "-c", SCRIPT, json.dumps([sealed, plain])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return Process(*json.loads(done.stdout))


def test_a_sealed_process_leaves_no_core_file_and_is_closed_to_others() -> None:
    sealed = process()
    assert (sealed.dumpable, sealed.core) == (0, 0)


def test_a_process_that_is_not_sealed_would_be_noticed() -> None:
    assert process(sealed=False).dumpable == 1


def test_memory_is_locked_where_that_is_allowed_and_what_is_not_used_stays_out() -> None:
    sealed, open_to_all = process(), process(sealed=False)
    if not sealed.locked:
        pytest.skip("this user may not lock memory")
    assert sealed.locked_kb >= 30_000
    assert sealed.resident_kb < open_to_all.resident_kb + 10_000


def test_a_low_limit_locks_nothing_rather_than_make_allocations_fail() -> None:
    sealed = process(plain=True)
    assert (sealed.locked, sealed.locked_kb) == (False, 0)

"""A picture lies in this process's memory alone: no core file, no swap, no look from outside."""

import json
import resource
import subprocess
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux can seal a process", allow_module_level=True)

SEALED = """
import ctypes, json, resource
from edge.camera.seal import seal
sealed = {sealed}
locked = seal() if sealed else False
kept = bytearray(30_000_000)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([locked, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0],
                  int(status["VmLck"].split()[0]), int(status["VmSize"].split()[0])]))
"""


def sealed(*, locks: bool, sealed: bool = True) -> tuple[bool, int, int, int, int]:
    """Whether it locked; then: dumpable, limit of core files, kB locked, kB of address space."""

    def limit() -> None:
        most = resource.RLIM_INFINITY if locks else 65_536
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (most, most))

    try:
        done = subprocess.run(
            [sys.executable, "-c", SEALED.format(sealed=sealed)],
            stdout=subprocess.PIPE,
            timeout=60,
            check=True,
            preexec_fn=limit,
        )
    except subprocess.SubprocessError as error:
        if "preexec_fn" in str(error):
            pytest.skip("this user may not lift the limit on locked memory")
        raise
    locked, dumpable, core, kb, whole = json.loads(done.stdout)
    return locked, dumpable, core, kb, whole


def test_a_sealed_process_leaves_no_core_file_and_is_closed_to_others() -> None:
    _, dumpable, core, _, _ = sealed(locks=False)
    assert (dumpable, core) == (0, 0)


def test_a_process_that_is_not_sealed_would_be_noticed() -> None:
    assert sealed(locks=True, sealed=False)[1] == 1


def test_memory_is_locked_where_the_limit_allows_it_and_only_what_is_used() -> None:
    locked, _, _, kb, whole = sealed(locks=True)
    assert locked
    assert 30_000 <= kb <= whole


def test_a_low_limit_locks_nothing_rather_than_make_allocations_fail() -> None:
    locked, _, _, kb, _ = sealed(locks=False)
    assert (locked, kb) == (False, 0)

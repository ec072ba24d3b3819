"""Signed taps verified per second, beside two bare AES-CMACs of the same library in the same run.

    python -m tests.bench.bench_sun [SECONDS]

Prints one JSON object on its last line; `ratio` is verifications ÷ pairs of bare CMACs (aim: at least 0.4).
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from cloud.sun import diversified, verify

ZERO = bytes(16)
PICC, MAC = bytes.fromhex("EF963FF7828658A599F3041510671E88"), bytes.fromhex("94EED9EE65337086")
LRP_PICC = bytes.fromhex("1FCBE61B3E4CAD980CBFDD333E7A4AC4A579569BAFD22C5F")
LRP_MAC = bytes.fromhex("4231608BA7B02BA9")
UID = bytes.fromhex("04DE5F1EACC040")
ROUNDS = 15


def two_bare_cmacs() -> None:
    for message in (ZERO, b""):
        mac = CMAC(AES(ZERO))
        mac.update(message)
        mac.finalize()


def verify_aes() -> None:
    assert verify(PICC, MAC, ZERO, ZERO).valid


def verify_diversified() -> None:
    verify(PICC, MAC, ZERO, diversified(ZERO, UID))


def verify_lrp() -> None:
    assert verify(LRP_PICC, LRP_MAC, ZERO, ZERO, lrp=True).valid


def per_cpu_second(work: Callable[[], None], seconds: float) -> float:
    """How often per second of this process's own time, so that a busy machine does not enter."""
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(20):
            work()
        count += 20
    return count / spent


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    each = seconds / ROUNDS / 2
    rounds = [(per_cpu_second(verify_aes, each), per_cpu_second(two_bare_cmacs, each)) for _ in range(ROUNDS)]
    print(
        json.dumps(
            {
                "bench": "sun",
                "ratio": round(statistics.median(own / bare for own, bare in rounds), 3),
                "verifications_per_s": round(statistics.median(own for own, _ in rounds)),
                "two_bare_cmacs_per_s": round(statistics.median(bare for _, bare in rounds)),
                "with_diversified_key_per_s": round(per_cpu_second(verify_diversified, 0.3)),
                "lrp_per_s": round(per_cpu_second(verify_lrp, 0.3)),
                "unit": "per second of CPU",
            }
        )
    )


if __name__ == "__main__":
    main()

"""One reader's process: settings and commands in on stdin, what was felt as lines on stdout, log lines on stderr."""

import os
import queue
import random
import signal
import sys
import threading
import time
from typing import Final

from edge import lines
from edge.reader import settings
from edge.reader.program import Program, Told

REFUSED: Final = 2  # the settings are not what they must be: starting again will not help
_GRACE_S: Final = 2.0  # for the main thread to end by itself once the parent is gone
_LONGEST_COMMAND: Final = 4096


def main() -> int:
    """Run until stdin ends; settings come as one line of JSON, as the only argument or first on stdin."""
    line = sys.argv[1].encode() if len(sys.argv) > 1 else sys.stdin.buffer.readline(lines.LONGEST)
    try:
        told = settings.read(line)
    except settings.SettingsError as wrong:
        _log(str(wrong))
        return REFUSED
    commands: queue.SimpleQueue[settings.Command | None] = queue.SimpleQueue()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: commands.put(None))
    threading.Thread(target=_listen, args=(commands,), name="commands", daemon=True).start()
    program = Program(
        settings=told, commands=commands, tell=_tell, log=_log, clock=time.monotonic, chance=random.SystemRandom()
    )
    program.run()
    return 0


def _listen(commands: "queue.SimpleQueue[settings.Command | None]") -> None:
    """Hand on the commands; at the end of stdin make sure that this process ends."""
    while line := sys.stdin.buffer.readline(_LONGEST_COMMAND):
        try:
            commands.put(settings.read_command(line))
        except settings.SettingsError as wrong:
            _log(str(wrong))
    commands.put(None)
    time.sleep(_GRACE_S)
    os._exit(1)


def _tell(message: Told) -> None:
    sys.stdout.buffer.write(lines.encode(message))
    sys.stdout.buffer.flush()


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

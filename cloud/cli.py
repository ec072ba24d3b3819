"""The command line `aisle-cloud`."""

import argparse
import sys

from cloud.commands import broker, campaigns, check, logs, manage, run, shop, shopper, store, till
from cloud.errors import UserError

# Each module adds its own commands.
_COMMANDS = (run, store, broker, shop, till, check, manage, logs, campaigns, shopper)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit status: 2 for what the person at the keyboard can put right."""
    parser = argparse.ArgumentParser(prog="aisle-cloud", description="The cloud of a smart store.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in _COMMANDS:
        module.add(subparsers)
    args = parser.parse_args(arguments)
    try:
        status: int = args.run(args)
    except UserError as error:
        print(f"aisle-cloud: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our lines has seen enough (`| head`); the interpreter must not stumble over it at its end.
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(f"aisle-cloud: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return status

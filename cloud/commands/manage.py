"""The manager's part of the command line."""

import argparse
import secrets

from cloud.arguments import Subparsers, data_option, open_store
from cloud.clock import now_ms
from cloud.manage.login import FIRST_ACCOUNT, Passwords, reset_password


def add(subparsers: Subparsers) -> None:
    """Adds `manager reset-password`."""
    manager = subparsers.add_parser("manager", help="who may open the manager's pages")
    commands = manager.add_subparsers(required=True, metavar="COMMAND")
    reset = commands.add_parser(
        "reset-password", help="make a new password, print it, and end all sessions of the account"
    )
    data_option(reset)
    reset.add_argument("--account", default=FIRST_ACCOUNT, help="made where there is none (default: %(default)s)")
    reset.set_defaults(run=_reset)


def _reset(args: argparse.Namespace) -> int:
    account = str(args.account).strip().lower()
    with open_store(args.data) as store:
        password = reset_password(store, secrets.token_bytes, now_ms=now_ms(), passwords=Passwords(), account=account)
    print(password)
    return 0

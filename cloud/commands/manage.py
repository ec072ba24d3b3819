"""The manager's part of the command line."""

import argparse
import secrets

from cloud.arguments import Subparsers, data_option, open_accounts
from cloud.clock import now_ms
from cloud.errors import UserError
from cloud.manage.beginning import FIRST_ACCOUNT, NAME, reset_password
from cloud.manage.passwords import Passwords


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
    if not NAME.fullmatch(account):
        raise UserError(f"--account {args.account!r}: 2 to 32 of a-z, 0-9, '.', '_' and '-', the first no sign")
    with open_accounts(args.data) as (accounts, store):
        password = reset_password(
            accounts, secrets.token_bytes, store=store, now_ms=now_ms(), passwords=Passwords(), account=account
        )
    print(password)
    return 0

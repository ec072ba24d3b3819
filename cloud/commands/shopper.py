"""The command that takes a shopper in who comes with the file of another store."""

import argparse
import secrets
from pathlib import Path

from cloud.arguments import Subparsers, data_option, open_store
from cloud.clock import now_ms
from cloud.errors import UserError
from cloud.shop import joining, passport
from cloud.shop.passport import Passport, PassportError
from cloud.shop.tokens import new_token
from cloud.store import consents, joinings, passports, points, reviews, shoppers
from cloud.store.connection import Store


def add(subparsers: Subparsers) -> None:
    """Adds `shopper import`."""
    verbs = subparsers.add_parser("shopper", help="a shopper's own file").add_subparsers(
        required=True, metavar="COMMAND"
    )
    parser = verbs.add_parser(
        "import",
        help="take in what a shopper downloaded; prints a code with which their phone joins it",
        description="The file is believed as it is, its points and its consents too: take it from your own backup, "
        "or from a shopper whom you would believe without it.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="what “Download everything” gave")
    data_option(parser)
    parser.set_defaults(run=import_shopper)


def import_shopper(args: argparse.Namespace) -> int:
    """Writes the person and opens a code. Raises UserError; then nothing of the file is taken."""
    try:
        taken = passport.decode(_read(args.file))
        with open_store(args.data) as store:
            code = take_in(store, taken)
    except PassportError as error:
        raise UserError(f"{args.file}: {error}") from None
    rows = sum(map(len, taken.tables.values()))
    print(f"{rows} rows of {len(taken.tables)} tables. Within five minutes, at /me/join: {joining.shown(code)}")
    return 0


def take_in(store: Store, taken: Passport) -> str:
    """Writes a person anew, with new entries in the logs; returns the code that is open for their phone.

    Raises PassportError; then nothing of it is taken.
    """
    with store.atomic() as connection:
        person = passports.put(connection, taken, random=secrets.token_bytes)
        reviews.count_in(connection, person)
        try:
            consents.adopt(connection, secrets.token_bytes)
            points.adopt(connection, secrets.token_bytes)
        except ValueError as error:
            raise PassportError(str(error)) from None
        opened = joinings.open_code(
            connection,
            profile_id=shoppers.members(connection, person)[0].id,
            code=joining.new_code(secrets.token_bytes),
            link=new_token(secrets.token_bytes),
            now_ms=now_ms(),
        )
    return opened.code


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(passport.MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None

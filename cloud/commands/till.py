"""Commands about tills: who may tell of sales, sales from a file, and what the points add up to."""

import argparse
import json
import os
import secrets
from pathlib import Path

from cloud.arguments import Subparsers, data_option, look_inside, open_store
from cloud.clock import now_ms
from cloud.config import FILE, load
from cloud.errors import UserError
from cloud.points.earning import Earner
from cloud.points.rates import Scheme
from cloud.points.spending import Spender
from cloud.shop.catalogue import CsvError
from cloud.shop.checkout import Checkout, Refused
from cloud.shop.sale_table import SALES, TabledSale, parse_sales
from cloud.shop.till_proof import SECRET_BYTES
from cloud.shop.tokens import digest, new_token
from cloud.store import points, sales, tills
from cloud.store.connection import Store
from cloud.store.sales import Kept

MAX_FILE = 32 * 1024 * 1024


def add(subparsers: Subparsers) -> None:
    """Adds `tills add`, `sales import` and `points audit`."""
    verbs = subparsers.add_parser("tills", help="who may report sales").add_subparsers(required=True, metavar="COMMAND")
    parser = verbs.add_parser("add", help="add a till, or give it a new token or secret")
    parser.add_argument("name", metavar="NAME", help="what the till is called")
    parser.add_argument("--signed", action="store_true", help="the till signs each request; it is given a secret")
    parser.add_argument(
        "--token-file", metavar="FILE", type=Path, help="write the token or secret there (0600), not to the screen"
    )
    data_option(parser)
    parser.set_defaults(run=add_till)
    verbs = subparsers.add_parser("sales", help="what was sold").add_subparsers(required=True, metavar="COMMAND")
    parser = verbs.add_parser("import", help="take in the sales of a CSV file, each once")
    parser.add_argument("file", metavar="FILE", type=Path, help=f"CSV in UTF-8 with the columns {SALES}")
    parser.add_argument("--till", metavar="NAME", required=True, help="the till that made them")
    data_option(parser)
    parser.set_defaults(run=import_sales)
    verbs = subparsers.add_parser("points", help="the ledger of points").add_subparsers(
        required=True, metavar="COMMAND"
    )
    parser = verbs.add_parser("audit", help="add up the whole ledger, as JSON; status 1 where it is not in order")
    data_option(parser)
    parser.set_defaults(run=audit_points)


def add_till(args: argparse.Namespace) -> int:
    """A till's token or secret, shown once or written to a file. Raises UserError."""
    if not (0 < len(args.name) <= 60 and args.name.isprintable()):
        raise UserError(f"NAME: {args.name[:60]!r} is not allowed, it must be 1 to 60 printable characters")
    secret = secrets.token_bytes(SECRET_BYTES)
    told = secret.hex() if args.signed else new_token(secrets.token_bytes)
    with open_store(args.data) as store, store.atomic() as connection:
        if args.signed:
            tills.put_signing(connection, name=args.name, secret=secret, now_ms=now_ms())
        else:
            tills.forget_secret(connection, args.name)
            sales.put_till(connection, name=args.name, digest=digest(told), now_ms=now_ms())
        # Last, and in the transaction: where either fails, file and store both keep what the till signs in with now.
        if args.token_file:
            _write_secret(args.token_file, told)
    if not args.token_file:
        print(told)
    return 0


def import_sales(args: argparse.Namespace) -> int:
    """Sales of a file, which are nobody's; those that are known already change nothing.

    Raises UserError; then nothing of the file is taken.
    """
    try:
        if args.file.stat().st_size > MAX_FILE:
            raise UserError(f"{args.file}: more than {MAX_FILE // 1024 // 1024} MiB")
        told = parse_sales(args.file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UserError(f"{args.file}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except CsvError as error:
        raise UserError(f"{args.file}: {error}") from None
    except OSError as error:
        raise UserError(f"{args.file}: {error.strerror}") from None
    with open_store(args.data) as store:
        new = _keep(store, args, told)
    print(f"{len(told)} sales, {new} of them new")
    return 0


def audit_points(args: argparse.Namespace) -> int:
    """The sums of the ledger. Raises UserError."""
    with look_inside(args.data) as connection:
        audit = points.audit(connection)
    told = {"sum": audit.sum, "astray": audit.astray, "shoppers": audit.shoppers, "forgotten": audit.forgotten}
    print(json.dumps(told | {str(side): figure for side, figure in audit.store.items()}))
    return 0 if audit.sum == audit.astray == 0 else 1


def _keep(store: Store, args: argparse.Namespace, told: tuple[TabledSale, ...]) -> int:
    """Keeps all of the sales or none; returns how many are new."""
    rates = load(args.data / FILE).points if (args.data / FILE).exists() else Scheme().rates
    scheme = Scheme(rates=rates)
    checkout = Checkout(
        earner=Earner(scheme=scheme, random=secrets.token_bytes),
        spender=Spender(scheme=scheme, random=secrets.token_bytes),
    )
    new = 0
    with store.atomic() as connection:
        if not tills.is_till(connection, args.till):
            raise UserError(f"--till: there is no till {args.till[:60]!r}; `aisle-cloud tills add` makes one")
        for each in told:
            try:
                sold = checkout.sell(connection, args.till, each.sale, now_ms())
            except Refused as error:
                raise UserError(f"{args.file}: line {each.line}: {error}") from None
            new += sold.kept is Kept.NEW
    return new


def _write_secret(path: Path, secret: str) -> None:
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{secret}\n")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None

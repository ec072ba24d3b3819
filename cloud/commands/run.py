"""Commands that make a store's cloud and run it."""

import argparse
import logging
from pathlib import Path

from msgspec import ValidationError, convert

from cloud import config
from cloud.arguments import Subparsers, data_option, make_store, port_option
from cloud.errors import UserError
from contract.fields import Name
from contract.settings import plain


def add(subparsers: Subparsers) -> None:
    """Adds `init` and `run`."""
    init = subparsers.add_parser("init", help="make the data directory of a new store")
    data_option(init)
    init.add_argument("--store", required=True, metavar="NAME", help="the store's name in topics (a-z, 0-9, hyphens)")
    init.set_defaults(run=init_store)
    run = subparsers.add_parser("run", help="run the cloud: ingest, pages and API in one process")
    data_option(run)
    run.add_argument("--config", type=Path, metavar="FILE", help="settings (default: cloud.toml in the data directory)")
    port_option(run, "the pages' port, instead of the settings'; 0 takes a free one")
    run.set_defaults(run=run_cloud)


def init_store(args: argparse.Namespace) -> int:
    """Makes the directory, the database and the settings; what is there stays. Raises UserError."""
    try:
        convert(args.store, Name)
    except ValidationError as error:
        raise UserError(f"--store = {args.store!r}: {plain(error, Name)}") from None
    args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = args.data / config.FILE
    if not settings.exists():
        settings.write_text(config.first(args.store), encoding="utf-8")
    elif (there := config.load(settings).store) != args.store:
        raise UserError(f"{args.data} holds the store {there!r}, not {args.store!r}")
    with make_store(args.data) as store:
        print(f"The store {args.store} is in {args.data}; its database's identity is {store.store_id}")
    print(f"Its settings are in {settings}. Next: aisle-cloud broker init --data {args.data}")
    return 0


def run_cloud(args: argparse.Namespace) -> int:
    """Runs until SIGTERM or Ctrl-C. Raises UserError."""
    from cloud.root import run

    settings_file = args.config or args.data / config.FILE
    if not args.config and not settings_file.exists():
        raise UserError(f"there is no store in {args.data}: run `aisle-cloud init` first")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Its lines about each start and stop say nothing that ours do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return run(args.data, config.load(settings_file), port=args.port)

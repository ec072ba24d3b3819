"""Commands that fill the store: products, reviews, tags, the plan; and those that tell of tags and the phones' taps."""

import argparse
import datetime as dt
import json
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from cloud import config
from cloud.arguments import Subparsers, data_option, look_inside, open_store, time_options
from cloud.clock import now_ms
from cloud.errors import UserError
from cloud.manage import plan_check
from cloud.offers import shelf
from cloud.shop import tag_keys
from cloud.shop.catalogue import PRODUCTS, TAGS, Columns, CsvError, left_out, parse_products, parse_tags
from cloud.shop.review_files import REVIEWS, parse_reviews
from cloud.shop.tag_links import tag_link
from cloud.store import catalogue, interests, plans, reviews, visits

MAX_FILE = 32 * 1024 * 1024
MAX_PICTURE = 200 * 1024
IMAGES = "images"

T = TypeVar("T")


def add(subparsers: Subparsers) -> None:
    """Adds `products import`, `reviews import`, `tags import|list`, `plan import`, `interests` and `visits`."""
    for noun, what, file, run in (
        (
            "products",
            "what the store sells, a CSV file; pictures in images/ beside it",
            _table(PRODUCTS),
            import_products,
        ),
        ("reviews", "what was said of products in an earlier system, a CSV file", _table(REVIEWS), import_reviews),
        ("tags", "which tag stands for what, and what is written on it", _table(TAGS), import_tags),
        (
            "plan",
            "the store's plan, a JSON file",
            "the plan (JSON), as the manager's page or `aisle-sim plan` gives it",
            import_plan,
        ),
    ):
        verbs = subparsers.add_parser(noun, help=what).add_subparsers(required=True, metavar="COMMAND")
        parser = verbs.add_parser("import", help="add or replace what the file tells")
        parser.add_argument("file", metavar="FILE", type=Path, help=file)
        data_option(parser)
        parser.set_defaults(run=run)
        if noun == "tags":
            _add_listing(verbs)
    parser = subparsers.add_parser("interests", help="print whom products are looked at for, as JSON lines")
    parser.add_argument("--least", type=int, default=5, metavar="N", help="no figure about fewer people (5 or more)")
    data_option(parser)
    time_options(parser)
    parser.set_defaults(run=print_interests)
    parser = subparsers.add_parser("visits", help="print the phones' taps as JSON lines, with nobody's name")
    data_option(parser)
    time_options(parser)
    parser.set_defaults(run=print_visits)


def _table(columns: Columns) -> str:
    return f"CSV in UTF-8 with the columns {columns}; deploy/STORE.md explains them"


def _add_listing(verbs: Subparsers) -> None:
    parser = verbs.add_parser(
        "list",
        help="print what to write on each tag, as JSON lines",
        description="The link of each tag. One that signs has zeros where its chip writes, and the chip's offsets.",
    )
    parser.add_argument(
        "--keys", action="store_true", help="the keys of tags that sign, too: whoever has them can forge taps"
    )
    data_option(parser)
    parser.set_defaults(run=list_tags)


def import_products(args: argparse.Namespace) -> int:
    """Products, their stock and their pictures. Raises UserError; then nothing of the file is taken."""
    products = _parsed(args.file, PRODUCTS, parse_products)
    pictures = {p.image: _picture(args.file.parent / IMAGES / p.image) for p in products if p.image}
    with open_store(args.data) as store, store.atomic() as connection:
        for name, body in pictures.items():
            if body is not None:
                catalogue.put_picture(connection, name, body)
        count = catalogue.put_products(connection, products)
        shelf.follow(connection, now_ms())
    missing = sorted(name for name, body in pictures.items() if body is None)
    for name in missing:
        print(f"aisle-cloud: no picture {args.file.parent / IMAGES / name}", file=sys.stderr)
    print(f"{count} products, {len(pictures) - len(missing)} pictures")
    return 0


def import_reviews(args: argparse.Namespace) -> int:
    """Reviews, each once however often the file is read. Raises UserError; then nothing of the file is taken."""
    found = _parsed(args.file, REVIEWS, parse_reviews)
    with open_store(args.data) as store, store.atomic() as connection:
        missing = sorted({each.gtin for each in found if catalogue.product(connection, each.gtin) is None})
        if missing:
            raise UserError(f"{args.file}: {', '.join(missing[:5])} is no product of this store; import products first")
        new = sum(
            reviews.bring_in(
                connection,
                each.draft,
                gtin=each.gtin,
                language=each.language,
                # Noon, so that it is the same day in every store's zone from -11 to +12 hours.
                at_ms=int(dt.datetime.combine(each.day, dt.time(12), dt.UTC).timestamp() * 1000),
                verified=each.verified,
                rewarded=each.rewarded,
            )
            for each in found
        )
    print(f"{new} new reviews of {len(found)}")
    return 0


def import_tags(args: argparse.Namespace) -> int:
    """Tags; one that keeps its chip keeps its counter. Raises UserError; then nothing of the file is taken."""
    tags = _parsed(args.file, TAGS, parse_tags)
    try:
        with open_store(args.data) as store, store.atomic() as connection:
            count = catalogue.put_tags(connection, tags)
            strange = sorted({tag.gtin for tag in tags} - catalogue.gtins(connection))
    except sqlite3.IntegrityError:
        raise UserError(f"{args.file}: two tags, here or in the store, have the same uid") from None
    if strange:
        print(f"aisle-cloud: {args.file}: {', '.join(strange[:5])} is no product of this store yet", file=sys.stderr)
    settings = args.data / config.FILE
    if any(tag.uid for tag in tags) and settings.exists() and config.load(settings).tags.keys is None:
        print(
            f"aisle-cloud: {args.file}: some of these tags sign, and are believed once tags.keys in {settings} names"
            " the file of their keys",
            file=sys.stderr,
        )
    print(f"{count} tags")
    return 0


def list_tags(args: argparse.Namespace) -> int:
    """One JSON object a line. Raises UserError."""
    file = args.data / config.FILE
    settings = config.load(file)
    if settings.web.origin is None:
        raise UserError(
            f"{file}: web.origin is not set: a tag's link begins with the address where phones find the store"
        )
    if args.keys and settings.tags.keys is None:
        raise UserError(f"{file}: tags.keys is not set: it names the file of the keys that tags sign with")
    keys = tag_keys.load(args.data / settings.tags.keys) if args.keys and settings.tags.keys else None
    with look_inside(args.data) as connection:
        for tag in catalogue.tags(connection):
            told = {"tag": tag.id, "mode": tag.mode, **asdict(tag_link(tag, settings.web.origin))}
            if tag.uid:
                told |= {"uid": tag.uid.hex()}
                if keys:
                    told |= {"meta_read": keys.meta_read.hex(), "file_read": keys.file_key(tag.uid).hex()}
            print(json.dumps({name: value for name, value in told.items() if value is not None}))
    return 0


def import_plan(args: argparse.Namespace) -> int:
    """The plan, of this store alone: what the editor would not save is not taken (2). Raises UserError."""
    from cloud.web.language import Language
    from cloud.web.manage.planning.words import Speech
    from cloud.web.pages import Pages

    data = _read(args.file)
    with open_store(args.data) as store, store.atomic() as connection:
        settings = config.load(args.data / config.FILE)
        checked = plan_check.check(data, store=settings.store, gtins=catalogue.gtins(connection))
        plan = checked.plan
        if plan is not None:
            kept = plans.take(connection, plan, by="aisle-cloud plan import", note=args.file.name, now_ms=now_ms())
    speech = Speech(pages=Pages(timezone=settings.web.timezone), language=Language.EN, plan=plan)
    for problem in checked.problems:
        how = "warning: " if problem.warning else ""
        print(f"aisle-cloud: {args.file}: {how}{speech.problem(problem)}", file=sys.stderr)
    if plan is None:
        return 2
    print(f"{plan.title.en}, version {kept.version}: {len(plan.zones)} zones, {len(plan.tags)} tags")
    return 0


def print_interests(args: argparse.Namespace) -> int:
    """One JSON object a line, by product. Raises UserError."""
    if args.least < 5:
        raise UserError(f"--least {args.least}: no figure is about fewer than 5 people")
    with look_inside(args.data) as connection:
        for count in interests.counts(connection, least=args.least, from_ms=args.from_ms, to_ms=args.to_ms):
            print(json.dumps({"gtin": count.gtin, "interest": count.interest, "people": count.people}))
    return 0


def print_visits(args: argparse.Namespace) -> int:
    """One JSON object a line, in order of time. Raises UserError."""
    with look_inside(args.data) as connection:
        for visit in visits.between(connection, args.from_ms, args.to_ms):
            told = {"at": visit.at_ms, "tag": visit.tag, "gtin": visit.gtin, "signed": visit.signed}
            print(json.dumps({**told, "counter": visit.counter}))
    return 0


def _parsed(path: Path, columns: Columns, parse: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
    try:
        text = _read(path).decode("utf-8")
        found = parse(text)
        if strange := left_out(text, columns):
            print(f"aisle-cloud: {path}: nobody reads the columns {', '.join(strange)}", file=sys.stderr)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except CsvError as error:
        raise UserError(f"{path}: {error}") from None
    return found


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UserError(f"{path}: more than {MAX_FILE // 1024 // 1024} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None


def _picture(path: Path) -> bytes | None:
    """A picture's bytes, or None where there is no such file."""
    if not path.is_file():
        return None
    body = _read(path)
    if len(body) > MAX_PICTURE:
        raise UserError(f"{path}: {len(body)} bytes; a picture may have {MAX_PICTURE}, a phone has to wait for it")
    return body

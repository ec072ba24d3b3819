"""Commands for campaigns: check, add, list, preview, pause and resume; and decisions made again from their records."""

import argparse
import json
import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

from cloud import config
from cloud.arguments import Subparsers, data_option, look_inside, open_store
from cloud.clock import now_ms
from cloud.errors import UserError
from cloud.offers import decision, gathering
from cloud.offers.campaigns import Campaign, Standing, decode
from cloud.offers.channels import NEEDED, Channel
from cloud.offers.harm import harm
from cloud.offers.refusals import Refusal
from cloud.shop.messages import LABEL
from cloud.store import campaigns, decisions, visits
from cloud.store.campaigns import Head
from contract.settings import SettingsError, read_settings

_DAY_MS = 24 * 3_600_000


def add(subparsers: Subparsers) -> None:
    """Adds `campaign check|add|list|preview|pause|resume|replay`."""
    verbs = subparsers.add_parser("campaign", help="what is offered to whom, when and how often").add_subparsers(
        required=True, metavar="COMMAND"
    )
    parser = verbs.add_parser("check", help="say whether a campaign's file is right; nothing is changed")
    parser.add_argument("file", metavar="FILE", type=Path, help="the campaign, a TOML file")
    parser.set_defaults(run=check)
    parser = verbs.add_parser("add", help="start a campaign, or follow it by a new version")
    parser.add_argument("file", metavar="FILE", type=Path, help="the campaign, a TOML file")
    data_option(parser)
    parser.set_defaults(run=add_campaign)
    parser = verbs.add_parser("list", help="print each campaign as one JSON object a line")
    data_option(parser)
    parser.set_defaults(run=list_campaigns)
    parser = verbs.add_parser("preview", help="print the exact message in both languages, and how many it may reach")
    parser.add_argument("campaign", metavar="CAMPAIGN", help="a campaign's id, or a TOML file that is not added yet")
    data_option(parser)
    parser.set_defaults(run=preview)
    for verb, standing, words in (
        ("pause", Standing.PAUSED, "stop a campaign"),
        ("resume", Standing.RUNNING, "let a stopped campaign run again; its harm figure begins anew"),
    ):
        parser = verbs.add_parser(verb, help=words)
        parser.add_argument("campaign", metavar="ID", help="the campaign's id")
        parser.add_argument("--why", default="by hand", metavar="WORDS", help="kept beside it (default: by hand)")
        data_option(parser)
        parser.set_defaults(run=stand, standing=standing)
    parser = verbs.add_parser("replay", help="make every kept decision again and say whether all come out the same")
    data_option(parser)
    parser.set_defaults(run=replay)


def check(args: argparse.Namespace) -> int:
    """Reads the file. Raises UserError naming the key, its value and what is allowed."""
    campaign = _read(args.file)
    print(f"{campaign.id} is right: {campaign.trigger}, {campaign.begins} to {campaign.ends}")
    return 0


def add_campaign(args: argparse.Namespace) -> int:
    """Adds a version. Raises UserError; then nothing is changed."""
    campaign = _read(args.file)
    with open_store(args.data) as store, store.atomic() as connection:
        version = campaigns.add(connection, campaign, now_ms())
        head = _known(connection, campaign.id)
    print(f"{campaign.id}, version {version}: {head.standing}")
    return 0


def list_campaigns(args: argparse.Namespace) -> int:
    """One JSON object a line. Raises UserError."""
    with look_inside(args.data) as connection:
        for head in campaigns.heads(connection):
            print(json.dumps(_told(connection, head), ensure_ascii=False))
    return 0


def preview(args: argparse.Namespace) -> int:
    """The message and its audience. Raises UserError."""
    settings = config.load(args.data / config.FILE)
    file = Path(args.campaign)
    with look_inside(args.data) as connection:
        campaign = _read(file) if file.suffix == ".toml" else decode(_known(connection, args.campaign).body)
        sender, least = settings.sender, settings.web.least_people
        for language, name, address in (
            ("ko", sender.name_ko, sender.address_ko),
            ("en", sender.name_en, sender.address_en),
        ):
            words = getattr(campaign.content, language)
            print(f"[{language}] {LABEL} {name or '(sender.name is not set)'} · {words.title}")
            print(f"     {words.text}")
            print(f"     {' '.join(filter(None, (name, address, sender.contact))) or '(sender is not set)'} · /stop/…")
        zone = settings.web.timezone
        print(f"From {campaign.begins} to {campaign.ends} ({ZoneInfo(zone)}), by {campaign.trigger}.")
        for channel in campaign.channels:
            count = _audience(connection, campaign, channel, now_ms())
            said = f"fewer than {least}" if count < least else str(count)
            print(f"{channel}: {said} shoppers may see it")
    return 0


def stand(args: argparse.Namespace) -> int:
    """Pauses or resumes. Raises UserError."""
    with open_store(args.data) as store, store.atomic() as connection:
        head = _known(connection, args.campaign)
        if head.standing is Standing.ENDED:
            raise UserError(f"{head.id} has ended: {head.words}")
        campaigns.set_standing(connection, head.id, args.standing, words=args.why, now_ms=now_ms())
    print(f"{head.id}: {args.standing}")
    return 0


def replay(args: argparse.Namespace) -> int:
    """1 where one decision does not come out as it was written down. Raises UserError."""
    same, other = 0, 0
    with look_inside(args.data) as connection:
        for number in decisions.numbers(connection):
            record = decisions.record(connection, number)
            if record and decision.replay(record) == record.decision:
                same += 1
            else:
                other += 1
                print(f"decision {number} comes out otherwise now")
    print(f"{same} decisions come out the same, {other} do not")
    return int(other > 0)


def _read(path: Path) -> Campaign:
    try:
        return read_settings(path, Campaign)
    except SettingsError as error:
        raise UserError(str(error)) from None


def _known(connection: sqlite3.Connection, campaign_id: str) -> Head:
    head = campaigns.head(connection, campaign_id)
    if head is None:
        known = ", ".join(each.id for each in campaigns.heads(connection)) or "none"
        raise UserError(f"ID: {campaign_id[:40]!r} is not a campaign of this store; there are: {known}")
    return head


def _told(connection: sqlite3.Connection, head: Head) -> dict[str, object]:
    campaign, found = decode(head.body), harm(head.answers)
    refused = decisions.refusals(connection, head.id)
    return {
        "id": head.id,
        "version": head.version,
        "standing": head.standing,
        "why": head.words,
        "trigger": campaign.trigger,
        "begins": str(campaign.begins),
        "ends": str(campaign.ends),
        "shown": head.shown,
        "held_out": refused.get(Refusal.HELD_OUT, 0),
        "coupons": head.coupons,
        "redeemed": head.redeemed,
        "won": head.won,
        "unwanted_per_1000": round(found.per_1000, 1) if head.answers.shown else None,
        "refused": {str(reason): times for reason, times in refused.items()},
    }


def _audience(connection: sqlite3.Connection, campaign: Campaign, channel: Channel, at_ms: int) -> int:
    """How many people agreed to this channel, and are of the audience by what they let us keep."""
    return sum(
        _belongs(connection, person, campaign, channel, at_ms)
        for (person,) in connection.execute("SELECT DISTINCT person FROM profiles").fetchall()
    )


def _belongs(connection: sqlite3.Connection, person: int, campaign: Campaign, channel: Channel, at_ms: int) -> bool:
    known, audience = gathering.person_at(connection, person, at_ms), campaign.audience
    if known is None or known.suppressed or not set(known.consents) >= NEEDED[channel]:
        return False
    if audience.languages and known.language not in audience.languages:
        return False
    since_ms = at_ms - audience.tapped_days * _DAY_MS
    return not audience.tapped or any(
        visit.gtin in audience.tapped and visit.at_ms >= since_ms for visit in visits.of_person(connection, person)
    )

"""A shopper's act of choosing as the pages do it: written, followed and its result told in one transaction."""

import sqlite3
from collections.abc import Iterable

from cloud.shop import choosing, reminding
from cloud.shop.choosing import Act
from cloud.shop.consent import Purpose
from cloud.shop.telling import Told
from cloud.web.services import Services
from cloud.web.shop.asking import Asking
from cloud.web.shop.voice import voice


def act_of(services: Services, asked: Asking, person: int, *, proof: str) -> Act:
    """What is acted now by whoever asks; `proof` says where."""
    return Act(person=person, language=asked.language, at_ms=services.clock(), proof=proof)


def choose(
    services: Services,
    connection: sqlite3.Connection,
    act: Act,
    wanted: frozenset[Purpose],
    asked: Iterable[Purpose] = Purpose,
) -> tuple[Told, ...]:
    """Of the purposes `asked`, those in `wanted` stand from now on; publish what it tells once it is committed."""
    choosing.choose(connection, act, wanted, asked, random=services.random)
    return tell(services, connection, act)


def refuse(services: Services, connection: sqlite3.Connection, act: Act) -> tuple[Told, ...]:
    """Ends all advertising on all channels; a second time changes nothing and tells nothing."""
    choosing.refuse(connection, act, random=services.random)
    return tell(services, connection, act)


def keep(services: Services, connection: sqlite3.Connection, act: Act) -> tuple[Told, ...]:
    """Says again what stands of advertising, from this date on."""
    choosing.keep(connection, act, random=services.random)
    return tell(services, connection, act)


def tell(services: Services, connection: sqlite3.Connection, act: Act) -> tuple[Told, ...]:
    """Tells the person the results that they were not told yet."""
    return reminding.tell_results(connection, voice(services, connection), now_ms=act.at_ms, person=act.person)

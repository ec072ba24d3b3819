"""What `/metrics` shows of parts that keep their figures themselves; each is read when somebody asks."""

import functools
import sqlite3
from collections.abc import Callable

from cloud.metrics import Metrics
from cloud.push.alarm_post import AlarmPost
from cloud.push.outbox import Outbox
from cloud.store import alerts, campaigns, candidates, heads, heat_sweep, receipts
from cloud.store.connection import Store
from cloud.store.logs import Log
from cloud.web import till_counts
from cloud.web.manage.desk import Desk
from cloud.web.services import Services


def watch_pages(metrics: Metrics, services: Services, desk: Desk) -> None:
    """The tills' requests, the open pages, and who tried to come in."""
    for name, words in till_counts.WORDS.items():
        metrics.watch(f"aisle_tills_{name}", words, functools.partial(getattr, services.tills, name))
    for name, words, figure in (
        ("aisle_pages_open", "Pages of shoppers that hear us now", lambda: services.hub.open),
        ("aisle_pages_dropped", "Messages that were dropped before a slow page", lambda: services.hub.dropped),
        ("aisle_login_failed", "Wrong passwords since the start", lambda: desk.door.failed),
        ("aisle_login_held", "Tries to sign in that came too soon after wrong ones", lambda: desk.door.held),
        ("aisle_api_keys_held", "Requests of programs that came too often", lambda: desk.keys.held),
    ):
        metrics.watch(name, words, figure)


def watch_duties(metrics: Metrics, store: Store, clock: Callable[[], int]) -> None:
    """What the store owes: heads for its logs, receipts for choices, an end for old heat. `clock`: wall time in ms."""

    def unproven(log: Log) -> int:
        with store.reading() as connection:
            return heads.unsigned(connection, log)

    def receipt_due_s() -> float:
        with store.reading() as connection:
            said_ms = receipts.oldest_untold_ms(connection)
        return 0 if said_ms is None else (clock() - said_ms) / 1000

    def swept(what: str) -> int:
        with store.reading() as connection:
            return int(getattr(heat_sweep.swept(connection), what))

    for what in ("minutes", "hours"):
        words = f"Rows of heat by {what} that were forgotten in time"
        metrics.watch(f"aisle_heat_{what}_forgotten", words, functools.partial(swept, what))
    for log in Log:
        words = f"Entries of the log of {log} that no signed head covers yet"
        metrics.watch(f"aisle_log_{log}_unsigned", words, functools.partial(unproven, log))
    metrics.watch("aisle_choice_untold_seconds", "Age of the oldest choice whose result is not told yet", receipt_due_s)


def watch_offers(metrics: Metrics, store: Store) -> None:
    """The moments that wait for a decision, and the campaigns that came to their end by themselves."""

    def counted(count: Callable[[sqlite3.Connection], int]) -> int:
        with store.reading() as connection:
            return count(connection)

    for name, words, count in (
        ("waiting", "Moments in which an offer may be sent that are not decided on yet", candidates.all_waiting),
        ("stopped", "Campaigns that stopped by themselves: too many people did not want them", campaigns.stopped),
    ):
        metrics.watch(f"aisle_offers_{name}", words, functools.partial(counted, count))


def watch_pushes(metrics: Metrics, outbox: Outbox) -> None:
    """What became of the pushes."""
    for what, words in (
        ("sent", "Pushes that a push service took"),
        ("ended", "Subscriptions that a push service said are no more"),
        ("retried", "Attempts that are made again later"),
        ("shrunk", "Pushes that had to be made shorter"),
        ("refused", "Pushes that a push service did not want"),
        ("expired", "Pushes that nobody took in their time"),
        ("withheld", "Advertising pushes that consent or the hour forbade at the moment of sending"),
    ):
        metrics.watch(f"aisle_pushes_{what}", words, functools.partial(outbox.tally.__getitem__, what))
    metrics.watch("aisle_pushes_waiting", "Pushes that wait or are under way", outbox.backlog)


def watch_alerts(metrics: Metrics, store: Store, post: AlarmPost) -> None:
    """The open alerts, and what became of the letters about alerts."""

    def still_open() -> int:
        with store.reading() as connection:
            return len(alerts.open_now(connection))

    for what, words in (
        ("sent", "Letters about alerts that a browser's push service or a web hook took"),
        ("failed", "Letters about alerts that nobody took"),
        ("retried", "Attempts at letters about alerts that are made again later"),
    ):
        metrics.watch(f"aisle_alert_letters_{what}", words, functools.partial(post.tally.__getitem__, what))
    metrics.watch("aisle_alerts_open", "Alerts that are open", still_open)

"""Looks at the store every few seconds, keeps its alerts, and writes to whoever is to hear of them."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from cloud.manage import alerts as rules_of
from cloud.manage import notifying
from cloud.manage.alerts import Alert, DeadTag, Kind, Moment, Severity, Stage, Step, Wrong
from cloud.manage.insight import MINUTE_MS
from cloud.manage.notifying import Untold
from cloud.push.alarm_post import AlarmPost
from cloud.shop.telling import Note
from cloud.store import alarming, alert_letters, alerts, beliefs, plans, silences, staff
from cloud.store.alerts import Kept
from cloud.store.connection import StoreError
from cloud.web.language import Language
from cloud.web.manage import alarm_words, auditing
from cloud.web.manage.desk import Desk
from contract.plan import Plan

LOOK_S: Final = 5.0
TAGS_MS: Final = 5 * MINUTE_MS
"""How often tags are asked for: their past is weeks of minutes."""
PUSH_LASTS_MS: Final = 4 * 60 * MINUTE_MS
HOOK_LASTS_MS: Final = 24 * 60 * MINUTE_MS
FORGET_MS: Final = 24 * 60 * MINUTE_MS
_MOST_TITLES: Final = 3
_log = logging.getLogger("aisle.alarm")


class Alarm:
    """The one watcher of a process: `run` is its task, `look` and `write` what it does, one thread at a time."""

    def __init__(self, desk: Desk, post: AlarmPost, *, may_hear: Callable[[str], bool]) -> None:
        self._desk, self.post, self._may_hear = desk, post, may_hear
        self._tags: tuple[DeadTag, ...] = ()
        self._tags_at: int | None = None
        self._forgot_at = 0

    async def run(self) -> None:
        """Looks, writes and sends until it is cancelled."""
        try:
            while True:
                try:
                    await asyncio.to_thread(self.round)
                except (sqlite3.Error, StoreError):
                    _log.exception("the alerts could not be looked at; it is tried again")
                await asyncio.sleep(LOOK_S)
        finally:
            self.post.close()

    def round(self) -> None:
        """One look, what follows from it, and an attempt at each letter that is due."""
        now_ms = self._desk.clock()
        self.look(now_ms)
        self.write(now_ms)
        self.post.send()

    def look(self, now_ms: int) -> Step | None:
        """Brings the alerts up to this moment; None while the store has no plan."""
        auditing.settle(self._desk.store, now_ms)
        self._enrol(now_ms)
        with self._desk.store.reading() as connection:
            plan = plans.plan_now(connection)
            if plan is None:
                return None
            chosen, before = alerts.rules(connection), alerts.living(connection)
            moment = self._moment(connection, plan, now_ms)
        told = frozenset(each.alert.wrong.key for each in before if each.alert.stage is Stage.OPEN)
        found = rules_of.wrongs(moment, chosen, told)
        step = rules_of.step([each.alert for each in before], found, now_ms)
        if _differs(before, step, now_ms):
            with self._desk.store.atomic() as connection:
                alerts.keep(connection, before, step)
        self._forget(now_ms)
        return step

    def write(self, now_ms: int) -> int:
        """Writes a letter to everybody who is to hear of something now; returns to how many."""
        with self._desk.store.reading() as connection:
            accounts = [name for name in alert_letters.accounts(connection) if self._may_hear(name)]
            hooks = [hook.id for hook in alert_letters.hooks(connection)]
            waiting = any(
                alert_letters.untold(connection, listener)
                for listener in (*map("account:{}".format, accounts), *map("hook:{}".format, hooks))
            ) or any(alert_letters.over(connection, f"hook:{hook}") for hook in hooks)
        if not waiting:
            return 0
        with self._desk.store.atomic() as connection:
            people = sum(self._tell_account(connection, account, now_ms) for account in accounts)
            return people + sum(self._tell_hook(connection, hook, now_ms) for hook in hooks)

    def _enrol(self, now_ms: int) -> None:
        """A badge that came to the reader at which one is awaited becomes the staff's, whoever looks at the page."""
        with self._desk.store.reading() as connection:
            awaited = staff.enrolment(connection)
        if awaited is not None and not awaited.outcome and awaited.until_ms >= now_ms:
            with self._desk.store.atomic() as connection:
                staff.enrol(connection, now_ms)

    def _moment(self, connection: sqlite3.Connection, plan: Plan, now_ms: int) -> Moment:
        if self._tags_at is None or not 0 <= now_ms - self._tags_at < TAGS_MS:
            dead = silences.dead_tags(connection, plan, now_ms=now_ms, zone=self._desk.zone)
            self._tags = tuple(DeadTag(name=it.name, since_ms=it.since_ms, stops=it.stops) for it in dead)
            self._tags_at = now_ms
        return Moment(
            now_ms=now_ms,
            queues=alarming.queues(connection, plan, now_ms),
            queue_to=alarming.queue_to(now_ms),
            devices=alarming.devices(connection, plan, now_ms),
            nodes=alarming.nodes(connection, plan),
            tags=self._tags,
            stock=alarming.stock(connection, plan, now_ms),
            audits={line.id: known_ms for line, known_ms in auditing.due(connection, plan, now_ms)},
        )

    def _tell_account(self, connection: sqlite3.Connection, account: str, now_ms: int) -> int:
        listener = f"account:{account}"
        due = notifying.due(
            alert_letters.untold(connection, listener),
            last_ms=alert_letters.last_told(connection, listener),
            now_ms=now_ms,
            quiet=alerts.quiet(connection, account),
            minute=self._minute(now_ms),
        )
        if not due:
            return 0
        numbers = [each.alert for each in due]
        found = alerts.by_ids(connection, numbers)
        bodies = {str(language): _note(self._desk, connection, found, language) for language in Language}
        alert_letters.told(connection, listener, numbers, now_ms)
        return alert_letters.write_to_browsers(
            connection, account, bodies, urgent=_urgent(due), now_ms=now_ms, expires_ms=now_ms + PUSH_LASTS_MS
        )

    def _tell_hook(self, connection: sqlite3.Connection, hook: int, now_ms: int) -> int:
        listener = f"hook:{hook}"
        due = notifying.due(
            alert_letters.untold(connection, listener),
            last_ms=alert_letters.last_told(connection, listener),
            now_ms=now_ms,
            quiet=notifying.Quiet(),
            minute=0,
        )
        over = alert_letters.over(connection, listener)
        if not due and not over:
            return 0
        numbers = [each.alert for each in due]
        body = _told(
            self._desk, connection, alerts.by_ids(connection, numbers), alerts.by_ids(connection, over), now_ms
        )
        alert_letters.told(connection, listener, numbers, now_ms)
        alert_letters.told_over(connection, listener, over)
        alert_letters.write_to_hook(connection, hook, body, now_ms=now_ms, expires_ms=now_ms + HOOK_LASTS_MS)
        return 1

    def _minute(self, now_ms: int) -> int:
        here = datetime.fromtimestamp(now_ms / 1000, self._desk.zone)
        return 60 * here.hour + here.minute

    def _forget(self, now_ms: int) -> None:
        if 0 <= now_ms - self._forgot_at < FORGET_MS:
            return
        with self._desk.store.atomic() as connection:
            until_ms = beliefs.erasing_ms(connection, now_ms)
            alerts.forget(connection, until_ms - alerts.KEPT_MS)
            alert_letters.forget(connection, until_ms - 30 * FORGET_MS)
        self._forgot_at = now_ms


def subjects(
    connection: sqlite3.Connection, wrongs: Iterable[Wrong], language: Language
) -> Mapping[tuple[Kind, str], str]:
    """The names of these alerts' subjects, as people know them."""
    gtins = [wrong.subject for wrong in wrongs if wrong.kind is Kind.STOCK]
    products = alarming.product_names(connection, gtins, korean=language is Language.KO)
    return alarm_words.names(plans.plan_now(connection), language, products)


def trial_letter(desk: Desk, now_ms: int) -> str:
    """What a hook gets when somebody tries it."""
    return _json([], [], now_ms, store=_store(desk), trial=True)


def _differs(before: Sequence[Kept], step: Step, now_ms: int) -> bool:
    """Whether the alerts are to be written: something came, went or turned, or a minute has passed."""
    if len(before) != len(step.alerts) or step.opened or step.ended:
        return True
    was = {each.alert.wrong.key: each.alert for each in before}
    return any(_turned(was.get(alert.wrong.key), alert, now_ms) for alert in step.alerts)


def _turned(was: Alert | None, now: Alert, now_ms: int) -> bool:
    if was is None or was.wrong.cause != now.wrong.cause or (was.well_ms is None) != (now.well_ms is None):
        return True
    return now.well_ms is None and now_ms - was.seen_ms >= MINUTE_MS


def _urgent(due: Iterable[Untold]) -> bool:
    return any(each.severity is Severity.CRITICAL for each in due)


def _note(desk: Desk, connection: sqlite3.Connection, found: Sequence[Kept], language: Language) -> str:
    """One push for all of them: the first by its own words, of many the titles and how many more there are."""
    said = _sentences(desk, connection, found, language)
    if len(said) == 1:
        title, text = said[0].title, f"{said[0].what} {said[0].remedy}"
    else:
        title = desk.pages.text(language, "%(n)s things need a look") % {"n": len(said)}
        rest = len(said) - _MOST_TITLES
        text = "\n".join(each.title for each in said[:_MOST_TITLES])
        text += "\n" + desk.pages.text(language, "and %(n)s more") % {"n": rest} if rest > 0 else ""
    return msgspec.json.encode(Note(title=title, text=text, url=f"/manage/alerts?lang={language}")).decode()


def _sentences(
    desk: Desk, connection: sqlite3.Connection, found: Sequence[Kept], language: Language
) -> list[alarm_words.Sentence]:
    ranked = rules_of.most_urgent([each.alert for each in found])
    names = subjects(connection, [each.wrong for each in ranked], language)
    return [
        alarm_words.sentence(desk.pages, language, each.wrong, names.get(each.wrong.key, each.wrong.subject))
        for each in ranked
    ]


def _told(
    desk: Desk, connection: sqlite3.Connection, opened: Sequence[Kept], ended: Sequence[Kept], now_ms: int
) -> str:
    plan = plans.plan_now(connection)
    names = subjects(connection, [each.alert.wrong for each in (*opened, *ended)], Language.EN)
    return _json(
        [_one(desk, each, names) for each in opened],
        [_one(desk, each, names) for each in ended],
        now_ms,
        store=plan.store if plan else "",
    )


def _one(desk: Desk, kept: Kept, names: Mapping[tuple[Kind, str], str]) -> dict[str, object]:
    wrong = kept.alert.wrong
    said = alarm_words.sentence(desk.pages, Language.EN, wrong, names.get(wrong.key, wrong.subject))
    return {
        "id": kept.id,
        "kind": wrong.kind,
        "subject": wrong.subject,
        "cause": wrong.cause or None,
        "number": wrong.number,
        "severity": kept.alert.severity,
        "since_ms": wrong.since_ms,
        "ended_ms": kept.alert.ended_ms,
        "title": said.title,
        "what": said.what,
        "remedy": said.remedy,
    }


def _json(
    opened: list[dict[str, object]],
    ended: list[dict[str, object]],
    now_ms: int,
    *,
    store: str,
    trial: bool = False,
) -> str:
    body = {"version": 1, "store": store, "at_ms": now_ms, "trial": trial, "opened": opened, "ended": ended}
    return msgspec.json.encode(body).decode()


def _store(desk: Desk) -> str:
    with desk.store.reading() as connection:
        plan = plans.plan_now(connection)
    return plan.store if plan else ""

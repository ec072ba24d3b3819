"""Reads what a drawing person needs in one moment of the store, and makes new versions of the plan."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cloud.facts import PlanSaved
from cloud.manage import plan_check, plan_merge
from cloud.manage.backdrop import Backdrop
from cloud.manage.plan_check import Checked
from cloud.manage.plan_diff import Act, Change, changes
from cloud.manage.rights import Who
from cloud.store import accounts, audit_log, catalogue, plan_drafts, plans
from cloud.store.plan_drafts import Draft
from cloud.store.plans import Version
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.planning.said import Body, Collision, Finding, Good, Judged, Kept, Merged, Opened, Side
from cloud.web.manage.planning.words import Speech
from contract.plan import Plan, encode_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The acts on one store's plan; `store` is its name in topics."""

    desk: Desk
    store: str

    def speech(self, language: Language, plan: Plan | None) -> Speech:
        """Words for a plan."""
        return Speech(pages=self.desk.pages, language=language, plan=plan)

    def opened(self, account: str, language: Language) -> Opened:
        """What an editor begins with."""
        with self.desk.store.reading() as connection:
            draft = plan_drafts.draft(connection, account)
            now = plans.plan_now(connection)
            newest = plans.newest(connection)
            kept = msgspec.json.decode(draft.body, type=Kept) if draft else None
            goods = catalogue.products(connection)
            nodes = {one.node for one in accounts.latest(connection)}
            backdrop = kept.backdrop if kept else _backdrop(connection, newest)
            judged = self._judged(connection, draft, newest, language)
        plan = kept.plan if kept else msgspec.to_builtins(now) if now else None
        return Opened(
            judged=judged,
            plan=plan,
            backdrop=backdrop,
            now=now,
            goods=tuple(Good(gtin=one.gtin, name=one.name[language]) for one in goods),
            nodes=tuple(sorted({*nodes, *(now.nodes if now else ())})),
            store=self.store,
        )

    def put(self, account: str, body: Body, *, seen: int, language: Language) -> Judged | Collision:
        """Keeps a draft, and says what is wrong with it and what changed."""
        text = msgspec.json.encode(Kept(plan=body.plan, backdrop=body.backdrop)).decode()
        with self.desk.store.atomic() as connection:
            kept = plan_drafts.put_draft(
                connection, account, seen=seen, base=body.base, body=text, now_ms=self.desk.clock()
            )
        # Judged apart from the write: the ingest waits for none of it.
        with self.desk.store.reading() as connection:
            if kept is None:
                return self._other_window(connection, account, body, language)
            return self._judged(connection, kept, plans.newest(connection), language)

    def save(self, who: Who, *, number: int, note: str, language: Language) -> Version | Collision | Judged:
        """Makes a draft a version; a Judged says why it is none yet."""
        with self.desk.store.reading() as connection:
            newest = plans.newest(connection)
            draft = self._seen(connection, who.account, number)
            if draft is None:
                return self._lost(connection, who.account, language)
            judged = self._judged(connection, draft, newest, language)
            if draft.base != newest:
                return self._newer_version(who.account, draft, judged, language)
            kept = msgspec.json.decode(draft.body, type=Kept)
            plan = self._checked(connection, kept.plan).plan
        if plan is None or not judged.changes:
            return judged
        backdrop = None if kept.backdrop is None else msgspec.json.encode(kept.backdrop).decode()
        with self.desk.store.atomic() as connection:
            still = self._seen(connection, who.account, number) is not None and plans.newest(connection) == newest
            if still:
                now_ms = self.desk.clock()
                made = plans.save(connection, plan, by=who.account, note=note, now_ms=now_ms, backdrop=backdrop)
                plan_drafts.drop_draft(connection, who.account)
                self.desk.note(connection, who, audit_log.Act.PLAN_SAVED, made.words)
        if not still:
            return self.save(who, number=number, note=note, language=language)
        self.desk.bus.publish([PlanSaved(version=made.version)])
        return made

    def merge(self, account: str, *, number: int, language: Language) -> Merged | Collision | Judged:
        """Does a draft's changes to the newest version; a Judged says what must be right before."""
        with self.desk.store.reading() as connection:
            newest = plans.newest(connection)
            draft = self._seen(connection, account, number)
            if draft is None:
                return self._lost(connection, account, language)
            kept = msgspec.json.decode(draft.body, type=Kept)
            mine = self._checked(connection, kept.plan).plan
            base, theirs = plans.plan_of(connection, draft.base), plans.plan_now(connection)
            if mine is None or base is None or theirs is None:
                return self._judged(connection, draft, newest, language)
        both = plan_merge.merge(base, mine, theirs)
        merged = Body(base=newest, plan=msgspec.to_builtins(both.plan), backdrop=kept.backdrop)
        put = self.put(account, merged, seen=number, language=language)
        if isinstance(put, Collision):
            return put
        speech = self.speech(language, both.plan)
        return Merged(opened=self.opened(account, language), clashes=tuple(map(speech.clash, both.clashes)))

    def _seen(self, connection: sqlite3.Connection, account: str, number: int) -> Draft | None:
        """The account's draft, if it is the one that the caller saw."""
        draft = plan_drafts.draft(connection, account)
        return draft if draft is not None and draft.number == number else None

    def _lost(self, connection: sqlite3.Connection, account: str, language: Language) -> Collision:
        """The caller acts on a draft that is another by now; what it holds is not known here."""
        draft = plan_drafts.draft(connection, account)
        body = Body(base=plans.newest(connection), plan={}) if draft is None else self._body(draft)
        return self._other_window(connection, account, body, language)

    def drop(self, account: str) -> None:
        """Throws a draft away."""
        with self.desk.store.atomic() as connection:
            plan_drafts.drop_draft(connection, account)

    def restore(self, who: Who, version: int, note: str) -> Version | None:
        """An old version's plan as a new version; None where there is no such version."""
        with self.desk.store.atomic() as connection:
            plan = plans.plan_of(connection, version)
            if plan is None:
                return None
            backdrop = plans.backdrop_of(connection, version)
            now, newest = plans.plan_now(connection), plans.newest(connection)
            same = now is not None and msgspec.structs.replace(plan, version=newest) == now
            if same and backdrop == plans.backdrop_of(connection, newest):
                return plans.versions(connection, most=1)[0]  # pressed twice
            now_ms = self.desk.clock()
            made = plans.save(connection, plan, by=who.account, note=note, now_ms=now_ms, backdrop=backdrop)
            self.desk.note(connection, who, audit_log.Act.PLAN_SAVED, made.words)
        self.desk.bus.publish([PlanSaved(version=made.version)])
        return made

    def take(self, who: Who, data: bytes, note: str) -> tuple[Version | None, Checked]:
        """A plan's JSON as a new version, where nothing is wrong with it."""
        with self.desk.store.atomic() as connection:
            checked = plan_check.check(data, store=self.store, gtins=catalogue.gtins(connection))
            if checked.plan is None:
                return None, checked
            now_ms = self.desk.clock()
            made = plans.take(connection, checked.plan, by=who.account, note=note, now_ms=now_ms)
            self.desk.note(connection, who, audit_log.Act.PLAN_SAVED, made.words)
        self.desk.bus.publish([PlanSaved(version=made.version)])
        return made, checked

    def export(self, version: int | None) -> tuple[int, bytes] | None:
        """A version's number and its plan as a file; None where there is none."""
        with self.desk.store.reading() as connection:
            number = plans.newest(connection) if version is None else version
            plan = plans.plan_of(connection, number)
        return None if plan is None else (number, encode_plan(plan))

    def _checked(self, connection: sqlite3.Connection, plan: dict[str, object]) -> Checked:
        return plan_check.check_draft(plan, store=self.store, gtins=catalogue.gtins(connection))

    def _judged(self, connection: sqlite3.Connection, draft: Draft | None, newest: int, language: Language) -> Judged:
        now = plans.plan_now(connection)
        if draft is None:
            raw, base = msgspec.to_builtins(now) if now else None, newest
        else:
            raw, base = msgspec.json.decode(draft.body, type=Kept).plan, draft.base
        checked = self._checked(connection, raw) if raw is not None else Checked(plan=None, problems=())
        speech = self.speech(language, checked.plan or now)
        return Judged(
            number=draft.number if draft else 0,
            base=base,
            newest=newest,
            problems=tuple(
                Finding(warning=one.warning, part=one.part, id=one.id, corner=one.corner, words=speech.problem(one))
                for one in checked.problems
            ),
            changes=self._changes(connection, draft, checked.plan, speech),
            theirs=self._theirs(connection, base, language) if base != newest else None,
        )

    def _changes(
        self, connection: sqlite3.Connection, draft: Draft | None, plan: Plan | None, speech: Speech
    ) -> tuple[str, ...]:
        if draft is None or plan is None:
            return ()
        base = plans.plan_of(connection, draft.base)
        told = list(changes(base, plan))
        if msgspec.json.decode(draft.body, type=Kept).backdrop != _backdrop(connection, draft.base):
            told.append(Change(act=Act.REDRAWN))
        return tuple(map(speech.change, told))

    def _theirs(self, connection: sqlite3.Connection, base: int, language: Language) -> Side:
        """What was saved since a version."""
        now, was = plans.plan_now(connection), plans.plan_of(connection, base)
        (newest,) = plans.versions(connection, most=1)
        words = () if now is None else tuple(map(self.speech(language, now).change, changes(was, now)))
        return Side(by=newest.by, at_ms=newest.saved_ms or newest.from_ms, version=newest.version, words=words)

    def _newer_version(self, account: str, draft: Draft, judged: Judged, language: Language) -> Collision:
        """Somebody else saved a version since this draft began: both sides, named."""
        assert judged.theirs is not None
        mine = Side(by=account, at_ms=draft.at_ms, version=draft.base, words=judged.changes)
        message = "%(by)s saved version %(version)s at %(at)s; this draft began from version %(base)s."
        words = self.desk.pages.text(language, message) % {
            "by": judged.theirs.by or "–",
            "version": judged.theirs.version,
            "at": self._clock(judged.theirs.at_ms),
            "base": draft.base,
        }
        return Collision(kind="version", words=words, number=draft.number, mine=mine, theirs=judged.theirs)

    def _other_window(self, connection: sqlite3.Connection, account: str, body: Body, language: Language) -> Collision:
        """This account's draft is not the one that the caller saw: both sides, named."""
        draft = plan_drafts.draft(connection, account)
        mine = self._checked(connection, body.plan).plan
        base = plans.plan_of(connection, body.base)
        words = () if mine is None else tuple(map(self.speech(language, mine).change, changes(base, mine)))
        judged = self._judged(connection, draft, plans.newest(connection), language)
        at_ms = draft.at_ms if draft else self.desk.clock()
        message = (
            "Another window of yours changed this draft at %(at)s, and this one did not see it."
            if draft
            else "Another window of yours saved this draft or threw it away."
        )
        return Collision(
            kind="draft",
            words=self.desk.pages.text(language, message) % {"at": self._clock(at_ms)},
            number=judged.number,
            mine=Side(by=account, at_ms=self.desk.clock(), version=body.base, words=words),
            theirs=Side(by=account, at_ms=at_ms, version=judged.base, words=judged.changes),
        )

    def _clock(self, at_ms: int) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, self.desk.zone):%H:%M}"

    def _body(self, draft: Draft) -> Body:
        kept = msgspec.json.decode(draft.body, type=Kept)
        return Body(base=draft.base, plan=kept.plan, backdrop=kept.backdrop)


def _backdrop(connection: sqlite3.Connection, version: int) -> Backdrop | None:
    text = plans.backdrop_of(connection, version)
    return None if text is None else msgspec.json.decode(text, type=Backdrop)

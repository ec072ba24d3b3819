"""Somebody of the staff with a tablet: takes what shoppers ask for, brings it, and says so."""

import asyncio
from typing import Final
from urllib.parse import urljoin

from firmware_sim.actors.calls import Answer, Browser, CallFailed
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.actors.forms import form_to, forms_of

_LOOK_S: Final = 1.5
"""So often the tablet is looked at; what was taken at one look is done at a later one."""
_KIND: Final = "request-answered"


class Staff:
    """Signs in at `cloud` with the manager's password, and answers requests until closed; `pace` is the day's speed."""

    def __init__(
        self, browser: Browser, *, cloud: str, account: str, password: str, pace: float, diary: Diary, counts: Counts
    ) -> None:
        self._browser, self._cloud, self._account, self._password = browser, cloud, account, password
        self._pace, self._diary, self._counts = pace, diary, counts
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work; a second time changes nothing."""
        if self._working is None:
            self._working = asyncio.create_task(self._work())

    def close(self) -> None:
        """Go home."""
        if self._working is not None:
            self._working.cancel()

    async def look(self) -> None:
        """One look at the tablet: finish what was taken before, then take what waits. Raises CallFailed."""
        page = await self._inbox()
        for path in ("/manage/requests/*/done", "/manage/requests/*/take"):
            for form in (form for form in forms_of(page.text) if form.leads_to(path)):
                answer = await self._browser.post(urljoin(page.url, form.action), form.ticked(frozenset()))
                self._diary.note("staff", request=form.action, status=answer.status)
                if path.endswith("done"):
                    self._counts.attempted[_KIND] += 1
                    (self._counts.answered if answer.status < 400 else self._counts.failed)[_KIND] += 1

    async def _inbox(self) -> Answer:
        page = await self._browser.get(f"{self._cloud}/manage/requests")
        door = form_to(page.text, "/manage/login")
        if door is None:
            return page
        fields = door.filled(account=self._account, password=self._password)
        return await self._browser.post(urljoin(page.url, door.action), fields)

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S / self._pace)
            try:
                await self.look()
            except CallFailed as failure:
                self._diary.note("staff", reason=str(failure))

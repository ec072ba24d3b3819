"""The till: it tells the cloud each sale, again and again until the cloud has answered."""

import asyncio
import json
from collections.abc import Callable

from firmware_sim.actors.calls import Caller, CallFailed
from firmware_sim.actors.counters import Counts
from firmware_sim.actors.diary import Diary
from firmware_sim.town.happenings import Sold

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0


class Till:
    """Posts sales to `cloud` with its `token`; `wall` is ms since the Unix epoch, `day` marks this run's sales."""

    def __init__(
        self, caller: Caller, *, cloud: str, token: str, wall: Callable[[], int], diary: Diary, counts: Counts
    ) -> None:
        self._caller, self._url, self._token = caller, f"{cloud}/v1/sales", token
        self._wall, self._diary, self._counts = wall, diary, counts
        self._under_way: set[asyncio.Task[None]] = set()

    def sell(self, sold: Sold, day: int) -> None:
        """Tell the cloud of a sale; its number is the day's beginning and the sale's own."""
        sale = f"{day}-{sold.sale}"
        body = {
            "sale": sale,
            "at": self._wall(),
            "currency": "KRW",
            "lines": [{"gtin": s.gtin, "quantity": s.quantity, "amount": s.amount} for s in sold.lines],
        }
        task = asyncio.create_task(self._tell(sale, json.dumps(body).encode()))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self, within_s: float) -> bool:
        """Wait until the cloud has answered for every sale; False where it had not in time."""
        if not self._under_way:
            return True
        _, open_still = await asyncio.wait(self._under_way, timeout=within_s)
        return not open_still

    def close(self) -> None:
        """Give up what is not answered."""
        for task in self._under_way:
            task.cancel()

    async def _tell(self, sale: str, body: bytes) -> None:
        self._counts.attempted["sale"] += 1
        pause = _FIRST_PAUSE_S
        while True:
            try:
                status = await self._caller.post_json(self._url, body, self._token)
            except CallFailed as failure:
                status = 0
                self._diary.note("sale-retry", at=self._wall(), sale=sale, reason=str(failure))
            if status in {200, 201}:
                self._counts.answered["sale"] += 1
                self._diary.note("sale", at=self._wall(), sale=sale, status=status)
                return
            if 400 <= status < 500 and status not in {408, 429}:
                self._counts.failed["sale"] += 1
                self._diary.note("sale-refused", at=self._wall(), sale=sale, status=status)
                return
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 2)

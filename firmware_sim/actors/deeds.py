"""What a shopper does on their phone's pages, apart from tapping and agreeing: each by the page's own forms."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from firmware_sim.actors.calls import Answer
from firmware_sim.actors.forms import Form, form_to, link_to, marked, section, shown
from firmware_sim.actors.handset import Attempts, Handset
from firmware_sim.push.service import PushService
from firmware_sim.town.character import Deed

_WORDS: Final = {
    5: "다시 사고 싶어요. 선물로도 좋겠습니다.",
    4: "향이 좋고 깔끔해요.",
    3: "무난합니다.",
    2: "기대보다는 아쉬웠어요.",
    1: "제 입맛에는 맞지 않았습니다.",
}
_CODE: Final = re.compile(r"\b(?:[0-9A-Z]{4}(?:(?:- ?| )[0-9A-Z]{2,5}){1,6}|[0-9A-Z]{8,40})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """Acts on the pages of `cloud`; `second` gives a shopper's other phone."""

    cloud: str
    attempts: Attempts
    push: PushService
    second: Callable[[Handset], Handset]

    async def do(self, phone: Handset, deed: Deed) -> None:
        """Do one thing. What cannot be done is counted, never raised."""
        match deed:
            case Deed.PUSH_ON:
                await self._push_on(phone)
            case Deed.CLAIM:
                await self._claim(phone)
            case Deed.NOT_NOW:
                await self._press(phone, deed, "/offers/*/not-now")
            case Deed.STOP:
                await self._stop(phone)
            case Deed.POINTS:
                await self.balance(phone)
            case Deed.ASK:
                await self._press(phone, deed, "/request", kind="bring")
            case Deed.SECOND_PHONE:
                await self._second_phone(phone)
            case Deed.REVIEW:
                pass  # needs a product: `review`

    async def own_page(self, phone: Handset) -> Answer | None:
        """What is kept of this shopper."""
        return await self.attempts.call("own-page", phone, phone.browser.get(f"{self.cloud}/me"))

    async def balance(self, phone: Handset) -> int | None:
        """The points that the shopper's page shows, noted."""
        page = await self.own_page(phone)
        points = _number(shown(section(page.text, "points"), "balance")) if page else None
        self.attempts.note("balance", phone, points=points)
        return points

    async def member_code(self, phone: Handset) -> str | None:
        """A code that a till knows the shopper by, as the phone shows it."""
        page = await self.own_page(phone)
        form = form_to(page.text, "/me/code") if page else None
        if page is None or form is None:
            return None
        made = await self._send("show-code", phone, page, form)
        return _code(section(made.text, "points")) if made else None

    async def review(self, phone: Handset, gtin: str, stars: int) -> None:
        """Say how a product is that was bought."""
        url = f"{self.cloud}/01/{gtin}/reviews"
        page = await self.attempts.call("reviews", phone, phone.browser.get(url))
        form = form_to(page.text, f"/01/{gtin}/reviews") if page else None
        if page is None or form is None:
            self.attempts.no_form("review", phone)
            return
        fields = form.filled(stars=str(stars), text=_WORDS[stars])
        await self._send("review", phone, page, form, fields)

    async def _push_on(self, phone: Handset) -> None:
        """What the page's script does where a browser allows notifications: subscribe, and tell the store where."""
        page = await self.own_page(phone)
        key = marked(page.text, "key") if page else None
        if key is None:
            self.attempts.no_form(Deed.PUSH_ON, phone)
            return
        made = self.push.subscribe(phone.name, key)
        fields = [("endpoint", made.endpoint), ("p256dh", made.p256dh), ("auth", made.auth), ("lang", "ko")]
        await self.attempts.call(Deed.PUSH_ON, phone, phone.browser.post(f"{self.cloud}/me/push", fields))

    async def _claim(self, phone: Handset) -> None:
        """Take the coupon of the page; the store may have none for this shopper, or none for anybody now."""
        form = form_to(phone.page.text, "/offers/*/claim") if phone.page else None
        if phone.page is None or form is None:
            self.attempts.no_form(Deed.CLAIM, phone)
            return
        page = await self._send(Deed.CLAIM, phone, phone.page, form)
        code = _code(section(page.text, "offer")) if page else None
        if code:
            phone.coupons.append(code)
        self.attempts.note("coupon", phone, held=code is not None)

    async def _stop(self, phone: Handset) -> None:
        """Refuse all advertising, by the link of the offer or of a message."""
        link = phone.stop or (link_to(phone.page.text, "/stop/*") if phone.page else None)
        if link is None:
            await self._refuse(phone)
            return
        page = await self.attempts.call("stop-page", phone, phone.browser.get(urljoin(self.cloud, link)))
        form = form_to(page.text, "/stop/*") if page else None
        if page is not None and form is not None:
            await self._send(Deed.STOP, phone, page, form)

    async def _refuse(self, phone: Handset) -> None:
        """The same in the preference centre, for who has no message with a link."""
        centre = await self.attempts.call("choices", phone, phone.browser.get(f"{self.cloud}/me/choices"))
        form = form_to(centre.text, "/me/refuse") if centre else None
        if centre is None or form is None:
            self.attempts.no_form(Deed.STOP, phone)
            return
        await self._send(Deed.STOP, phone, centre, form)

    async def _second_phone(self, phone: Handset) -> None:
        """Let a code on this phone bring another one to the same person."""
        own = await self.own_page(phone)
        form = form_to(own.text, "/me/join/code") if own else None
        if own is None or form is None:
            self.attempts.no_form(Deed.SECOND_PHONE, phone)
            return
        shows = await self._send("join-code", phone, own, form)
        code = _code(section(shows.text, "phones")) if shows else None
        second = self.second(phone)
        types = await self.attempts.call("join-page", second, second.browser.get(f"{self.cloud}/me/join"))
        form = form_to(types.text, "/me/join/find") if types else None
        if code is None or types is None or form is None:
            self.attempts.no_form(Deed.SECOND_PHONE, second)
            return
        asks = await self._send("join-find", second, types, form, form.filled(code=code))
        form = form_to(asks.text, "/me/join") if asks else None
        if asks is not None and form is not None:
            await self._send(Deed.SECOND_PHONE, second, asks, form)

    async def _press(self, phone: Handset, deed: Deed, path: str, **values: str) -> None:
        form = form_to(phone.page.text, path) if phone.page else None
        if phone.page is None or form is None:
            self.attempts.no_form(deed, phone)
            return
        await self._send(deed, phone, phone.page, form, form.filled(**values))

    async def _send(
        self, kind: str, phone: Handset, page: Answer, form: Form, fields: list[tuple[str, str]] | None = None
    ) -> Answer | None:
        sent = form.ticked(frozenset()) if fields is None else fields
        answer = await self.attempts.call(kind, phone, phone.browser.post(urljoin(page.url, form.action), sent))
        if answer is not None:
            phone.page = answer
        return answer


def _number(words: str | None) -> int | None:
    found = re.search(r"\d[\d,]*", words or "")
    return int(found[0].replace(",", "")) if found else None


def _code(html: str) -> str | None:
    """The code that stands beside its picture, as a scanner or a typing hand takes it."""
    found = _CODE.search(shown(html, "code") or "")
    return found[0].replace(" ", "").replace("-", "") if found else None

"""What one shopper will do in the store, drawn whole when they come in."""

import enum
from dataclasses import dataclass
from typing import Final

from firmware_sim.town.character import Character, Deed, Regret, Shows, character
from firmware_sim.town.dice import Dice
from firmware_sim.town.people import Colour, Look
from firmware_sim.town.scenario import Habits
from firmware_sim.town.standing import Stand
from firmware_sim.town.store import Store


class Kind(enum.StrEnum):
    """What is held to a reader."""

    NTAG213 = "ntag213"  # a paper loyalty card
    NTAG215 = "ntag215"  # a plastic one
    FELICA = "felica"  # a transit card
    CARD = "card"  # a plain contactless card that answers with its UID alone
    PHONE = "phone"  # a phone: a UID made up for this touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A card, or a phone at a reader; `uid` in lower-case hex."""

    kind: Kind
    uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Put a thing on the stand's reader, and take it away after `hold_ms`."""

    after_ms: int  # since the shopper came to stand there
    thing: Thing
    hold_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTag:
    """Open a shelf's tag with the phone."""

    after_ms: int
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begin a profile on the page that the phone shows, by ticking these choices and no other."""

    after_ms: int
    choices: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BindCard:
    """Ask on the phone to bind the card that comes to the stand's reader next."""

    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Pay for what is in the basket; the till hears how the shopper is known and whether points go in."""

    after_ms: int
    shows: Shows
    spends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Do something on the phone; `stars` belong to a review."""

    after_ms: int
    deed: Deed
    stars: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Regretted:
    """The till takes the sale back, or one piece of it."""

    after_ms: int
    regret: Regret


Act = Hold | OpenTag | Begin | BindCard | Pay | Do | Regretted


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One stop: at the first of these stands that is free, for `stay_ms`, doing `acts` in their order."""

    stands: tuple[str, ...]
    stay_ms: int
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a sale: so many of a product, and what they cost together (KRW)."""

    gtin: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A shopper's whole visit."""

    number: int
    look: Look
    speed: int  # mm/s
    card: Thing | None
    phone: bool
    errands: tuple[Errand, ...]
    checkout: Errand | None
    basket: tuple[Line, ...]


# When the acts of a stop begin, ms: people arrive, look, take the card out; a page needs reading.
_SETTLE: Final = 900
_READ: Final = 2_300
_FILL_IN: Final = 1_300
_FETCH_CARD: Final = 1_500
_AGAIN: Final = 3_600
_SHORTEST_HOLD: Final = 700
_LONGEST_HOLD: Final = 5_000
_BETWEEN_DEEDS: Final = 500


def visit(store: Store, stands: tuple[Stand, ...], seed: int, number: int) -> Visit:
    """The visit of the shopper with this number: the same for the same store and seed, whoever came before."""
    who = character(store.scenario.manners, seed, number)
    return _Maker(store, stands, Dice(seed, "shopper", number), who).visit(number)


def random_uid(dice: Dice) -> str:
    """What a phone says at a reader: four bytes, the first 0x08 (ISO/IEC 14443-3, random UID)."""
    return (b"\x08" + dice.data(3)).hex()


class _Maker:
    """Draws one visit."""

    def __init__(self, store: Store, stands: tuple[Stand, ...], dice: Dice, who: Character) -> None:
        self._store, self._stands, self._dice, self._who = store, stands, dice, who
        self._habits: Habits = store.scenario.shoppers

    def visit(self, number: int) -> Visit:
        dice, habits = self._dice, self._habits
        look = dressed(dice)
        slow, fast = (round(mps * 1000) for mps in habits.speed_mps)
        speed = dice.whole(slow, fast)
        card = _card(dice) if dice.happens(habits.card_share) else None
        opts_in = card is not None and dice.happens(habits.opt_in_share)
        phone = opts_in or dice.happens(habits.tag_phone_share)
        errands = [self._stop(phone=phone and not opts_in) for _ in range(dice.whole(*habits.stops))]
        at_reader = self._at_reader(card, opts_in=opts_in)
        if at_reader is not None:
            errands.insert(dice.whole(0, len(errands)) if not opts_in else 0, at_reader)
        buys = dice.happens(habits.buy_share)
        return Visit(
            number=number,
            look=look,
            speed=speed,
            card=card,
            phone=phone,
            errands=tuple(errands),
            checkout=self._checkout(card, opts_in=opts_in) if buys else None,
            basket=self._basket() if buys else (),
        )

    def _stop(self, *, phone: bool) -> Errand:
        """Look at goods somewhere; with a phone perhaps open the tag there."""
        dice, habits = self._dice, self._habits
        zone = dice.weighted(tuple(self._store.scenario.popularity.items()))
        stay = dice.log_normal(round(habits.look_median_s * 1000), habits.look_spread)
        places = [stand for stand in self._stands if stand.zone == zone and stand.reader is None]
        first = dice.whole(0, len(places) - 1)
        places = places[first:] + places[:first]
        acts: tuple[Act, ...] = ()
        if phone:
            places = [place for place in places if place.tags] or places
            if places[0].tags:
                # Only at this very place is this tag at hand.
                opened = OpenTag(after_ms=_SETTLE, tag=dice.pick(places[0].tags))
                # Asking needs no profile.
                places, acts = places[:1], (opened, *self._deeds(_SETTLE + 1_200, Deed.ASK))
                stay += _READ
        return Errand(stands=tuple(place.id for place in places), stay_ms=stay, acts=acts)

    def _at_reader(self, card: Thing | None, *, opts_in: bool) -> Errand | None:
        """Hold the card, or the phone, to a shelf's reader."""
        dice, habits = self._dice, self._habits
        places = [stand for stand in self._stands if stand.reader is not None and self._is_shelf(stand)]
        if not places or (card is None and not dice.happens(habits.touch_phone_share)):
            return None
        first = dice.whole(0, len(places) - 1)
        places = places[first:] + places[:first]
        if card is not None and opts_in and places[0].tags:
            return self._opting_in(card, places[0])
        thing = card or Thing(kind=Kind.PHONE, uid=random_uid(dice))
        hold = self._hold(_SETTLE + dice.whole(0, 700), thing)
        rest = dice.log_normal(round(habits.look_median_s * 600), habits.look_spread)
        return Errand(
            stands=tuple(place.id for place in places), stay_ms=hold.after_ms + hold.hold_ms + 600 + rest, acts=(hold,)
        )

    def _opting_in(self, card: Thing, place: Stand) -> Errand:
        """Open the tag, begin a profile, bind the card at the reader beside it, and tap once more to see it work."""
        opened = OpenTag(after_ms=_SETTLE, tag=place.tags[0])
        begun = Begin(after_ms=opened.after_ms + _READ, choices=self._who.choices)
        asked = BindCard(after_ms=begun.after_ms + _FILL_IN)
        bound = self._hold(asked.after_ms + _FETCH_CARD, card)
        done = bound.after_ms + bound.hold_ms
        again = self._hold(done + _AGAIN, card)
        after = again.after_ms + again.hold_ms
        return Errand(
            stands=(place.id,),
            stay_ms=after + 1_200,
            acts=(
                *(opened, begun),
                *((asked, bound) if "card" in self._who.choices else ()),
                *self._deeds(done + _BETWEEN_DEEDS, Deed.PUSH_ON, Deed.CLAIM, Deed.SECOND_PHONE, Deed.ASK),
                again,
                *self._deeds(after + _BETWEEN_DEEDS // 2, Deed.NOT_NOW, Deed.STOP),
            ),
        )

    def _deeds(self, from_ms: int, *deeds: Deed) -> tuple[Do, ...]:
        """Those of the deeds that are this shopper's, one after the other."""
        own = [deed for deed in deeds if deed in self._who.deeds]
        return tuple(Do(after_ms=from_ms + _BETWEEN_DEEDS * n, deed=deed) for n, deed in enumerate(own))

    def _checkout(self, card: Thing | None, *, opts_in: bool) -> Errand:
        """Pay, with the card on the till's reader first; members look at their points and show who they are."""
        who = self._who
        due = self._dice.log_normal(round(self._habits.pay_median_s * 1000), self._habits.pay_spread) - 300
        places = tuple(stand.id for stand in self._stands if stand.reader is not None and not self._is_shelf(stand))
        acts: tuple[Act, ...] = ()
        if card is not None:
            hold = self._hold(_SETTLE, card)
            acts, due = (hold,), max(due, hold.after_ms + hold.hold_ms + 500)
        if opts_in:
            looks = self._deeds(0, Deed.POINTS)
            shows = who.shows if who.shows is not Shows.CARD or "card" in who.choices else Shows.CODE
            reviews = (Do(after_ms=due + 500, deed=Deed.REVIEW, stars=who.stars),) if Deed.REVIEW in who.deeds else ()
            acts = (*looks, *acts, Pay(after_ms=due, shows=shows, spends=who.spends), *reviews)
        else:
            acts = (*acts, Pay(after_ms=due, shows=Shows.NOTHING, spends=False))
        if who.regret is not Regret.NONE:
            acts = (*acts, Regretted(after_ms=due + 600, regret=who.regret))
        return Errand(stands=places, stay_ms=due + 700, acts=acts)

    def _hold(self, after_ms: int, thing: Thing) -> Hold:
        habits = self._habits
        hold = self._dice.log_normal(round(habits.hold_median_s * 1000), habits.hold_spread)
        return Hold(after_ms=after_ms, thing=thing, hold_ms=min(_LONGEST_HOLD, max(_SHORTEST_HOLD, hold)))

    def _is_shelf(self, stand: Stand) -> bool:
        return stand.zone in self._store.scenario.popularity

    def _basket(self) -> tuple[Line, ...]:
        products = list(self._store.products.values())
        chosen = {self._dice.whole(0, len(products) - 1): self._dice.whole(1, 2) for _ in range(self._dice.whole(1, 3))}
        return tuple(
            Line(gtin=products[at].gtin, quantity=quantity, amount=products[at].price_krw * quantity)
            for at, quantity in sorted(chosen.items())
        )


def _card(dice: Dice) -> Thing:
    kind = dice.weighted(((Kind.NTAG213, 4), (Kind.NTAG215, 3), (Kind.FELICA, 2), (Kind.CARD, 1)))
    # NXP's UIDs begin with 04; a FeliCa IDm is eight bytes, the first two the maker's code.
    uid = b"\x01\x2e" + dice.data(6) if kind is Kind.FELICA else b"\x04" + dice.data(6)
    return Thing(kind=kind, uid=uid.hex())


def _colour(words: str) -> Colour:
    red, green, blue = bytes.fromhex(words)
    return Colour(red=red, green=green, blue=blue)


_SKIN: Final = tuple(_colour(c) for c in ("e8bd9c", "deb08c", "cc9a74", "a8764f", "80573d"))
_HAIR: Final = tuple(_colour(c) for c in ("221c1a", "2c221c", "46301f", "5a3c28", "6e6a66"))
_TOPS: Final = tuple(
    _colour(c)
    for c in (
        "283e6e",
        "96282c",
        "3c644a",
        "f0efe9",
        "36363c",
        "9a6a24",
        "6e5082",
        "2f6d7c",
        "8a3f5c",
        "1f5a8c",
        "4b5b2a",
    )
)
_BOTTOMS: Final = tuple(_colour(c) for c in ("262c42", "343438", "4a4034", "3e5070", "4a3426", "2c3a34"))
_SHOES: Final = tuple(_colour(c) for c in ("1e1e20", "dcdcdc", "60402c", "8a2f2f"))


def dressed(dice: Dice) -> Look:
    """What somebody looks like for a day: a grown person."""
    return Look(
        height_mm=dice.whole(1_540, 1_860),
        girth=dice.whole(90, 118),
        skin=dice.pick(_SKIN),
        hair=dice.pick(_HAIR),
        top=dice.pick(_TOPS),
        bottom=dice.pick(_BOTTOMS),
        shoes=dice.pick(_SHOES),
        long_hair=dice.happens(0.45),
        coat=dice.happens(0.12),
        bag=dice.happens(0.35),
    )

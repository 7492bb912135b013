"""Small pure sums and lists: weight, fluids, bowels, pain. Scales whose owners license them are not here: a home that
has accepted the owner's terms fills in their definition (`licensed`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")

# Bowels. The seven types of the Bristol stool form scale (Lewis and Heaton, Scand J Gastroenterol 1997;32:920), in our
# own words.
BRISTOL = {
    1: "Separate hard lumps", 2: "Lumpy, like a sausage", 3: "A sausage with cracks", 4: "Smooth and soft, like a snake",
    5: "Soft blobs with clear edges", 6: "Mushy, with ragged edges", 7: "Watery, no solid pieces",
}  # fmt: skip
NO_STOOL_FOR = timedelta(days=3)  # days without bowels opened that the senior must hear of
LOOSE = frozenset({6, 7})
HARD = frozenset({1, 2})


def bowels_words(stools: Iterable[tuple[datetime, int]], at: datetime) -> tuple[str, ...]:
    """What the last days' stools (when, type) ask somebody to do; nothing while all is as it should be."""
    known = sorted(stools)
    told = []
    if known and at - known[-1][0] >= NO_STOOL_FOR:
        told.append("Bowels not opened for three days: tell the senior today.")
    recent = [kind for when, kind in known if at - when <= timedelta(hours=24)]
    if sum(kind in LOOSE for kind in recent) >= 3:
        told.append("Three loose stools in a day: tell the senior now, gloves and apron, keep to their room.")
    if len(known) >= 3 and all(kind in HARD for _, kind in known[-3:]):
        told.append("Three hard stools in a row: offer more to drink, and tell the senior.")
    return tuple(told)


# Weight. What MUST and its like ask for is worked out and shown; their points and bands are their owners'.


def bmi(weight_kg: Decimal, height_cm: Decimal) -> Decimal:
    """kg/m², one decimal."""
    metres = height_cm / 100
    return (weight_kg / (metres * metres)).quantize(TENTH, ROUND_HALF_UP)


def change_percent(before_kg: Decimal, now_kg: Decimal) -> Decimal:
    """Per cent of the earlier weight; below zero for a loss. One decimal."""
    return ((now_kg - before_kg) / before_kg * 100).quantize(TENTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class WeightChange:
    months: int
    percent: Decimal
    before_kg: Decimal
    before_at: datetime


def weight_changes(weights: Iterable[tuple[datetime, Decimal]], now_kg: Decimal, at: datetime) -> tuple[WeightChange, ...]:
    """Against the weight nearest to one, three and six months ago (a third of the span either way); what there is."""
    known = list(weights)
    found = []
    for months in (1, 3, 6):
        span = timedelta(days=30 * months)
        near = [(abs(at - span - when), when, kg) for when, kg in known if abs(at - span - when) <= span / 3]
        if near:
            _, when, kg = min(near)
            found.append(WeightChange(months, change_percent(kg, now_kg), kg, when))
    return tuple(found)


LOSS_TO_TELL = {1: Decimal(-2), 3: Decimal(-5), 6: Decimal(-10)}
"""Per cent over so many months: unplanned loss worth asking the GP or dietitian about (NICE CG32 has 5 in 3 to 6
months with a low BMI, and 10 in 3 to 6 months alone; 2 in one month is ours, so that it is seen in time)."""


def weight_acts(changes: Iterable[WeightChange]) -> tuple[str, ...]:
    worst = [one for one in changes if one.percent <= LOSS_TO_TELL[one.months]]
    if not worst:
        return ()
    one = min(worst, key=lambda change: change.percent)
    lost = f"{abs(one.percent)} per cent in about {one.months} {'month' if one.months == 1 else 'months'}"
    return (
        f"Lost {lost}. Weigh again to be sure.",
        "If it was not meant: tell the senior today, write down what they eat, and ask the GP or dietitian.",
    )


# Fluids

DRINKS = {
    "WATER": "Water or squash", "HOT": "Tea or coffee", "MILK": "Milk or shake", "SOUP": "Soup, jelly or ice cream",
    "FEED": "Feed or supplement", "OTHER_IN": "Other drink",
}  # fmt: skip
OUTPUTS = {"URINE": "Urine", "CATHETER": "Catheter bag", "VOMIT": "Vomit", "OTHER_OUT": "Other"}
MOST_ML = 3000  # in one entry


@dataclass(frozen=True, slots=True)
class DayBalance:
    day: date
    in_ml: int
    out_ml: int

    @property
    def balance_ml(self) -> int:
        return self.in_ml - self.out_ml


def balances(entries: Iterable[tuple[datetime, str, int]], zone: tzinfo) -> tuple[DayBalance, ...]:
    """(when, what, ml) by the day on the wall there, the latest first. What was not written down is not in it."""
    days: dict[date, list[int]] = {}
    for when, what, ml in entries:
        day = days.setdefault(when.astimezone(zone).date(), [0, 0])
        day[0 if what in DRINKS else 1] += ml
    return tuple(DayBalance(day, *days[day]) for day in sorted(days, reverse=True))


# Pain, as seen. A description in our own words with no points: the Abbey scale and PAINAD are their owners'.

PAIN_SEEN = {
    "FACE": "Frowning, grimacing, looking frightened", "VOICE": "Groaning, crying, calling out",
    "BODY": "Guarding, rocking, fidgeting, rigid", "BEHAVIOUR": "Not eating, refusing help, restless or withdrawn",
    "TOUCH": "Flinching when touched or moved", "BREATH": "Breathing faster or noisily, sweating, pale or flushed",
}  # fmt: skip
PAIN_WHEN = {"REST": "At rest", "MOVING": "When moved", "BOTH": "Both"}
PAIN_STRONG = 7  # of 10, in their own words
PAIN_SOME = 4


def pain_acts(says: int | None, seen: Iterable[str]) -> tuple[str, ...]:
    signs = len(list(seen))
    if (says or 0) >= PAIN_STRONG or signs >= 4:
        return (
            "Tell the senior now. Chest pain, or sudden and severe: ring 999.", "Give what is prescribed for pain, if it is due.",
            "Look again after an hour at most.",
        )  # fmt: skip
    if (says or 0) >= PAIN_SOME or signs >= 2:
        return ("Tell the senior. Give what is prescribed for pain, if it is due.", "Look again after an hour.")
    if says or signs:
        return ("Move them to comfort, and look again in four hours or before they are next moved.",)
    return ()


def pain_again_minutes(says: int | None, seen: Iterable[str]) -> int:
    """When to look again; 0: no need."""
    signs = len(list(seen))
    if (says or 0) >= PAIN_SOME or signs >= 2:
        return 60
    return 240 if says or signs else 0

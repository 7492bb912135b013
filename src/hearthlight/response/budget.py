"""The alert budget: how many alerts a shift and a person get, how many were false, how quickly people came, and what
the quietest safe setting would be. Pure: given facts, it counts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from hearthlight.alerts.types import AlertFacts, State, Truth
from hearthlight.events.types import EventKind

DAY_STARTS, NIGHT_STARTS = time(8), time(20)  # the usual change of shift in care homes; only for counting
FEWEST_JUDGED = 10  # below this, one odd night would decide a setting
STEP = 0.01  # thresholds are shown and set in hundredths


@dataclass(frozen=True, slots=True)
class ShiftCount:
    """Alerts of one 12-hour shift; `day` is the day it began."""

    day: date
    is_night: bool
    told: int
    false: int


@dataclass(frozen=True, slots=True)
class PersonCount:
    person_id: int
    name: str
    told: int
    judged: int
    false: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """The quietest fall setting that would still have told of every fall that was one. Never applied by itself."""

    judged: int
    kept_true: int
    threshold: float | None
    silenced: int
    false: int

    @property
    def is_enough(self) -> bool:
        return self.judged >= FEWEST_JUDGED


@dataclass(frozen=True, slots=True)
class Budget:
    told: int
    repeats: int
    judged: int
    false: int
    called_off: int
    accept_s: float | None
    attend_s: float | None
    shifts: tuple[ShiftCount, ...]
    persons: tuple[PersonCount, ...]
    proposal: Proposal

    @property
    def false_share(self) -> float | None:
        return self.false / self.judged if self.judged else None


def count(alerts: Sequence[AlertFacts], *, zone: ZoneInfo, since: datetime, until: datetime) -> Budget:
    """What these alerts, raised from `since` to `until`, cost and brought. A repeat told nobody anew, so it counts
    only as a repeat."""
    leaders = [alert for alert in alerts if alert.state != State.MERGED]
    judged = [alert for alert in leaders if is_judged(alert)]
    return Budget(
        told=len(leaders),
        repeats=len(alerts) - len(leaders),
        judged=len(judged),
        false=sum(is_false(alert) for alert in judged),
        called_off=sum(alert.state == State.CANCELLED for alert in leaders),
        accept_s=_median([(a.accepted_at - a.raised_at).total_seconds() for a in leaders if a.accepted_at]),
        attend_s=_median([(a.attended_at - a.raised_at).total_seconds() for a in leaders if a.attended_at]),
        shifts=tuple(_by_shift(leaders, zone=zone, since=since, until=until)),
        persons=tuple(_by_person(leaders)),
        proposal=propose(leaders),
    )


def is_judged(alert: AlertFacts) -> bool:
    """Closed with a yes or a no, or called off. `Not sure` is neither."""
    return alert.state == State.CANCELLED or (alert.state == State.CLOSED and alert.truth != Truth.UNSURE)


def is_false(alert: AlertFacts) -> bool:
    return alert.truth == Truth.FALSE


def propose(alerts: Sequence[AlertFacts]) -> Proposal:
    """The highest threshold, in hundredths, at or below the score of every fall alert that was true.

    Only alerts somebody went to and judged count: one called off from the corridor proves nothing. `Not sure` is
    counted as true, for quiet must not be bought with doubt.
    """
    falls = [a for a in alerts if a.kind == EventKind.FALL_SUSPECTED and a.state == State.CLOSED and a.truth]
    keep = [score_of(alert) for alert in falls if alert.truth != Truth.FALSE]
    false = [score_of(alert) for alert in falls if alert.truth == Truth.FALSE]
    judged = sum(alert.truth != Truth.UNSURE for alert in falls)
    threshold = int(min(keep) / STEP + 1e-9) * STEP if keep and judged >= FEWEST_JUDGED else None
    silenced = sum(score < threshold for score in false) if threshold is not None else 0
    return Proposal(judged, len(keep), round(threshold, 2) if threshold is not None else None, silenced, len(false))


def score_of(alert: AlertFacts) -> float:
    """The detector's own score where it gave one; how sure it was otherwise."""
    facts = alert.sighting.get("facts")
    score = facts.get("score") if isinstance(facts, dict) else None
    return float(score) if isinstance(score, int | float) and not isinstance(score, bool) else alert.sureness


def shift_of(at: datetime, zone: ZoneInfo) -> tuple[date, bool]:
    """(day it began, is it the night) of the shift `at` falls in, by the clock on the wall."""
    local = at.astimezone(zone)
    if local.time() < DAY_STARTS:
        return local.date() - timedelta(days=1), True
    return local.date(), local.time() >= NIGHT_STARTS


def _by_shift(
    alerts: Sequence[AlertFacts], *, zone: ZoneInfo, since: datetime, until: datetime
) -> list[ShiftCount]:
    """Every shift of the span, quiet ones too: an average over busy shifts only would flatter nobody."""
    told = Counter(shift_of(alert.raised_at, zone) for alert in alerts)
    false = Counter(shift_of(alert.raised_at, zone) for alert in alerts if is_judged(alert) and is_false(alert))
    shift, last = shift_of(since, zone), shift_of(until, zone)
    found = []
    while shift <= last:
        found.append(ShiftCount(shift[0], shift[1], told[shift], false[shift]))
        shift = (shift[0] + timedelta(days=1), False) if shift[1] else (shift[0], True)
    return found


def _by_person(alerts: Sequence[AlertFacts]) -> list[PersonCount]:
    """Those with most alerts first."""
    groups: dict[int, list[AlertFacts]] = defaultdict(list)
    for alert in alerts:
        if alert.person_id is not None:
            groups[alert.person_id].append(alert)
    counted = [
        PersonCount(
            person_id, found[0].person_name, len(found), sum(map(is_judged, found)),
            sum(is_judged(one) and is_false(one) for one in found), sum(one.repeats for one in found),
        )
        for person_id, found in groups.items()
    ]  # fmt: skip
    return sorted(counted, key=lambda one: (-one.told, one.name))


def _median(values: list[float]) -> float | None:
    return median(values) if values else None

"""Sends what leaves the building: push, e-mail, texts. Run on a thread of its own, outside the main transaction, so
that a slow server somewhere never holds up an alert here.

A message is claimed by a conditional update that also says when to try again, so a process killed in the middle of
sending tries again later; it may then arrive twice, which for an alarm is the right side to err on.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from django.db.models import Q

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import AlertFacts
from hearthlight.core.prepared import Given, Read
from hearthlight.people import queries as people
from hearthlight.people.types import PlaceKind
from hearthlight.response import queries, rules, telling
from hearthlight.response.channels import all_channels
from hearthlight.response.models import PushAddress, Tell
from hearthlight.response.types import Address, ChannelError, Notice, TellState

log = logging.getLogger(__name__)

BATCH = 8  # messages at once, each on a thread: a night shift's phones are told together
LONGEST_WAIT = timedelta(seconds=max(rules.BACK_OFF_S))  # what lies further ahead was set by a clock since put back
GAVE_UP_LATER = rules.TELL_OVERDUE_AFTER  # the lease on the final attempt, should the process die during it


@dataclass(frozen=True, slots=True)
class Outcome:
    """`gone`: push endpoints that no longer exist."""

    trouble: ChannelError | None
    gone: tuple[str, ...] = ()


def step(at: datetime) -> bool:
    """Send up to a batch of waiting messages; True if there may be more."""
    claimed = [tell for tell in _waiting(now=at, too_far=at + LONGEST_WAIT) if _claim(tell, at)]
    if not claimed:
        return False
    notices = _notices(claimed, at)
    outcomes = list(_threads().map(_send, [(tell.channel, notices[tell.pk]) for tell in claimed]))
    for tell, outcome in zip(claimed, outcomes, strict=True):
        _note(tell, outcome, at)
    return True


_waiting = Read(
    lambda: Tell.objects.filter(
        Q(due_at__lte=Given("now")) | Q(due_at__gt=Given("too_far")), state=TellState.WAITING
    ).order_by("due_at", "pk")[:BATCH]
)  # asked at every change


def due_at() -> datetime | None:
    """When the next message is to be tried."""
    waiting = Tell.objects.filter(state=TellState.WAITING).order_by("due_at")
    return waiting.values_list("due_at", flat=True).first()


def _claim(tell: Tell, at: datetime) -> bool:
    later = at + (rules.back_off(tell.attempts + 1) or GAVE_UP_LATER)
    as_read = Tell.objects.filter(pk=tell.pk, state=TellState.WAITING, attempts=tell.attempts)
    if as_read.update(attempts=tell.attempts + 1, due_at=later) != 1:
        return False
    tell.attempts += 1
    return True


def _notices(tells: Sequence[Tell], at: datetime) -> dict[int, Notice]:
    facts = alerts.many(sorted({tell.alert_id for tell in tells}))
    staff = people.staff_facts({tell.staff_id for tell in tells if tell.staff_id is not None})
    reach = queries.addresses(staff.values())
    return {
        tell.pk: replace(
            telling.notice_of(facts[tell.alert_id], at=at), tell_id=tell.pk, staff_id=tell.staff_id, step=tell.step,
            address=reach.get(tell.staff_id or 0, Address()), unit=_unit_name(facts[tell.alert_id]),
        )
        for tell in tells
    }  # fmt: skip


def _unit_name(alert: AlertFacts) -> str:
    """Where, for words that leave the building: never a room, which in a home is a name."""
    above = [people.place_facts(int(part)) for part in alert.place_path.split("/") if part]
    unit = next((place for place in above if place.kind == PlaceKind.UNIT), None)
    return (unit or people.home_of(alert.place_path)).name


def _send(job: tuple[str, Notice]) -> Outcome:
    """On a thread, touching no database."""
    channel, notice = job
    try:
        return Outcome(None, tuple(all_channels()[channel].send(notice)))
    except ChannelError as trouble:
        return Outcome(trouble, trouble.gone)
    except Exception:  # the outermost step of this thread: a fault in one channel must not lose the others' outcomes
        log.exception("channel %s failed on tell %s", channel, notice.tell_id)
        return Outcome(ChannelError("FAULT", permanent=False))


def _note(tell: Tell, outcome: Outcome, at: datetime) -> None:
    if outcome.gone:
        PushAddress.objects.filter(endpoint__in=outcome.gone).update(failed_at=at)
    trouble = outcome.trouble
    waiting = Tell.objects.filter(pk=tell.pk, state=TellState.WAITING)
    if trouble is None:
        waiting.update(state=TellState.SENT, sent_at=at, trouble="")
    elif trouble.permanent or tell.attempts >= rules.LAST_ATTEMPT:
        waiting.update(state=TellState.FAILED, trouble=trouble.code)
    else:
        waiting.update(trouble=trouble.code)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(BATCH, thread_name_prefix="sender")

"""Turns events into alerts. Run inside the caller's transaction: an event is claimed and its alert raised, or neither."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from hearthlight.alerts import actions
from hearthlight.core.database import take_order_lock
from hearthlight.events import actions as events_actions
from hearthlight.events import queries as events
from hearthlight.events.types import EventFacts

log = logging.getLogger(__name__)

BATCH = 50  # events a step: one commit pays for all of them


def step(at: datetime) -> bool:
    """Raise an alert for each unclaimed event; True if there may be more.

    An event that cannot become an alert (a fault of ours) stays unclaimed, where the watchdog finds it, and does not
    keep the others waiting. Storage that fails is the caller's to wait for.
    """
    waiting = events.unclaimed(BATCH)
    if not waiting:
        return False
    take_order_lock()  # before any row, always: two workers then queue up instead of waiting for each other
    raised = [_raise(event, at) for event in waiting]
    return len(waiting) == BATCH and any(raised)


def _raise(event: EventFacts, at: datetime) -> bool:
    try:
        with transaction.atomic():
            if events_actions.claim(event.id, at=at):
                actions.raise_alert(event, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("no alert could be raised of event %s", event.id)
        return False
    return True

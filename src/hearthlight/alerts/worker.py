"""Turns events into alerts. Run inside the caller's transaction: an event is claimed and its alert raised, or neither."""

from datetime import datetime

from hearthlight.alerts import actions
from hearthlight.core.database import take_order_lock
from hearthlight.events import actions as events_actions
from hearthlight.events import queries as events

BATCH = 50  # events a step: one commit pays for all of them


def step(at: datetime) -> bool:
    """Raise an alert for each unclaimed event; True if there may be more."""
    waiting = events.unclaimed(BATCH)
    if not waiting:
        return False
    take_order_lock()  # before any row, always: two workers then queue up instead of waiting for each other
    for event in waiting:
        if events_actions.claim(event.id, at=at):
            actions.raise_alert(event, at=at)
    return len(waiting) == BATCH

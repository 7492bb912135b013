"""What is known but not yet written: who was heard, how healthy they said they are, and what was refused.

Written with some later batch, at most every 15 seconds for each device. Nothing is taken off the tally until the
transaction that wrote it is known to have committed; the worst a crash can cost is a quarter minute of counting.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hearthlight.sensors.types import Accepted, Health, RefusalReason

log = logging.getLogger(__name__)

WRITE_EVERY = timedelta(seconds=15)  # for each device: a screen that says "heard just now" may be this late
LOOK_EVERY = timedelta(seconds=1)  # how often anything is written at all
MOST_AT_ONCE = 500  # devices written in one go, ~5 ms, so that no alarm waits behind ten thousand of them
MOST_REASONS = 1_000  # different counts kept between two writes
NOTHING_SAID = Health()

Refusals = Counter[tuple[str, RefusalReason, datetime]]


@dataclass(frozen=True, slots=True)
class LastWord:
    """One device: when it was last heard, and how it last said it is."""

    at: datetime
    health: Health


@dataclass(slots=True)
class Due:
    """What one transaction writes."""

    at: datetime
    heard: Mapping[str, LastWord] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Counter)


class Tally:
    """Used by the thread that accepts; `refuse` may be called from any."""

    def __init__(self) -> None:
        self._heard: dict[str, LastWord] = {}
        self._refusals: Refusals = Counter()
        self._wrote: dict[str, datetime] = {}
        self._looked_at: datetime | None = None
        self._writing: Due | None = None
        self._lock = threading.Lock()

    def due(self, at: datetime) -> Due | None:
        """What the transaction now open should write; None when it is too soon. A transaction that never settles was
        rolled back, and its part is due again."""
        self._writing = None
        if self._looked_at is not None and timedelta(0) <= at - self._looked_at < LOOK_EVERY:
            return None
        names = [name for name in self._heard if self._is_due(name, at)][:MOST_AT_ONCE]
        with self._lock:
            refusals = Counter(self._refusals)
        self._writing = Due(at, {name: self._heard[name] for name in names}, refusals)
        return self._writing

    def _is_due(self, name: str, at: datetime) -> bool:
        wrote = self._wrote.get(name)
        return wrote is None or not timedelta(0) <= at - wrote < WRITE_EVERY

    def settle(self) -> None:
        """What was due is durable."""
        due, self._writing = self._writing, None
        if due is None:
            return
        self._looked_at = due.at
        for name, value in due.heard.items():
            self._wrote[name] = due.at
            if self._heard.get(name) is value:
                del self._heard[name]
        with self._lock:
            self._refusals = self._refusals - due.refusals

    def hear(self, accepted: Accepted) -> None:
        """Its bridge was heard too: the message came through it."""
        device = accepted.device
        for reason in accepted.notes:
            self.refuse(device.id, reason, accepted.at)
        if accepted.decoded.is_online is not False:
            self._note(device.id, accepted.at, accepted.decoded.health or NOTHING_SAID)
        if device.bridge:
            self._note(device.bridge, accepted.at, NOTHING_SAID)

    def _note(self, name: str, at: datetime, health: Health) -> None:
        before = self._heard.get(name)
        if before is not None:
            at = max(at, before.at)
            health = _newest(before.health, health)
        self._heard[name] = LastWord(at, health)

    def refuse(self, device_id: str, reason: RefusalReason, at: datetime) -> None:
        """Count a refusal; log the first of its kind since the last write. Ids only, and never more than a thousand."""
        key = (device_id, reason, at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        with self._lock:
            is_first = key not in self._refusals
            if is_first and len(self._refusals) >= MOST_REASONS:
                return
            self._refusals[key] += 1
        if is_first:
            log.warning("refused: device %s, %s", device_id or "unknown", reason.value)


def _newest(before: Health, now: Health) -> Health:
    """What was said last of each; no new object for the many messages that say nothing of it."""
    if now is NOTHING_SAID or now == before:
        return before
    return Health(
        before.battery if now.battery is None else now.battery,
        before.link if now.link is None else now.link,
    )

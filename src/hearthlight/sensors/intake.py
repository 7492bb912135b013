"""Accepting what devices say: gate, decode, journal. One call a batch, inside the caller's transaction."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.db import connections, router, transaction

from hearthlight.people.types import Purpose
from hearthlight.sensors import adoption, journal, rules, upkeep
from hearthlight.sensors.family import Family, Malformed
from hearthlight.sensors.gate import PURPOSE_OF, Gate
from hearthlight.sensors.journal import Draft
from hearthlight.sensors.models import Reading
from hearthlight.sensors.types import Accepted, Decoded, DeviceFacts, Incoming, RefusalReason, Refused

log = logging.getLogger(__name__)

OUR_FAULT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a mistake in a family's code would raise. Its message is refused: a single one must not stop a home's alarms."""
ANOTHER_MINUTE_S = 60.0  # a message's own time is judged beside its arrival if they differ by this
ADD_READING = (
    f"INSERT INTO {Reading._meta.db_table} (device_id, place_id, kind, spot, value, at) "  # noqa: S608 — names are constants
    "VALUES (%s, %s, %s, %s, %s, %s)"
)


def accept(*, gate: Gate, batch: Sequence[Incoming], at: datetime) -> list[Accepted | Refused]:
    """One answer a message, in order. Inside the caller's transaction: call `gate.committed` with the answers once it
    is durable. A repeat of a message already kept is accepted and not new."""
    judged = [_judge(gate, message) for message in batch]
    fresh = journal.keep(_not_sent_again(judged, batch))
    results = [_answer(one, fresh, is_dup=message.dup) for one, message in zip(judged, batch, strict=True)]
    accepted = [one for one in results if isinstance(one, Accepted)]
    _write_readings(accepted)
    adoption.follow(accepted)
    upkeep.write_due(tally=gate.counted, at=at)
    return results


def _judge(gate: Gate, message: Incoming) -> Draft | Refused:
    device = gate.resolve(message.principal, message.topic)
    if isinstance(device, RefusalReason):
        known = gate.device(message.principal)
        return Refused(known.id if known else "", device, message.arrived_at)
    family = gate.family_of(device.id)
    if family is None:
        return Refused(device.id, RefusalReason.WRONG_TOPIC, message.arrived_at)
    if not gate.is_allowed(device.id, device.purpose, message.arrived_at):
        return Refused(device.id, RefusalReason.NO_CONSENT, message.arrived_at)
    try:
        return _read(gate, device, family, message)
    except Malformed as error:
        log.debug("malformed: device %s, %s", device.id, error.code)
    except OUR_FAULT as error:
        log.error("family %s failed on a message of device %s: %s", family.name, device.id, type(error).__name__)
    return Refused(device.id, RefusalReason.MALFORMED, message.arrived_at)


def _read(gate: Gate, device: DeviceFacts, family: Family, message: Incoming) -> Draft | Refused:
    arrived = message.arrived_at
    told = family.decode(device=device, topic=message.topic, payload=message.payload, at=arrived.timestamp())
    decoded, notes = rules.settled(told, arrived.timestamp())
    own_time = _own_time(decoded, arrived)
    if own_time != arrived and not gate.is_allowed(device.id, device.purpose, own_time):
        return Refused(device.id, RefusalReason.NO_CONSENT, arrived)
    digest = journal.digest_of(message.payload)
    return Draft(
        device=device, decoded=_only_allowed(gate, device, decoded, own_time), digest=digest,
        key=journal.key_of(decoded.key, digest, arrived), at=arrived, keep_until=arrived + family.keep, notes=notes,
    )  # fmt: skip


def _own_time(decoded: Decoded, arrived: datetime) -> datetime:
    """When what it tells of happened, where that is not about now."""
    sent_at = decoded.sent_at
    if sent_at is None or abs(sent_at - arrived.timestamp()) < ANOTHER_MINUTE_S:
        return arrived
    return datetime.fromtimestamp(sent_at, UTC)


def _only_allowed(gate: Gate, device: DeviceFacts, decoded: Decoded, at: datetime) -> Decoded:
    """Without what this device can sense but nobody agreed to: a door contact's thermometer, say."""
    signals = tuple(one for one in decoded.signals if gate.may_say(device, PURPOSE_OF.get(one.kind), at))
    chunks = decoded.chunks if gate.may_say(device, Purpose.FALLS, at) else ()
    if len(signals) == len(decoded.signals) and len(chunks) == len(decoded.chunks):
        return decoded
    return replace(decoded, signals=signals, chunks=chunks)


def _not_sent_again(judged: Sequence[Draft | Refused], batch: Sequence[Incoming]) -> list[Draft]:
    """The drafts to keep. Those with nothing in them that a detector would have to hear again are not kept, nor those
    without a sequence number that the broker marked as sent again (DUP) and that did come before."""
    to_keep: list[Draft] = []
    came: set[tuple[str, str]] = set()
    for one, message in zip(judged, batch, strict=True):
        if isinstance(one, Refused) or not one.is_worth_keeping:
            continue
        if one.decoded.key is None:
            same = (one.device.id, one.digest)
            if message.dup and (same in came or journal.is_kept(device_id=one.device.id, digest=one.digest, at=one.at)):
                continue
            came.add(same)
        to_keep.append(one)
    return to_keep


def _answer(one: Draft | Refused, fresh: set[tuple[str, str]], *, is_dup: bool) -> Accepted | Refused:
    """`fresh` loses each key as it is answered, so that the second of two equal messages in one batch is a repeat. A
    repeat that nobody marked as sent again is counted: once is a lost acknowledgement, often is somebody's replay."""
    if isinstance(one, Refused):
        return one
    is_new = not one.is_worth_keeping
    if (one.device.id, one.key) in fresh:
        fresh.discard((one.device.id, one.key))
        is_new = True
    notes = one.notes if is_new or is_dup else (*one.notes, RefusalReason.REPLAYED)
    return Accepted(device=one.device, decoded=one.decoded, at=one.at, is_new=is_new, notes=notes)


def _write_readings(accepted: Sequence[Accepted]) -> None:
    """On SQLite readings live in a file of their own, so a crash between the two commits can leave some twice; the
    journal, which detectors and alerts go by, cannot."""
    alias = router.db_for_write(Reading)
    stored = journal.storing()
    rows = [
        (one.device.id, one.device.place_id, str(signal.kind), signal.spot, signal.value, stored(_moment(signal.at)))
        for one in accepted
        if one.is_new
        for signal in one.decoded.signals
    ]
    if rows:
        with transaction.atomic(using=alias, savepoint=False), connections[alias].cursor() as cursor:
            cursor.executemany(ADD_READING, rows)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

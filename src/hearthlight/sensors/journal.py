"""The journal of accepted messages: written in one statement a batch, read back to rebuild the detectors.

What is kept is what was understood and allowed, in a packed form of our own, not what was sent: so a reading that no
consent covers is never on disk, and replaying needs no family, no clock and no second opinion.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
from django.db import connection

from hearthlight.detect.types import Signal, SignalKind
from hearthlight.sensors.models import Message
from hearthlight.sensors.types import Decoded, DeviceFacts, RefusalReason, WearChunk

TABLE = Message._meta.db_table
COLUMNS = "device_id, key, payload, at, keep_until"
ROW = "(%s, %s, %s, %s, %s)"
DIGEST_BYTES = 16  # 128 bits: two different messages meeting by chance is not going to happen
REPEAT_WITHIN = timedelta(minutes=10)  # how long a broker or a device may take to send a message again
DELETE_AT_ONCE = 500  # rows, ~5 ms: nothing waits behind it
LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be kept."""

    device: DeviceFacts
    decoded: Decoded
    key: str
    digest: str
    at: datetime
    keep_until: datetime
    notes: tuple[RefusalReason, ...] = ()

    @property
    def is_worth_keeping(self) -> bool:
        """Is there anything in it that a detector would have to hear again? A battery's state is not worth the disk."""
        return bool(self.decoded.chunks or self.decoded.signals)


def digest_of(payload: bytes) -> str:
    return hashlib.blake2b(payload, digest_size=DIGEST_BYTES).hexdigest()


def key_of(own_key: str | None, digest: str, at: datetime) -> str:
    """What makes a message itself. With a sequence number: that and its content, so that a device which starts its
    numbers again by mistake is still heard. Without: its content and the moment it came."""
    return f"{own_key}:{digest}" if own_key is not None else f"{digest}:{round(at.timestamp() * 1e6)}"


def is_kept(*, device_id: str, digest: str, at: datetime) -> bool:
    """Was a message without a sequence number, with this content, kept within the last ten minutes?"""
    lowest, highest = f"{digest}:", f"{digest};"  # ';' follows ':', so this is the index's range for the digest
    found = Message.objects.filter(device_id=device_id, key__gte=lowest, key__lt=highest, at__gte=at - REPEAT_WITHIN)
    return found.exists()


def keep(drafts: Sequence[Draft]) -> set[tuple[str, str]]:
    """Write them; returns the (device, key) of those that were not there before."""
    if not drafts:
        return set()
    stored = storing()
    values: list[Any] = []
    for one in drafts:
        values += (one.device.id, one.key, pack(one.decoded), stored(one.at), stored(one.keep_until))
    rows = ", ".join([ROW] * len(drafts))
    sql = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES {rows} ON CONFLICT (device_id, key) DO NOTHING RETURNING device_id, key"  # noqa: S608 — names are constants
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {(device_id, key) for device_id, key in cursor.fetchall()}


def storing() -> Callable[[datetime], datetime | str]:
    """How moments are written in the database in use: as Django would, without its three conversions a message."""
    return _as_text if connection.vendor == "sqlite" else _as_it_is


def _as_text(at: datetime) -> str:
    return str(at.astimezone(UTC).replace(tzinfo=None))


def _as_it_is(at: datetime) -> datetime:
    return at


def kept(at: datetime) -> Iterator[tuple[str, Decoded, datetime]]:
    """(device id, what it said, when it came) of every message still kept, in the order they came."""
    found = Message.objects.filter(keep_until__gt=at).order_by("at", "pk")
    for row in found.values_list("device_id", "payload", "at").iterator(chunk_size=2000):
        yield row[0], unpack(bytes(row[1])), row[2]


def forget(at: datetime) -> bool:
    """Delete a few of the messages whose time is over; True if there are more."""
    old = list(Message.objects.filter(keep_until__lte=at).order_by("keep_until").values_list("pk", flat=True)[:DELETE_AT_ONCE])
    Message.objects.filter(pk__in=old).delete()
    return len(old) == DELETE_AT_ONCE


def pack(decoded: Decoded) -> bytes:
    """Signals and the shapes of the chunks as JSON, then the chunks' samples as they are."""
    head = orjson.dumps({
        "c": [(chunk.at, chunk.rate_hz, len(chunk.acc)) for chunk in decoded.chunks],
        "s": [(one.sensor, str(one.kind), one.value, one.at, one.spot) for one in decoded.signals],
    })  # fmt: skip
    return b"".join([LENGTH.pack(len(head)), head, *(chunk.acc.tobytes() for chunk in decoded.chunks)])


def unpack(payload: bytes) -> Decoded:
    size = LENGTH.unpack_from(payload)[0]
    start = LENGTH.size + size
    told = orjson.loads(payload[LENGTH.size : start])
    chunks = []
    for at, rate_hz, count in told["c"]:
        acc = np.frombuffer(payload, "<i2", count * 3, start).reshape(count, 3)
        chunks.append(WearChunk(at, rate_hz, acc))
        start += acc.nbytes
    signals = tuple(Signal(sensor, SignalKind(kind), value, moment, spot) for sensor, kind, value, moment, spot in told["s"])
    return Decoded(chunks=tuple(chunks), signals=signals)

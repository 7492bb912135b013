"""The sensors room's decisions: which clock to believe, and when a device needs looking at."""

from dataclasses import replace
from datetime import datetime, timedelta

from hearthlight.sensors.types import Decoded, RefusalReason

# Which clock to believe: docs/decisions/0004-device-clocks.md
OLDEST_OWN_TIME_S = 24 * 3600.0  # a watch may keep what it could not send for a day
NEWEST_OWN_TIME_S = 120.0  # a device's clock may run ahead of ours by what cheap clocks drift between settings

# When a device needs looking at
LOW_BATTERY = 15  # per cent: a coin cell at 15 % has days to weeks left, enough to bring a new one on the next shift
BATTERY_RIGHT_AGAIN = 20  # per cent: above the noise of a cell measured warm one day and cold the next
WEAK_LINK = 30  # of 255: below this Zigbee frames are commonly lost (Zigbee2MQTT's network guidance)
LINK_RIGHT_AGAIN = 40  # of 255
WEAK_FOR = timedelta(hours=1)  # a door left open, a trolley parked in the way: not worth a walk
SHORTEST_SILENCE = timedelta(minutes=2)  # heard-at is written every 15 s; less would cry wolf
LONGEST_SILENCE = timedelta(days=7)


def settled(decoded: Decoded, arrived: float) -> tuple[Decoded, tuple[RefusalReason, ...]]:
    """The message with moments we can believe. A device whose clock is far out is still heard, and its newest moment
    is taken to be the arrival: a fall must not be lost because a watch was never set."""
    if decoded.sent_at is None or -OLDEST_OWN_TIME_S <= decoded.sent_at - arrived <= NEWEST_OWN_TIME_S:
        return decoded, ()
    ends = [chunk.at + len(chunk.acc) / chunk.rate_hz for chunk in decoded.chunks] + [one.at for one in decoded.signals]
    late = arrived - max(ends, default=decoded.sent_at)
    moved = replace(
        decoded,
        sent_at=arrived,
        chunks=tuple(replace(chunk, at=chunk.at + late) for chunk in decoded.chunks),
        signals=tuple(replace(one, at=one.at + late) for one in decoded.signals),
    )
    return moved, (RefusalReason.TIME_OUT_OF_RANGE,)


def is_silent(*, heard_at: datetime, grace_s: int, silent_after_s: int, at: datetime) -> bool:
    return at - heard_at > timedelta(seconds=silent_after_s + grace_s)


def is_low(battery: int | None, *, was_low: bool) -> bool:
    return battery is not None and battery < (BATTERY_RIGHT_AGAIN if was_low else LOW_BATTERY)


def is_weak(*, weak_since: datetime | None, link: int | None, was_weak: bool, at: datetime) -> bool:
    if was_weak:
        return link is not None and link < LINK_RIGHT_AGAIN
    return weak_since is not None and at - weak_since >= WEAK_FOR

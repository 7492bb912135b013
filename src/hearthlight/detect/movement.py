"""What a row of signals says about where a person moved and rested. Signals come in order, oldest first."""

from collections.abc import Iterable

from hearthlight.detect.trail import PULSES, STATES, is_on
from hearthlight.detect.types import Signal, SignalKind

RESTS = frozenset({SignalKind.BED, SignalKind.CHAIR})


def movements(signals: Iterable[Signal]) -> list[Signal]:
    """The signals only a person could have caused.

    A yes from motion, vibration, button or cord; a *change* of a door, bed or chair. The first word of a door, bed or
    chair tells how it stands, not that anybody moved, and neither does repeating it.
    """
    stands: dict[tuple[str, str], bool] = {}
    found = []
    for signal in signals:
        if signal.kind in PULSES and is_on(signal):
            found.append(signal)
        elif signal.kind in STATES:
            before = stands.get((signal.sensor, signal.kind))
            stands[signal.sensor, signal.kind] = is_on(signal)
            if before is not None and before != is_on(signal):
                found.append(signal)
    return found


def tells_of_a_person(signal: Signal) -> bool:
    """Whether `movements` could need this signal at all."""
    return signal.kind in STATES or (signal.kind in PULSES and is_on(signal))


def rest(signals: Iterable[Signal], *, before: float) -> bool | None:
    """Whether somebody is in a bed or chair, as far as was known just before that moment.

    None when it cannot be said: no bed has spoken, and no chair says yes.
    """
    stands = {(one.sensor, one.kind): is_on(one) for one in signals if one.kind in RESTS and one.at < before}
    if any(stands.values()):
        return True
    return False if any(kind == SignalKind.BED for _, kind in stands) else None

"""Door at night, slowly: every opening and every wait is judged against the whole list."""

from hearthlight.detect.door_at_night import Settings
from hearthlight.detect.tests.naive import (
    in_order,
    is_night,
    is_stale,
    moves,
    someone_rests,
    tells,
    value_before,
)
from hearthlight.detect.tests.streams import Deed
from hearthlight.detect.types import Signal, SignalKind

SETTINGS = (Settings(), Settings(same_opening_minutes=0, alone_minutes=30, leaving_seconds=0))
OUTSIDE = ("front_door", "back_door", "entrance")

# 16 January 2026: steps in the hall, out of the front door at 02:20, the door falls shut, and then nobody.
STORY = (
    Signal("motion-3", SignalKind.MOTION, 1.0, 1_768_529_940.0, "hall"),
    Signal("door-1", SignalKind.CONTACT, 1.0, 1_768_530_000.0, "front_door"),
    Signal("door-1", SignalKind.CONTACT, 0.0, 1_768_530_030.0, "front_door"),
)
MUST_TELL = (1_768_530_000.0, 1_768_530_600.0)


def told(deeds: list[Deed], settings: Settings) -> list[list[tuple[float, float]]]:
    heard: list[Signal] = []
    openings: list[float] = []
    judged: set[float] = set()
    answers = []
    for deed in deeds:
        answer = []
        if deed.verb == "feed" and deed.what not in heard:
            heard.append(deed.what)
            if is_new_opening(deed.what, heard, openings, settings):
                openings.append(deed.what.at)
                in_bed = someone_rests(in_order(heard), deed.what.at)
                answer.append((deed.what.at, 0.3 if in_bed else 0.6))
        if deed.verb == "tick":
            for opened_at in sorted(openings):
                due = opened_at + settings.alone_minutes * 60
                if due <= deed.what and opened_at not in judged:
                    judged.add(opened_at)
                    counted = [
                        s for s in heard if tells(s) and (s.spot not in OUTSIDE or s.kind == "CONTACT")
                    ]
                    if nobody_inside(opened_at, due, in_order(heard), settings) and not is_stale(
                        due, counted, deed.what
                    ):
                        answer.append((due, 0.9))
        answers.append(answer)
    return answers


def is_new_opening(signal: Signal, heard: list[Signal], openings: list[float], settings: Settings) -> bool:
    if signal.kind != "CONTACT" or signal.spot not in OUTSIDE or signal.value != 1.0:
        return False
    signals = in_order(heard)
    if value_before(signals, signals.index(signal)) == 1.0:
        return False
    if any(abs(signal.at - opened) <= settings.same_opening_minutes * 60 for opened in openings):
        return False
    return is_night(signal.at, settings.night_from_minute, settings.night_until_minute, settings.tz)


def nobody_inside(opened_at: float, due: float, signals: list[Signal], settings: Settings) -> bool:
    if someone_rests(signals, due):
        return False
    inside = [s.at for s in moves(signals) if s.spot not in OUTSIDE]
    return not [at for at in inside if opened_at + settings.leaving_seconds < at < due]

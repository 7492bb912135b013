"""No movement, slowly: from every movement in the whole list, the minutes are counted one by one."""

from hearthlight.detect.no_movement import Settings
from hearthlight.detect.tests.naive import in_order, is_night, is_stale, moves, someone_rests
from hearthlight.detect.tests.streams import Deed
from hearthlight.detect.types import Signal, SignalKind

SETTINGS = (
    Settings(),
    Settings(quiet_hours=2, out_hours=3),
    Settings(quiet_hours=1, out_hours=12, out_grace_minutes=30),
)

# 16 January 2026: a last step in the lounge at 10:20, after two in the bedroom.
STORY = (
    Signal("motion-1", SignalKind.MOTION, 1.0, 1_768_557_600.0, "bedroom"),
    Signal("motion-1", SignalKind.MOTION, 1.0, 1_768_558_200.0, "bedroom"),
    Signal("motion-9", SignalKind.MOTION, 1.0, 1_768_558_800.0, "lounge"),
)
MUST_TELL = (1_768_558_800.0,)


def told(deeds: list[Deed], settings: Settings) -> list[list[tuple[float, float]]]:
    heard: list[Signal] = []
    known: set[float] = set()
    answers = []
    for deed in deeds:
        answer = []
        if deed.verb == "feed":
            heard.append(deed.what)
        if deed.verb == "tick":
            signals = in_order(heard)
            for moved_at, due, out in stillnesses(signals, settings, deed.what):
                if moved_at not in known and not is_stale(due, heard, deed.what):
                    known.add(moved_at)
                    silent = not [s for s in heard if moved_at < s.at < due]
                    answer.append((moved_at, 0.4 if silent else 0.5 if out else 0.8))
        answers.append(answer)
    return answers


def stillnesses(signals: list[Signal], settings: Settings, now: float) -> list[tuple[float, float, bool]]:
    moved = moves(signals)
    found = []
    for place, movement in enumerate(moved):
        next_at = moved[place + 1].at if place + 1 < len(moved) else now + 1
        out = went_out(movement, moved, settings)
        hours = settings.out_hours if out else settings.quiet_hours
        due = first_due(movement.at, hours, signals, settings, min(next_at, now))
        if due is not None:
            found.append((movement.at, due, out))
    return sorted(found, key=lambda one: (one[1], one[0]))


def first_due(
    moved_at: float, hours: float, signals: list[Signal], settings: Settings, until: float
) -> float | None:
    at, by_day = moved_at, 0
    while at + 60 <= until:
        night = is_night(at, settings.night_from_minute, settings.night_until_minute, settings.tz)
        by_day = 0 if night else by_day + 1
        at += 60
        if by_day >= hours * 60:
            return at
        if at == moved_at + hours * 3600 and someone_rests(signals, at) is False:
            return at
    return None


def went_out(movement: Signal, moved: list[Signal], settings: Settings) -> bool:
    doors = [s for s in moved if s.kind == "CONTACT" and s.spot in ("front_door", "back_door", "entrance")]
    near = [s for s in doors if s.at <= movement.at <= s.at + settings.out_grace_minutes * 60]
    return bool(near) and movement.spot in ("front_door", "back_door", "entrance", "hall", "hallway")

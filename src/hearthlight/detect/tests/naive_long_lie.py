"""Long lie, slowly: every fall and every bathroom movement is judged against the whole list."""

from hearthlight.detect.long_lie import Settings
from hearthlight.detect.tests.naive import in_order, is_stale, moves, someone_rests, tells, value_before
from hearthlight.detect.tests.streams import Deed
from hearthlight.detect.types import Signal, SignalKind

SETTINGS = (Settings(), Settings(after_fall_minutes=60, bathroom_minutes=10, settle_seconds=0))

# 16 January 2026: up at 02:18, into the bathroom at 02:20, and then nothing.
STORY = (
    Signal("motion-1", SignalKind.MOTION, 1.0, 1_768_529_880.0, "bedroom"),
    Signal("motion-2", SignalKind.MOTION, 1.0, 1_768_530_000.0, "bathroom"),
)
MUST_TELL = (1_768_530_000.0,)


def told(deeds: list[Deed], settings: Settings) -> list[list[tuple[float, float]]]:
    heard: list[Signal] = []
    falls: list[float] = []
    helped: list[float] = []
    judged: set[float] = set()
    known: set[float] = set()
    answers = []
    for deed in deeds:
        answer: list[tuple[float, float, float]] = []
        if deed.verb == "feed":
            heard.append(deed.what)
        if deed.verb == "fall_suspected":
            falls.append(deed.what)
        if deed.verb == "attended":
            helped.append(deed.what)
        if deed.verb == "tick":
            signals = in_order(heard)
            for fell in falls:
                due = fell + settings.after_fall_minutes * 60
                if due <= deed.what and fell not in judged:
                    judged.add(fell)
                    if not attended(fell, due, helped) and not up(fell, due, signals, settings):
                        answer.append((due, fell, 0.9))
            for moved_at, due in bathroom_gaps(signals, settings):
                if due <= deed.what and not attended(moved_at, due, helped):
                    answer.append((due, moved_at, 0.6))
        if answer:
            counted = [s for s in heard if tells(s)]
            answer = [one for one in answer if not is_stale(one[0], counted, deed.what)]
        answers.append(first_tellings(answer, known))
    return answers


def first_tellings(answer: list[tuple[float, float, float]], known: set[float]) -> list[tuple[float, float]]:
    found = []
    for _, began_at, sureness in sorted(answer, key=lambda one: (one[0], one[1])):
        if began_at not in known:
            known.add(began_at)
            found.append((began_at, sureness))
    return found


def attended(began_at: float, due: float, helped: list[float]) -> bool:
    return bool([at for at in helped if began_at <= at < due])


def up(fell: float, due: float, signals: list[Signal], settings: Settings) -> bool:
    for place, signal in enumerate(signals):
        newly = signal.value == 1.0 and value_before(signals, place) != 1.0
        if signal.kind in ("BED", "CHAIR") and newly and fell < signal.at < due:
            return True
    return len({s.spot for s in moves(signals) if fell + settings.settle_seconds < s.at < due}) >= 2


def bathroom_gaps(signals: list[Signal], settings: Settings) -> list[tuple[float, float]]:
    moved = moves(signals)
    found = []
    for place, movement in enumerate(moved):
        due = movement.at + settings.bathroom_minutes * 60
        seen_there = movement.kind in ("MOTION", "VIBRATION") and movement.spot == "bathroom"
        elsewhere = [s for s in moved[:place] if s.spot != "bathroom"]
        followed = [s for s in moved[place + 1 :] if s.at < due]
        if seen_there and elsewhere and not followed and not someone_rests(signals, movement.at):
            found.append((movement.at, due))
    return found

"""Got up, not back, slowly: at every tick every leaving of the bed in the whole list is judged anew."""

from hearthlight.detect.got_up_not_back import Settings
from hearthlight.detect.tests.naive import in_order, is_night, is_stale, value_before
from hearthlight.detect.tests.streams import Deed
from hearthlight.detect.types import Signal, SignalKind

SETTINGS = (
    Settings(),
    Settings(away_minutes=60, moving_minutes=30),
    Settings(night_from_minute=60, night_until_minute=300),
)

# 15 January 2026: to bed at 22:20, up at 02:20 and nothing more.
STORY = (
    Signal("bed-1", SignalKind.BED, 0.0, 1_768_514_400.0),
    Signal("bed-1", SignalKind.BED, 1.0, 1_768_515_600.0),
    Signal("bed-1", SignalKind.BED, 0.0, 1_768_530_000.0),
)
MUST_TELL = (1_768_530_000.0,)


def told(deeds: list[Deed], settings: Settings) -> list[list[tuple[float, float]]]:
    heard: list[Signal] = []
    known: set[float] = set()
    answers = []
    for deed in deeds:
        answer = []
        if deed.verb == "feed":
            heard.append(deed.what)
        if deed.verb == "tick":
            for left_at, due in not_back(in_order(heard), settings):
                if due <= deed.what and left_at not in known and not is_stale(due, counted(heard), deed.what):
                    known.add(left_at)
                    moving = [
                        s.at
                        for s in heard
                        if s.kind in ("MOTION", "VIBRATION")
                        and s.value == 1.0
                        and left_at < s.at < due
                        and s.at > due - settings.moving_minutes * 60
                    ]
                    answer.append((left_at, 0.6 if moving else 0.9))
        answers.append(answer)
    return answers


def not_back(signals: list[Signal], settings: Settings) -> list[tuple[float, float]]:
    found = []
    for place, signal in enumerate(signals):
        if signal.kind != "BED" or not became_empty(signals, place):
            continue
        due = signal.at + settings.away_minutes * 60
        borders = (settings.night_from_minute, settings.night_until_minute, settings.tz)
        back = [n for n in range(place + 1, len(signals)) if signals[n].at < due and settles(signals, n)]
        if is_night(signal.at, *borders) and is_night(due, *borders) and not back:
            found.append((signal.at, due))
    return found


def became_empty(signals: list[Signal], place: int) -> bool:
    return taken_beds(signals[: place + 1]) == 0 < taken_beds(signals[:place])


def taken_beds(signals: list[Signal]) -> int:
    beds = {s.sensor for s in signals if s.kind == "BED"}
    return sum([s.value for s in signals if s.sensor == bed][-1] == 1.0 for bed in beds)


def settles(signals: list[Signal], place: int) -> bool:
    signal = signals[place]
    if signal.value != 1.0:
        return False
    return signal.kind == "BED" or (signal.kind == "CHAIR" and value_before(signals, place) != 1.0)


def counted(heard: list[Signal]) -> list[Signal]:
    moves = [s for s in heard if s.kind in ("MOTION", "VIBRATION") and s.value == 1.0]
    return moves + [s for s in heard if s.kind in ("BED", "CHAIR")]

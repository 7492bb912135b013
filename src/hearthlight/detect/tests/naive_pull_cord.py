"""The pull cord, slowly: every pull is compared with every call told so far."""

from hearthlight.detect.pull_cord import Settings
from hearthlight.detect.tests.streams import Deed
from hearthlight.detect.types import Signal, SignalKind

SETTINGS = (Settings(), Settings(same_call_seconds=600))

# One pull of the cord, and what must be said of it.
STORY = (Signal("cord-1", SignalKind.PULL_CORD, 1.0, 1_768_530_000.0, "bathroom"),)
MUST_TELL = (1_768_530_000.0,)


def told(deeds: list[Deed], settings: Settings) -> list[list[tuple[float, float]]]:
    calls: list[float] = []
    answers = []
    for deed in deeds:
        answer = []
        if deed.verb == "feed" and deed.what.kind in ("PULL_CORD", "BUTTON"):
            pull = deed.what
            same = [
                call
                for call in calls
                if -settings.same_call_seconds <= pull.at - call <= settings.same_call_seconds
            ]
            if pull.value == 1.0 and pull.spot != "doorbell" and not same:
                calls.append(pull.at)
                answer.append((pull.at, 1.0))
        answers.append(answer)
    return answers

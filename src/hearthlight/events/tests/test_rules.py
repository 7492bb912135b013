from hearthlight.detect.discover import room_detectors
from hearthlight.events import rules
from hearthlight.events.types import EventKind


def test_every_detector_found_by_looking_has_an_event():
    assert set(room_detectors()) | {"falls"} == set(rules.KINDS)


def test_every_kind_has_words():
    assert set(rules.LABELS) == set(EventKind)

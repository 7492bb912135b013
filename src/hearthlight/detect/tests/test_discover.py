from pathlib import Path
from types import SimpleNamespace

from hearthlight.detect.discover import is_room_detector, room_detectors

FOLDER = Path(__file__).parents[1]


def test_it_finds_the_detectors_the_design_asks_for() -> None:
    asked_for = {"door_at_night", "got_up_not_back", "long_lie", "no_movement", "pull_cord"}

    assert asked_for <= set(room_detectors())


def test_it_names_no_detector_itself() -> None:
    code = (FOLDER / "discover.py").read_text(encoding="utf-8").split('"""')[-1]

    assert not [name for name in room_detectors() if name in code]


def test_it_passes_over_what_cannot_do_all_five_verbs() -> None:
    half = SimpleNamespace(NAME="half", Settings=object, Detector=object)

    assert not is_room_detector(half)  # type: ignore[arg-type]

"""Words for the board: as much as the sensors can say, and no more."""

from datetime import timedelta

import pytest

from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Purpose, Watched
from hearthlight.sensors.types import Heard
from hearthlight.site.presenters import presence

ROOM = Watched(frozenset({Purpose.ROOM_MOVEMENT}), frozenset({Purpose.ROOM_MOVEMENT}))


def heard(kind: str, value: float, minutes_ago: float = 5, spot: str = "bedroom") -> Heard:
    at = NIGHT - timedelta(minutes=minutes_ago)
    return Heard(f"{kind}-1", 7, kind, spot, value, at, changed_at=at)


@pytest.mark.parametrize(
    ("watched", "words"),
    [
        (Watched(), "Not watched"),
        (Watched(frozenset(), frozenset({Purpose.FALLS})), "Not watched at this hour"),
        (Watched(frozenset({Purpose.FALLS}), frozenset({Purpose.FALLS})), "Watched for falls only"),
        (Watched(frozenset({Purpose.CALL_FOR_HELP}), frozenset({Purpose.CALL_FOR_HELP})), "Can call for help"),
        (Watched(frozenset({Purpose.ENVIRONMENT}), frozenset({Purpose.ENVIRONMENT})), "Room climate only"),
        (ROOM, "Nothing heard for 12 hours"),
    ],
)
def test_it_says_what_is_not_watched_or_heard(watched: Watched, words: str) -> None:
    assert presence(watched, []).words == words


def test_it_shows_nothing_that_was_heard_without_a_basis() -> None:
    told = presence(Watched(), [heard("BED", 1)])

    assert (told.words, told.since) == ("Not watched", None)


def test_it_believes_the_bed_over_movement() -> None:
    assert presence(ROOM, [heard("BED", 1, 60), heard("MOTION", 1, 1)]).words == "In bed"


def test_it_does_not_say_since_when_if_nobody_knows() -> None:
    repeated = Heard("bed", 7, "BED", "bedroom", 1, NIGHT, changed_at=None)

    assert (presence(ROOM, [repeated]).words, presence(ROOM, [repeated]).since) == ("In bed", None)


def test_it_says_where_someone_who_is_up_moved_last() -> None:
    told = presence(ROOM, [heard("BED", 0, 10), heard("MOTION", 1, 2, "bathroom")])

    assert (told.words, told.more) == ("Up", "in the bathroom")


def test_it_takes_the_latest_of_several_sensors() -> None:
    told = presence(ROOM, [heard("MOTION", 1, 30, "hall"), heard("MOTION", 0, 3, "bathroom")])

    assert (told.words, told.more) == ("Moved", "in the bathroom")


def test_it_says_when_someone_sits_in_the_chair() -> None:
    assert presence(ROOM, [heard("BED", 0, 60), heard("CHAIR", 1, 20)]).words == "In the chair"

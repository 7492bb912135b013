import pytest

from hearthlight.detect.types import SignalKind
from hearthlight.events.types import EventKind
from hearthlight.events.watcher import Watcher
from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Purpose

from .factories import make_device, make_message, minutes


class Spot:
    """A place or a person as the watcher knows them: by number."""

    def __init__(self, pk: int) -> None:
        self.pk, self.path = pk, f"/1/2/{pk}/"


@pytest.fixture
def watcher() -> Watcher:
    return Watcher(trail=lambda _place, _until: [], settings={})


def test_it_makes_a_pulled_cord_a_call_for_help(watcher):
    cord = make_device(Spot(7), Spot(70))

    [happening] = watcher.feed([make_message(cord, SignalKind.PULL_CORD, 1.0, NIGHT)])

    assert happening.kind == EventKind.CALLED_FOR_HELP
    assert (happening.person_id, happening.place_id, happening.device_id) == (70, 7, "cord-7")
    assert all(happening.sighting[part] for part in ("seen", "usual", "sure", "silent_if"))


def test_it_hears_a_repeated_message_once(watcher):
    cord = make_device(Spot(7), Spot(70))

    assert watcher.feed([make_message(cord, SignalKind.PULL_CORD, 1.0, NIGHT, is_new=False)]) == []


def test_it_notices_that_someone_has_not_come_back_to_bed(watcher):
    bed = make_device(Spot(7), Spot(70), device_id="bed-7", purpose=Purpose.ROOM_MOVEMENT, spot="bedroom")
    watcher.feed([make_message(bed, SignalKind.BED, 1.0, NIGHT - minutes(200))])
    watcher.feed([make_message(bed, SignalKind.BED, 0.0, NIGHT)])

    assert watcher.tick(NIGHT + minutes(5)) == []
    assert [h.kind for h in watcher.tick(NIGHT + minutes(61))] == [EventKind.NOT_BACK_IN_BED]


def test_it_asks_nothing_about_a_persons_day_in_a_place_where_nobody_lives(watcher):
    bed = make_device(Spot(9), None, device_id="bed-9", purpose=Purpose.ROOM_MOVEMENT, spot="lounge")
    watcher.feed([make_message(bed, SignalKind.BED, 1.0, NIGHT - minutes(200))])
    watcher.feed([make_message(bed, SignalKind.BED, 0.0, NIGHT)])

    assert watcher.tick(NIGHT + minutes(61)) == []


def test_it_keeps_two_persons_in_one_room_apart(watcher):
    hers = make_device(Spot(7), Spot(70), device_id="cord-a")
    his = make_device(Spot(7), Spot(71), device_id="cord-b")

    found = watcher.feed([make_message(d, SignalKind.PULL_CORD, 1.0, NIGHT) for d in (hers, his)])

    assert {h.person_id for h in found} == {70, 71}
    assert len({h.key for h in found}) == 2


def test_it_leaves_out_a_detector_that_is_switched_off_for_a_room():
    watcher = Watcher(trail=lambda _place, _until: [], settings={7: {"pull_cord": (False, {})}})

    assert watcher.feed([make_message(make_device(Spot(7), Spot(70)), SignalKind.PULL_CORD, 1.0, NIGHT)]) == []


def test_it_gives_the_same_key_when_the_journal_is_played_again():
    cord = make_device(Spot(7), Spot(70))
    message = make_message(cord, SignalKind.PULL_CORD, 1.0, NIGHT)
    keys = {Watcher(trail=lambda _p, _u: [], settings={}).feed([message])[0].key for _ in range(2)}

    assert len(keys) == 1


def test_a_broken_detector_does_not_silence_the_others(watcher, monkeypatch, caplog):
    bed = make_device(Spot(7), Spot(70), device_id="bed-7")
    watcher.feed([make_message(bed, SignalKind.BED, 1.0, NIGHT - minutes(1))])
    room = next(iter(watcher._rooms.values()))
    monkeypatch.setattr(room.detectors["no_movement"], "feed", lambda signal: 1 / 0)

    found = watcher.feed([make_message(make_device(Spot(7), Spot(70)), SignalKind.PULL_CORD, 1.0, NIGHT)])

    assert [h.kind for h in found] == [EventKind.CALLED_FOR_HELP]
    assert "no_movement failed" in caplog.text

"""What a board asks of a whole unit: what each sensor said last, and since when."""

from datetime import timedelta

from hearthlight.people.tests.factories import NIGHT
from hearthlight.sensors import queries
from hearthlight.sensors.models import Reading
from hearthlight.sensors.tests.factories import make_bridge, make_wearable

SINCE = NIGHT - timedelta(hours=12)


def say(place, kind, *told, device="bed-1"):
    for value, minutes_ago in told:
        at = NIGHT - timedelta(minutes=minutes_ago)
        Reading.objects.create(device_id=device, place_id=place.pk, kind=kind, spot="bedroom", value=value, at=at)


def test_it_says_since_when_a_bed_has_said_so_though_it_repeats_itself(cast):
    say(cast.room7, "BED", (0, 300), (1, 200), (1, 140), (1, 5))

    [bed] = queries.latest([cast.room7.pk], SINCE)

    assert (bed.value, bed.at, bed.changed_at) == (1, NIGHT - timedelta(minutes=5), NIGHT - timedelta(minutes=200))


def test_it_does_not_say_since_when_if_it_never_said_otherwise(cast):
    say(cast.room7, "BED", (1, 200), (1, 5))

    assert queries.latest([cast.room7.pk], SINCE)[0].changed_at is None


def test_it_tells_sensors_and_rooms_apart(cast):
    say(cast.room7, "BED", (0, 300), (1, 200))
    say(cast.room8, "BED", (1, 300), (0, 100), device="bed-2")
    say(cast.room7, "MOTION", (1, 3), device="motion-1")
    say(cast.room7, "BATTERY", (9, 1), device="motion-1")
    say(cast.room7, "BED", (0, 13 * 60), device="bed-of-yesterday")

    told = {(one.device_id, one.kind): one.value for one in queries.latest([cast.room7.pk, cast.room8.pk], SINCE)}

    assert told == {("bed-1", "BED"): 1, ("bed-2", "BED"): 0, ("motion-1", "MOTION"): 1}
    assert [one.place_id for one in queries.latest([cast.room8.pk], SINCE)] == [cast.room8.pk]


def test_it_shows_the_devices_about_one_person_as_far_as_roles_reach(cast):
    worn = make_wearable(cast.ada, battery=64)
    in_room = make_bridge(cast.room7)
    make_wearable(cast.lewis)
    make_wearable(cast.ada, retired_at=NIGHT, retired_by="staff:1")

    def seen(staff):
        return {one.id for one in queries.of_person(cast.viewer(staff), person_id=cast.ada.pk, place_id=cast.room7.pk)}

    assert seen(cast.nia) == {worn.pk, in_room.pk}
    assert seen(cast.stranger) == set()

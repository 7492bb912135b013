from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose
from hearthlight.sensors import actions, queries, troubles
from hearthlight.sensors.models import Device, Listening
from hearthlight.sensors.tests.factories import (
    make_bridge,
    make_bridged,
    make_wearable,
    open_gate,
    said,
    take,
    worn,
)
from hearthlight.sensors.troubles import spoken


def listen(at) -> None:
    Listening.objects.update_or_create(pk=1, defaults={"at": at})


def new(at):
    listen(at)
    return [(one.device.id, str(one.kind)) for one in queries.troubles(at)]


def over(at):
    listen(at)
    return [one.id for one in queries.cleared(at)]


def mark(device: Device, trouble: str) -> None:
    actions.mark_trouble(device_id=device.pk, trouble=trouble, at=NIGHT)


def test_it_says_once_that_a_device_fell_silent_and_once_that_it_is_back(cast):
    watch = make_wearable(cast.ada, heard_at=NIGHT)
    late = NIGHT + timedelta(seconds=601)

    assert new(NIGHT + timedelta(seconds=599)) == []
    assert new(late) == [(watch.pk, "SILENT")]
    mark(watch, "SILENT")
    assert new(late) == [] and over(late) == []
    Device.objects.filter(pk=watch.pk).update(heard_at=late)
    assert over(late) == [watch.pk]


def test_it_misses_a_device_that_was_never_heard(cast):
    watch = make_wearable(cast.ada, enrolled_at=NIGHT)

    assert new(NIGHT + timedelta(minutes=9)) == []
    assert new(NIGHT + timedelta(minutes=11)) == [(watch.pk, "SILENT")]


def test_it_says_one_trouble_for_a_bridge_and_none_for_the_forty_behind_it(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT)
    for number in range(40):
        make_bridged(bridge, cast.lounge, f"sensor {number}", heard_at=NIGHT, silent_after_s=3600)

    take(open_gate(), said(bridge, "bridge/state", b'{"state":"offline"}'))

    assert new(NIGHT + timedelta(seconds=1)) == [(bridge.pk, "SILENT")]
    assert new(NIGHT + timedelta(hours=30)) == [(bridge.pk, "SILENT")]


def test_it_blames_the_bridge_when_everything_behind_it_is_silent(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT, silent_after_s=24 * 3600)
    for number in range(3):
        make_bridged(bridge, cast.lounge, f"sensor {number}", heard_at=NIGHT, silent_after_s=3600)

    assert new(NIGHT + timedelta(hours=2)) == [(bridge.pk, "SILENT")]


def test_it_blames_the_sensor_when_its_bridge_is_heard(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT + timedelta(hours=2))
    quiet = make_bridged(bridge, cast.lounge, "quiet", heard_at=NIGHT, silent_after_s=3600)
    make_bridged(bridge, cast.lounge, "talking", heard_at=NIGHT + timedelta(hours=2), silent_after_s=3600)

    assert new(NIGHT + timedelta(hours=2)) == [(quiet.pk, "SILENT")]


def test_it_hears_a_bridge_come_back(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT)
    gate = open_gate()
    take(gate, said(bridge, "bridge/state", b'{"state":"offline"}'))
    mark(bridge, "SILENT")

    take(gate, said(bridge, "bridge/state", b'{"state":"online"}', at=NIGHT + timedelta(minutes=5)))
    take(gate, said(bridge, "bridge/state", b'{"state":"online"}', at=NIGHT + timedelta(minutes=6)))

    assert over(NIGHT + timedelta(minutes=6)) == [bridge.pk]


def test_it_believes_what_a_device_says_more_than_that_it_was_said_to_be_away(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT)
    sensor = make_bridged(bridge, cast.lounge, "lounge", heard_at=NIGHT)
    gate = open_gate()
    take(gate, said(bridge, "lounge/availability", b'{"state":"offline"}'))
    assert new(NIGHT) == [(sensor.pk, "SILENT")]

    for minutes in (1, 2):
        take(gate, said(bridge, "lounge", b'{"occupancy":true}', at=NIGHT + timedelta(minutes=minutes)))

    assert new(NIGHT + timedelta(minutes=2)) == []


@pytest.mark.parametrize(("battery", "troubled"), [(14, True), (15, False), (None, False), (0, True)])
def test_it_minds_a_low_battery(cast, battery, troubled):
    watch = make_wearable(cast.ada, heard_at=NIGHT, battery=battery)

    assert new(NIGHT) == ([(watch.pk, "BATTERY")] if troubled else [])


def test_it_takes_a_battery_for_right_again_only_well_above_low(cast):
    watch = make_wearable(cast.ada, heard_at=NIGHT, battery=19, trouble="BATTERY")

    assert new(NIGHT) == [] and over(NIGHT) == []
    Device.objects.filter(pk=watch.pk).update(battery=20)
    assert over(NIGHT) == [watch.pk]


def test_it_minds_a_weak_link_after_an_hour_of_it(cast):
    make_consent(cast.ada, Purpose.FALLS)
    watch = make_wearable(cast.ada, silent_after_s=7200)
    gate = open_gate()
    for sequence, minutes in enumerate(range(0, 66, 3)):
        take(gate, worn(watch, sequence, at=NIGHT + timedelta(minutes=minutes), rssi_dbm=-96))

    assert new(NIGHT + timedelta(minutes=57)) == []
    assert new(NIGHT + timedelta(minutes=65)) == [(watch.pk, "LINK")]
    mark(watch, "LINK")
    take(gate, worn(watch, 99, at=NIGHT + timedelta(minutes=67), rssi_dbm=-60))
    take(gate, worn(watch, 100, at=NIGHT + timedelta(minutes=69), rssi_dbm=-60))
    assert over(NIGHT + timedelta(minutes=69)) == [watch.pk]


def test_it_says_silence_over_a_battery_but_not_a_battery_over_silence(cast):
    watch = make_wearable(cast.ada, heard_at=NIGHT, battery=3, trouble="BATTERY")
    late = NIGHT + timedelta(hours=1)

    assert new(late) == [(watch.pk, "SILENT")]
    mark(watch, "SILENT")
    assert new(late) == []


def test_it_blames_nobody_for_the_time_nobody_listened(cast):
    watch = make_wearable(cast.ada, heard_at=NIGHT)
    gate = open_gate()
    actions.write_health(gate=gate, at=NIGHT)
    gate.committed([])
    back = NIGHT + timedelta(hours=3)

    assert queries.troubles(back) == []  # not listening yet
    actions.write_health(gate=gate, at=back)
    gate.committed([])

    assert new(back) == []
    assert new(back + timedelta(minutes=11)) == [(watch.pk, "SILENT")]


def test_it_asks_nothing_of_the_retired(cast):
    make_wearable(cast.ada, heard_at=NIGHT, battery=1, retired_at=NIGHT, retired_by="staff:1")

    assert new(NIGHT + timedelta(days=1)) == []


def test_it_says_what_was_seen_in_four_sentences(cast):
    make_wearable(cast.ada, heard_at=NIGHT, label="Ada's watch")
    late = NIGHT + timedelta(minutes=11)
    listen(late)

    [trouble] = queries.troubles(late)

    assert trouble.sighting["seen"] == "Ada's watch has not been heard for 11 minutes."
    assert trouble.sighting["usual"] == "It is expected at least every 10 minutes."
    assert trouble.since == NIGHT


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (119, "1 minutes"),
                                                (600, "10 minutes"), (3600, "1 hour"), (5400, "90 minutes"), (90000, "25 hours"),
                                                (259200, "3 days")])  # fmt: skip
def test_it_says_spans_as_people_do(seconds, words):
    assert spoken(timedelta(seconds=seconds)) == words.replace("1 minutes", "1 minute")


def test_it_asks_no_more_questions_for_many_devices_than_for_one(cast):
    """It is asked four times a minute, and alarms wait for it."""
    bridge = make_bridge(cast.home, heard_at=NIGHT)
    late = NIGHT + timedelta(days=2)
    asked = []
    for number in range(3):
        make_bridged(bridge, cast.room7, f"bed-{number}", enrolled_at=NIGHT, silent_after_s=60)
        Device.objects.filter(pk=bridge.pk).update(heard_at=late)
        with CaptureQueriesContext(connection) as questions:
            assert len(new(late)) == number + 1
        asked.append(len(questions))

    assert asked[1] == asked[2]


def test_it_looks_closer_only_at_what_is_overdue_or_unwell(cast):
    bridge = make_bridge(cast.home, heard_at=NIGHT)
    made = [make_bridged(bridge, cast.room7, f"bed-{hours}", heard_at=NIGHT, silent_after_s=hours * 3600) for hours in (1, 2, 3)]
    late = NIGHT + timedelta(hours=2, seconds=1)
    Device.objects.filter(pk=bridge.pk).update(heard_at=late)

    assert [device.pk for device in troubles._suspects(late)] == sorted([made[0].pk, made[1].pk])
    Device.objects.filter(pk=made[2].pk).update(battery=3)
    assert made[2].pk in [device.pk for device in troubles._suspects(late)]

import json
from datetime import timedelta
from urllib.parse import urlsplit

from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose
from hearthlight.sensors import permissions, presenters, queries, rules
from hearthlight.sensors.models import Device, Reading
from hearthlight.sensors.tests.factories import (
    make_bridge,
    make_bridged,
    make_wearable,
    open_gate,
    said,
    take,
    worn,
)
from hearthlight.sensors.types import Decoded


def test_it_shows_devices_to_those_who_work_there(cast):
    watch = make_wearable(cast.ada)
    hub = make_bridge(cast.home)

    def seen(staff):
        return {one.facts.id for one in queries.devices(cast.viewer(staff), NIGHT)}

    assert seen(cast.maya) == seen(cast.sam) == {watch.pk, hub.pk}
    assert seen(cast.nia) == {watch.pk}
    assert seen(cast.stranger) == set()


def test_it_lets_seniors_and_above_change_devices_and_no_carer(cast):
    may = {staff.name.split()[0] for staff in (cast.nia, cast.sam, cast.olu, cast.maya, cast.stranger)
           if permissions.can_change_devices(cast.viewer(staff), cast.room7.path)}  # fmt: skip

    assert may == {"Sam", "Olu", "Maya"}


def test_it_says_whether_everyone_agrees_now(cast):
    make_wearable(cast.ada)

    assert not queries.devices(cast.viewer(cast.maya), NIGHT)[0].is_allowed
    make_consent(cast.ada, Purpose.FALLS)
    assert queries.devices(cast.viewer(cast.maya), NIGHT)[0].is_allowed


def test_it_draws_the_last_hour_of_a_room_oldest_first(cast):
    bridge = make_bridge(cast.home)
    make_bridged(bridge, cast.lounge, "lounge", spot="lounge")
    gate = open_gate()
    for minutes in (-70, -50, -10):
        take(gate, said(bridge, "lounge", b'{"occupancy":true,"battery":50}', at=NIGHT + timedelta(minutes=minutes)))

    trail = queries.trail(cast.lounge.pk, NIGHT)

    assert [(step["kind"], step["spot"], round((NIGHT.timestamp() - step["at"]) / 60)) for step in trail] == [
        ("MOTION", "lounge", 50), ("MOTION", "lounge", 10)
    ]  # fmt: skip
    assert json.dumps(trail)


def test_it_draws_one_point_an_hour_for_battery_and_link(cast):
    make_consent(cast.ada, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    for number in range(0, 150, 5):
        take(gate, worn(watch, number, at=NIGHT + timedelta(minutes=number), battery=80, rssi_dbm=-70))

    assert Reading.objects.filter(kind="BATTERY").count() == 3  # 03, 04 and 05 o'clock
    assert Device.objects.get().battery == 80


def test_it_writes_each_device_down_every_fifteen_seconds_at_most(cast):
    make_consent(cast.ada, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()

    heard = []
    for second in range(40):
        take(gate, worn(watch, second, at=NIGHT + timedelta(seconds=second)))
        heard.append(Device.objects.get().heard_at)

    assert 2 <= len({moment for moment in heard if moment}) <= 4
    assert (NIGHT + timedelta(seconds=39)) - heard[-1] <= timedelta(seconds=16)


def test_it_puts_on_the_card_what_a_device_needs(cast):
    watch = make_wearable(cast.ada)
    [shown] = queries.devices(cast.viewer(cast.maya), NIGHT)

    card = presenters.card_of(shown, "the secret")

    told = dict(card.rows)
    assert told["Username"] == watch.pk and told["Password"] == "the secret"
    assert urlsplit(told["Address"]).scheme in ("mqtt", "mqtts") and urlsplit(told["Address"]).port
    assert card.qr.startswith("<svg") and "style=" not in card.qr  # our Content-Security-Policy forbids inline style


def test_it_moves_everything_in_a_message_together_when_its_clock_is_wrong():
    decoded, notes = rules.settled(Decoded(sent_at=0.0), 1e9)

    assert decoded.sent_at == 1e9 and len(notes) == 1

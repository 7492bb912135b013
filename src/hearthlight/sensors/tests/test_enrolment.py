import json
from datetime import timedelta
from pathlib import Path

import pytest

from hearthlight.core import bus
from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose
from hearthlight.sensors import actions
from hearthlight.sensors.families import zigbee2mqtt
from hearthlight.sensors.models import Device, Newcomer
from hearthlight.sensors.tests.factories import (
    make_bridge,
    make_bridged,
    make_wearable,
    open_gate,
    said,
    take,
    worn,
)
from hearthlight.sensors.types import Accepted, Incoming

BY = staff_actor(1)
DEVICES = (Path(zigbee2mqtt.__file__).parent / "fixtures" / "bridge_devices.json").read_bytes()
CONTACT = {"ids": ["cord-7"], "name": "cord"}


def enrol_watch(cast, **given):
    return actions.enrol(**{
        "family_name": "wearable", "label": "Ada’s watch", "place_id": cast.room7.pk, "person_id": cast.ada.pk,
        "purpose": Purpose.FALLS, "by": BY, "at": NIGHT, **given,
    })  # fmt: skip


def adopt(bridge, cast, **given):
    return actions.adopt(**{
        "bridge_id": bridge.pk, "address": "room 7/motion", "label": "Motion", "place_id": cast.room7.pk,
        "purpose": Purpose.ROOM_MOVEMENT, "by": BY, "at": NIGHT, **given,
    })  # fmt: skip


@pytest.fixture
def nudges(django_capture_on_commit_callbacks):
    heard: list[str] = []
    stop = bus.listen(heard.append)
    yield heard
    stop()


def test_it_enrols_a_device_that_can_then_speak(cast):
    make_consent(cast.ada, Purpose.FALLS)

    enrolled = enrol_watch(cast)

    speaker = open_gate().principal("c", enrolled.device_id, enrolled.secret.encode())
    device = Device.objects.get(pk=enrolled.device_id)
    assert speaker.name == device.pk
    assert enrolled.secret not in device.secret_hash and len(enrolled.secret) == 43  # 256 bits
    assert device.silent_after_s == 600
    [one] = take(open_gate(), worn(device, 1))
    assert isinstance(one, Accepted)


def test_it_writes_down_who_enrolled_what_for_whom_and_no_secret(cast, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enrolled = enrol_watch(cast)

    entry = AuditEntry.objects.get(action="device enrolled")
    assert (entry.by, entry.subject, entry.person_id) == ("staff:1", f"device:{enrolled.device_id}", cast.ada.pk)
    assert enrolled.secret not in json.dumps(entry.detail) and "Ada" not in json.dumps(entry.detail)
    assert Change.objects.filter(kind="device", path=cast.room7.path).count() == 1
    assert "gate" in nudges


@pytest.mark.parametrize(("given", "words"), [
    ({"family_name": "pigeon"}, "kind of device"), ({"label": "  "}, "name"), ({"label": "a\u202eb"}, "hidden"),
    ({"place_id": 999_999}, "not there"), ({"person_id": 999_999}, "not there"), ({"silent_after": timedelta(seconds=1)}, "Silence"),
    ({"silent_after": timedelta(days=8)}, "Silence"), ({"spot": "x" * 21}, "Spot"), ({"position": "\x00"}, "Position"),
])  # fmt: skip
def test_it_refuses_to_enrol_nonsense(cast, given, words):
    with pytest.raises(Refusal, match=words):
        enrol_watch(cast, **given)

    assert not Device.objects.exists()


def test_it_gives_each_bridge_a_base_of_its_own(cast):
    first = actions.enrol(family_name="zigbee2mqtt", label="Hub", place_id=cast.home.pk, purpose=Purpose.ENVIRONMENT, by=BY, at=NIGHT)

    assert Device.objects.get(pk=first.device_id).config == {"base": "zigbee2mqtt"}
    for base in ("zigbee2mqtt", "hearthlight", "a/b", "#", "+"):
        with pytest.raises(Refusal):
            actions.enrol(family_name="zigbee2mqtt", label="Hub", place_id=cast.home.pk, purpose=Purpose.ENVIRONMENT,
                          config={"base": base}, by=BY, at=NIGHT)  # fmt: skip


def test_it_offers_what_a_bridge_announces_and_adopts_it(cast):
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT)
    bridge = make_bridge(cast.home)
    take(open_gate(), said(bridge, "bridge/devices", DEVICES))
    offered = {one.address: one.config["exposes"] for one in Newcomer.objects.all()}
    assert set(offered) == {"room 7/motion", "0x00158d0000000702"}

    device_id = adopt(bridge, cast)
    [one] = take(open_gate(), said(bridge, "room 7/motion", b'{"occupancy":true}'))

    assert isinstance(one, Accepted) and one.device.id == device_id and one.device.person_id == cast.ada.pk
    assert [n.address for n in Newcomer.objects.all()] == ["0x00158d0000000702"]
    with pytest.raises(Refusal, match="already"):
        adopt(bridge, cast)


def test_it_takes_back_an_offer_when_the_device_has_left(cast):
    bridge = make_bridge(cast.home)
    gate = open_gate()
    take(gate, said(bridge, "bridge/devices", DEVICES))

    take(gate, said(bridge, "bridge/devices", b"[]"))

    assert not Newcomer.objects.exists()


def test_it_does_not_grow_with_made_up_devices(cast):
    bridge = make_bridge(cast.home)
    gate = open_gate()
    for number in range(3):
        rows = [{"friendly_name": f"{number} {n}", "definition": {"exposes": [{"property": "battery"}]}} for n in range(900)]
        take(gate, said(bridge, "bridge/devices", json.dumps(rows).encode()))

    assert Newcomer.objects.count() <= 1_900


def announce(bridge, entity, payload):
    return said(bridge, f"binary_sensor/{entity}/config", json.dumps(payload).encode())


def test_it_gathers_a_device_from_its_announcements_and_follows_it_when_it_moves(cast):
    make_consent(cast.ada, Purpose.CALL_FOR_HELP)
    bridge = make_bridge(cast.home, "homeassistant", config={"base": "cord7"})
    cord = {"dev_cla": "safety", "stat_t": "cord7/state", "dev": CONTACT}
    low = {"dev_cla": "battery", "stat_t": "cord7/low", "dev": CONTACT}
    take(open_gate(), announce(bridge, "cord", cord), announce(bridge, "low", low))
    assert len(Newcomer.objects.get().config["entities"]) == 2
    adopt(bridge, cast, address="cord-7", purpose=Purpose.CALL_FOR_HELP)

    def pulled(topic):
        return take(open_gate(), Incoming(bridge.pk, topic, b"ON", False, NIGHT))[0]

    assert [s.kind for s in pulled("cord7/state").decoded.signals] == ["PULL_CORD"]
    take(open_gate(), announce(bridge, "cord", {**cord, "stat_t": "cord7/cord"}))
    assert [s.kind for s in pulled("cord7/cord").decoded.signals] == ["PULL_CORD"]
    assert not Newcomer.objects.exists()


def test_it_retires_a_bridge_with_all_behind_it(cast):
    bridge = make_bridge(cast.home)
    behind = make_bridged(bridge, cast.lounge, "lounge", trouble="SILENT")

    actions.retire(device_id=bridge.pk, by=BY, at=NIGHT)

    behind.refresh_from_db()
    assert behind.retired_at == NIGHT and behind.trouble == ""
    with pytest.raises(Refusal, match="not in service"):
        actions.retire(device_id=bridge.pk, by=BY, at=NIGHT)


def test_it_moves_a_watch_to_someone_else_and_writes_it_in_both_records(cast):
    watch = make_wearable(cast.ada)

    actions.reassign(device_id=watch.pk, place_id=cast.room8.pk, person_id=cast.lewis.pk, by=BY, at=NIGHT)

    watch.refresh_from_db()
    assert (watch.person_id, watch.place_id) == (cast.lewis.pk, cast.room8.pk)
    assert set(AuditEntry.objects.values_list("action", "person_id")) == {
        ("device taken away", cast.ada.pk), ("device reassigned", cast.lewis.pk)
    }  # fmt: skip


def test_it_makes_a_new_card_and_the_old_secret_stops(cast, nudges, django_capture_on_commit_callbacks):
    first = enrol_watch(cast)

    with django_capture_on_commit_callbacks(execute=True):
        second = actions.renew_secret(device_id=first.device_id, by=BY, at=NIGHT)

    gate = open_gate()
    assert gate.principal("c", first.device_id, first.secret.encode()) is None
    assert gate.principal("c", first.device_id, second.secret.encode())
    assert f"expel:{first.device_id}" in nudges


def test_it_makes_no_card_for_what_speaks_through_a_bridge(cast):
    behind = make_bridged(make_bridge(cast.home), cast.lounge, "lounge")

    with pytest.raises(Refusal, match="no card"):
        actions.renew_secret(device_id=behind.pk, by=BY, at=NIGHT)


def test_it_keeps_what_the_bridge_said_when_a_device_is_changed(cast):
    behind = make_bridged(make_bridge(cast.home), cast.lounge, "lounge", config={"entities": {"a": {}}, "meaning": "BED"})

    actions.change(device_id=behind.pk, label="Mat", spot="bedroom", position="", silent_after=timedelta(hours=1),
                   config={"meaning": "CHAIR", "entities": {}}, by=BY, at=NIGHT)  # fmt: skip

    behind.refresh_from_db()
    assert behind.config == {"meaning": "CHAIR", "entities": {"a": {}}}
    assert (behind.label, behind.silent_after_s) == ("Mat", 3600)


def test_it_notes_a_new_battery(cast):
    watch = make_wearable(cast.ada, battery=4)

    actions.replace_battery(device_id=watch.pk, by=BY, at=NIGHT)

    watch.refresh_from_db()
    assert watch.battery is None
    assert AuditEntry.objects.get().action == "device battery replaced"

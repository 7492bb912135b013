from datetime import timedelta

import pytest

from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose
from hearthlight.sensors import secret
from hearthlight.sensors.models import Device, RefusalCount
from hearthlight.sensors.tests.factories import (
    SECRET,
    make_bridge,
    make_bridged,
    make_device,
    make_wearable,
    open_gate,
    take,
    worn,
)
from hearthlight.sensors.types import RefusalReason


def test_it_knows_a_device_by_its_secret_and_a_stranger_by_nothing(cast):
    watch = make_wearable(cast.ada)
    retired = make_wearable(cast.ada, retired_at=NIGHT, retired_by="staff:1")
    bridged = make_bridged(make_bridge(cast.home), cast.lounge, "lounge")
    gate = open_gate()

    assert gate.principal("any client", watch.pk, SECRET.encode()).name == watch.pk
    for username, password in ((watch.pk, b"wrong"), (watch.pk, None), (None, SECRET.encode()), ("", b""), ("nobody", b""),
                               (retired.pk, SECRET.encode()), (bridged.pk, b""), (bridged.pk, SECRET.encode())):  # fmt: skip
        assert gate.principal("any client", username, password) is None


def test_it_lets_a_device_speak_and_listen_on_its_own_topics_only(cast):
    watch, other = make_wearable(cast.ada), make_wearable(cast.lewis)
    speaker = open_gate().principal("c", watch.pk, SECRET.encode())

    assert speaker.may_publish(f"hearthlight/{watch.pk}/up")
    assert speaker.may_subscribe(f"hearthlight/{watch.pk}/down")
    for topic in (f"hearthlight/{other.pk}/up", f"hearthlight/{watch.pk}/down", f"hearthlight/{watch.pk}/up/x", "zigbee2mqtt/x", "$SYS/x"):
        assert not speaker.may_publish(topic)
    for wanted in ("#", "+/+/+", "hearthlight/#", "hearthlight/+/down", f"hearthlight/{watch.pk}/#", f"hearthlight/{other.pk}/down"):
        assert not speaker.may_subscribe(wanted)


def test_it_lets_a_bridge_speak_and_listen_under_its_base_only(cast):
    bridge = make_bridge(cast.home, config={"base": "z2m-hazel"})
    speaker = open_gate().principal("c", bridge.pk, SECRET.encode())

    assert speaker.may_publish("z2m-hazel/kitchen/motion") and speaker.may_subscribe("z2m-hazel/#")
    assert speaker.may_subscribe("homeassistant/status")
    for topic in ("zigbee2mqtt/x", "z2m-hazel", "z2m-hazelnut/x", "homeassistant/x", f"hearthlight/{bridge.pk}/up"):
        assert not speaker.may_publish(topic)
    for wanted in ("#", "+/#", "z2m-hazel", "homeassistant/#"):
        assert not speaker.may_subscribe(wanted)


def test_it_lets_discovery_be_shared(cast):
    node = make_bridge(cast.home, "homeassistant", config={"base": "room7"})
    speaker = open_gate().principal("c", node.pk, SECRET.encode())

    assert speaker.may_publish("homeassistant/binary_sensor/room7/motion/config") and speaker.may_publish("room7/motion/state")
    assert not speaker.may_subscribe("homeassistant/#")


def test_it_stops_a_speaker_the_moment_it_is_retired(cast):
    watch = make_wearable(cast.ada)
    gate = open_gate()
    speaker = gate.principal("c", watch.pk, SECRET.encode())
    Device.objects.filter(pk=watch.pk).update(retired_at=NIGHT, retired_by="staff:1")

    gate.refresh(NIGHT)

    assert not speaker.may_publish(f"hearthlight/{watch.pk}/up")


@pytest.mark.parametrize(("principal", "topic", "reason"), [
    ("nobody", "hearthlight/nobody/up", RefusalReason.UNKNOWN_DEVICE), ("watch", "zigbee2mqtt/lounge", RefusalReason.WRONG_TOPIC),
    ("bridge", "hearthlight/watch/up", RefusalReason.WRONG_TOPIC), ("bridge", "zigbee2mqtt/unknown", RefusalReason.UNKNOWN_DEVICE),
    ("bridge", "zigbee2mqtt/lounge/set", RefusalReason.UNKNOWN_DEVICE), ("gone", "hearthlight/gone/up", RefusalReason.RETIRED),
])  # fmt: skip
def test_it_says_why_not(cast, principal, topic, reason):
    make_wearable(cast.ada, id="watch")
    make_wearable(cast.ada, id="gone", retired_at=NIGHT, retired_by="staff:1")
    make_bridged(make_bridge(cast.home, id="bridge"), cast.lounge, "lounge")

    assert open_gate().resolve(principal, topic) is reason


def test_it_tells_devices_behind_a_bridge_by_topic(cast):
    bridge = make_bridge(cast.home, id="bridge")
    lounge = make_bridged(bridge, cast.lounge, "lounge/motion")
    gate = open_gate()

    assert gate.resolve("bridge", "zigbee2mqtt/lounge/motion").id == lounge.pk
    assert gate.resolve("bridge", "zigbee2mqtt/lounge/motion/availability").id == lounge.pk
    assert gate.resolve("bridge", "zigbee2mqtt/bridge/state").id == "bridge"


def test_it_knows_who_speaks_behind_an_outside_broker(cast):
    watch = make_wearable(cast.ada)
    bridge = make_bridge(cast.home)
    gate = open_gate()

    assert gate.principal_of_topic(f"hearthlight/{watch.pk}/up").name == watch.pk
    assert gate.principal_of_topic("zigbee2mqtt/anything").name == bridge.pk
    for topic in ("hearthlight/nobody/up", "hearthlight/x", "homeassistant/x", "elsewhere", ""):
        assert gate.principal_of_topic(topic) is None


def test_it_follows_a_watch_to_another_person_at_once(cast):
    make_consent(cast.ada, Purpose.FALLS)
    make_consent(cast.lewis, Purpose.FALLS)
    watch = make_wearable(cast.ada)
    gate = open_gate()
    Device.objects.filter(pk=watch.pk).update(person=cast.lewis, place=cast.room8)

    gate.refresh(NIGHT)
    [one] = take(gate, worn(watch, 1))

    assert (one.device.person_id, one.device.place_id) == (cast.lewis.pk, cast.room8.pk)


def test_it_counts_what_the_door_refused(cast):
    watch = make_wearable(cast.ada)
    gate = open_gate()

    gate.refused_at_door(None, "stranger", NIGHT)
    gate.refused_at_door(watch.pk, "publish-topic", NIGHT)
    gate.refused_at_door(watch.pk, "keepalive", NIGHT)
    take(gate, worn(watch, 1, at=NIGHT + timedelta(seconds=2)))

    assert set(RefusalCount.objects.values_list("device_id", "reason", "count")) == {
        ("", "UNKNOWN_DEVICE", 1), (watch.pk, "WRONG_TOPIC", 1)
    }  # fmt: skip


def test_it_does_not_grow_with_a_flood_of_refusals(cast):
    gate = open_gate()
    for number in range(3000):
        gate.refused_at_door(f"device-{number}", "publish-topic", NIGHT)

    assert len(gate.counted.due(NIGHT).refusals) == 1000


def test_it_passes_over_a_family_it_does_not_know(cast):
    make_device("carrier-pigeon", cast.lounge, id="pigeon")

    assert open_gate().resolve("pigeon", "hearthlight/pigeon/up") is RefusalReason.UNKNOWN_DEVICE


def test_it_keeps_no_secret_and_tells_a_right_one_from_a_wrong_one():
    words = secret.new_secret()
    kept = secret.hash_of(words)

    assert words not in kept and kept != secret.hash_of(words)
    assert secret.is_right(kept, words.encode())
    for offered in (b"", words.encode()[:-1], words.encode() + b"x"):
        assert not secret.is_right(kept, offered)
    assert not secret.is_right("", b"") and not secret.is_right("plain$x$y", b"")

import json
from pathlib import Path

import pytest

from hearthlight.people.tests.factories import NIGHT
from hearthlight.sensors.families import zigbee2mqtt
from hearthlight.sensors.families.zigbee2mqtt.decode import decode
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.tests.factories import facts

FIXTURES = Path(zigbee2mqtt.__file__).parent / "fixtures"
BRIDGE = facts(bridge="", address="")


def read(payload: object, *, topic: str = "zigbee2mqtt/x", device=None, **config):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(device=device or facts(config=config), topic=topic, payload=raw, at=NIGHT.timestamp())


@pytest.mark.parametrize("case", json.loads((FIXTURES / "messages.json").read_text()), ids=lambda case: case["is"])
def test_it_reads_what_sensors_say(case):
    decoded = read(case["payload"], topic=case["topic"], **case.get("config", {}))

    assert [[signal.kind, signal.value] for signal in decoded.signals] == case["signals"]
    health = (decoded.health.battery, decoded.health.link) if decoded.health else (None, None)
    assert health == (case.get("battery"), case.get("link"))
    assert decoded.is_online is case.get("online")


def test_it_offers_what_says_something_we_understand():
    payload = (FIXTURES / "bridge_devices.json").read_bytes()

    decoded = read(payload, topic="zigbee2mqtt/bridge/devices", device=BRIDGE)

    assert decoded.announces_all
    assert [(one.address, one.description, one.config["exposes"]) for one in decoded.announced] == [
        ("room 7/motion", "Aqara RTCGQ13LM High precision motion sensor", ["battery", "linkquality", "occupancy"]),
        ("0x00158d0000000702", "Tuya TS0215A_sos SOS button", ["action", "battery"]),
    ]


@pytest.mark.parametrize(("payload", "is_online"), [(b"online", True), (b"offline", False), (b'{"state":"online"}', True),
                                                   (b'{"state":"offline"}', False), (b'"offline"', False)])  # fmt: skip
def test_it_hears_the_bridge_come_and_go(payload, is_online):
    assert read(payload, topic="zigbee2mqtt/bridge/state", device=BRIDGE).is_online is is_online


@pytest.mark.parametrize("payload", [b"away", b"7", b'{"state":7}', b'{"state":["online"]}'])
def test_it_refuses_a_state_nobody_knows(payload):
    with pytest.raises(Malformed):
        read(payload, topic="zigbee2mqtt/bridge/state", device=BRIDGE)


def test_it_lets_the_bridge_talk_about_other_things():
    decoded = read(b'{"level":"info","message":"hello"}', topic="zigbee2mqtt/bridge/logging", device=BRIDGE)

    assert not decoded.announced and decoded.is_online is None


def test_it_passes_over_devices_with_hostile_names():
    row = {"type": "EndDevice", "friendly_name": "a\x00b", "definition": {"exposes": [{"property": "battery"}]}}
    rows = [row, {**row, "friendly_name": "x" * 121}, {**row, "friendly_name": 7}, {**row, "friendly_name": "fine"}, 7, None]

    decoded = read(rows, topic="zigbee2mqtt/bridge/devices", device=BRIDGE)

    assert [one.address for one in decoded.announced] == ["fine"]


@pytest.mark.parametrize("payload", [b"", b'{"state":"ON"}', b'{"update":{"state":"idle"}}'])
def test_it_has_nothing_to_say_about_what_it_does_not_know(payload):
    decoded = read(payload)

    assert not decoded.signals and decoded.health is None


@pytest.mark.parametrize("payload", [b'{"occupancy":"yes"}', b'{"temperature":900}', b'{"battery":[]}', b'{"action":7}', b"[]", b"7"])
def test_it_refuses_a_message_of_which_nothing_can_be_read(payload):
    with pytest.raises(Malformed):
        read(payload)


def test_it_narrows_a_panel_down_to_its_help_key_but_never_an_emergency():
    assert read({"action": "1_single"}, actions=["2_single"]).signals == ()
    assert len(read({"action": "2_single"}, actions=["2_single"]).signals) == 1
    assert len(read({"action": "emergency"}, actions=["2_single"]).signals) == 1


def test_it_never_turns_an_sos_round():
    [signal] = read({"sos": True}, meaning="BED", inverted=True).signals

    assert (signal.kind, signal.value) == ("PULL_CORD", 1.0)

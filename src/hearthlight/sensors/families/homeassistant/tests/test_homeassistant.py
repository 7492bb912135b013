import json
from pathlib import Path

import pytest

from hearthlight.people.tests.factories import NIGHT
from hearthlight.sensors.families import homeassistant
from hearthlight.sensors.families.homeassistant.decode import decode
from hearthlight.sensors.families.homeassistant.family import FAMILY
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.tests.factories import facts

CASES = json.loads((Path(homeassistant.__file__).parent / "fixtures" / "discovery.json").read_text())
BRIDGE = facts("homeassistant", bridge="", address="")


def announce(case: dict):
    return decode(device=BRIDGE, topic=case["topic"], payload=json.dumps(case["payload"]).encode(), at=0.0)


def read(entity: dict, payload: bytes, topic: str = "a/state", **config):
    device = facts("homeassistant", config={"entities": {"one": {"topic": "a/state", **entity}}, **config})
    return decode(device=device, topic=topic, payload=payload, at=NIGHT.timestamp())


def said(entity: dict, payload: bytes, **config):
    return [(signal.kind, signal.value) for signal in read(entity, payload, **config).signals]


@pytest.mark.parametrize("case", [c for c in CASES if "refused" not in c], ids=lambda case: case["is"])
def test_it_understands_an_announcement(case):
    announced = announce(case).announced

    assert [one.address for one in announced] == ([case["address"]] if case["address"] else [])
    for one in announced:
        assert list(one.config["entities"].values()) == [case["entity"]]


@pytest.mark.parametrize("case", [c for c in CASES if "refused" in c], ids=lambda case: case["is"])
def test_it_refuses_what_it_cannot_honour(case):
    with pytest.raises(Malformed) as refused:
        announce(case)

    assert refused.value.code == case["refused"]


def test_it_reads_yes_and_no_in_the_devices_own_words():
    motion = {"kind": "MOTION", "field": "", "on": "ON", "off": "OFF"}
    door = {"kind": "CONTACT", "field": "contact", "on": "false", "off": "true"}

    assert said(motion, b"ON") == [("MOTION", 1.0)]
    assert said(motion, b"OFF") == [("MOTION", 0.0)]
    assert said(door, b'{"contact":false}') == [("CONTACT", 1.0)]
    assert said(door, b'{"contact":true,"battery":90}') == [("CONTACT", 0.0)]
    assert said(door, b'{"battery":90}') == []


def test_it_takes_a_mat_for_a_bed_when_enrolment_says_so():
    door = {"kind": "CONTACT", "field": "", "on": "ON", "off": "OFF"}

    assert said(door, b"ON", meaning="BED") == [("BED", 1.0)]
    assert said(door, b"ON", meaning="BED", inverted=True) == [("BED", 0.0)]
    assert said(door, b"ON", meaning="BED", property="MOTION") == [("CONTACT", 1.0)]


def test_it_reads_measures_in_either_degree():
    assert said({"kind": "TEMPERATURE", "field": "", "unit": "C"}, b"21.5") == [("TEMPERATURE", 21.5)]
    with pytest.raises(Malformed):
        said({"kind": "TEMPERATURE", "field": "", "unit": "F"}, b"212")
    assert said({"kind": "TEMPERATURE", "field": "", "unit": "F"}, b"50") == [("TEMPERATURE", 10.0)]


def test_it_reads_battery_and_signal_strength():
    assert read({"kind": "BATTERY", "field": "battery"}, b'{"battery":41}').health.battery == 41
    assert read({"kind": "BATTERY_LOW", "field": "", "on": "ON", "off": "OFF"}, b"ON").health.battery == 10
    assert read({"kind": "LINK", "field": ""}, b"-70").health.link == 127


@pytest.mark.parametrize(("entity", "payload", "presses"), [
    ({"on": "single", "field": ""}, b"single", 1), ({"on": "single", "field": ""}, b"double", 0),
    ({"field": "event_type"}, b'{"event_type":"press"}', 1), ({"field": "event_type"}, b'{"event_type":"release"}', 0),
    ({"field": ""}, b"pressed", 1), ({"field": ""}, b"", 0),
])  # fmt: skip
def test_it_hears_a_press(entity, payload, presses):
    assert said({"kind": "BUTTON", **entity}, payload) == [("BUTTON", 1.0)] * presses


def test_it_hears_a_device_come_and_go():
    entity = {"kind": "MOTION", "on": "ON", "off": "OFF", "availability": "a/status", "online": "online", "offline": "offline"}

    assert read(entity, b"offline", topic="a/status").is_online is False
    assert read(entity, b'{"state":"online"}', topic="a/status").is_online is True


def test_it_refuses_a_value_nobody_can_read():
    with pytest.raises(Malformed):
        read({"kind": "MOTION", "field": "", "on": "ON", "off": "OFF"}, b"maybe")


def test_it_listens_where_the_device_said():
    config = {"entities": {"one": {"topic": "a/state", "availability": "a/status"}, "two": {"topic": "a/state"}, "three": 7}}

    assert sorted(FAMILY.topics_of("homeassistant", facts("homeassistant", config=config))) == ["a/state", "a/status"]

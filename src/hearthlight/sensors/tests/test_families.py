"""What every family must keep to, whichever it is: found by looking, documented, and never surprised."""

import json
import math
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hearthlight.people.tests.factories import NIGHT
from hearthlight.sensors import family, journal
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.tests.factories import facts
from hearthlight.sensors.types import Decoded, DeviceFacts

HERE = Path(family.__file__).parent / "families"
DOCS = Path(family.__file__).parents[3] / "docs" / "devices"
AT = NIGHT.timestamp()
NAMES = (
    "occupancy", "presence", "contact", "vibration", "pressure", "sos", "action", "temperature", "humidity", "battery",
    "battery_low", "linkquality", "seq", "boot", "t", "hz", "mg", "button", "rssi", "state", "friendly_name", "definition",
    "exposes", "features", "property", "type", "device_class", "dev_cla", "state_topic", "stat_t", "~", "device", "dev",
    "ids", "identifiers", "value_template", "payload_on", "payload_off", "unique_id", "unit_of_measurement", "availability",
    "availability_topic", "topic", "automation_type", "payload", "event_type", "x",
)  # fmt: skip
TOPICS = (
    "hearthlight/device-1/up", "zigbee2mqtt/bed 7", "zigbee2mqtt/bed 7/availability", "zigbee2mqtt/bridge/state",
    "zigbee2mqtt/bridge/devices", "homeassistant/binary_sensor/a/config", "homeassistant/sensor/a/b/config",
    "homeassistant/device_automation/a/config", "homeassistant/event/a/config", "a/state", "a/status",
)  # fmt: skip
ENTITIES = {
    "one": {"topic": "a/state", "kind": "MOTION", "field": "x", "on": "ON", "off": "OFF", "availability": "a/status",
            "online": "online", "offline": "offline"},
    "two": {"topic": "a/state", "kind": "TEMPERATURE", "field": "", "unit": "F"},
    "three": {"topic": "a/state", "kind": "BATTERY", "field": "battery"},
    "four": {"topic": "a/state", "kind": "BUTTON", "field": "", "on": ""},
    "five": "not an entity",
}  # fmt: skip
CONFIGS = ({}, {"meaning": "BED", "at_least": 20}, {"meaning": "PULL_CORD", "inverted": True}, {"entities": ENTITIES},
           {"meaning": 7, "property": [], "at_least": "x", "entities": [], "actions": {}})  # fmt: skip
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**40), 10**40), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40), st.sampled_from(["ON", "OFF", "online", "single", "nan", "inf", "1e400", "motion", "temperature",
                                           "°C", "{{ value_json.x }}", "{{ x }}", "a/state", "~/state", "\x00", "\u202e"]),
)  # fmt: skip
VALUES = st.recursive(
    STRANGE, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=6)
)


@pytest.fixture(params=sorted(family.found()))
def name(request) -> str:
    return request.param


def devices(name: str) -> list[DeviceFacts]:
    """A device of the family in every configuration, and its bridge."""
    of = family.found()[name]
    own = [facts(name, config=config, bridge="bridge-1" if of.is_bridged else "") for config in CONFIGS]
    return [*own, facts(name, bridge="", address="")] if of.is_bridged else own


def check(name: str, payload: bytes) -> None:
    """Malformed or Decoded, never anything else; and what is decoded can be kept, in every database."""
    for device in devices(name):
        for topic in TOPICS:
            try:
                decoded = family.found()[name].decode(device=device, topic=topic, payload=payload, at=AT)
            except Malformed as error:
                assert error.code.isupper() and error.code.replace("_", "").isalpha()
                continue
            check_kept(decoded)


def check_kept(decoded: Decoded) -> None:
    assert decoded.key is None or len(decoded.key) + 1 + 32 <= 64
    for signal in decoded.signals:
        assert math.isfinite(signal.value) and math.isfinite(signal.at)
    for chunk in decoded.chunks:
        assert 0 < len(chunk.acc) <= 2048 and math.isfinite(chunk.at) and chunk.rate_hz > 0
        assert chunk.acc.dtype == "int16"
    if decoded.health:
        assert decoded.health.battery is None or 0 <= decoded.health.battery <= 100
        assert decoded.health.link is None or 0 <= decoded.health.link <= 255
    for one in decoded.announced:
        assert 0 < len(one.address) <= 120 and one.address.isprintable() and len(one.description) <= 120
        assert "\\u0000" not in json.dumps(dict(one.config))
    again = journal.unpack(journal.pack(decoded))
    assert again.signals == decoded.signals and len(again.chunks) == len(decoded.chunks)


@settings(max_examples=150, deadline=None)
@given(payload=st.binary(max_size=400))
@example(payload=b"HW" + b"\x00" * 30)
@example(payload=b"HW" + b"\xff" * 400)
@example(payload=b'{"occupancy":NaN,"t":1e999}')
@example(payload=b"[" * 5000)
@example(payload=b'{"x":' * 1000 + b"1" + b"}" * 1000)
@example(payload=b'"\\ud800"')
def test_it_takes_any_bytes_without_surprise(payload):
    for name in family.found():
        check(name, payload)


@settings(max_examples=250, deadline=None)
@given(value=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=10) | st.lists(VALUES, max_size=4) | VALUES)
def test_it_takes_any_json_without_surprise(value):
    for name in family.found():
        check(name, json.dumps(value).encode())


def test_it_takes_a_large_payload_in_bounded_time_and_memory(name):
    """256 kB is the most the door lets through."""
    heavy = [
        b'{"mg":[' + b",".join([b"[1,2,3]"] * 30_000) + b"]}",
        b"[" + b",".join([b'{"friendly_name":"a","definition":{"exposes":[{"property":"battery"}]}}'] * 3_500) + b"]",
        b"{" + b",".join(b'"%d":true' % n for n in range(20_000)) + b"}",
        b'{"value_template":"' + b"{{" * 100_000 + b'","device_class":"motion"}',
        b"HW" + b"\x01" * 250_000,
        b"9" * 250_000,
    ]
    for payload in heavy:
        tracemalloc.start()
        began = time.process_time()
        check(name, payload)
        spent, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        calls = len(devices(name)) * len(TOPICS)
        assert spent / calls < 0.25 and peak < 64 * 2**20


def test_it_says_how_to_add_one(name):
    page = (HERE / name / "README.md").read_text()
    assert f"docs/devices/{name}.md" in page
    assert (DOCS / f"{name}.md").exists()


def test_it_says_where_its_fixtures_came_from(name):
    assert "Where these came from" in (HERE / name / "fixtures" / "README.md").read_text()


def test_it_finds_each_folder():
    folders = {path.parent.name for path in HERE.glob("*/family.py")}
    assert folders == set(family.found()) == {of.name for of in family.found().values()}

import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.people.tests.factories import NIGHT
from hearthlight.sensors.families.wearable import frame
from hearthlight.sensors.families.wearable.decode import decode, link_of
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.tests.factories import facts, still

FIXTURES = Path(frame.__file__).parent / "fixtures"
PAGE = Path(frame.__file__).parents[5] / "docs" / "devices" / "wearable.md"
WORKED = bytes.fromhex((FIXTURES / "frame.hex").read_text())
AT = NIGHT.timestamp()


def read(payload: bytes):
    return decode(device=facts("wearable", bridge="", address=""), topic="hearthlight/device-1/up", payload=payload, at=AT)


def sealed(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_it_reads_the_worked_example_of_its_page():
    shown = re.search(r"```hex\n(.*?)```", PAGE.read_text(), re.DOTALL)

    assert bytes.fromhex(re.sub(r"#.*", "", shown.group(1))) == WORKED
    told = frame.unpack(WORKED)
    assert (told.sequence, told.boot, told.time_ms, told.rate_hz) == (258, 7, 1_795_317_120_000, 50.0)
    assert told.acc.tolist() == [[0, 0, 1000], [-12, 3, 998]]
    assert (told.battery, told.rssi_dbm, told.button) == (88, -61, True)


def test_it_decodes_the_worked_example():
    decoded = read(WORKED)

    assert decoded.key == "7:258"
    assert decoded.sent_at == decoded.chunks[0].at == 1_795_317_120.0
    assert [(signal.kind, signal.at) for signal in decoded.signals] == [("BUTTON", 1_795_317_120.04)]
    assert (decoded.health.battery, decoded.health.link) == (88, 166)


@pytest.mark.parametrize("case", json.loads((FIXTURES / "messages.json").read_text()), ids=lambda case: case["is"])
def test_it_reads_the_json_form(case):
    decoded = read(json.dumps(case["payload"]).encode())

    assert decoded.key == case["key"]
    assert sum(len(chunk.acc) for chunk in decoded.chunks) == case["samples"]
    assert [[signal.kind, signal.value] for signal in decoded.signals] == case["signals"]
    health = (decoded.health.battery, decoded.health.link) if decoded.health else (None, None)
    assert health == (case.get("battery"), case.get("link"))


def test_it_says_the_same_in_both_forms():
    acc = still(0.1)
    told = {"seq": 5, "boot": 6, "t": 1_795_317_120_000, "hz": 50, "mg": acc.tolist(), "battery": 50, "rssi": -70, "button": True}
    packed = frame.pack(frame.Frame(5, 6, 1_795_317_120_000, 50.0, acc, battery=50, rssi_dbm=-70, button=True))

    one, other = read(packed), read(json.dumps(told).encode())

    assert (one.key, one.sent_at, one.signals, one.health) == (other.key, other.sent_at, other.signals, other.health)
    assert one.chunks[0].acc.tolist() == other.chunks[0].acc.tolist()


def test_it_takes_the_arrival_for_the_end_of_a_chunk_without_a_clock():
    decoded = read(frame.pack(frame.Frame(1, 1, 0, 50.0, still(2.0))))

    assert decoded.sent_at is None
    assert decoded.chunks[0].at == pytest.approx(AT - 2.0)


@given(
    samples=st.lists(st.tuples(*[st.integers(-32768, 32767)] * 3), max_size=60),
    rest=st.fixed_dictionaries({
        "sequence": st.integers(0, 2**32 - 1), "boot": st.integers(0, 2**16 - 1), "time_ms": st.integers(0, 2**64 - 1),
        "rate_hz": st.integers(1000, 20_000).map(lambda hundredths: hundredths / 100),
        "battery": st.none() | st.integers(0, 100), "rssi_dbm": st.none() | st.integers(-128, -1), "button": st.booleans(),
    }),
)  # fmt: skip
def test_it_reads_back_any_frame_it_packs(samples, rest):
    acc = np.array(samples, np.int16).reshape(len(samples), 3)

    told = frame.unpack(frame.pack(frame.Frame(acc=acc, **rest)))

    assert told.acc.tolist() == acc.tolist()
    assert {name: getattr(told, name) for name in rest} == rest


@given(place=st.integers(0, len(WORKED) - 1), bit=st.integers(0, 7))
def test_it_refuses_a_frame_with_any_bit_turned(place, bit):
    broken = bytearray(WORKED)
    broken[place] ^= 1 << bit

    with pytest.raises(Malformed):
        read(bytes(broken))


@pytest.mark.parametrize("length", range(len(WORKED)))
def test_it_refuses_a_frame_cut_short(length):
    with pytest.raises(Malformed):
        read(WORKED[:length])


def change(offset: int, new: bytes) -> bytes:
    body = bytearray(WORKED[:-4])
    body[offset : offset + len(new)] = new
    return sealed(bytes(body))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (change(2, b"\x02"), "VERSION"),
        (change(18, b"\x00\x00"), "RATE"),
        (change(18, b"\xff\xff"), "RATE"),
        (change(20, b"\x01\x08"), "TOO_MANY_SAMPLES"),
        (change(20, b"\x03\x00"), "LENGTH"),
        (WORKED[:-4] + b"\x00\x00\x00\x00", "CHECKSUM"),
        (b"HW", "TOO_SHORT"),
        (b"junk", "NOT_JSON"),
        (b"[1]", "NOT_AN_OBJECT"),
        (b'{"mg":[[1,2,3]]}', "RATE"),
        (b'{"hz":50,"mg":[[1,2]]}', "SAMPLES"),
        (b'{"hz":50,"mg":[[1,2,true]]}', "SAMPLES"),
        (b'{"hz":50,"mg":"xyz"}', "SAMPLES"),
        (b'{"seq":-1}', "SEQ"),
        (b'{"seq":1.5}', "SEQ"),
        (b'{"boot":65536}', "BOOT"),
        (b'{"t":"now"}', "T"),
        (b'{"button":1}', "BUTTON"),
    ],
)
def test_it_says_what_is_wrong(payload, code):
    with pytest.raises(Malformed) as refused:
        read(payload)

    assert refused.value.code == code


@pytest.mark.parametrize(("dbm", "link"), [(-128, 0), (-100, 0), (-70, 128), (-40, 255), (0, 255)])
def test_it_puts_signal_strength_on_the_zigbee_scale(dbm, link):
    assert link_of(dbm) == link

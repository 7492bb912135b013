"""The wearable's binary frame, as docs/devices/wearable.md describes it to those who write firmware. Little-endian.

offset  size  field
     0     2  magic, the letters HW
     2     1  version, 1
     3     1  flags: bit 0, the help button was pressed; the other bits are sent as 0 and ignored
     4     4  sequence number, uint32, one more for each frame since the start
     8     8  time of the first sample, uint64, milliseconds since 1970-01-01T00:00:00Z; 0 if it is not known
    16     2  boot id, uint16, another one after each start
    18     2  samples per second in hundredths, uint16
    20     2  number of samples, uint16, at most 2,048
    22     1  battery, uint8, per cent; 255 if it is not known
    23     1  signal strength, int8, dBm; 0 if it is not known
    24   6·n  the samples: x, y, z as int16 milli-g; -32768 means no reading
24+6·n     4  CRC-32 (as in zlib and Ethernet) of everything before it, uint32
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hearthlight.sensors.family import Malformed

HEADER = struct.Struct("<2sBBIQHHHBb")
TRAILER = struct.Struct("<I")
MAGIC = b"HW"
VERSION = 1
MOST_SAMPLES = 2_048  # 41 s at 50 Hz: longer waits would delay an alarm more than they save battery
BYTES_A_SAMPLE = 6
SHORTEST = HEADER.size + TRAILER.size
BUTTON = 0x01
BATTERY_UNKNOWN = 255
SLOWEST_HZ, FASTEST_HZ = 10.0, 200.0  # what the fall detector can use (detect/falls_ring.py)
NO_SAMPLES: NDArray[np.int16] = np.empty((0, 3), np.int16)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as sent. `time_ms` 0, `battery` None and `rssi_dbm` None mean that the device does not know."""

    sequence: int
    boot: int
    time_ms: int
    rate_hz: float
    acc: NDArray[np.int16]
    battery: int | None = None
    rssi_dbm: int | None = None
    button: bool = False


def pack(frame: Frame) -> bytes:
    """The bytes a wearable sends. Demonstrations and benchmarks are wearables too."""
    head = HEADER.pack(
        MAGIC, VERSION, BUTTON if frame.button else 0, frame.sequence, frame.time_ms, frame.boot,
        round(frame.rate_hz * 100), len(frame.acc),
        BATTERY_UNKNOWN if frame.battery is None else frame.battery, frame.rssi_dbm or 0,
    )  # fmt: skip
    body = head + np.ascontiguousarray(frame.acc, "<i2").tobytes()
    return body + TRAILER.pack(zlib.crc32(body))


def unpack(payload: bytes) -> Frame:
    if len(payload) < SHORTEST:
        raise Malformed("TOO_SHORT")
    magic, version, flags, sequence, time_ms, boot, rate, count, battery, rssi = HEADER.unpack_from(payload)
    if magic != MAGIC:
        raise Malformed("MAGIC")
    if version != VERSION:
        raise Malformed("VERSION")
    if count > MOST_SAMPLES:
        raise Malformed("TOO_MANY_SAMPLES")
    end = HEADER.size + BYTES_A_SAMPLE * count
    if len(payload) != end + TRAILER.size:
        raise Malformed("LENGTH")
    if zlib.crc32(payload[:end]) != TRAILER.unpack_from(payload, end)[0]:
        raise Malformed("CHECKSUM")
    rate_hz = rate / 100.0
    if count and not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise Malformed("RATE")
    acc = np.frombuffer(payload, "<i2", count * 3, HEADER.size).reshape(count, 3) if count else NO_SAMPLES
    return Frame(
        sequence, boot, time_ms, rate_hz, acc,
        battery=None if battery > 100 else battery, rssi_dbm=rssi or None, button=bool(flags & BUTTON),
    )  # fmt: skip

"""One wearer's memory as bytes, so that a restart in the middle of a fall loses nothing."""

import struct

import numpy as np

from hearthlight.detect.falls_ring import RING, Ring

MARK = b"HLF1"  # format and version; a later format gets a later number
PAST = struct.Struct("<ddq")  # newest sample (POSIX s), latest reported blow (POSIX s), latest judged bin
SIZE = len(MARK) + PAST.size + RING * (3 * 4 + 4 + 8)


def pack(ring: Ring, wearer: int, past: tuple[float, float, int]) -> bytes:
    newest, reported, judged = past
    return b"".join(
        (
            MARK,
            PAST.pack(newest, reported, judged),
            ring.sums[wearer].astype("<i4").tobytes(),
            ring.count[wearer].astype("<i4").tobytes(),
            ring.latest[wearer].astype("<f8").tobytes(),
        )
    )


def unpack(ring: Ring, wearer: int, state: bytes) -> tuple[float, float, int]:
    if len(state) != SIZE or not state.startswith(MARK):
        raise ValueError("These bytes are not a snapshot of a fall watch of this version.")
    newest, reported, judged = PAST.unpack_from(state, len(MARK))
    at = len(MARK) + PAST.size
    ring.sums[wearer] = np.frombuffer(state, "<i4", RING * 3, at).reshape(RING, 3)
    ring.count[wearer] = np.frombuffer(state, "<i4", RING, at + RING * 12)
    ring.latest[wearer] = np.frombuffer(state, "<f8", RING, at + RING * 16)
    return newest, reported, judged

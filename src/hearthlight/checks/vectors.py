"""Every boundary of NEWS2 with its points, as data that other makers can test themselves against.

`python -m hearthlight.checks.vectors` prints docs/news2-vectors.json; scripts/fix writes it, a test compares it.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hearthlight.checks import early_warning
from hearthlight.checks.types import Consciousness, Measure, Oxygen

NORMAL: dict[Measure, Decimal | str] = {
    Measure.RESPIRATION: Decimal(16), Measure.SATURATION: Decimal(97), Measure.OXYGEN: Oxygen.AIR, Measure.SYSTOLIC: Decimal(120),
    Measure.PULSE: Decimal(70), Measure.CONSCIOUSNESS: Consciousness.ALERT, Measure.TEMPERATURE: Decimal("36.8"),
}  # fmt: skip
"""A full set that scores 0 on scale 1; each vector changes one part of it, or two where oxygen decides."""
UNITS = {
    "RESPIRATION": "/min", "SATURATION": "%", "SYSTOLIC": "mm[Hg]", "PULSE": "/min", "TEMPERATURE": "Cel",
    "OXYGEN": "AIR or OXYGEN", "CONSCIOUSNESS": "ALERT, CONFUSION, VOICE, PAIN or UNRESPONSIVE",
}  # fmt: skip
EDGES: dict[Measure, tuple[str, ...]] = {
    Measure.RESPIRATION: ("2", "8", "9", "11", "12", "20", "21", "24", "25", "60"),
    Measure.SYSTOLIC: ("50", "90", "91", "100", "101", "110", "111", "219", "220", "280"),
    Measure.PULSE: ("20", "40", "41", "50", "51", "90", "91", "110", "111", "130", "131", "220"),
    Measure.TEMPERATURE: ("30.0", "35.0", "35.1", "36.0", "36.1", "38.0", "38.1", "39.0", "39.1", "42.0"),
}
SCALE_1 = ("70", "91", "92", "93", "94", "95", "96", "100")
SCALE_2 = ("70", "83", "84", "85", "86", "87", "88", "92", "93", "94", "95", "96", "97", "100")


def vectors() -> list[dict[str, Any]]:
    return [_vector(readings, scale) for readings, scale in _cases()]


def _cases() -> Iterator[tuple[dict[Measure, Decimal | str], int]]:
    for part, values in EDGES.items():
        yield from ((NORMAL | {part: Decimal(value)}, 1) for value in values)
    yield from ((NORMAL | {Measure.SATURATION: Decimal(value)}, 1) for value in SCALE_1)
    for oxygen in Oxygen:
        yield from ((NORMAL | {Measure.SATURATION: Decimal(value), Measure.OXYGEN: oxygen}, 2) for value in SCALE_2)
    yield from ((NORMAL | {Measure.CONSCIOUSNESS: code}, 1) for code in Consciousness)
    yield NORMAL | {Measure.OXYGEN: Oxygen.OXYGEN}, 1
    for part in early_warning.PARTS:
        yield {key: value for key, value in NORMAL.items() if key is not part}, 1


def _vector(readings: dict[Measure, Decimal | str], scale: int) -> dict[str, Any]:
    scored = early_warning.score(readings, scale=scale)
    return {
        "readings": {part.value: str(value) for part, value in readings.items()}, "spo2_scale": scale,
        "points": {part.value: points for part, points in scored.parts.items()}, "missing": [part.value for part in scored.missing],
        "total": scored.total, "risk": scored.risk.value if scored.risk else None,
    }  # fmt: skip


def page() -> str:
    lines = ",\n".join(f"  {json.dumps(vector)}" for vector in vectors())
    head = {"source": early_warning.CREDIT, "units": UNITS}
    return f'{{"about": {json.dumps(head)},\n"vectors": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 — its whole purpose

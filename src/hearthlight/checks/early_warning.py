"""NEWS2 as the Royal College of Physicians published it in 2017, and nothing else.

Source: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of acute-illness
severity in the NHS. Updated report of a working party. London: RCP, 2017. Free to use with this credit. Not for people
under 16, nor in pregnancy. docs/news2-vectors.json lists every boundary with its points, made from this file.

A missing reading means that there is no total. It is never taken for normal: `at_least` says what the parts there are
amount to, so that a high score is not hidden by what could not be measured.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from hearthlight.checks.types import Consciousness, Measure, News2, Oxygen, Risk

CREDIT = "National Early Warning Score (NEWS) 2. Royal College of Physicians, 2017."
YOUNGEST = 16  # years: NEWS2 is not for anyone younger (RCP 2017)
PARTS = (
    Measure.RESPIRATION, Measure.SATURATION, Measure.OXYGEN, Measure.SYSTOLIC, Measure.PULSE, Measure.CONSCIOUSNESS,
    Measure.TEMPERATURE,
)  # fmt: skip
SINGLE = 3  # points in one part that ask for an urgent look by themselves
URGENT = 5  # the key threshold for an urgent response
EMERGENCY = 7

Bands = tuple[tuple[Decimal | None, int], ...]
"""(up to and including, points), ascending; None: everything above."""


def _bands(*pairs: tuple[str | None, int]) -> Bands:
    return tuple((None if top is None else Decimal(top), points) for top, points in pairs)


BANDS: dict[Measure, Bands] = {
    Measure.RESPIRATION: _bands(("8", 3), ("11", 1), ("20", 0), ("24", 2), (None, 3)),
    Measure.SYSTOLIC: _bands(("90", 3), ("100", 2), ("110", 1), ("219", 0), (None, 3)),
    Measure.PULSE: _bands(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), (None, 3)),
    Measure.TEMPERATURE: _bands(("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2)),
}
SCALE_1: Bands = _bands(("91", 3), ("93", 2), ("95", 1), (None, 0))
SCALE_2_LOW: Bands = _bands(("83", 3), ("85", 2), ("87", 1), ("92", 0))
SCALE_2_TARGET = Decimal(92)  # per cent: up to here oxygen makes no difference
SCALE_2_ON_OXYGEN: Bands = _bands(("94", 1), ("96", 2), (None, 3))
STEP = {Measure.TEMPERATURE: Decimal("0.1")}  # compared at one decimal; everything else in whole numbers
WHOLE = Decimal(1)


def score(readings: Mapping[Measure, Decimal | str | None], *, scale: int = 1) -> News2:
    """The score of one set of readings: numbers as Decimal in the chart's units, Oxygen and Consciousness codes. Scale
    2 only where a clinician decided it for this person."""
    points = {part: _points(part, readings, scale) for part in PARTS}
    parts = {part: given for part, given in points.items() if given is not None}
    missing = tuple(part for part in PARTS if points[part] is None)
    at_least = sum(parts.values())
    threes = tuple(part for part, given in parts.items() if given == SINGLE)
    total = None if missing else at_least
    return News2(parts, missing, scale, total, at_least, threes, risk(total, bool(threes)))


def risk(total: int | None, has_three: bool) -> Risk | None:
    if total is None:
        return None
    if total >= EMERGENCY:
        return Risk.HIGH
    if total >= URGENT:
        return Risk.MEDIUM
    return Risk.LOW_MEDIUM if has_three else Risk.LOW


def _points(part: Measure, readings: Mapping[Measure, Decimal | str | None], scale: int) -> int | None:
    given = readings.get(part)
    if given is None:
        return None
    if part is Measure.OXYGEN:
        return 2 if Oxygen(str(given)) is Oxygen.OXYGEN else 0
    if part is Measure.CONSCIOUSNESS:
        return 0 if Consciousness(str(given)) is Consciousness.ALERT else SINGLE
    value = as_charted(part, Decimal(given))
    if part is Measure.SATURATION:
        return _saturation(value, readings.get(Measure.OXYGEN), scale)
    return _in(BANDS[part], value)


def as_charted(part: Measure, value: Decimal) -> Decimal:
    """The value as the chart has room for it: temperature to one decimal, the rest whole; halves go up."""
    return value.quantize(STEP.get(part, WHOLE), ROUND_HALF_UP)


def _saturation(value: Decimal, oxygen: Decimal | str | None, scale: int) -> int | None:
    if scale == 1:
        return _in(SCALE_1, value)
    if value <= SCALE_2_TARGET:
        return _in(SCALE_2_LOW, value)
    if oxygen is None:  # above 92 scale 2 depends on whether it is oxygen that lifts it: not known, no points
        return None
    return _in(SCALE_2_ON_OXYGEN, value) if Oxygen(str(oxygen)) is Oxygen.OXYGEN else 0


def _in(bands: Bands, value: Decimal) -> int:
    return next(points for top, points in bands if top is None or value <= top)

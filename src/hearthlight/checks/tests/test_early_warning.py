"""NEWS2 against the RCP's chart of 2017, written down here a second time by hand."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.checks import early_warning, vectors
from hearthlight.checks.types import Consciousness, Measure, Oxygen, Risk
from hearthlight.checks.vectors import NORMAL

VECTORS = Path(__file__).parents[4] / "docs/news2-vectors.json"
R, S, B, P, T = Measure.RESPIRATION, Measure.SATURATION, Measure.SYSTOLIC, Measure.PULSE, Measure.TEMPERATURE

CHART = [
    (R, "1", 3), (R, "8", 3), (R, "9", 1), (R, "11", 1), (R, "12", 0), (R, "20", 0), (R, "21", 2), (R, "24", 2), (R, "25", 3), (R, "60", 3),
    (S, "70", 3), (S, "91", 3), (S, "92", 2), (S, "93", 2), (S, "94", 1), (S, "95", 1), (S, "96", 0), (S, "100", 0),
    (B, "60", 3), (B, "90", 3), (B, "91", 2), (B, "100", 2), (B, "101", 1), (B, "110", 1), (B, "111", 0), (B, "219", 0), (B, "220", 3),
    (P, "30", 3), (P, "40", 3), (P, "41", 1), (P, "50", 1), (P, "51", 0), (P, "90", 0), (P, "91", 1), (P, "110", 1), (P, "111", 2),
    (P, "130", 2), (P, "131", 3),
    (T, "34.0", 3), (T, "35.0", 3), (T, "35.1", 1), (T, "36.0", 1), (T, "36.1", 0), (T, "38.0", 0), (T, "38.1", 1), (T, "39.0", 1),
    (T, "39.1", 2), (T, "41.0", 2),
]  # fmt: skip
SCALE_2 = [
    ("70", 3, 3), ("83", 3, 3), ("84", 2, 2), ("85", 2, 2), ("86", 1, 1), ("87", 1, 1), ("88", 0, 0), ("92", 0, 0), ("93", 0, 1),
    ("94", 0, 1), ("95", 0, 2), ("96", 0, 2), ("97", 0, 3), ("100", 0, 3),
]  # fmt: skip


@pytest.mark.parametrize(("part", "value", "points"), CHART)
def test_it_gives_the_points_of_the_chart(part, value, points):
    scored = early_warning.score(NORMAL | {part: Decimal(value)})

    assert scored.parts[part] == points
    assert scored.total == points


@pytest.mark.parametrize(("value", "on_air", "on_oxygen"), SCALE_2)
def test_it_gives_the_points_of_scale_two_by_air_and_by_oxygen(value, on_air, on_oxygen):
    air = early_warning.score(NORMAL | {S: Decimal(value)}, scale=2)
    oxygen = early_warning.score(NORMAL | {S: Decimal(value), Measure.OXYGEN: Oxygen.OXYGEN}, scale=2)

    assert (air.parts[S], air.total) == (on_air, on_air)
    assert (oxygen.parts[S], oxygen.total) == (on_oxygen, on_oxygen + 2)


@pytest.mark.parametrize("code", Consciousness)
def test_it_gives_three_to_anyone_not_alert(code):
    assert early_warning.score(NORMAL | {Measure.CONSCIOUSNESS: code}).total == (0 if code is Consciousness.ALERT else 3)


def test_it_gives_two_for_oxygen():
    assert early_warning.score(NORMAL | {Measure.OXYGEN: Oxygen.OXYGEN}).total == 2


@pytest.mark.parametrize("part", early_warning.PARTS)
def test_it_has_no_total_while_anything_is_missing(part):
    scored = early_warning.score({key: value for key, value in NORMAL.items() if key is not part})

    assert scored.total is None
    assert scored.risk is None
    assert scored.missing == (part,)


def test_it_still_says_what_the_known_parts_amount_to():
    scored = early_warning.score({R: Decimal(30), S: Decimal(85), Measure.CONSCIOUSNESS: Consciousness.VOICE})

    assert scored.total is None
    assert scored.at_least == 9
    assert scored.threes == (R, S, Measure.CONSCIOUSNESS)


def test_it_cannot_judge_a_high_oxygen_level_on_scale_two_without_knowing_about_oxygen():
    readings = {key: value for key, value in NORMAL.items() if key is not Measure.OXYGEN}

    assert early_warning.score(readings, scale=2).missing == (S, Measure.OXYGEN)
    assert early_warning.score(readings | {S: Decimal(84)}, scale=2).missing == (Measure.OXYGEN,)


@pytest.mark.parametrize(
    ("total", "has_three", "risk"),
    [
        (0, False, Risk.LOW), (1, False, Risk.LOW), (4, False, Risk.LOW), (3, True, Risk.LOW_MEDIUM), (4, True, Risk.LOW_MEDIUM),
        (5, False, Risk.MEDIUM), (6, True, Risk.MEDIUM), (7, False, Risk.HIGH), (20, True, Risk.HIGH), (None, True, None),
    ],
)  # fmt: skip
def test_it_names_the_band(total, has_three, risk):
    assert early_warning.risk(total, has_three) is risk


def test_it_goes_from_nothing_to_twenty():
    worst = {
        R: Decimal(40), S: Decimal(80), Measure.OXYGEN: Oxygen.OXYGEN, B: Decimal(70), P: Decimal(150),
        Measure.CONSCIOUSNESS: Consciousness.UNRESPONSIVE, T: Decimal("34.0"),
    }  # fmt: skip

    assert early_warning.score(NORMAL).total == 0
    assert early_warning.score(worst).total == 20


@pytest.mark.parametrize(("value", "points"), [("36.04", 1), ("36.05", 0), ("38.04", 0), ("38.05", 1), ("39.05", 2)])
def test_it_compares_temperature_at_one_decimal(value, points):
    assert early_warning.score(NORMAL | {T: Decimal(value)}).parts[T] == points


HEALTHY = {R: (12, 20), B: (111, 219), P: (51, 90)}


@given(part=st.sampled_from(sorted(HEALTHY)), one=st.integers(1, 320), other=st.integers(1, 320))
def test_it_never_gives_fewer_points_further_from_normal(part, one, other):
    low, high = HEALTHY[part]
    near, far = sorted((one, other)) if one >= high and other >= high else sorted((one, other), reverse=True)
    if not ((near >= high and far >= high) or (near <= low and far <= low)):
        return

    points = [early_warning.score(NORMAL | {part: Decimal(value)}).parts[part] for value in (near, far)]

    assert points[0] <= points[1]


@given(one=st.integers(40, 100), other=st.integers(40, 100))
def test_it_never_gives_fewer_points_to_less_oxygen_on_scale_one(one, other):
    more, less = max(one, other), min(one, other)

    assert early_warning.score(NORMAL | {S: Decimal(more)}).parts[S] <= early_warning.score(NORMAL | {S: Decimal(less)}).parts[S]


@given(taken=st.sets(st.sampled_from(early_warning.PARTS)))
def test_it_never_amounts_to_more_with_less_known(taken):
    ill = NORMAL | {R: Decimal(24), P: Decimal(120), Measure.OXYGEN: Oxygen.OXYGEN}
    known = {part: value for part, value in ill.items() if part not in taken}

    assert early_warning.score(known).at_least <= early_warning.score(ill).at_least
    assert (early_warning.score(known).total is None) == bool(taken)


def test_it_publishes_the_vectors_it_keeps_to():
    published = json.loads(VECTORS.read_text())

    assert VECTORS.read_text() == vectors.page(), "scripts/fix writes it"
    assert len(published["vectors"]) > 80

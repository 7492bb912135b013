"""Evidence drawn, whatever is in it."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.alerts.tests.factories import EVIDENCE
from hearthlight.people.tests.factories import NIGHT
from hearthlight.response import drawing

ODD = [None, {}, [], "x", 7, {"at": [], "g": []}, {"at": [1.0], "g": [1.0]}, {"at": [1, 2], "g": [1]}, {"at": "ab", "g": "cd"},
       {"at": [1.0, 1.0], "g": [1, 2]}, {"at": [None, True], "g": [1, 2]}, {"at": [math.nan, math.inf], "g": [1, 2]},
       {"at": [1e30, 2e30], "g": [1, 2]}]  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["at", "g", "spot", "kind", "value"]), inner, max_size=5),
    max_leaves=20,
)


def test_it_draws_the_movement_within_its_frame():
    plot = drawing.trace(EVIDENCE)

    points = [tuple(map(float, pair.split(","))) for pair in plot.points.split()]
    assert len(points) == 5
    assert all(plot.left <= x <= plot.right and plot.top <= y <= plot.bottom for x, y in points)
    assert min(points, key=lambda point: point[1])[0] == plot.moment_x
    assert plot.words == "Movement from 2 s before to 2 s after. Hardest 2.9 g, at the moment itself; lying or standing still is 1 g."
    assert plot.rows[2] == ("+0.0 s", "2.9 g")


@pytest.mark.parametrize("trace", ODD, ids=str)
def test_it_draws_nothing_of_what_cannot_be_drawn(trace: object):
    assert drawing.trace({"trace": trace}) is None


def test_it_keeps_a_long_trace_small():
    many = [number / 100 for number in range(50_000)]

    plot = drawing.trace({"trace": {"at": many, "g": [1.0] * len(many)}})

    assert len(plot.points.split()) <= drawing.MOST_POINTS
    assert len(plot.rows) <= drawing.MOST_ROWS + 1


def test_it_draws_the_room_a_lane_for_each_sensor():
    plot = drawing.trail(EVIDENCE, began_at=NIGHT)

    assert [lane.name for lane in plot.lanes] == ["Bedroom: bed", "Bathroom: movement"]
    assert [row.words for row in plot.rows] == ["Left the bed", "Movement"]
    assert plot.moment_x == plot.right
    assert "2 signals" in plot.words


@pytest.mark.parametrize("trail", [None, [], {}, "x", [1], [{"at": "x", "value": 1}], [{"at": -5, "value": 1}], [{"at": 1e20, "value": 1}]], ids=str)
def test_it_draws_no_room_that_said_nothing(trail: object):
    assert drawing.trail({"trail": trail}, began_at=NIGHT) is None


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [("TEMPERATURE", 21.34, "21.3 °C"), ("HUMIDITY", 55.2, "55 % humidity"), ("CONTACT", 1.0, "Door opened"), ("BED", 0.0, "Left the bed"),
     ("<script>", 1.0, "<script> 1")],
)  # fmt: skip
def test_it_says_each_signal_in_words(kind: str, value: float, said: str):
    plot = drawing.trail({"trail": [{"at": NIGHT.timestamp(), "spot": "front_door", "kind": kind, "value": value}]}, began_at=NIGHT)

    assert (plot.rows[0].words, plot.rows[0].where) == (said, "Front door")


@given(evidence=st.dictionaries(st.sampled_from(["trace", "trail"]), anything))
@settings(max_examples=300, deadline=None)
def test_it_never_fails_on_what_a_device_said(evidence: dict):
    began_at = datetime(2026, 1, 1, tzinfo=UTC)

    for plot in (drawing.trace(evidence), drawing.trail(evidence, began_at=began_at)):
        assert plot is None or "nan" not in str(plot).lower()


def test_it_draws_bars_within_their_frame():
    plot = drawing.bars([(0, 0), (5, 2), (12, 12)])

    assert len(plot.columns) == 3
    assert all(bar.height >= bar.false_height >= 0 for bar in plot.columns)
    assert plot.columns[2].y == pytest.approx(drawing.TOP)
    assert drawing.bars([]).columns == ()

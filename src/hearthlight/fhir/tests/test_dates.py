"""A date is a stretch of time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hearthlight.fhir.search.dates import interval, widened
from hearthlight.fhir.search.types import DAWN, DUSK


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("2024", at(2024, 1, 1), at(2025, 1, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2024-12", at(2024, 12, 1), at(2025, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2024-02-29T10:30", at(2024, 2, 29, 10, 30), at(2024, 2, 29, 10, 31)),
        ("2024-02-29T10:30:15Z", at(2024, 2, 29, 10, 30, 15), at(2024, 2, 29, 10, 30, 16)),
        ("2024-02-29T10:30:15.5Z", at(2024, 2, 29, 10, 30, 15, 500000), at(2024, 2, 29, 10, 30, 15, 600000)),
        ("2024-02-29T10:30:15.123456789Z", at(2024, 2, 29, 10, 30, 15, 123456), at(2024, 2, 29, 10, 30, 15, 123457)),
        ("2024-07-01T00:30:00+01:00", at(2024, 6, 30, 23, 30), at(2024, 6, 30, 23, 30, 1)),
        ("2016-12-31T23:59:60Z", at(2016, 12, 31, 23, 59, 59), at(2017, 1, 1)),
        ("9999", at(9999, 1, 1), DUSK),
        ("9999-12-31T23:59:59Z", at(9999, 12, 31, 23, 59, 59), DUSK),
        ("0001-01-01T00:00:00+14:00", DAWN, DAWN + timedelta(seconds=1)),
    ],
)
def test_it_lasts_as_long_as_it_is_precise(text, lo, hi):
    assert interval(text) == (lo, hi)


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024-13", "2023-02-29", "2024-1-1", "20240101", "2024-W01", "2024-01-01T10", "2024-01-01T25:00:00Z",
     "2024-01-01T10:00:61Z", "2024-01-01T10:60:60Z", "2024-01-01T10:00:00+15:00", "2024-01-01 10:00:00", "0000", "2024-01-01Z", "٢٠٢٤"],
)  # fmt: skip
def test_it_refuses_what_is_no_date(text):
    with pytest.raises(ValueError):
        interval(text)


def test_it_holds_the_short_and_the_long_hour_apart():
    """The night the clocks go back has 01:30 twice."""
    first, second = interval("2026-10-25T01:30:00+01:00"), interval("2026-10-25T01:30:00+00:00")

    assert second[0] - first[0] == timedelta(hours=1)


def test_it_widens_no_further_than_the_calendar():
    assert widened(at(1, 1, 2), at(9999, 12, 31), timedelta(days=10)) == (DAWN, DUSK)


@settings(derandomize=True, deadline=None)
@given(some.text(alphabet="0123456789-T:.Z+", max_size=30))
def test_it_refuses_anything_else_in_one_way(text):
    try:
        lo, hi = interval(text)
    except ValueError:
        return
    assert lo < hi

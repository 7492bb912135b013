"""`hearthlight bench record` does what it says, on a small home."""

import argparse

import pytest

from hearthlight.runtime.bench import record


def test_it_measures_each_thing_by_one_and_by_many_clients():
    result = record.run(argparse.Namespace(people=2, observations=100, seconds=0.2))

    assert [(row["what"], row["clients"]) for row in result["rows"]] == [
        (what, clients) for clients in record.CLIENTS for what in ("read", "search", "create", "transaction")
    ]
    assert all(row["per_s"] > 0 and row["p50_ms"] <= row["p99_ms"] for row in result["rows"])
    assert "observations of 2 people" in record.table(result)


def test_it_refuses_a_home_with_nobody_in_it():
    with pytest.raises(ValueError, match="at least one person"):
        record.run(argparse.Namespace(people=0, observations=1, seconds=1.0))

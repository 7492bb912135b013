"""The benchmark of the API, which is also the whole way in: a registered key, a token, and the record over HTTP."""

import argparse

import pytest

from hearthlight.runtime.bench import fhir


def test_it_lets_a_service_in_by_its_key_and_is_answered_rightly(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fhir, "IN_TRANSACTION", 5)

    found = fhir.run(argparse.Namespace(people=2, observations=5, seconds=0.2))

    assert [(row["what"], row["clients"]) for row in found["rows"]] == [
        (what, clients) for what in ("read", "search", "create", "transaction") for clients in (1, 16)
    ]  # fmt: skip
    assert [row["wrong"] for row in found["rows"]] == [0] * 8
    assert all(row["per_s"] > 0 for row in found["rows"])
    assert "transaction" in fhir.table(found)


@pytest.mark.parametrize("wrong", [{"people": 0}, {"observations": 0}, {"seconds": 0.0}, {"seconds": 31.0}])
def test_it_refuses_a_measurement_that_means_nothing(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="at least one"):
        fhir.run(argparse.Namespace(**{"people": 1, "observations": 1, "seconds": 1.0} | wrong))

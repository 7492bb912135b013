"""No concept of *PRSB Care home information* is without a home."""

from pathlib import Path

from hearthlight.record.entries import coverage
from hearthlight.record.entries.definitions import entries

ROOT = Path(__file__).resolve().parents[5]
PAGE = ROOT / "docs/fhir/prsb-care-home-information.md"


def test_it_gives_every_concept_of_the_standard_a_home():
    assert len(coverage.concepts()) == 1_174
    assert coverage.homeless() == []


def test_it_claims_no_concept_that_the_standard_does_not_have():
    known = set(coverage.concepts())
    claimed = {f"{entry.concept}/{one.concept}" for entry in entries().values() if entry.concept for one in entry.fields}

    assert claimed | set(coverage.PEOPLE) <= known


def test_it_misses_a_concept_whose_field_is_lost(monkeypatch):
    without = {key: entry for key, entry in entries().items() if key != "dols"}
    monkeypatch.setattr(coverage, "entries", lambda: without)
    coverage.homes.cache_clear()

    lost = coverage.homeless()
    coverage.homes.cache_clear()

    assert "Legal information/Deprivation of Liberty Safeguards or equivalent/Application status" in lost


def test_it_draws_the_page_as_it_is():
    assert PAGE.read_text() == "\n".join(coverage.page()) + "\n"

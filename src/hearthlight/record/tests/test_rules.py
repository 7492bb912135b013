"""Ids, labels, stamps and digests."""

import pytest

from hearthlight.core.clock import real_now
from hearthlight.record import rules
from hearthlight.record.types import Section


@pytest.mark.parametrize(("text", "is_valid"), [("a", True), ("A-9.b", True), ("", False), ("a" * 65, False), ("a_b", False), ("a\n", False)])
def test_it_knows_a_valid_id(text, is_valid):
    assert rules.is_id(text) is is_valid


def test_it_keeps_names_of_facts_for_facts():
    assert rules.is_reserved("person-7", {"person"})
    assert not rules.is_reserved("person-x", {"person"})
    assert not rules.is_reserved("7", {"person"})


def test_it_knows_the_person_a_patient_is():
    assert rules.person_of("person-7") == 7
    assert rules.person_of("gp-7") is None


@pytest.mark.parametrize(
    "resource",
    [{}, {"meta": None}, {"meta": {"security": "SAFEGUARDING"}}, {"meta": {"security": [{}, None, {"code": ["x"]}, {"code": "R"}]}}],
)
def test_it_reads_no_label_where_there_is_none(resource):
    assert rules.section_bits(resource) == 0


def test_it_heeds_every_label_it_knows():
    labels = [{"code": "SAFEGUARDING"}, {"system": "urn:x", "code": "KEY_SAFE"}]

    assert rules.section_bits({"meta": {"security": labels}}) == rules.BITS[Section.SAFEGUARDING] | rules.BITS[Section.KEY_SAFE]
    assert rules.hidden_bits([]) == rules.ALL_BITS
    assert rules.hidden_bits(list(Section)) == 0


def test_it_replaces_a_stamp_and_keeps_the_rest_of_meta():
    at = rules.at_stored(real_now())
    given = {"id": "x", "resourceType": "Basic", "meta": {"versionId": "9", "profile": ["p"]}}

    stamped = rules.stamped(given, id_="y", version=2, at=at)

    assert stamped["id"] == "y" and stamped["meta"]["versionId"] == "2" and stamped["meta"]["profile"] == ["p"]
    assert rules.without_stamp(stamped) == {"resourceType": "Basic", "id": "y", "meta": {"profile": ["p"]}}

"""What others sent, as a carer reads it: by type, with its date and where it came from, and never as JSON."""

import pytest
from django.urls import reverse

from hearthlight.core.types import staff_actor, system
from hearthlight.fhir import text
from hearthlight.fhir.check import check
from hearthlight.people.tests.factories import NIGHT
from hearthlight.record import actions as record
from hearthlight.record import queries
from hearthlight.record.access import of_viewer
from hearthlight.record.importing import actions
from hearthlight.record.importing.tests.bundles import bundle, structured


@pytest.fixture
def ada(cast, at):
    for person in (cast.ada, cast.lewis):
        record.project("person", str(person.pk), by=system("test"), at=at)
    viewer, by = cast.viewer(cast.maya), staff_actor(cast.maya.pk)
    batch_id = actions.put_forward(content=bundle(*structured()), file_name="oak.json", viewer=viewer, by=by, at=at)
    actions.bring_in(batch_id=batch_id, viewer=viewer, access=of_viewer(viewer, at=at), by=by, at=at)
    return cast.ada


def test_a_carer_reads_what_others_sent_with_date_and_origin(cast, client, ada):
    client.force_login(cast.nia.user)
    shown = client.get(reverse("from_outside", args=[ada.pk])).content.decode()

    for words in ("Immunisations", "Influenza vaccine", "2024-10-02", "Ear syringing", "GP surgery", "151 mmHg", "oak.json"):
        assert words in shown


@pytest.mark.parametrize(("which", "words"), [
    (("Immunization", "i1"), "Over 65"), (("Observation", "ob1"), "Taken sitting"), (("ServiceRequest", "rr1"), "Breathless on stairs"),
    (("MedicationStatement", "ms1"), "As it came: Taken"),
])  # fmt: skip
def test_it_shows_one_in_words_and_not_as_json(cast, client, ada, which, words):
    client.force_login(cast.nia.user)
    shown = client.get(reverse("from_outside_one", args=[ada.pk, *which])).content.decode()

    assert words in shown
    assert "{&#34;" not in shown and "&#39;:" not in shown


def test_it_finds_nothing_of_another_persons_or_of_our_own(cast, client, ada):
    client.force_login(cast.maya.user)

    assert client.get(reverse("from_outside_one", args=[cast.lewis.pk, "Immunization", "i1"])).status_code == 404
    assert client.get(reverse("from_outside_one", args=[ada.pk, "Patient", f"person-{ada.pk}"])).status_code == 404


def test_a_stranger_reads_nothing_from_outside(cast, client, ada):
    client.force_login(cast.stranger.user)

    assert client.get(reverse("from_outside", args=[ada.pk])).status_code == 404
    assert client.get(reverse("from_outside_one", args=[ada.pk, "Immunization", "i1"])).status_code == 404
    assert client.post(reverse("from_outside_accept", args=[ada.pk, "AllergyIntolerance", "a1"])).status_code == 404


@pytest.mark.parametrize(("which", "words", "at_"), [
    (("AllergyIntolerance", "a1"), "Penicillin", "code"), (("MedicationStatement", "ms1"), "Bisoprolol 2.5mg tablets", "medicationCodeableConcept"),
])  # fmt: skip
def test_a_senior_accepts_it_as_their_own_and_it_says_from_what(cast, client, ada, which, words, at_):  # noqa: PLR0917
    client.force_login(cast.sam.user)
    assert client.post(reverse("from_outside_accept", args=[ada.pk, *which])).status_code == 302

    reader = of_viewer(cast.viewer(cast.maya), at=NIGHT)
    (ours,) = [one for one in queries.history(which[0], access=reader).matches if one.origin == f"staff:{cast.sam.pk}"]
    kept = text.loads(ours.body)
    assert kept[at_]["text"] == words
    assert {"url": "urn:hearthlight:accepted-from", "valueReference": {"reference": "/".join(which)}} in kept["extension"]
    assert [issue for issue in check(kept) if issue.is_error] == []


def test_a_carer_accepts_nothing(cast, client, ada):
    client.force_login(cast.nia.user)

    assert client.post(reverse("from_outside_accept", args=[ada.pk, "AllergyIntolerance", "a1"])).status_code == 403

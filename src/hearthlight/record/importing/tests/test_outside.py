"""What others sent, as a carer reads it: by type, with its date and where it came from, and never as JSON."""

import pytest
from django.urls import reverse

from hearthlight.core.types import staff_actor, system
from hearthlight.record import actions as record
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

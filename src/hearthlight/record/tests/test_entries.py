"""The record page and its entries, as staff use them; and what a stranger, a carer or a hostile hand gets."""

import pytest
from django.urls import reverse

from hearthlight.core.models import AuditEntry
from hearthlight.core.types import system
from hearthlight.fhir import text
from hearthlight.record import actions, presenters, queries
from hearthlight.record.entries.definitions import entries
from hearthlight.record.tests.factories import keep, make_access

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 20_000, "Ada\x00", "👵🏾" * 10, "'; DROP TABLE record_resource; --"]


@pytest.fixture
def ada(cast, at):
    """Ada, known to the record."""
    actions.project("person", str(cast.ada.pk), by=system("test"), at=at)
    return cast.ada


def _page(client, who, ada):
    client.force_login(who.user)
    return client.get(reverse("record", args=[ada.pk]))


def _write(client, ada, key, **said):
    names = {one.concept.rpartition("/")[2]: one.name for one in reversed(entries()[key].fields)}
    fields = {names.get(label, label): value for label, value in said.items()}
    return client.post(reverse("entry_new", args=[ada.pk, key]), fields)


def _allergy():
    definition = entries()["allergy"]
    return {definition.field("Causative agent/Free text").name: "Penicillin"}


def _kept(type_):
    patient_types = queries.history(type_, access=make_access()).matches
    return [text.loads(one.body) for one in patient_types if not one.is_deleted]


def test_it_writes_down_an_allergy_and_shows_who_said_so(cast, client, ada):
    client.force_login(cast.sam.user)

    sent = _write(client, ada, "allergy", **_allergy())

    assert sent.status_code == 302
    (kept,) = _kept("AllergyIntolerance")
    assert kept["code"]["text"] == "Penicillin"
    assert kept["patient"] == {"reference": f"Patient/person-{ada.pk}"}
    shown = _page(client, cast.sam, ada).content.decode()
    assert "Penicillin" in shown and "written here" in shown and "Sam Adeyemi" in shown


def test_it_does_not_take_an_empty_list_for_no_allergies(cast, client, ada):
    assert "Nobody has asked yet" in _page(client, cast.sam, ada).content.decode()

    client.post(reverse("none_known", args=[ada.pk]))

    (kept,) = _kept("AllergyIntolerance")
    assert kept["code"]["coding"][0]["code"] == presenters.NONE_KNOWN
    assert "No known allergies" in _page(client, cast.sam, ada).content.decode()


def test_it_does_not_say_none_where_there_is_one(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "allergy", **_allergy())

    client.post(reverse("none_known", args=[ada.pk]))

    assert len(_kept("AllergyIntolerance")) == 1


def test_it_changes_an_entry_and_keeps_what_it_said_before(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "alert", Alert="Two carers")
    (flag,) = queries.history("Flag", access=make_access()).matches
    change = reverse("entry_change", args=[ada.pk, "Flag", flag.id])

    name = entries()["alert"].field("Alert").name
    assert client.post(change, {name: "Three carers", "version": "1"}).status_code == 302

    assert [one["code"]["text"] for one in _kept("Flag")] == ["Three carers", "Two carers"]
    assert "Changed" in client.get(reverse("entry", args=[ada.pk, "Flag", flag.id])).content.decode()


def test_it_refuses_a_change_of_what_has_changed_meanwhile(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "alert", Alert="Two carers")
    (flag,) = queries.history("Flag", access=make_access()).matches
    change, name = reverse("entry_change", args=[ada.pk, "Flag", flag.id]), entries()["alert"].field("Alert").name
    client.post(change, {name: "Three carers", "version": "1"})

    late = client.post(change, {name: "One carer", "version": "1"})

    assert late.status_code == 422 and "Somebody else has changed this" in late.content.decode()
    assert len(_kept("Flag")) == 2


def test_it_takes_an_entry_out_and_keeps_its_history(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "alert", Alert="Two carers")
    (flag,) = queries.history("Flag", access=make_access()).matches

    client.post(reverse("entry_remove", args=[ada.pk, "Flag", flag.id]))
    assert len(_kept("Flag")) == 1, "a senior may not"
    client.force_login(cast.maya.user)
    client.post(reverse("entry_remove", args=[ada.pk, "Flag", flag.id]))

    assert "Two carers" not in _page(client, cast.sam, ada).content.decode()
    assert len(queries.history("Flag", flag.id, access=make_access()).matches) == 2


def test_it_shows_what_another_system_sent_as_theirs(cast, client, ada, at):
    keep(
        {"resourceType": "Condition", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84114007", "display": "Heart failure"}]},
         "subject": {"reference": f"Patient/person-{ada.pk}"}},
        at=at, origin="api:Oak Surgery",
    )  # fmt: skip

    shown = _page(client, cast.sam, ada).content.decode()

    assert "Heart failure" in shown and "sent by Oak Surgery" in shown


def test_it_keeps_safeguarding_from_those_who_may_not_open_it(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "safeguarding", **{"Free text": "Unexplained bruising"})

    assert "Unexplained bruising" in _page(client, cast.sam, ada).content.decode()
    assert "Unexplained bruising" not in _page(client, cast.nia, ada).content.decode()
    assert client.get(reverse("entry_new", args=[ada.pk, "safeguarding"])).status_code == 404


def test_a_carer_reads_allergies_and_a_senior_writes_them(cast, client, ada):
    page = _page(client, cast.nia, ada).content.decode()

    refused = client.post(reverse("entry_new", args=[ada.pk, "allergy"]), _allergy())

    assert "Add: allergy" not in page and "Nobody has asked yet" in page
    assert refused.status_code == 403 and "senior" in refused.content.decode()
    assert client.post(reverse("none_known", args=[ada.pk])).status_code == 403
    assert _kept("AllergyIntolerance") == []


@pytest.mark.parametrize("key", entries())
def test_it_opens_every_entrys_form(cast, client, ada, key):
    client.force_login(cast.maya.user)

    assert client.get(reverse("entry_new", args=[ada.pk, key])).status_code == 200


@pytest.mark.parametrize("hostile", HOSTILE)
def test_it_refuses_or_keeps_hostile_words_and_never_breaks(cast, client, ada, hostile):
    client.force_login(cast.sam.user)

    sent = _write(client, ada, "alert", Alert=hostile)
    shown = _page(client, cast.sam, ada)

    assert sent.status_code in (302, 422)
    assert shown.status_code == 200
    assert "<script>alert" not in shown.content.decode()


def test_it_wants_something_to_be_written(cast, client, ada):
    client.force_login(cast.sam.user)

    empty = client.post(reverse("entry_new", args=[ada.pk, "about-me"]), {})

    assert empty.status_code == 422 and "Nothing is written here yet" in empty.content.decode()


def test_it_notes_every_look(cast, client, ada):
    _page(client, cast.sam, ada)

    entry = AuditEntry.objects.filter(action="read", person_id=ada.pk).latest("pk")
    assert (entry.by, entry.detail) == (f"staff:{cast.sam.pk}", {"part": "record"})


def test_a_stranger_sees_no_record_and_writes_nothing(cast, client, ada):
    client.force_login(cast.sam.user)
    _write(client, ada, "alert", Alert="Two carers")
    (flag,) = queries.history("Flag", access=make_access()).matches
    client.force_login(cast.stranger.user)

    one = [ada.pk, "Flag", flag.id]
    for name, arguments in (("record", [ada.pk]), ("entry_new", [ada.pk, "alert"]), ("entry", one), ("entry_change", one)):
        assert client.get(reverse(name, args=arguments)).status_code == 404
    for name, arguments in (("none_known", [ada.pk]), ("entry_remove", one), ("entry_change", one)):
        assert client.post(reverse(name, args=arguments)).status_code == 404
    assert len(_kept("Flag")) == 1


def test_it_finds_nothing_of_another_persons_under_this_one(cast, client, ada, at):
    actions.project("person", str(cast.lewis.pk), by=system("test"), at=at)
    client.force_login(cast.sam.user)
    _write(client, cast.lewis, "alert", Alert="Two carers")
    (flag,) = queries.history("Flag", access=make_access()).matches

    assert client.get(reverse("entry", args=[ada.pk, "Flag", flag.id])).status_code == 404

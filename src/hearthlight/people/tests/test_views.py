"""The pages as people use them, and as a stranger, a carer or someone malicious does."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from hearthlight.core.models import AuditEntry
from hearthlight.people import actions
from hearthlight.people.models import CircleMember, Person, Shift, Staff
from hearthlight.people.tests.factories import NIGHT, make_consent, make_staff
from hearthlight.people.types import Purpose

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 10_000, "Ada\x00", "👵🏾" * 10, "'; DROP TABLE people_person; --"]
PERSON = {"given_name": "Grace", "family_name": "Obi"}


def _jpeg(size=(800, 600)):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    out.seek(0)
    out.name = "face.jpg"
    return out


def _consent_form(**more):
    return {"purpose": "FALLS", "place_id": "", "all_day": "yes", "basis": "OWN", "given_by": "Ada Okafor",
            "evidence": "form 12", "review_on": "2027-05-01", **more}


def _reads(person, by):
    return AuditEntry.objects.filter(action="read", person_id=person.pk, by=f"staff:{by.pk}").count()


# Who may come in at all


def _addresses(cast):
    """Every address of the room: (name, arguments, is it only posted to)."""
    actions.set_photo(person_id=cast.ada.pk, uploaded=_jpeg().getvalue(), by=_by(cast), at=NIGHT)
    consent = make_consent(cast.ada, Purpose.FALLS)
    member = CircleMember.objects.create(person=cast.ada, name="Grace", relationship="daughter")
    shift = Shift.objects.get(staff=cast.nia)
    ada, grant = [cast.ada.pk], cast.maya.grants.get()
    return [
        ("people", [], False), ("person_new", [], False), ("person_edit", ada, False), ("photo", ada, False),
        ("move_out", ada, False), ("consents", ada, False), ("consent_new", ada, False),
        ("consent_withdraw", [cast.ada.pk, consent.pk], False), ("circle", ada, False),
        ("circle_remove", [cast.ada.pk, member.pk], True), ("places", [], False), ("place_new", [cast.unit.pk], False),
        ("place_edit", [cast.unit.pk], False), ("staff", [], False), ("staff_new", [], False),
        ("staff_member", [cast.nia.pk], False), ("role_new", [cast.nia.pk], False), ("staff_link", [cast.nia.pk], True),
        ("staff_leave", [cast.nia.pk], True), ("role_end", [grant.pk], True), ("rota", [], False), ("shift_new", [], False),
        ("shift", [shift.pk], False), ("week_copy", [cast.home.pk], True),
    ]  # fmt: skip


def _by(cast):
    return actions.Actor("staff", str(cast.maya.pk))


def _ask(client, name, args, is_posted):
    address = reverse(name, args=args)
    return client.post(address) if is_posted else client.get(address)


def test_it_sends_a_stranger_who_is_not_signed_in_to_sign_in(cast, client):
    for address in _addresses(cast):
        answer = _ask(client, *address)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/login/"), address


def test_it_shows_a_stranger_from_another_home_nothing(cast, signed):
    addresses, client = _addresses(cast), signed(cast.stranger)
    names = ("Ada", "Okafor", "Lewis", "Nia Price", "Sam Adeyemi", "Room 7", "Rowan unit", "Willow")

    for name, args, is_posted in addresses:
        for method in (client.get, client.post):
            answer = method(reverse(name, args=args))
            is_how_it_is_asked = is_posted is (method == client.post)
            expected = ({404} if is_how_it_is_asked else {404, 405}) if args else {200, 403, 405, 422}
            assert answer.status_code in expected, name
            assert not any(word in answer.content.decode() for word in names), name
    assert not CircleMember.objects.filter(name="Grace").exclude(person=cast.ada).exists()
    assert CircleMember.objects.count() == 1 and Staff.objects.filter(left_at__isnull=True).count() == 5
    assert not AuditEntry.objects.filter(person_id=cast.ada.pk, by=f"staff:{cast.stranger.pk}").exists()


def test_it_shuts_out_accounts_that_are_not_staff_or_hold_no_role(cast, client, signed, django_user_model, still_clock):
    nobody = make_staff("Off Duty")
    addresses = _addresses(cast)
    visitor = make_staff("Visitor")
    Staff.objects.filter(pk=visitor.pk).delete()

    for user, words in ((visitor.user, "does not belong to anyone"), (nobody.user, "not on shift")):
        client.force_login(user)
        for address in addresses:
            answer = _ask(client, *address)
            assert answer.status_code == 403 and words in answer.content.decode()


def test_it_shuts_out_a_carer_the_moment_their_shift_ends(cast, signed, still_clock):
    client = signed(cast.nia)
    assert client.get("/people/").status_code == 200

    still_clock.at = Shift.objects.get(staff=cast.nia).ends_at

    assert client.get("/people/").status_code == 403


def test_it_opens_every_page_for_a_manager(cast, signed):
    addresses, client = _addresses(cast), signed(cast.maya)

    for name, args, is_posted in addresses:
        if not is_posted:
            answer = client.get(reverse(name, args=args))
            assert answer.status_code == 200, name
            assert "no-store" in answer.headers["Cache-Control"] or name == "photo"


CARERS_MAY_READ = {"people", "photo", "consents", "circle", "places", "rota", "shift"}


def test_it_lets_a_carer_read_and_change_nothing(cast, signed):
    addresses, client = _addresses(cast), signed(cast.nia)
    before = AuditEntry.objects.exclude(action__in=("read", "listed")).count()

    for name, args, is_posted in addresses:
        if not is_posted:
            assert client.get(reverse(name, args=args)).status_code == (200 if name in CARERS_MAY_READ else 403), name
        assert client.post(reverse(name, args=args)).status_code in (403, 405, 404), name

    assert AuditEntry.objects.exclude(action__in=("read", "listed")).count() == before


def test_it_answers_404_to_an_id_nobody_could_have(cast, signed):
    client = signed(cast.maya)

    for address in (f"/people/{10**30}/consents/", "/staff/0/", f"/rota/shifts/{10**19}/", "/people/9999999/photo"):
        assert client.get(address).status_code == 404, address
    assert client.get(f"/people/{cast.ada.pk}/consents/new/?replaces={'9' * 30}").status_code == 200
    assert client.get(f"/people/{cast.ada.pk}/consents/new/?replaces=77777").status_code == 404
    for asked in ("/rota/?week=nonsense", "/rota/?week=0001-01-01", "/rota/?week=9999-12-31", "/people/?within=x&search=%00",
                  "/rota/new/?place=²&day=-&period=x"):
        assert client.get(asked).status_code == 200, asked


# People


def test_it_lists_and_finds_people(cast, signed):
    client = signed(cast.sam)

    everyone = client.get("/people/").content.decode()
    found = client.get("/people/", {"search": "okafor"}).content.decode()
    elsewhere = client.get("/people/", {"within": cast.other_unit.pk}).content.decode()

    assert "Mr Lewis" in everyone and "Adaeze Okafor" in everyone
    assert "Adaeze" in found and "Lewis" not in found
    assert "Nobody found" in elsewhere
    assert AuditEntry.objects.filter(action="listed").latest("pk").detail == {"persons": []}


@pytest.mark.parametrize("text", HOSTILE)
def test_it_escapes_or_refuses_a_hostile_name(cast, signed, text):
    client = signed(cast.maya)

    client.post("/people/new/", {**PERSON, "family_name": text, "place_id": cast.lounge.pk})
    listed = client.get("/people/").content.decode()
    client.get("/people/", {"search": text})

    assert "<script>alert(1)" not in listed and "\u202e" not in listed
    assert all(len(p.family_name) <= 80 and "\x00" not in p.family_name for p in Person.objects.all())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("name", "field"),
    [("place_new", "name"), ("place_edit", "name"), ("circle", "name"), ("circle", "relationship"), ("circle", "email"),
     ("staff_new", "name"), ("staff_new", "username"), ("staff_member", "phone"), ("consent_new", "evidence"),
     ("consent_new", "given_by"), ("person_edit", "about"), ("person_edit", "nhs_number"), ("person_edit", "born_on"),
     ("shift_new", "day"), ("shift_new", "staff_id"), ("role_new", "role")],
)
def test_it_survives_a_hostile_text_in_any_field(cast, signed, name, field, text):
    """Refused with words, or kept and escaped: never a crash, and never markup of theirs on a page of ours."""
    filled = {
        "place_new": ([cast.unit.pk], {"kind": "ROOM"}), "place_edit": ([cast.room8.pk], {}),
        "circle": ([cast.ada.pk], {"name": "Grace", "relationship": "daughter"}),
        "staff_new": ([], {"name": "Kit", "username": "kit", "based_at_id": cast.home.pk}),
        "staff_member": ([cast.nia.pk], {"name": "Nia Price"}), "consent_new": ([cast.ada.pk], _consent_form()),
        "person_edit": ([cast.ada.pk], {**PERSON, "place_id": cast.room7.pk}),
        "shift_new": ([], {"role": "CARER", "from_time": "20:00", "until_time": "08:00"}),
        "role_new": ([cast.nia.pk], {"place_id": cast.unit.pk}),
    }  # fmt: skip
    args, form = filled[name]
    client = signed(cast.maya)

    answer = client.post(reverse(name, args=args), {**form, field: text}, follow=True)

    assert answer.status_code in (200, 422)
    assert "<script>alert(1)" not in answer.content.decode()


def test_it_links_each_error_to_its_field(cast, signed):
    page = signed(cast.maya).post("/people/new/", {"given_name": "", "nhs_number": "1234567890"})

    text = page.content.decode()
    assert page.status_code == 422
    for field in ("given_name", "family_name", "nhs_number", "place_id"):
        assert f'href="#id_{field}"' in text and f'id="id_{field}"' in text
    assert 'aria-invalid="true"' in text and 'aria-describedby="id_nhs_number_hint id_nhs_number_wrong"' in text


def test_it_adds_a_person_with_a_photo_kept_small(cast, signed):
    client = signed(cast.maya)

    answer = client.post("/people/new/", {
        **PERSON, "place_id": cast.lounge.pk, "nhs_number": "999 000 0026", "born_on": "1940-01-01", "photo": _jpeg(),
    })  # fmt: skip

    person = Person.objects.get(nhs_number="9990000026")
    assert answer.headers["Location"] == f"/people/{person.pk}/consents/"
    sent = client.get(f"/people/{person.pk}/photo")
    assert Image.open(io.BytesIO(sent.content)).size == (480, 360)
    assert sent.headers["Cache-Control"].startswith("private") and person.photo_digest in sent.headers["ETag"]
    assert _reads(person, cast.maya) == 1


def test_it_adds_nobody_when_the_photo_is_refused(cast, signed):
    broken = io.BytesIO(b"not a picture")
    broken.name = "face.jpg"

    answer = signed(cast.maya).post("/people/new/", {**PERSON, "place_id": cast.lounge.pk, "photo": broken})

    assert answer.status_code == 422 and "must be a JPEG" in answer.content.decode()
    assert not Person.objects.filter(given_name="Grace").exists()


def test_it_changes_details_and_says_whose_nhs_number_is_taken_only_by_its_field(cast, signed):
    client = signed(cast.maya)
    details = {"given_name": "Gwyn", "family_name": "Lewis", "place_id": cast.room8.pk}

    taken = client.post(f"/people/{cast.lewis.pk}/edit/", {**details, "nhs_number": "9990000018"})
    saved = client.post(f"/people/{cast.lewis.pk}/edit/", {**details, "about": "Deaf in the left ear"})

    assert taken.status_code == 422 and "Okafor" not in taken.content.decode()
    assert saved.status_code == 302
    assert Person.objects.get(pk=cast.lewis.pk).about == "Deaf in the left ear"
    assert _reads(cast.lewis, cast.maya) == 2


def test_it_lets_nobody_be_moved_where_the_manager_has_no_say(cast, signed):
    elsewhere = {"given_name": "Ada", "family_name": "Okafor", "place_id": cast.other_home.pk}

    assert signed(cast.maya).post(f"/people/{cast.ada.pk}/edit/", elsewhere).status_code == 422
    assert Person.objects.get(pk=cast.ada.pk).place_id == cast.room7.pk


def test_it_records_that_someone_has_moved_out(cast, signed):
    client = signed(cast.maya)

    assert client.post(f"/people/{cast.ada.pk}/move-out/", {"on": "2026-11-23"}).status_code == 422
    assert client.post(f"/people/{cast.ada.pk}/move-out/", {"on": "2026-11-22"}).status_code == 302

    assert "Adaeze" not in client.get("/people/").content.decode()
    assert "Adaeze" in client.get("/people/?gone=1").content.decode()

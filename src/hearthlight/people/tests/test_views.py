"""The pages as people use them, and as a stranger, a carer or someone malicious does."""

import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from PIL import Image

from hearthlight.core.models import AuditEntry
from hearthlight.people import actions, queries
from hearthlight.people.models import CircleMember, Consent, Person, Place, Shift, Staff
from hearthlight.people.tests.factories import make_consent, make_grant, make_shift, make_staff
from hearthlight.people.types import Basis, Purpose, Role

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 10_000, "Ada\x00", "👵🏾" * 10, "'; DROP TABLE people_person; --"]
PERSON = {"given_name": "Grace", "family_name": "Obi"}


@pytest.fixture
def signed(client):
    def sign_in(staff):
        client.force_login(staff.user)
        return client

    return sign_in


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
    actions.set_photo(person_id=cast.ada.pk, uploaded=_jpeg().getvalue(), by=_by(cast), at=_at())
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


def _at():
    return Shift.objects.earliest("pk").starts_at + timedelta(hours=7)


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


# Consent


def test_it_shows_consent_in_plain_words_and_audits_the_look(cast, signed):
    make_consent(cast.ada, Purpose.FALLS, from_minute=1320, until_minute=360, place=cast.room7,
                 review_on=date(2026, 11, 1))  # fmt: skip

    page = signed(cast.nia).get(f"/people/{cast.ada.pk}/consents/").content.decode()

    for words in ("feels movement", "from 22:00 to 06:00", "Room 7", "Their own decision", "Review overdue", "1 November 2026",
                  "Not agreed, and so refused"):
        assert words in page
    assert "Withdraw falls" not in page, "a carer only reads"
    assert _reads(cast.ada, cast.nia) == 1


def test_it_says_when_nothing_is_sensed(cast, signed):
    assert "Nothing is sensed" in signed(cast.nia).get(f"/people/{cast.ada.pk}/consents/").content.decode()


def test_it_lets_a_senior_record_and_withdraw_consent(cast, signed, at):
    client = signed(cast.sam)
    form = _consent_form(all_day="no", from_time="22:00", until_time="06:00", place_id=cast.room7.pk, basis="BEST_INTERESTS")

    assert client.post(f"/people/{cast.ada.pk}/consents/new/", form).status_code == 302
    (given,) = queries.consents_in_force(at)
    assert (given.from_minute, given.until_minute, given.place_path) == (1320, 360, cast.room7.path)
    assert Consent.objects.get(pk=given.id).basis == Basis.BEST_INTERESTS

    address = f"/people/{cast.ada.pk}/consents/{given.id}/withdraw/"
    assert client.post(address, {"why": ""}).status_code == 422
    assert client.post(address, {"why": "She took it off and said no"}).status_code == 302
    assert queries.consents_in_force(at) == []
    assert "was withdrawn" in client.get(address).content.decode()
    assert client.post(address, {"why": "again"}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"all_day": "no"}, {"all_day": "no", "from_time": "22:00", "until_time": "22:00"}, {"review_on": "2026-11-22"},
     {"review_on": "2029-01-01"}, {"basis": "MINE"}, {"purpose": "SPYING"}, {"evidence": ""}, {"given_by": " "},
     {"place_id": "999999"}, {"all_day": "no", "from_time": "25:00", "until_time": "06:00"}],
)
def test_it_refuses_a_consent_that_is_not_whole(cast, signed, wrong):
    answer = signed(cast.sam).post(f"/people/{cast.ada.pk}/consents/new/", _consent_form(**wrong))

    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_it_reviews_a_consent_in_one_step(cast, signed, at):
    old = make_consent(cast.ada, Purpose.FALLS, from_minute=1320, until_minute=360)
    client = signed(cast.sam)
    address = f"/people/{cast.ada.pk}/consents/new/?replaces={old.pk}"
    assert 'value="22:00"' in client.get(address).content.decode()

    client.post(address, _consent_form())

    (now,) = queries.consents_in_force(at)
    assert now.id != old.pk and now.from_minute == now.until_minute


def test_it_reviews_nobody_elses_consent(cast, signed):
    other = make_consent(cast.lewis, Purpose.FALLS)

    address = f"/people/{cast.ada.pk}/consents/new/?replaces={other.pk}"

    assert signed(cast.sam).post(address, _consent_form()).status_code == 404
    assert Consent.objects.get().withdrawn_at is None


def test_it_keeps_the_circle_by_page(cast, signed):
    client = signed(cast.sam)
    address = f"/people/{cast.ada.pk}/circle/"

    assert client.post(address, {"relationship": "friend"}).status_code == 422
    client.post(address, {"name": "Grace Okafor", "relationship": "daughter", "may_be_told": "on", "phone": "07700 900456"})
    client.post(address, {"staff_id": cast.nia.pk, "relationship": "key worker", "may_see": "on"})

    page = client.get(address).content.decode()
    assert "Grace Okafor" in page and "key worker" in page and "tel:07700900456" in page
    grace = CircleMember.objects.get(name="Grace Okafor")
    client.post(f"{address}{grace.pk}/remove/")
    assert [m.relationship for m in CircleMember.objects.all()] == ["key worker"]


# Places


def test_it_adds_and_renames_places(cast, signed):
    client = signed(cast.maya)

    client.post(f"/places/{cast.other_unit.pk}/new/", {"kind": "ROOM", "name": "Room 21"})
    room = Place.objects.get(name="Room 21")
    client.post(f"/places/{room.pk}/edit/", {"name": "Room 22"})

    page = client.get("/places/").content.decode()
    assert "Room 22" in page and "Room 21" not in page
    assert client.post(f"/places/{cast.unit.pk}/new/", {"kind": "ROOM", "name": "Room 7"}).status_code == 422
    assert client.post(f"/places/{cast.unit.pk}/new/", {"kind": "HOME", "name": "In a unit"}).status_code == 422
    assert client.get(f"/places/{room.pk}/new/").status_code == 403
    assert client.post(f"/places/{cast.organisation.pk}/edit/", {"name": "Mine"}).status_code == 403, "seen, not theirs"


# Staff


def test_it_adds_staff_with_a_link_that_works_once(cast, signed, client):
    page = signed(cast.maya).post("/staff/new/", {"name": "Kit Lowe", "username": "kit", "based_at_id": cast.home.pk})
    link = next(part for part in page.content.decode().split('"') if "/password/reset/key/" in part)
    path = "/" + link.split("/", 3)[3]
    client.logout()

    form_page = client.get(path, follow=True)
    choose = form_page.request["PATH_INFO"]
    words = {"password1": "seven brown teapots", "password2": "seven brown teapots"}
    client.post(choose, words)

    kit = Staff.objects.get(name="Kit Lowe").user
    assert kit.check_password("seven brown teapots")
    client.logout()
    again = client.get(path, follow=True).content.decode()
    assert "no longer works" in again
    assert AuditEntry.objects.filter(action="password link made").count() == 1


def test_it_makes_no_link_for_someone_with_higher_or_other_roles(cast, signed):
    make_grant(cast.sam, Role.ADMINISTRATOR, cast.organisation)
    make_shift(cast.nia, Role.CARER, cast.other_home, starts_at=_at() + timedelta(days=3))
    client = signed(cast.maya)

    for staff in (cast.sam, cast.nia):
        assert client.post(f"/staff/{staff.pk}/link/").status_code == 403
        assert client.post(f"/staff/{staff.pk}/leave/").status_code == 403
        assert client.post(f"/staff/{staff.pk}/", {"name": "Mine now"}).status_code == 403
    assert client.post(f"/staff/{cast.olu.pk}/link/").status_code == 200


def test_it_lets_nobody_hand_out_a_role_above_or_beside_their_own(cast, signed):
    client = signed(cast.maya)
    address = f"/staff/{cast.nia.pk}/role/"

    assert client.post(address, {"role": "ADMINISTRATOR", "place_id": cast.home.pk}).status_code == 422
    assert client.post(address, {"role": "CARER", "place_id": cast.other_home.pk}).status_code == 422
    assert client.post(address, {"role": "SENIOR", "place_id": cast.unit.pk}).status_code == 302
    assert [(g.role, g.place_id) for g in cast.nia.grants.all()] == [("SENIOR", cast.unit.pk)]


def test_it_ends_roles_and_accounts_but_never_ones_own(cast, signed):
    given = make_grant(cast.nia, Role.SENIOR, cast.unit)
    client = signed(cast.maya)

    assert client.post(f"/staff/roles/{cast.maya.grants.get().pk}/end/").status_code == 403
    assert client.post(f"/staff/{cast.maya.pk}/leave/").status_code == 403
    assert client.post(f"/staff/roles/{given.pk}/end/").status_code == 302
    assert client.post(f"/staff/{cast.nia.pk}/leave/").status_code == 302
    assert not Staff.objects.get(pk=cast.nia.pk).user.is_active


def test_it_keeps_the_staff_pages_tidy(cast, signed):
    client = signed(cast.maya)

    assert "Manager, Willow House" in client.get("/staff/").content.decode()
    assert client.post(f"/staff/{cast.nia.pk}/", {"name": "Nia Rees", "phone": "07700 900111"}).status_code == 302
    assert Staff.objects.get(pk=cast.nia.pk).name == "Nia Rees"
    assert client.post("/staff/new/", {"name": "N", "username": "nia", "based_at_id": cast.home.pk}).status_code == 422


# Rota


def test_it_shows_the_week_and_tonight(cast, signed):
    page = signed(cast.nia).get("/rota/").content.decode()
    whole_home = signed(cast.maya).get("/rota/").content.decode()

    tonight, week = page.split("Week of")
    assert "Nia Price" in tonight and "Sam Adeyemi" in tonight and "Olu Bello" in tonight
    assert "Hazel unit" not in page and "Hazel unit" in whole_home, "a unit's carer sees the unit"
    assert "still to fill" in week and "Nobody on" in week
    assert 'class="add"' not in page and 'class="add"' in whole_home


def test_it_puts_someone_on_and_takes_them_off(cast, signed):
    client = signed(cast.olu)
    form = {"staff_id": cast.nia.pk, "role": "CARER", "place_id": cast.unit.pk, "day": "2026-11-23", "from_time": "20:00",
            "until_time": "08:00"}

    answer = client.post("/rota/new/", form)
    assert answer.headers["Location"] == "/rota/?week=2026-11-23"
    assert client.post("/rota/new/", form).status_code == 422, "already on"
    assert client.post("/rota/new/", {**form, "day": "2026-11-24", "role": "MANAGER"}).status_code == 422
    assert client.post("/rota/new/", {**form, "day": "2026-11-24", "place_id": cast.other_home.pk}).status_code == 422
    assert client.post("/rota/new/", {**form, "day": "0001-01-01"}).status_code == 422

    shift = Shift.objects.latest("pk")
    assert (shift.ends_at - shift.starts_at, shift.starts_at.hour) == (timedelta(hours=12), 20)
    assert "Nia Price" in client.get(f"/rota/shifts/{shift.pk}/").content.decode()
    client.post(f"/rota/shifts/{shift.pk}/")
    assert not Shift.objects.filter(pk=shift.pk).exists()


def test_it_ends_no_shift_above_ones_own_role(cast, signed):
    manager = make_shift(cast.nia, Role.MANAGER, cast.home, starts_at=_at() + timedelta(days=1))

    assert signed(cast.olu).post(f"/rota/shifts/{manager.pk}/").status_code == 403


def test_it_copies_last_week(cast, signed):
    client = signed(cast.maya)

    answer = client.post(f"/rota/{cast.home.pk}/copy/", {"week": "2026-11-23"}, follow=True)

    assert "3 put on the rota." in answer.content.decode()
    assert Shift.objects.filter(starts_at__gt=_at()).count() == 3
    again = client.post(f"/rota/{cast.home.pk}/copy/", {"week": "2026-11-23"}, follow=True)
    assert "0 put on the rota, 3 left out" in again.content.decode()

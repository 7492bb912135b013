"""The pages of staff and the rota."""

from datetime import timedelta

from hearthlight.core.models import AuditEntry
from hearthlight.people.models import Shift, Staff
from hearthlight.people.tests.factories import NIGHT, make_grant, make_shift
from hearthlight.people.types import Role

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
    make_shift(cast.nia, Role.CARER, cast.other_home, starts_at=NIGHT + timedelta(days=3))
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
    manager = make_shift(cast.nia, Role.MANAGER, cast.home, starts_at=NIGHT + timedelta(days=1))

    assert signed(cast.olu).post(f"/rota/shifts/{manager.pk}/").status_code == 403


def test_it_copies_last_week(cast, signed):
    client = signed(cast.maya)

    answer = client.post(f"/rota/{cast.home.pk}/copy/", {"week": "2026-11-23"}, follow=True)

    assert "3 put on the rota." in answer.content.decode()
    assert Shift.objects.filter(starts_at__gt=NIGHT).count() == 3
    again = client.post(f"/rota/{cast.home.pk}/copy/", {"week": "2026-11-23"}, follow=True)
    assert "0 put on the rota, 3 left out" in again.content.decode()

"""The devices' pages as people use them, and as a stranger, a carer or someone malicious does."""

import pytest
from django.urls import reverse

from hearthlight.core.models import AuditEntry
from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose
from hearthlight.sensors.models import Device, Newcomer, Reading, RefusalCount
from hearthlight.sensors.tests.factories import make_bridge, make_bridged, make_wearable

HOSTILE = ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 10_000, "Ada\x00", "'; DROP TABLE sensors_device; --"]


@pytest.fixture
def signed(client):
    def sign_in(staff):
        client.force_login(staff.user)
        return client

    return sign_in


def _addresses(cast):
    """Every address of the room: (name, arguments, is it only posted to)."""
    bridge = make_bridge(cast.home, label="Hazel hub")
    watch = make_wearable(cast.ada, label="Silver watch")
    new = Newcomer.objects.create(bridge=bridge, address="room 9 motion", seen_at=NIGHT, config={"exposes": ["occupancy"]})
    one = [watch.pk]
    return [
        ("devices", [], False), ("device_new", [], False), ("newcomer_adopt", [new.pk], False), ("device", one, False),
        ("device_change", one, False), ("device_reassign", one, False), ("device_retire", one, False), ("device_card", one, True),
        ("device_battery", one, True),
    ]  # fmt: skip


def _ask(client, name, args, is_posted):
    return client.post(reverse(name, args=args)) if is_posted else client.get(reverse(name, args=args))


def test_it_sends_a_stranger_who_is_not_signed_in_to_sign_in(cast, client):
    for address in _addresses(cast):
        answer = _ask(client, *address)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/login/"), address


def test_it_shows_a_stranger_from_another_home_nothing(cast, signed):
    addresses, client = _addresses(cast), signed(cast.stranger)
    before = AuditEntry.objects.count()

    for name, args, is_posted in addresses:
        for method in (client.get, client.post):
            answer = method(reverse(name, args=args))
            is_how_it_is_asked = is_posted is (method == client.post)
            expected = ({404} if is_how_it_is_asked else {404, 405}) if args else {200, 405}
            assert answer.status_code in expected, name
            page = answer.content.decode()
            assert not any(word in page for word in ("Ada", "Silver", "Hazel", "Room 7", "Willow", "room 9")), name
    assert Device.objects.filter(retired_at=None).count() == 2
    assert AuditEntry.objects.count() == before


def test_it_lets_a_stranger_give_no_device_to_our_people(cast, signed):
    client = signed(cast.stranger)
    form = {"label": "Watch", "person_id": cast.ada.pk, "place_id": cast.room7.pk, "purpose": "FALLS"}

    answer = client.post(reverse("device_new") + "?family=wearable", form)

    assert answer.status_code == 422 and not Device.objects.exists()


def test_it_opens_every_page_for_a_manager(cast, signed):
    addresses, client = _addresses(cast), signed(cast.maya)

    for name, args, is_posted in addresses:
        if not is_posted:
            assert client.get(reverse(name, args=args)).status_code == 200, name
    for family in ("wearable", "zigbee2mqtt", "homeassistant"):
        assert client.get(reverse("device_new") + f"?family={family}").status_code == 200


def test_it_lets_a_carer_look_and_change_a_battery_and_nothing_else(cast, signed):
    addresses, client = _addresses(cast), signed(cast.nia)
    watch = Device.objects.get(label="Silver watch")

    assert client.get(reverse("devices")).status_code == 200
    assert client.get(reverse("device", args=[watch.pk])).status_code == 200
    assert client.post(reverse("device_battery", args=[watch.pk])).status_code == 302
    for name, args, is_posted in addresses:
        if name not in ("devices", "device", "device_battery", "newcomer_adopt"):
            assert _ask(client, name, args, is_posted).status_code == 403, name
    assert client.get(reverse(*addresses[2][:1], args=addresses[2][1])).status_code == 404  # the hub is the home's


def test_it_adds_a_wearable_and_shows_its_secret_once(cast, signed):
    client = signed(cast.sam)
    form = {"label": "Ada’s watch", "person_id": cast.ada.pk, "place_id": cast.room7.pk, "purpose": "FALLS", "position": "wrist"}

    card = client.post(reverse("device_new") + "?family=wearable", form)

    device = Device.objects.get()
    page = card.content.decode()
    assert card.status_code == 200 and "<svg" in page and f"hearthlight/{device.pk}/up" in page
    assert "no-store" in card.headers["Cache-Control"]
    secret = page.split("<dt>Password</dt>")[1].split(">")[1].split("<")[0]
    assert len(secret) == 43
    again = client.get(reverse("device", args=[device.pk])).content.decode()
    assert secret not in again and "not been heard yet" not in again  # nobody agreed yet: that is said first
    assert "Nobody has agreed" in again


def test_it_adds_a_bridge_with_its_base_on_the_card(cast, signed):
    form = {"label": "Hub", "place_id": cast.home.pk, "base": "z2m-willow"}

    card = signed(cast.maya).post(reverse("device_new") + "?family=zigbee2mqtt", form)

    assert card.status_code == 200 and "z2m-willow" in card.content.decode()


def test_it_adopts_a_newcomer_as_a_bed(cast, signed):
    bridge = make_bridge(cast.home)
    new = Newcomer.objects.create(bridge=bridge, address="mat", seen_at=NIGHT, config={"exposes": ["contact", "vibration"]})
    form = {"label": "Bed mat", "place_id": cast.room7.pk, "person_id": "", "purpose": "ROOM_MOVEMENT", "spot": "bedroom",
            "meaning": "BED", "word": "contact", "inverted": "on", "at_least": "", "silent_after": 3600}  # fmt: skip

    answer = signed(cast.sam).post(reverse("newcomer_adopt", args=[new.pk]), form)

    device = Device.objects.get(bridge=bridge)
    assert answer.status_code == 302
    assert device.config == {"meaning": "BED", "property": "contact", "inverted": True}
    assert (device.address, device.silent_after_s) == ("mat", 3600)


def test_it_changes_and_moves_and_retires(cast, signed):
    client = signed(cast.sam)
    watch = make_wearable(cast.ada)

    client.post(reverse("device_change", args=[watch.pk]), {"label": "Old watch", "position": "waist", "silent_after": 1800})
    client.post(reverse("device_reassign", args=[watch.pk]), {"person_id": cast.lewis.pk, "place_id": cast.room8.pk})
    watch.refresh_from_db()
    assert (watch.label, watch.position, watch.silent_after_s, watch.person_id) == ("Old watch", "waist", 1800, cast.lewis.pk)
    client.post(reverse("device_retire", args=[watch.pk]))
    watch.refresh_from_db()
    assert watch.retired_at and watch.retired_by == f"staff:{cast.sam.pk}"
    assert client.get(reverse("device_change", args=[watch.pk])).status_code == 403
    assert "Out of service" in client.get(reverse("device", args=[watch.pk])).content.decode()


def test_it_makes_a_new_card_and_spends_the_old(cast, signed):
    watch = make_wearable(cast.ada)
    before = watch.secret_hash

    card = signed(cast.sam).post(reverse("device_card", args=[watch.pk]))

    watch.refresh_from_db()
    assert card.status_code == 200 and watch.secret_hash != before


@pytest.mark.parametrize("text", HOSTILE)
def test_it_shows_hostile_names_as_text_or_refuses_them(cast, signed, text):
    client = signed(cast.sam)
    form = {"label": text, "person_id": cast.ada.pk, "place_id": cast.room7.pk, "purpose": "FALLS"}

    answer = client.post(reverse("device_new") + "?family=wearable", form)

    assert answer.status_code in (200, 422)
    for page in (answer, client.get(reverse("devices"))):
        assert "<script>alert" not in page.content.decode()


def test_it_shows_how_a_device_is_and_what_was_refused(cast, signed):
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT)
    bridge = make_bridge(cast.home)
    mat = make_bridged(bridge, cast.room7, "mat", label="Bed mat", battery=9, link=44, heard_at=NIGHT, trouble="BATTERY")
    RefusalCount.objects.create(device_id=mat.pk, reason="NO_CONSENT", hour=NIGHT.replace(minute=0), count=3)
    for kind, value in (("BATTERY", 9.0), ("LINK", 44.0), ("BED", 1.0)):
        Reading.objects.create(device_id=mat.pk, place_id=cast.room7.pk, kind=kind, spot="bedroom", value=value, at=NIGHT)

    client = signed(cast.nia)
    page, shelf = client.get(reverse("device", args=[mat.pk])).content.decode(), client.get(reverse("devices")).content.decode()

    for words in ("3 without consent: nothing was kept", "battery is low", "someone in bed", "Battery: now 9 %", "<polyline"):
        assert words in page, words
    for words in ("Bed mat", "battery 9 %", "3 refused", "battery low", "Rowan unit", "Ada"):
        assert words in shelf, words


def test_it_writes_down_who_looked_at_whose_device(cast, signed):
    watch = make_wearable(cast.ada)

    signed(cast.nia).get(reverse("device", args=[watch.pk]))

    entry = AuditEntry.objects.get(action="read")
    assert (entry.person_id, entry.by) == (cast.ada.pk, f"staff:{cast.nia.pk}")


def test_it_answers_an_address_that_is_no_id_with_nothing(cast, signed):
    client = signed(cast.maya)

    for address in ("/devices/nobody/", "/devices/%00/", "/devices/newcomers/99999999999999999999/", f"/devices/{'x' * 500}/"):
        assert client.get(address).status_code == 404, address

from dataclasses import fields
from pathlib import Path

import pytest

from hearthlight.runtime.settings import Settings, load

NAMES = {item.name: type(item.default) for item in fields(Settings)}
WRONG = {
    bool: ["", "maybe", "2", "tru", "None", "ja"],
    int: ["", "eight", "-1", "1.5", "1e3", " 8000", "0x1f", "\u00b2", "8000\n", "99999999999999999999x"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, kind in NAMES.items() for value in WRONG.get(kind, ())]
)
def test_it_names_the_variable_that_is_wrong(name, value):
    with pytest.raises(ValueError, match=f"HEARTHLIGHT_{name.upper()} must be"):
        load({f"HEARTHLIGHT_{name.upper()}": value})


@pytest.mark.parametrize("port", ["0", "65536", "99999999999999999999"])
@pytest.mark.parametrize("name", ["PORT", "MQTT_PORT"])
def test_it_knows_which_ports_there_are(name, port):
    if port == "0":  # any free one: what tests and the installer's check ask for
        assert getattr(load({f"HEARTHLIGHT_{name}": port}), name.lower()) == 0
        return
    with pytest.raises(ValueError, match=f"HEARTHLIGHT_{name} must be"):
        load({f"HEARTHLIGHT_{name}": port})


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DATABASE", "mysql://root@host/care", "postgresql://"),
        ("DATABASE", "", "postgresql://"),
        ("MQTT", "embeded", "mqtt://"),
        ("MQTT", "http://broker", "mqtt://"),
        ("MAIL", "mail.example.org", "smtp://"),
        ("ADDRESS", "willow.example", "https://"),
    ],
)
def test_it_refuses_an_address_of_the_wrong_kind(name, value, fault):
    with pytest.raises(ValueError, match=f"HEARTHLIGHT_{name} must be .*{fault}"):
        load({f"HEARTHLIGHT_{name}": value})


def test_it_never_repeats_a_password_when_it_says_what_is_wrong():
    with pytest.raises(ValueError, match="HEARTHLIGHT_DATABASE") as told:
        load({"HEARTHLIGHT_DATABASE": "mysql://root:lamp-in-the-hall@host/care"})

    assert "lamp" not in str(told.value)


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("TRUE", True), ("on", True), ("Yes", True), ("0", False), ("off", False)])
def test_it_takes_yes_and_no_as_people_write_them(text, meant):
    assert load({"HEARTHLIGHT_SECOND_FACTOR": text}).second_factor is meant


def test_it_needs_nothing_set_and_listens_to_this_machine_only():
    settings = load({})

    assert settings == Settings()
    assert (settings.host, settings.mqtt_host, settings.database, settings.mqtt) == ("127.0.0.1", "127.0.0.1", "sqlite", "embedded")
    assert settings.second_factor


def test_it_takes_what_it_is_given_and_leaves_others_variables_alone():
    settings = load({"HEARTHLIGHT_HOME": "/srv/willow", "HEARTHLIGHT_PORT": "8443", "PORT": "x", "HEARTHLIGHT_NO_SUCH": "x"})

    assert (settings.home, settings.port) == (Path("/srv/willow"), 8443)


@pytest.mark.parametrize(
    ("given", "url", "is_secure"),
    [
        ({}, "http://127.0.0.1:8000", False),
        ({"HEARTHLIGHT_TLS_CERTIFICATE": "c.pem"}, "https://127.0.0.1:8000", True),
        ({"HEARTHLIGHT_ADDRESS": "https://willow.example/"}, "https://willow.example", True),
    ],
)
def test_it_knows_its_own_address(given, url, is_secure):
    settings = load(given)

    assert (settings.url, settings.is_secure) == (url, is_secure)

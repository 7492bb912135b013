import argparse

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.runtime.commands import device
from hearthlight.runtime.operations import card
from hearthlight.runtime.settings import Settings
from hearthlight.sensors import queries
from hearthlight.sensors.gate import Gate


def _run(*arguments):
    parser = argparse.ArgumentParser()
    device.add_arguments(parser)
    return device.run(parser.parse_args(list(arguments)))


def _told(capsys):
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    return {line[0]: line[1] for line in lines}


def test_it_prints_credentials_that_open_the_door(cast, at, capsys, tmp_path):
    assert _run("add", "Watch 3", "--place", "Room 7", "--person", "Ada", "--position", "wrist", "--qr", str(tmp_path / "q.svg")) == 0

    told = _told(capsys)
    gate = Gate()
    gate.refresh(at)
    assert gate.principal(told["id"], told["user"], told["secret"].encode()) is not None
    assert gate.principal(told["id"], told["user"], b"another") is None
    assert gate.may_publish(told["id"], told["up"])
    assert (tmp_path / "q.svg").read_text().startswith("<?xml")
    assert (tmp_path / "q.svg").stat().st_mode & 0o077 == 0
    assert AuditEntry.objects.filter(by="system:command-line", action="device enrolled").count() == 1


def test_it_lists_devices_without_saying_whose_they_are(cast, capsys):
    _run("add", "Ada's watch", "--place", str(cast.room7.pk), "--person", str(cast.ada.pk))
    capsys.readouterr()

    _run("list")

    told = capsys.readouterr().out
    assert "wearable" in told and "Room 7" in told and "NO CONSENT" in told
    assert "Ada" not in told


def test_it_takes_a_device_out_of_service(cast, at, capsys):
    _run("add", "Watch 3", "--place", "Room 7")
    told = _told(capsys)

    assert _run("retire", told["id"]) == 0

    assert queries.devices(device.EVERYTHING, at) == []
    assert _run("retire", told["id"]) == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--place", "Room 99"), "Which place is that?"),
        (("--place", "Room 7", "--person", "Nobody"), "That is 0 people"),
        (("--place", "Room 7", "--person", "987654"), "no person of that number"),
    ],
)
def test_it_asks_again_rather_than_guess(cast, capsys, at, arguments, why):
    assert _run("add", "Watch", *arguments) == 1

    assert why in capsys.readouterr().err
    assert queries.devices(device.EVERYTHING, at) == []


def test_it_gives_a_bridge_its_base_topic(cast, capsys):
    assert _run("add", "Bridge", "--family", "zigbee2mqtt", "--place", "Willow House", "--purpose", "ROOM_MOVEMENT") == 0

    told = _told(capsys)
    assert told["base"] == "zigbee2mqtt"
    assert "up" not in told

    assert _run("add", "Other", "--family", "zigbee2mqtt", "--place", "Willow House", "--purpose", "ROOM_MOVEMENT", "--base", "upstairs") == 0
    assert _told(capsys)["base"] == "upstairs"


@pytest.mark.parametrize(
    ("site", "url"),
    [
        (Settings(), "mqtt://127.0.0.1:1883"),
        (Settings(address="https://willow.example", tls_certificate="c.pem", mqtt_port=8883), "mqtts://willow.example:8883"),
        (Settings(mqtt="mqtt://box:secret@broker.example:1884"), "mqtt://broker.example:1884"),
    ],
)
def test_it_says_where_the_broker_is_without_our_own_password(site, url):
    assert card.broker_url(site) == url

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hearthlight.core import audit
from hearthlight.core.models import AuditEntry, Heartbeat
from hearthlight.core.types import system
from hearthlight.people.tests.factories import make_consent, make_shift
from hearthlight.people.types import Purpose, Role
from hearthlight.runtime.operations import machine, record
from hearthlight.runtime.operations.finding import Level
from hearthlight.runtime.settings import Settings
from hearthlight.runtime.tests import homes


def _levels(findings):
    return {finding.part: finding.level for finding in findings}


def _certificate(folder, *, ends_in):
    """A self-signed certificate and its key, as a site would put them down."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "willow.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=90)).not_valid_after(now + ends_in)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Settings(tls_certificate=str(folder / "certificate.pem"), tls_key=str(folder / "key.pem"))


def test_it_finds_nothing_wrong_in_a_fresh_home(home):
    with socket.socket() as web, socket.socket() as mqtt:
        web.bind(("127.0.0.1", 0))
        mqtt.bind(("127.0.0.1", 0))  # bound and not listening: free as far as anybody can tell, and nobody takes them

        done = home.run(
            "doctor", "--json", HEARTHLIGHT_PORT=str(web.getsockname()[1]), HEARTHLIGHT_MQTT_PORT=str(mqtt.getsockname()[1])
        )

    told = json.loads(done.stdout)
    assert [finding for finding in told["findings"] if finding["level"] == "wrong"] == []
    assert (done.returncode, told["well"]) == (0, True)
    assert {"disk", "tables", "audit", "process", "consents", "backup"} <= {finding["part"] for finding in told["findings"]}


@pytest.mark.parametrize(
    ("change", "part", "todo"),
    [
        ({"HEARTHLIGHT_PORT": "eight"}, "settings", "docs/run/settings.md"),
        ({"HEARTHLIGHT_HOME": "nowhere"}, "folder", "Start Hearthlight once"),
        ({"HEARTHLIGHT_MAIL": "smtp://127.0.0.1:1"}, "e-mail", "HEARTHLIGHT_MAIL"),
        ({"HEARTHLIGHT_MQTT": "mqtt://127.0.0.1:1"}, "devices", "HEARTHLIGHT_MQTT"),
        ({"HEARTHLIGHT_TLS_CERTIFICATE": "nothing.pem"}, "certificate", "who may read them"),
    ],
)
def test_it_says_what_is_wrong_and_what_to_do(empty_home, tmp_path, change, part, todo):
    home = homes.copy_of(empty_home, tmp_path / "home")

    done = home.run("doctor", "--json", **change)

    found = [f for f in json.loads(done.stdout)["findings"] if (f["part"], f["level"]) == (part, "wrong")]
    assert done.returncode == 1
    assert todo in found[0]["todo"]


def test_it_says_so_in_words_too(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    home.folder.chmod(0o755)

    done = home.run("doctor")

    assert "Other users of this machine can read" in done.stdout
    assert "→ Run:  chmod go-rwx" in done.stdout
    assert done.returncode == 1


def test_it_finds_a_damaged_database(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    path = home.folder / "telemetry.sqlite3"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)

    (_, damaged) = machine.databases(Settings(home=home.folder))

    assert damaged.level is Level.WRONG
    assert "restore the latest backup" in damaged.todo


def test_it_makes_no_home_where_there_is_none(empty_home, tmp_path):
    homes.Home(tmp_path / "typo", "sqlite").run("doctor")

    assert not (tmp_path / "typo").exists()


def test_it_prints_no_password(empty_home):
    done = empty_home.run("doctor", "--settings", HEARTHLIGHT_MAIL="smtp://box:hunter2@mail.example:587")

    assert "hunter2" not in done.stdout
    assert "HEARTHLIGHT_MAIL = (set, not shown)" in done.stdout


@pytest.mark.parametrize(
    ("ends_in", "level"),
    [(timedelta(days=-1), Level.WRONG), (timedelta(days=10), Level.LOOK), (timedelta(days=60), Level.WELL)],
)
def test_it_knows_when_a_certificate_ends(tmp_path, ends_in, level):
    (finding,) = machine.tls(_certificate(tmp_path, ends_in=ends_in), datetime.now(UTC))

    assert finding.level is level


def test_it_sees_another_program_on_our_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        site = Settings(mqtt_port=other.getsockname()[1])

        assert machine.mqtt_port(site, is_running=False).level is Level.WRONG
        assert machine.mqtt_port(site, is_running=True).level is Level.WELL


@pytest.mark.parametrize("year", [1970, 2099])
def test_it_does_not_believe_an_impossible_date(year):
    (finding,) = machine.clock_is_sane(datetime(year, 1, 1, tzinfo=UTC))

    assert finding.level is Level.WRONG


def test_it_finds_a_broken_audit_chain(db, at):
    for number in range(3):
        audit.record(by=system("test"), at=at, action="did", subject=f"thing:{number}")
    assert record.chain().level is Level.WELL

    AuditEntry.objects.filter(subject="thing:1").update(action="did not")

    assert record.chain().level is Level.WRONG


def test_it_finds_a_part_that_stopped_and_a_clock_set_back(db, at):
    Heartbeat.objects.create(part="pump", at=at, real_at=at)
    Heartbeat.objects.create(part="sender", at=at, real_at=at - timedelta(seconds=20))

    assert [finding.level for finding in record.running(at)] == [Level.WELL, Level.WRONG]
    assert _levels(record.running(at - timedelta(hours=1)))["clock"] is Level.WRONG


def test_it_finds_nights_without_a_senior(cast, at):
    (willow, elm) = sorted(record.nights(at), key=lambda finding: f"home {cast.other_home.pk}" in finding.found)
    assert willow.level is Level.LOOK

    for day in range(1, 8):
        make_shift(cast.sam, Role.SENIOR, cast.home, starts_at=at.replace(hour=20) + timedelta(days=day - 1))
    (willow, elm) = sorted(record.nights(at), key=lambda finding: f"home {cast.other_home.pk}" in finding.found)

    assert (willow.level, elm.level) == (Level.WELL, Level.LOOK)
    assert "Willow" not in willow.found + willow.todo


def test_it_finds_consents_past_their_review(cast, at):
    assert record.consents(at).level is Level.WELL

    make_consent(cast.ada, Purpose.FALLS, review_on=at.date() - timedelta(days=30))

    assert "1 are past their review date, the longest by 30 days" in record.consents(at).found


def test_it_has_the_answer_of_timedatectl_or_none():
    assert machine._is_synchronised() in (True, False, None)


def test_it_survives_a_backup_folder_with_other_things_in_it(tmp_path):
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups/notes.txt").touch()
    assert machine.backups(tmp_path, datetime.now(UTC)).level is Level.LOOK

    (tmp_path / "backups/hearthlight-20260101T000000Z.tar.gz").touch()
    assert machine.backups(tmp_path, datetime.now(UTC)).level is Level.WELL
    assert machine.backups(tmp_path, datetime.now(UTC) + timedelta(days=3)).level is Level.LOOK

import logging
import socket
import socketserver
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection

from hearthlight.core import heartbeat
from hearthlight.core.models import Heartbeat
from hearthlight.response.types import Overdue
from hearthlight.runtime import systemd
from hearthlight.runtime.operations import shout, watch
from hearthlight.runtime.settings import Settings
from hearthlight.runtime.tests import homes


class _Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


class _Mail(socketserver.StreamRequestHandler):
    """A mail server of a few lines: says yes to everything and keeps what it was given."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline()) != b".\r\n":
                    self.server.kept.append(text.decode().strip())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")


@pytest.fixture
def health():
    """A web server that says it is well, or whatever `status` is set to."""
    handler = type("Health", (_Health,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, Settings(port=server.server_port)
    server.shutdown()
    server.server_close()


@pytest.fixture
def beating(db, at):
    """Every part was alive a moment ago. Connections stay open: closing them would end the test's transaction."""
    for part in watch.PARTS:
        Heartbeat.objects.create(part=part, at=at, real_at=at)


@pytest.fixture(autouse=True)
def open_connections(monkeypatch):
    monkeypatch.setattr(watch.connections, "close_all", lambda: None)


def _codes(found):
    return [trouble.code for trouble in found]


def test_it_is_content_when_all_is_well(health, beating, at):
    assert watch.troubles(health[1], at=at) == []


def test_it_notices_a_part_that_stopped(health, beating, at):
    assert watch.troubles(health[1], at=at + watch.STALE) == []

    late = watch.troubles(health[1], at=at + watch.STALE + timedelta(seconds=1))

    assert _codes(late) == ["part pump", "part sender"]
    assert "done nothing for 16 seconds" in late[0].words


def test_it_notices_a_part_that_never_began(health, db, at):
    assert _codes(watch.troubles(health[1], at=at)) == ["part pump", "part sender"]


def test_it_goes_by_the_machines_time_and_not_the_demonstrations(health, db, at, still_clock):
    heartbeat.beat(part="pump", at=at - timedelta(days=300))
    heartbeat.beat(part="sender", at=at - timedelta(days=300))
    real = Heartbeat.objects.get(part="pump").real_at

    assert watch.troubles(health[1], at=real) == []


def test_it_notices_a_server_that_does_not_answer(beating, at):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody is there

        assert _codes(watch.troubles(Settings(port=taken.getsockname()[1]), at=at)) == ["web"]


def test_it_notices_a_server_that_says_it_is_unwell(health, beating, at):
    health[0].status = 503

    assert _codes(watch.troubles(health[1], at=at)) == ["unwell"]


def test_it_notices_an_alert_nobody_was_told_of(health, beating, at, monkeypatch):
    monkeypatch.setattr(
        watch.response_queries, "overdue", lambda _: [Overdue(alert_id=7, what="step 2 has not been taken", due_at=at)]
    )

    (trouble,) = watch.troubles(health[1], at=at)

    assert trouble.words == "Alert 7: step 2 has not been taken. Look at the board now."


def test_it_notices_a_database_that_cannot_be_read(health, beating, at):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_heartbeat RENAME TO gone")
        if connection.vendor == "postgresql":
            cursor.execute("SAVEPOINT before")
    try:
        found = watch.troubles(health[1], at=at)
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ROLLBACK TO before")
            cursor.execute("ALTER TABLE gone RENAME TO core_heartbeat")

    assert _codes(found) == ["database"]


def test_it_shouts_at_once_again_while_it_lasts_and_when_it_is_over(tmp_path, at, caplog):
    heard = tmp_path / "heard"
    shouter = shout.Shouter(site=Settings(), command=f'echo "$HEARTHLIGHT_ALERT" >> {heard}')
    trouble = [watch.Trouble("web", "It does not answer.")]

    with caplog.at_level(logging.WARNING, "hearthlight.watchdog"):
        for seconds, found in [(0, trouble), (5, trouble), (299, trouble), (300, trouble), (305, [])]:
            shouter.hear(found, at=at + timedelta(seconds=seconds))

    assert heard.read_text().splitlines() == [
        "Hearthlight is in trouble. It does not answer.",
        "Hearthlight is in trouble. It does not answer.",
        "Hearthlight is well again. Everything that was wrong is over.",
    ]
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "CRITICAL", "WARNING"]


def test_it_sends_an_e_mail(at):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.kept = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = Settings(mail=f"smtp://127.0.0.1:{server.server_address[1]}", mail_from="box@willow.example")

        shout.Shouter(site=site, mail_to="it@willow.example").hear([watch.Trouble("web", "No answer.")], at=at)
        server.shutdown()

    assert "Subject: Hearthlight is in trouble" in server.kept
    assert "No answer." in server.kept


def test_it_goes_on_when_neither_mail_nor_command_works(at, caplog):
    site = Settings(mail="smtp://127.0.0.1:1")

    shout.Shouter(site=site, mail_to="it@willow.example", command="exit 3").hear([watch.Trouble("web", "No.")], at=at)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "the e-mail could not be sent (ConnectionRefusedError)",
        "the command did not work (CalledProcessError)",
    ]


def test_it_says_so_by_its_exit_status(empty_home, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        home = homes.copy_of(empty_home, tmp_path / "home")

        done = home.run("watchdog", "--once", HEARTHLIGHT_PORT=str(taken.getsockname()[1]))

    assert done.returncode == 1
    assert "does not answer" in done.stdout
    assert "CRITICAL" in done.stderr


def test_it_tells_systemd_without_a_library(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        assert systemd.notify("WATCHDOG=1")
        assert line.recv(64) == b"WATCHDOG=1"

    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not systemd.notify("WATCHDOG=1")

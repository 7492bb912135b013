"""The doctor's look at the machine: folder, disk, keys, ports, mail and clock. Needs no database, so it always works."""

import os
import shutil
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from hearthlight.runtime.operations import sqlite_files
from hearthlight.runtime.operations.finding import Finding, look, well, wrong
from hearthlight.runtime.settings import Settings

PATIENCE_S = 5  # for a server on the network to answer
LITTLE = 200 << 20  # bytes free: a busy home's databases grow by some 50 MB a day at the most
SOME = 2 << 30
EXPIRES_SOON = timedelta(days=21)  # certificates are commonly renewed thirty days before they end
BACKUP_AGE = timedelta(days=2)
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # no machine running this is older than it
LATEST = datetime(2056, 1, 1, tzinfo=UTC)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def examine(site: Settings, *, at: datetime, is_running: bool) -> Iterator[Finding]:
    yield from folder(site.home)
    yield disk(site.home)
    yield from databases(site)
    yield from tls(site, at)
    yield web_port(site, is_running=is_running)
    yield mqtt_port(site, is_running=is_running)
    yield mail(site)
    yield backups(site.home, at)
    yield from clock_is_sane(at)


def folder(home: Path) -> Iterator[Finding]:
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield wrong("folder", f"{home} cannot be written to by this user.", f"Run:  sudo chown -R $(id -un) {home}")
        return
    open_to_others = [path for path in (home, home / "secret") if path.exists() and path.stat().st_mode & 0o077]
    if open_to_others:
        names = " ".join(str(path) for path in open_to_others)
        yield wrong("folder", f"Other users of this machine can read {names}.", f"Run:  chmod go-rwx {names}")
    else:
        yield well("folder", f"{home.resolve()} is ours alone.")


def disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    told = f"{free / (1 << 30):.1f} GB free where {home} is."
    todo = "Make room: old backups, old logs. On a full disk no alert can be saved."
    if free < LITTLE:
        return wrong("disk", told, todo)
    return look("disk", told, todo) if free < SOME else well("disk", told)


def databases(site: Settings) -> Iterator[Finding]:
    """Are the files whole? (PostgreSQL looks after itself; whether it answers is asked with the tables.)"""
    for name in sqlite_files.FILES if site.database == "sqlite" else ():
        path = site.home / name
        if not path.exists():
            yield wrong("database", f"There is no {name}.", "Start Hearthlight once, or restore a backup.")
        elif problem := sqlite_files.problem_of(path):
            yield wrong("database", f"{name} is damaged: {problem}", "Stop Hearthlight and restore the latest backup.")
        else:
            yield well("database", f"{name} is whole.")


def tls(site: Settings, at: datetime) -> Iterator[Finding]:
    if not site.tls_certificate:
        if site.host not in LOOPBACK:
            yield look(
                "certificate", "Passwords travel unprotected: no certificate is set and the network can reach us.",
                "Set HEARTHLIGHT_TLS_CERTIFICATE and HEARTHLIGHT_TLS_KEY, or put a server that has one in front.",
            )  # fmt: skip
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(site.tls_certificate, site.tls_key or None)
        certificate = x509.load_pem_x509_certificate(Path(site.tls_certificate).read_bytes())
    except (OSError, ValueError) as error:
        yield wrong("certificate", f"It cannot be used ({type(error).__name__}).", "Check both files and who may read them.")
        return
    left = certificate.not_valid_after_utc - at
    if left < timedelta(0):
        yield wrong("certificate", "It has ended: phones refuse to connect.", "Put a new one in place and restart.")
    elif left < EXPIRES_SOON:
        yield look("certificate", f"It ends in {left.days} days.", "Renew it.")
    else:
        yield well("certificate", f"Good for {left.days} days.")


def web_port(site: Settings, *, is_running: bool) -> Finding:
    return _port("web", site.host, site.port, is_running=is_running)


def mqtt_port(site: Settings, *, is_running: bool) -> Finding:
    if site.mqtt == "embedded":
        return _port("devices", site.mqtt_host, site.mqtt_port, is_running=is_running)
    broker = urlsplit(site.mqtt)
    host, port = broker.hostname or "localhost", broker.port or 1883
    if _answers(host, port):
        return well("devices", f"The broker at {host}:{port} answers.")
    return wrong("devices", f"The broker at {host}:{port} does not answer.", "Start it, or check HEARTHLIGHT_MQTT.")


def _port(part: str, host: str, port: int, *, is_running: bool) -> Finding:
    """Ours when we run; free when we do not."""
    asked = "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104 — compared, not listened on
    answers = _answers(asked, port)
    if is_running and not answers:
        return wrong(part, f"Hearthlight runs, but nothing answers on port {port}.", "Restart:  sudo systemctl restart hearthlight")
    if not is_running and answers:
        todo = f"Stop the other program (who is it:  sudo ss -ltnp 'sport = :{port}'), or choose another port."
        return wrong(part, f"Hearthlight does not run, and another program has port {port}.", todo)
    return well(part, f"Port {port} is {'ours' if is_running else 'free'}.")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def mail(site: Settings) -> Finding:
    if not site.mail:
        return look("e-mail", "No mail server is set: nobody is told by e-mail.", "Set HEARTHLIGHT_MAIL if it should be so.")
    server = urlsplit(site.mail)
    try:
        with smtplib.SMTP(server.hostname or "localhost", server.port or 587, timeout=PATIENCE_S) as line:
            line.noop()
    except (OSError, smtplib.SMTPException) as error:
        return wrong("e-mail", f"The mail server does not answer ({type(error).__name__}).", "Check HEARTHLIGHT_MAIL.")
    return well("e-mail", "The mail server answers.")


def backups(home: Path, at: datetime) -> Finding:
    made = sorted((home / "backups").glob("hearthlight-*.tar.gz"))
    if not made:
        todo = "Turn on the nightly backup (docs/run/backup.md), and keep copies on another machine."
        return look("backup", "There is none in the home folder.", todo)
    age = at - datetime.fromtimestamp(made[-1].stat().st_mtime, UTC)
    told = f"The newest is {age.days} days old." if age.days else "There is one from the last 24 hours."
    return look("backup", told, "See why the nightly backup stopped.") if age > BACKUP_AGE else well("backup", told)


def clock_is_sane(at: datetime) -> Iterator[Finding]:
    if not EARLIEST < at < LATEST:
        yield wrong("clock", f"This machine believes it is {at:%d %B %Y}.", "Set the clock:  sudo timedatectl set-ntp true")
        return
    if (synchronised := _is_synchronised()) is False:
        yield look("clock", "This machine's clock is not kept right by the network.", "Run:  sudo timedatectl set-ntp true")
    else:
        yield well("clock", "It is kept right by the network." if synchronised else f"It says {at:%d %B %Y, %H:%M} UTC.")


def _is_synchronised() -> bool | None:
    """None where there is no systemd to ask."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    asked = [program, "show", "--property=NTPSynchronized", "--value"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    return {"yes": True, "no": False}.get(done.stdout.strip())

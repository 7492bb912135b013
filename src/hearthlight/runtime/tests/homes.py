"""Homes for tests of what runs outside the test's own process: real folders, real databases, real commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SERVER = os.environ.get("HEARTHLIGHT_TEST_DATABASE", "")
DATABASES = ["sqlite", "postgresql"] if SERVER else ["sqlite"]

WRITER = """
import django; django.setup()
import sys
from django.db import transaction
from hearthlight.core import audit, clock
from hearthlight.core.types import system
from hearthlight.sensors.models import Reading
number = 0
while True:
    with transaction.atomic():
        audit.record(by=system("test"), at=clock.now(), action="wrote", subject=f"thing:{number}")
    Reading.objects.create(device_id="d", place_id=1, kind="motion", spot="bedroom", value=number, at=clock.now())
    number += 1
    print(number, flush=True)
"""


@dataclass(frozen=True)
class Home:
    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        settings = {"HOME": str(self.folder), "DATABASE": self.database}
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEARTHLIGHT_")},
            **{f"HEARTHLIGHT_{name}": value for name, value in settings.items()},
            "DJANGO_SETTINGS_MODULE": "hearthlight.runtime.django_settings",
        }

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`hearthlight ...` in this home."""
        return subprocess.run(
            [sys.executable, "-m", "hearthlight.runtime.cli", *arguments],
            env={**self.environment, **more}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def migrate(self) -> None:
        for alias in ("default", "telemetry") if self.database == "sqlite" else ("default",):
            subprocess.run(
                [sys.executable, "-m", "django", "migrate", "--database", alias, "--verbosity", "0"],
                env=self.environment, check=True,
            )  # fmt: skip

    @contextmanager
    def writing(self) -> Iterator[subprocess.Popen[str]]:
        """While another process writes as fast as it can."""
        writer = subprocess.Popen([sys.executable, "-c", WRITER], env=self.environment, stdout=subprocess.PIPE, text=True)
        assert writer.stdout
        writer.stdout.readline()
        try:
            yield writer
        finally:
            writer.kill()
            writer.communicate()


def new_database(name: str) -> str:
    """An empty PostgreSQL database beside the tests' own; its address."""
    parts = urlsplit(SERVER)
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(parts._replace(path=f"/{name}"))


def copy_of(home: Home, folder: Path) -> Home:
    shutil.copytree(home.folder, folder)
    return Home(folder, "sqlite")


def on_postgresql(folder: Path) -> Home:
    home = Home(folder, new_database(f"home_{os.getpid()}"))
    home.migrate()
    return home

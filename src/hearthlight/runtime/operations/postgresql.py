"""PostgreSQL by its own tools: pg_dump and pg_restore, with the password kept off the command line."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from hearthlight.runtime.operations.manifest import BackupError

DUMP = "database.dump"


def words_for(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the environment that carries it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, dict(os.environ)
    user_and_host = parts.netloc.rpartition("@")
    bare = f"{user_and_host[0].partition(':')[0]}@{user_and_host[2]}"
    return urlunsplit(parts._replace(netloc=bare)), {**os.environ, "PGPASSWORD": unquote(parts.password)}


def dump(url: str, target: Path) -> dict[str, int]:
    """Write a dump, and return the row counts of the very snapshot that was dumped, whoever writes meanwhile."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        rows = _counts(connection)
        target.touch(mode=0o600)
        _run(url, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"])
        return rows


def restore(url: str, source: Path) -> None:
    """Fill an empty database, all or nothing."""
    _run(url, "pg_restore", ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)])


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return _counts(connection)


def empty(url: str) -> None:
    """Drop everything in the database's public schema. Only after a dump of it is safe on disk."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _counts(connection: psycopg.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    found = {}
    for (table,) in tables:
        row = connection.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table))).fetchone()
        found[f"database.{table}"] = int(row[0]) if row else 0
    return found


def _run(url: str, program: str, options: Sequence[str]) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is not installed. Please run:  sudo apt install postgresql-client")
    bare, environment = words_for(url)
    done = subprocess.run(
        [path, f"--dbname={bare}", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} could not do it: {done.stderr.strip()[-500:]}")

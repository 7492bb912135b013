"""The two SQLite files: a copy that is consistent while others write, and what a copy holds."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hearthlight.runtime.operations.manifest import BackupError

FILES = ("core.sqlite3", "telemetry.sqlite3")
PATIENCE_S = 20  # as the product itself waits for a lock


def reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, and does not make a file where there is none."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_S)


def copy(source: Path, target: Path) -> None:
    """Copy as of one instant. SQLite's own backup, all pages in one step, reads within one transaction: writers go
    on meanwhile (WAL) and nothing they write after the first page is in the copy."""
    with (
        closing(reading(source)) as origin,
        closing(sqlite3.connect(target)) as copied,
    ):
        origin.backup(copied, pages=-1)
        copied.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it to be forgotten
    target.chmod(0o600)


def problem_of(path: Path) -> str:
    """What SQLite finds wrong with the file, in its own words; empty when it is whole."""
    try:
        with closing(reading(path)) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def counts(folder: Path) -> dict[str, int]:
    """How many rows each table of both files holds."""
    found = {}
    for name in FILES:
        with closing(reading(folder / name)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            for (table,) in tables.fetchall():
                count = database.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()  # noqa: S608 — its own table name
                found[f"{name.partition('.')[0]}.{table}"] = int(count[0])
    return found


def check(path: Path) -> None:
    if problem := problem_of(path):
        raise BackupError(f"The copy of {path.name} is not whole: {problem}")

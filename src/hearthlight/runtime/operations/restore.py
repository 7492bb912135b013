"""Bring a copy back: unpacked beside, proved, and only then put in its place."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hearthlight.runtime.operations import postgresql, sqlite_files
from hearthlight.runtime.operations.backup import flush
from hearthlight.runtime.operations.manifest import CHUNK, NAME, BackupError, Manifest

LARGEST_MANIFEST = 1 << 20  # bytes: one line a table and a file
RUNNING = timedelta(seconds=30)  # a heartbeat younger than this means that the process still runs; it beats every 5 s


def restore(*, archive: Path, home: Path, database: str, replace: bool, at: datetime) -> Manifest:
    """Make `home` (and `database`, when that is a postgresql URL) what they were when `archive` was made.

    Refuses a home that is not empty unless told to `replace` it; what was there is then kept beside it.
    """
    home = home.resolve()
    is_taken = home.exists() and any(home.iterdir())
    if is_taken and not replace:
        raise BackupError(f"{home} is not empty. Choose another folder with --into, or give --replace to put it aside.")
    if is_taken and _beats(home, at):
        raise BackupError("Hearthlight is running in that folder. Stop it first:  sudo systemctl stop hearthlight")
    home.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}-restoring-"))
    try:
        manifest = _unpack(archive, scratch)
        _check_kind(manifest, database)
        if manifest.database == "postgresql":
            _fill(scratch, home=home, database=database, replace=replace, at=at)
        _prove(scratch, manifest, database)
        _put_in_place(scratch, home, at)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return manifest


def read(archive: Path) -> Manifest:
    """What a backup says it holds, without unpacking it."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            return _manifest_of(packed)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupError(f"{archive} cannot be read as a backup: {error}") from error


def _manifest_of(packed: tarfile.TarFile) -> Manifest:
    first = packed.next()
    if first is None or first.name != NAME or first.size > LARGEST_MANIFEST:
        raise BackupError("This is not a Hearthlight backup: it does not begin with its list of contents.")
    told = packed.extractfile(first)
    return Manifest.from_json(told.read() if told else b"")


def _unpack(archive: Path, folder: Path) -> Manifest:
    """Write every file the manifest names, checking each against its digest; anything else is refused."""
    seen = set()
    try:
        with tarfile.open(archive, "r:gz") as packed:
            manifest = _manifest_of(packed)
            while member := packed.next():
                if member.name not in manifest.files or member.name in seen or not member.isreg():
                    raise BackupError(f"This backup holds {member.name!r}, which its list does not name.")
                if _write(packed, member, folder) != manifest.files[member.name]:
                    raise BackupError(f"{member.name} is damaged: it is not what was backed up.")
                seen.add(member.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupError(f"{archive} cannot be read to its end: {error}") from error
    if missing := manifest.files.keys() - seen:
        raise BackupError(f"This backup lacks {', '.join(sorted(missing))}.")
    return manifest


def _write(packed: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    digest = hashlib.sha256()
    source = packed.extractfile(member)
    descriptor = os.open(folder / member.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while source and (chunk := source.read(CHUNK)):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _check_kind(manifest: Manifest, database: str) -> None:
    here = "sqlite" if database == "sqlite" else "postgresql"
    if manifest.database != here:
        raise BackupError(f"This backup is of {manifest.database}, but HEARTHLIGHT_DATABASE here says {here}.")


def _fill(scratch: Path, *, home: Path, database: str, replace: bool, at: datetime) -> None:
    """Load the dump; what the database held before is dumped beside the home first."""
    if postgresql.counts(database):
        if not replace:
            raise BackupError("The database is not empty. Give --replace to keep a dump of it and fill it anew.")
        postgresql.dump(database, home.parent / f"{home.name}.before-{_stamp(at)}.dump")
        postgresql.empty(database)
    postgresql.restore(database, scratch / postgresql.DUMP)
    (scratch / postgresql.DUMP).unlink()


def _prove(folder: Path, manifest: Manifest, database: str) -> None:
    """In a process of its own, for Django is set up once a process: the row counts are the manifest's, and the audit
    chain is whole."""
    found = sqlite_files.counts(folder) if database == "sqlite" else postgresql.counts(database)
    if found != manifest.rows:
        differing = sorted(table for table in found.keys() | manifest.rows if found.get(table) != manifest.rows.get(table))
        raise BackupError(f"Not everything came back: the rows of {', '.join(differing)} are not as many as they were.")
    done = subprocess.run(
        [sys.executable, "-m", "hearthlight.runtime.cli", "_prove"],
        env={**os.environ, "HEARTHLIGHT_HOME": str(folder), "HEARTHLIGHT_DATABASE": database},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BackupError((done.stdout.strip() or done.stderr.strip())[-500:])


def _put_in_place(folder: Path, home: Path, at: datetime) -> None:
    folder.chmod(0o700)
    if home.exists() and any(home.iterdir()):
        home.rename(home.parent / f"{home.name}.before-{_stamp(at)}")
    elif home.exists():
        home.rmdir()
    folder.rename(home)
    flush(home.parent)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _beats(home: Path, at: datetime) -> bool:
    """Has any part of the process whose files these are said lately that it is alive?"""
    if not (home / "core.sqlite3").exists():
        return False
    try:
        with closing(sqlite_files.reading(home / "core.sqlite3")) as database:
            row = database.execute("SELECT MAX(real_at) FROM core_heartbeat").fetchone()
    except sqlite3.DatabaseError:
        return False  # a damaged database is a good reason to restore
    latest = datetime.fromisoformat(row[0]).replace(tzinfo=UTC) if row and row[0] else None
    return latest is not None and at - latest < RUNNING

"""Keep a copy: everything a new machine needs to be this home, in one file that is whole or is not there at all."""

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from hearthlight.runtime.operations import postgresql, sqlite_files
from hearthlight.runtime.operations.manifest import NAME, BackupError, Manifest, sha256_of

LARGEST_KEY = 1 << 20  # bytes: the signing key, push keys and the like are far smaller; logs and recordings are not keys
SPARE = 64 << 20  # bytes left free beyond what the copy and the archive may take
OURS = re.compile(r"^hearthlight-\d{8}T\d{6}Z\.tar\.gz$")


def back_up(*, home: Path, database: str, to: Path, at: datetime) -> Path:
    """Write a backup of `home` and `database` ("sqlite" or a postgresql URL) into the folder `to`; returns the file.

    Consistent while Hearthlight runs: each database is copied as of one instant. The file appears under its name
    only when it is complete and on the disk.
    """
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_room(home=home, to=to)
    with tempfile.TemporaryDirectory(dir=to, prefix=".making-") as scratch:
        folder = Path(scratch)
        manifest = _gather(home=home, database=database, folder=folder, at=at)
        packed = _pack(folder, manifest)
        target = to / f"hearthlight-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
        packed.replace(target)
    flush(to)
    return target


def forget_old(to: Path, *, keep: int) -> list[Path]:
    """Delete all but the `keep` newest backups that we made in `to`; returns what was deleted."""
    made = sorted(path for path in to.iterdir() if OURS.match(path.name))
    old = made[:-keep] if keep else []
    for path in old:
        path.unlink()
    return old


def keys_in(home: Path) -> Iterator[Path]:
    """The small files beside the databases: the signing key, the push keys, whatever else the home is known by."""
    for path in sorted(home.iterdir()):
        is_database = path.name.partition(".sqlite3")[1] != ""
        if path.is_file() and not path.is_symlink() and not is_database and path.stat().st_size <= LARGEST_KEY:
            yield path


def _check_room(*, home: Path, to: Path) -> None:
    there = sum(path.stat().st_size for path in home.iterdir() if path.is_file())
    needed = 2 * there + SPARE  # the plain copy and, at worst, an archive as large
    free = shutil.disk_usage(to).free
    if free < needed:
        raise BackupError(
            f"There is not enough room for a backup in {to}: {free >> 20} MB free, {needed >> 20} MB needed. "
            "Make room there, or choose another disk with --to."
        )


def _gather(*, home: Path, database: str, folder: Path, at: datetime) -> Manifest:
    if database == "sqlite":
        rows = _copy_sqlite(home, folder)
    else:
        rows = postgresql.dump(database, folder / postgresql.DUMP)
    for path in keys_in(home):
        shutil.copy(path, folder / path.name)
    return Manifest(
        made_at=at.isoformat(),
        version=version("hearthlight"),
        database="sqlite" if database == "sqlite" else "postgresql",
        files={path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        rows=rows,
    )


def _copy_sqlite(home: Path, folder: Path) -> dict[str, int]:
    for name in sqlite_files.FILES:
        if not (home / name).exists():
            raise BackupError(f"There is no {name} in {home}: has Hearthlight ever run here?")
        sqlite_files.copy(home / name, folder / name)
        sqlite_files.check(folder / name)
    return sqlite_files.counts(folder)


def _pack(folder: Path, manifest: Manifest) -> Path:
    packed = folder / ".packed"
    descriptor = os.open(packed, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            told = manifest.to_json()
            first = tarfile.TarInfo(NAME)
            first.size, first.mode = len(told), 0o600
            archive.addfile(first, BytesIO(told))
            for name in manifest.files:
                archive.add(folder / name, arcname=name, filter=_anonymous)
        file.flush()
        os.fsync(file.fileno())
    return packed


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of this machine's users."""
    return member.replace(uid=0, gid=0, uname="", gname="", mode=0o600, deep=False)


def flush(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

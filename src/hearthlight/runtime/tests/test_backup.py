import io
import json
import os
import shutil
import tarfile

import pytest

from hearthlight.core import clock
from hearthlight.runtime.operations import backup, postgresql, restore, sqlite_files
from hearthlight.runtime.operations.manifest import BackupError
from hearthlight.runtime.tests import homes


def _kept(home, to):
    return backup.back_up(home=home.folder, database=home.database, to=to, at=clock.real_now())


def _back(archive, folder, database="sqlite", *, replace=False):
    return restore.restore(archive=archive, home=folder, database=database, replace=replace, at=clock.real_now())


def _rows(home, table):
    if home.database != "sqlite":
        return postgresql.counts(home.database)[f"database.{table}"]
    counts = sqlite_files.counts(home.folder)
    return counts.get(f"core.{table}", counts.get(f"telemetry.{table}"))


def _repacked(archive, target, change):
    """The archive with one of its files changed by `change(name, data)`; None leaves it out."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = change(member.name, old.extractfile(member).read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


def test_it_brings_back_what_others_wrote_while_it_was_copied(home, tmp_path):
    with home.writing():
        before = _rows(home, "core_auditentry")
        archive = _kept(home, tmp_path / "backups")
        after = _rows(home, "core_auditentry")
    database = home.database if home.database == "sqlite" else homes.new_database(f"back_{os.getpid()}")
    back = homes.Home(tmp_path / "back", database)

    manifest = _back(archive, back.folder, database)  # proves the audit chain, or raises

    assert 0 < before <= _rows(back, "core_auditentry") <= after
    assert _rows(back, "sensors_reading") > 0
    assert sum(manifest.rows.values()) == sum(
        (sqlite_files.counts(back.folder) if database == "sqlite" else postgresql.counts(database)).values()
    )
    assert (back.folder / "secret").read_text() == (home.folder / "secret").read_text()


def test_it_does_both_from_the_command_line(home, tmp_path):
    (home.folder / "vapid.pem").write_text("a key")
    made = home.run("backup", "--to", str(tmp_path / "out"), "--keep", "1")
    again = home.run("backup", "--to", str(tmp_path / "out"), "--keep", "1")
    assert (made.returncode, again.returncode) == (0, 0), made.stderr + again.stderr
    (archive,) = (tmp_path / "out").iterdir()
    database = home.database if home.database == "sqlite" else homes.new_database(f"back_{os.getpid()}")

    done = home.run("restore", str(archive), "--into", str(tmp_path / "new"), HEARTHLIGHT_DATABASE=database)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new/vapid.pem").read_text() == "a key"
    assert archive.stat().st_mode & 0o077 == 0
    assert "rows" in home.run("restore", str(archive), "--list").stdout


def test_it_refuses_a_home_that_is_not_empty_unless_told_and_keeps_the_old(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    archive = _kept(home, tmp_path / "backups")
    (home.folder / "mine").write_text("since then")

    with pytest.raises(BackupError, match="is not empty"):
        _back(archive, home.folder)
    assert (home.folder / "mine").exists()

    _back(archive, home.folder, replace=True)

    (aside,) = tmp_path.glob("home.before-*")
    assert (aside / "mine").read_text() == "since then"
    assert not (home.folder / "mine").exists()


def test_it_refuses_to_replace_a_home_that_is_running(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    archive = _kept(home, tmp_path / "backups")
    beat = "import django; django.setup(); from hearthlight.core import clock, heartbeat; heartbeat.beat(part='pump', at=clock.now())"
    homes.subprocess.run([homes.sys.executable, "-c", beat], env=home.environment, check=True)

    with pytest.raises(BackupError, match="is running"):
        _back(archive, home.folder, replace=True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda name, data: data[:-1] + b"x" if name == "core.sqlite3" else data, "damaged"),
        (lambda name, data: None if name == "secret" else data, "lacks secret"),
        (lambda name, data: data.replace(b'"secret"', b'"../secret"'), "outside its own folder"),
        (lambda name, data: b"{}" if name == "manifest.json" else data, "cannot be read"),
        (lambda name, data: data.replace(b'"format": 1', b'"format": 9'), "format 9"),
        (lambda name, data: _less(data) if name == "manifest.json" else data, "rows of core.core_auditentry"),
    ],
    ids=["one byte changed", "a file left out", "a path that climbs", "no manifest", "a later format", "rows lost"],
)
def test_it_refuses_a_backup_that_is_not_whole(empty_home, tmp_path, change, why):
    archive = _repacked(_kept(empty_home, tmp_path / "backups"), tmp_path / "changed.tar.gz", change)

    with pytest.raises(BackupError, match=why):
        _back(archive, tmp_path / "back")

    assert not (tmp_path / "back").exists()
    assert list(tmp_path.glob(".back-*")) == []


def _less(manifest):
    told = json.loads(manifest)
    told["rows"]["core.core_auditentry"] += 1
    return json.dumps(told).encode()


def test_it_refuses_a_file_cut_short(empty_home, tmp_path):
    archive = _kept(empty_home, tmp_path / "backups")
    archive.write_bytes(archive.read_bytes()[:-2000])

    with pytest.raises(BackupError, match="cannot be read to its end|damaged"):
        _back(archive, tmp_path / "back")


def test_it_refuses_a_broken_audit_chain(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    with home.writing() as writer:
        writer.stdout.readline()
    with sqlite_files.closing(sqlite_files.sqlite3.connect(home.folder / "core.sqlite3")) as database, database:
        database.execute("UPDATE core_auditentry SET by = 'staff:1' WHERE id = 2")

    with pytest.raises(BackupError, match="broken at entry 2"):
        _back(_kept(home, tmp_path / "backups"), tmp_path / "back")


def test_it_says_so_when_there_is_no_room(empty_home, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))

    with pytest.raises(BackupError, match="not enough room"):
        _kept(empty_home, tmp_path / "backups")

    assert list((tmp_path / "backups").iterdir()) == []


def test_it_leaves_nothing_half_made_when_a_database_is_missing(empty_home, tmp_path):
    home = homes.copy_of(empty_home, tmp_path / "home")
    (home.folder / "telemetry.sqlite3").unlink()

    with pytest.raises(BackupError, match=r"no telemetry\.sqlite3"):
        _kept(home, tmp_path / "backups")

    assert list((tmp_path / "backups").iterdir()) == []


def test_it_deletes_only_old_backups_of_its_own(tmp_path):
    names = [f"hearthlight-2026010{day}T030000Z.tar.gz" for day in range(1, 6)] + ["holiday.tar.gz"]
    for name in names:
        (tmp_path / name).touch()

    backup.forget_old(tmp_path, keep=2)

    assert sorted(path.name for path in tmp_path.iterdir()) == [*names[3:]]


def test_it_keeps_the_password_off_the_command_line():
    bare, environment = postgresql.words_for("postgresql://ada:se%40cret@db.example:5433/care?sslmode=require")

    assert bare == "postgresql://ada@db.example:5433/care?sslmode=require"
    assert environment["PGPASSWORD"] == "se@cret"

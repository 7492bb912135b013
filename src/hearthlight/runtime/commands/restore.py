"""Bring a backup back into an empty folder, or in place of what is there (which is kept beside it)."""

import argparse
import sys
from pathlib import Path

from hearthlight.core import clock
from hearthlight.runtime.operations import restore
from hearthlight.runtime.operations.manifest import BackupError
from hearthlight.runtime.settings import load

SETUP = False  # reading Django's settings would make a home and a key where the backup's are to go


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the backup")
    parser.add_argument("--into", type=Path, help="home folder to make (default: HEARTHLIGHT_HOME)")
    parser.add_argument("--replace", action="store_true", help="put aside what is there")
    parser.add_argument("--list", action="store_true", help="only say what the backup holds")


def run(args: argparse.Namespace) -> int:
    site = load()
    home = args.into or site.home
    try:
        if args.list:
            manifest = restore.read(args.file)
        else:
            manifest = restore.restore(
                archive=args.file, home=home, database=site.database, replace=args.replace, at=clock.real_now()
            )
    except (BackupError, OSError) as trouble:
        print(f"Nothing was restored. {trouble}", file=sys.stderr)
        return 1
    print(f"Backup of {manifest.made_at} by version {manifest.version} ({manifest.database}), {sum(manifest.rows.values())} rows.")
    if not args.list:
        print(f"It is in {home.resolve()}, whole, with its audit chain unbroken. Start Hearthlight: it brings tables up to date.")
    return 0

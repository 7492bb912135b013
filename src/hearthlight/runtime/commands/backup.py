"""Keep a copy of everything, while Hearthlight runs: both databases and the keys, in one file."""

import argparse
import sys
from pathlib import Path

from hearthlight.core import clock
from hearthlight.runtime.operations.backup import back_up, forget_old
from hearthlight.runtime.operations.manifest import BackupError
from hearthlight.runtime.settings import load

SETUP = False  # a backup must not make a home, or a key, where there is none


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, help="folder to put it in (default: backups in the home folder)")
    parser.add_argument("--keep", type=int, default=0, metavar="N", help="then delete all but the N newest there")


def run(args: argparse.Namespace) -> int:
    site = load()
    to = args.to or site.home / "backups"
    try:
        if not site.home.is_dir():
            raise BackupError(f"There is no folder {site.home}: is HEARTHLIGHT_HOME right?")
        made = back_up(home=site.home, database=site.database, to=to, at=clock.real_now())
    except (BackupError, OSError) as trouble:
        print(f"No backup was made. {trouble}", file=sys.stderr)
        return 1
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    for path in forget_old(to, keep=args.keep):
        print(f"deleted {path}")
    return 0

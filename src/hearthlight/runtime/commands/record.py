"""The shared record. `rebuild` derives every projection and index anew and says what that changed (on a sound record:
nothing); `verify` checks the audit chain and every version against the digest it was written with. `import FILE` brings in a
FHIR Bundle or a GP Connect record (for the person with its NHS number, or --person), or a table of residents (--home)."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from django.http import Http404

from hearthlight.core import clock
from hearthlight.core.types import Refusal, system
from hearthlight.record import actions, queries
from hearthlight.record.importing import actions as importing
from hearthlight.record.importing import presenters
from hearthlight.record.importing import queries as imports
from hearthlight.record.types import Access
from hearthlight.runtime.operations.record import EVERYTHING

SHOWN = 20  # troubles told one by one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("do", choices=("rebuild", "verify", "import"))
    parser.add_argument("file", nargs="?", type=Path, help="import: what to bring in")
    parser.add_argument("--person", type=int, metavar="ID", help="import: whose record it is brought into")
    parser.add_argument("--home", type=int, metavar="ID", help="import: where the people of a table live")
    parser.add_argument("--look", action="store_true", help="import: only say what it would do")


def run(args: argparse.Namespace) -> int:
    if args.do == "import":
        return bring_in(args.file, person_id=args.person, home_id=args.home, is_looking=args.look)
    return rebuild() if args.do == "rebuild" else verify()


def bring_in(file: Path | None, *, person_id: int | None, home_id: int | None, is_looking: bool) -> int:
    if file is None:
        print("Say which file: hearthlight record import FILE", file=sys.stderr)
        return 2
    try:
        return _bring_in(file, person_id, home_id, is_looking, clock.now())
    except (OSError, Refusal) as error:
        print(getattr(error, "why", None) or f"{file}: {error}", file=sys.stderr)
    except Http404:
        print("There is no such person or home.", file=sys.stderr)
    return 1


def _bring_in(file: Path, person_id: int | None, home_id: int | None, is_looking: bool, at: datetime) -> int:
    by = system("import")
    batch_id = importing.put_forward(
        content=file.read_bytes(), file_name=file.name, viewer=EVERYTHING, by=by, at=at, person_id=person_id, place_id=home_id
    )
    try:
        report = imports.preview(imports.batch(EVERYTHING, batch_id), EVERYTHING)
        if not is_looking and not report.wrong:
            access = Access(by, None, lambda _type, _verb: True)
            report = importing.bring_in(batch_id=batch_id, viewer=EVERYTHING, access=access, by=by, at=at)
    finally:
        if imports.batch(EVERYTHING, batch_id).done_at is None:
            importing.drop(batch_id=batch_id, by=by, at=at)
    for line in presenters.told(report):
        print(line)
    print("Nothing was brought in." if is_looking or report.wrong else f"Brought in, as batch {batch_id}.")
    return 1 if report.wrong else 0


def rebuild() -> int:
    done = actions.rebuild(by=system("rebuild"), at=clock.now())
    for kind, looked_at in done.facts.items():
        print(f"{kind:12} {looked_at:8} facts, {done.changed[kind]} resources changed")
    print(f"{'index':12} {done.indexed:8} resources, {done.reindexed} changed")
    print("Nothing has changed." if done.is_unchanged else "The record was brought up to date.")
    return 0


def verify() -> int:
    found = list(queries.troubles())
    for trouble in found[:SHOWN]:
        print(trouble)
    if len(found) > SHOWN:
        print(f"And {len(found) - SHOWN} more.")
    if found:
        print("Keep this machine as it is and tell whoever is responsible for data protection.")
        return 1
    print("Every version is as it was written, and the audit chain is whole.")
    return 0

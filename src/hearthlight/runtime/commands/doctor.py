"""Say what is wrong, if anything, and what to do about it."""

import argparse
import importlib
import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, fields

import django

from hearthlight.core import clock
from hearthlight.runtime.operations import machine
from hearthlight.runtime.operations.finding import Finding, Level, well, wrong
from hearthlight.runtime.settings import Settings, load

SETUP = False  # the doctor comes to homes whose settings cannot be read, too
SECRET = ("database", "mqtt", "mail", "secret")  # settings that may hold a password: never printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")
    parser.add_argument("--settings", action="store_true", help="say what each setting is and means, and nothing else")


def run(args: argparse.Namespace) -> int:
    if args.settings:
        return _print_settings()
    found = list(examine())
    is_well = all(finding.level is not Level.WRONG for finding in found)
    if args.json:
        print(json.dumps({"well": is_well, "findings": [asdict(finding) for finding in found]}))
    else:
        _print(found)
    return 0 if is_well else 1


def examine() -> Iterator[Finding]:
    """Everything there is to look at, in the order in which one thing depends on another."""
    try:
        site = load()
    except ValueError as error:
        yield wrong("settings", str(error), "Set it right; docs/run/settings.md says what it may be.")
        return
    yield well("settings", "They can be read.")
    if not site.home.is_dir():
        yield wrong("folder", f"There is no folder {site.home}.", "Start Hearthlight once, or set HEARTHLIGHT_HOME.")
        return
    django.setup()
    # Imported by name and only now: it holds tables, and reading Django's settings makes a home where there is none.
    record = importlib.import_module("hearthlight.runtime.operations.record")
    at = clock.real_now()
    yield from machine.examine(site, at=at, is_running=record.is_running(at))
    yield from record.examine(site.home, at=at)


def _print(found: list[Finding]) -> None:
    for finding in found:
        print(f"{finding.level.value:5}  {finding.part:11}  {finding.found}")
        if finding.todo:
            print(textwrap.fill(finding.todo, 110, initial_indent=" " * 20 + "→ ", subsequent_indent=" " * 22))
    wrong_count = sum(finding.level is Level.WRONG for finding in found)
    look_count = sum(finding.level is Level.LOOK for finding in found)
    print(f"\n{wrong_count} wrong, {look_count} to look at." if wrong_count or look_count else "\nAll is well.")


def _print_settings() -> int:
    try:
        site = load()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for item in fields(Settings):
        value = getattr(site, item.name)
        shown = "(set, not shown)" if item.name in SECRET and value not in (item.default, "") else value
        print(f"HEARTHLIGHT_{item.name.upper()} = {shown}\n    {item.metadata['help']}")
    return 0

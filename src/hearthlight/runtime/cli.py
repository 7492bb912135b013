"""The command line. Commands are found by looking in runtime/commands."""

import argparse
import importlib
import os
import pkgutil
import re
import sys
from pathlib import Path

import django

COMMANDS = Path(__file__).parent / "commands"


def names() -> list[str]:
    """Every command there is; those that begin with an underscore are for our own programs and are not offered."""
    return sorted(module.name for module in pkgutil.iter_modules([str(COMMANDS)]))


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit status. Each command module has add_arguments(parser) and run(args) -> int,
    and may set SETUP = False when it must run before Django's settings are read."""
    arguments = sys.argv[1:] if argv is None else argv
    asked = arguments[0] if arguments else ""
    name = asked if asked.startswith("-") else asked.replace("-", "_")
    if name not in names():
        offered = "|".join(n.replace("_", "-") for n in names() if not n.startswith("_"))
        print(f"usage: hearthlight {{{offered}}} [--help]", file=sys.stderr)
        return 0 if name in ("", "--help", "-h") else 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hearthlight.runtime.django_settings")
    if _wants_setup(name):
        django.setup()
    command = importlib.import_module(f"hearthlight.runtime.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"hearthlight {asked}", description=command.__doc__)
    command.add_arguments(parser)
    args = parser.parse_args(arguments[1:])
    return int(command.run(args))


def _wants_setup(name: str) -> bool:
    """Read, not imported: a command whose modules hold tables can only be imported once Django is set up."""
    return not re.search(r"^SETUP = False", (COMMANDS / f"{name}.py").read_text(), re.MULTILINE)


if __name__ == "__main__":
    sys.exit(main())

"""Let apps in, list them and shut them out from the command line. The apps page does the same for a manager's own place; a
service that reaches everybody on this machine can be let in only here."""

import argparse
import sys
from pathlib import Path

from django.conf import settings as django_settings

from hearthlight.core import clock
from hearthlight.core.types import Refusal, system
from hearthlight.people import queries as people
from hearthlight.record.smart import actions, configuration, queries
from hearthlight.record.smart.types import AppKind
from hearthlight.runtime.operations.record import EVERYTHING

BY = system("command-line")
EVERYONE = "everyone"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("list", help="registered apps: number, client id, kind, for whom, and whether they are shut out")
    add = what.add_parser("add", help="register an app; prints what its makers need, a secret this once")
    add.add_argument("label", help="what staff read when it asks")
    add.add_argument("--kind", default="BACKEND", type=AppKind, choices=list(AppKind), help="how it proves who it is (default BACKEND)")
    add.add_argument("--place", required=True, help=f"number or name of the place whose people it may be used for, or {EVERYONE}")
    add.add_argument("--scope", action="append", default=[], help="what it may ask for at most; more than once for more")
    add.add_argument("--back", action="append", default=[], metavar="ADDRESS", help="where it comes back to")
    add.add_argument("--launch", default="", metavar="ADDRESS", help="what opens it from a person's page")
    add.add_argument("--jwks", type=Path, metavar="FILE", help="its public keys")
    add.add_argument("--jwks-url", default="", metavar="ADDRESS", help="or where they are")
    for name, help_text in (("suspend", "shut an app out at once"), ("let-in", "let it ask again")):
        what.add_parser(name, help=help_text).add_argument("id", type=int)


def run(args: argparse.Namespace) -> int:
    try:
        return {"list": _list, "add": _add, "suspend": _suspend, "let-in": _let_in}[args.what](args)
    except Refusal as refusal:
        print(refusal.why, file=sys.stderr)
        return 1


def _list(_args: argparse.Namespace) -> int:
    for app in queries.every_app():
        shut = "  SHUT OUT" if app.is_suspended else ""
        print(f"{app.id:<5} {app.client_id:34} {app.kind:8} {app.label}, for {app.place_name or EVERYONE}{shut}")
    return 0


def _add(args: argparse.Namespace) -> int:
    try:
        keys = args.jwks.read_text() if args.jwks else ""
    except (OSError, UnicodeDecodeError):
        raise Refusal("The file with its keys cannot be read") from None
    made = actions.add_app(
        label=args.label, kind=args.kind, place_id=None if args.place == EVERYONE else _place(args.place), scopes=args.scope,
        redirect_uris=args.back, launch_url=args.launch, jwks=keys, jwks_url=args.jwks_url, by=BY, at=clock.now(),
    )  # fmt: skip
    site = django_settings.SITE.url
    print("Registered. Give this to its makers; a secret is not kept and not shown again.\n")
    for name, value in (
        ("client id", made.client_id), ("secret", made.secret), ("FHIR", configuration.fhir_base(site)), ("token", configuration.token_address(site)),
    ):  # fmt: skip
        if value:
            print(f"  {name:10} {value}")
    return 0


def _suspend(args: argparse.Namespace) -> int:
    _known(args.id)
    actions.suspend(app_id=args.id, by=BY, at=clock.now())
    print(f"{args.id} is shut out. Nothing it was given works any more.")
    return 0


def _let_in(args: argparse.Namespace) -> int:
    _known(args.id)
    actions.let_in_again(app_id=args.id, by=BY, at=clock.now())
    print(f"{args.id} may ask again.")
    return 0


def _known(app_id: int) -> None:
    if app_id not in {app.id for app in queries.every_app()}:
        raise Refusal("There is no app of that number")


def _place(text: str) -> int:
    found = [place for place in people.places(EVERYTHING) if text in (str(place.id), place.name)]
    if len(found) != 1:
        known = ", ".join(f"{place.id} ({place.name})" for place in found or people.places(EVERYTHING))
        raise Refusal(f"Which place is that? Give its number, or {EVERYONE}: {known or 'there are none yet'}")
    return found[0].id

"""Begin: an organisation, its first home, and the manager who can then add everybody and everything else."""

import argparse
import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from hearthlight.core import clock
from hearthlight.core.types import Refusal, system
from hearthlight.people import actions as people
from hearthlight.people.types import PlaceKind, Role
from hearthlight.runtime.process import prepare_database

BY = system("first-home")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("organisation", help='who runs the home, e.g. "Willow Care"')
    parser.add_argument("home", help='the home, e.g. "Willow House"')
    parser.add_argument("--manager", required=True, help='the manager\'s name, e.g. "Maya Chen"')
    parser.add_argument("--sign-in", required=True, help="the name the manager signs in with, e.g. maya")


def run(args: argparse.Namespace) -> int:
    password = getpass.getpass("Password for the manager: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    prepare_database()
    at = clock.now()
    try:
        validate_password(password)
        with transaction.atomic():
            top = people.create_place(kind=PlaceKind.ORGANISATION, name=args.organisation, by=BY, at=at)
            home = people.create_place(kind=PlaceKind.HOME, name=args.home, parent_id=top, by=BY, at=at)
            manager = people.add_staff(
                name=args.manager, username=args.sign_in, password=password, based_at_id=home, by=BY, at=at
            )
            for role in (Role.MANAGER, Role.ADMINISTRATOR):
                people.give_role(staff_id=manager, role=role, place_id=top, by=BY, at=at)
    except Refusal as refusal:
        print(refusal.why, file=sys.stderr)
        return 1
    except ValidationError as weak:
        print(" ".join(weak.messages), file=sys.stderr)
        return 1
    print(f"{args.home} is ready. Start it with `hearthlight serve` and sign in as {args.sign_in}.")
    return 0

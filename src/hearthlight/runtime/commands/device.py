"""Add, list and retire devices from the command line. The devices page does the same, and adopts what bridges announce."""

import argparse
import sys
from pathlib import Path

from django.conf import settings as django_settings
from django.http import Http404

from hearthlight.core import clock
from hearthlight.core.types import Refusal, system
from hearthlight.people import queries as people
from hearthlight.people.types import Purpose
from hearthlight.runtime.operations.card import card_of, draw
from hearthlight.runtime.operations.record import EVERYTHING
from hearthlight.sensors import actions, family, queries

BY = system("command-line")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("list", help="devices in service: id, kind, place, and what is wrong with them")
    add = what.add_parser("add", help="enrol a device or a bridge; prints its credentials, this once")
    add.add_argument("label", help='what it is called here, for example "Watch 3"')
    add.add_argument("--family", default="wearable", choices=sorted(family.found()), help="kind of device (default wearable)")
    add.add_argument("--place", required=True, help="number or name of the room, unit or home it is for")
    add.add_argument("--person", help="number or name of who wears it")
    add.add_argument("--purpose", default="FALLS", type=Purpose, choices=list(Purpose), help="what it senses for (default FALLS)")
    add.add_argument("--spot", default="bedroom", help="where it looks, for room sensors")
    add.add_argument("--position", default="", help="where it is worn, if known: wrist, waist …")
    add.add_argument("--base", default="", help="a bridge's base topic, where two of a kind are in one home")
    add.add_argument("--qr", type=Path, metavar="FILE.svg", help="also write its card as a QR code")
    retire = what.add_parser("retire", help="take a device out of service")
    retire.add_argument("id")


def run(args: argparse.Namespace) -> int:
    try:
        return {"list": _list, "add": _add, "retire": _retire}[args.what](args)
    except Refusal as refusal:
        print(refusal.why, file=sys.stderr)
        return 1


def _list(_args: argparse.Namespace) -> int:
    for shown in queries.devices(EVERYTHING, clock.now()):
        heard = f"heard {shown.heard_at:%Y-%m-%d %H:%M} UTC" if shown.heard_at else "never heard"
        consent = "" if shown.is_allowed else "  NO CONSENT"
        print(f"{shown.facts.id:12} {shown.facts.family:14} {shown.place_name:24} {heard}  {shown.trouble}{consent}".rstrip())
    return 0


def _add(args: argparse.Namespace) -> int:
    person_id = _person(args.person) if args.person else None
    enrolled = actions.enrol(
        family_name=args.family, label=args.label, place_id=_place(args.place), purpose=args.purpose, by=BY, at=clock.now(),
        person_id=person_id, spot=args.spot, position=args.position, config={"base": args.base} if args.base else None,
    )  # fmt: skip
    of = family.found()[args.family]
    card = card_of(django_settings.SITE, enrolled, of, base=args.base or of.base)
    print("Enrolled; heard within a minute. Write this down or scan it now: the secret is not kept and not shown again.\n")
    for name, value in card.items():
        print(f"  {name:7} {value}")
    if args.qr:
        draw(card, args.qr)
        print(f"\nQR code: {args.qr}. Delete it once the device has read it.")
    return 0


def _retire(args: argparse.Namespace) -> int:
    actions.retire(device_id=args.id, by=BY, at=clock.now())
    print(f"{args.id} is out of service. Nothing it says is heard any more.")
    return 0


def _place(text: str) -> int:
    found = [place for place in people.places(EVERYTHING) if text in (str(place.id), place.name)]
    if len(found) != 1:
        known = ", ".join(f"{place.id} ({place.name})" for place in found or people.places(EVERYTHING))
        raise Refusal(f"Which place is that? Give its number: {known or 'there are none yet'}")
    return found[0].id


def _person(text: str) -> int:
    if text.isdecimal():
        try:
            return people.person_facts(int(text)).id
        except Http404:
            raise Refusal("There is no person of that number") from None
    found = people.persons(EVERYTHING, text)
    if len(found) != 1:
        raise Refusal(f"That is {len(found)} people: give a number or a fuller name")
    return found[0].id

"""Watch Hearthlight from outside, and shout when it goes silent or an alert is not followed up."""

import argparse
import signal
import threading

from django.conf import settings as django_settings

from hearthlight.core import clock
from hearthlight.runtime import systemd
from hearthlight.runtime.operations.shout import Shouter
from hearthlight.runtime.operations.watch import troubles

EVERY_S = 5.0  # as often as the parts beat


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="look once; exit status 1 if anything is wrong")
    parser.add_argument("--mail-to", default="", metavar="ADDRESS", help="whom to e-mail (needs HEARTHLIGHT_MAIL)")
    parser.add_argument("--command", default="", help="shell command to run; HEARTHLIGHT_ALERT says what is wrong")
    parser.add_argument("--every", type=float, default=EVERY_S, metavar="SECONDS", help="how often to look (default 5)")


def run(args: argparse.Namespace) -> int:
    site = django_settings.SITE
    shouter = Shouter(site=site, mail_to=args.mail_to, command=args.command)
    if args.mail_to and not site.mail:
        print("--mail-to needs HEARTHLIGHT_MAIL to say which mail server to use.")
        return 2
    if args.once:
        found = troubles(site, at=clock.real_now())
        shouter.hear(found, at=clock.real_now())
        print("\n".join(trouble.words for trouble in found) or "Hearthlight is well.")
        return 1 if found else 0
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    systemd.notify("READY=1")
    while not stopping.is_set():
        shouter.hear(troubles(site, at=clock.real_now()), at=clock.real_now())
        systemd.notify("WATCHDOG=1")
        stopping.wait(args.every)
    systemd.notify("STOPPING=1")
    return 0

"""A care home alive on your screen: Willow House, 24 people, and a night in which somebody falls."""

import argparse
import os
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

from hearthlight.core import clock

SETUP = False  # the demonstration's home folder is chosen here, before any setting is read

FOLDER = Path(".hearthlight") / "demo"
FASTEST = 600  # times as fast as life: a night in a minute, more than the screen could show
JUST_BEFORE = (3, 11, 30)  # the local time it starts at when the clock runs as fast as yours: Ada falls at 03:12
EVENING = (21, 0, 0)  # and when it runs faster: the whole night


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as life (default 1)")
    parser.add_argument("--from", dest="start", default="", metavar="HH:MM", help="local time to start at")
    parser.add_argument("--port", type=int, default=8000, help="port of the web pages (default 8000)")
    parser.add_argument("--mqtt-port", type=int, default=1883, help="port of the device broker (default 1883)")
    parser.add_argument("--home", type=Path, default=FOLDER, help="folder the demonstration lives in; emptied at the start")


def run(args: argparse.Namespace) -> int:
    """Does not come back when all is well: the process becomes the demonstration."""
    if fault := _fault(args):
        print(fault, file=sys.stderr)
        return 2
    if args.home.exists() and any(args.home.iterdir()) and not (args.home / "is-a-demo").exists():
        print(f"{args.home} is not a demonstration's folder: not touching it. Choose another with --home.", file=sys.stderr)
        return 2
    shutil.rmtree(args.home, ignore_errors=True)
    args.home.mkdir(parents=True)
    (args.home / "is-a-demo").touch()
    os.environ.update(
        HEARTHLIGHT_HOME=str(args.home),
        HEARTHLIGHT_PORT=str(args.port),
        HEARTHLIGHT_MQTT="embedded",
        HEARTHLIGHT_MQTT_PORT=str(args.mqtt_port),
        HEARTHLIGHT_DATABASE="sqlite",
        HEARTHLIGHT_SECOND_FACTOR="false",
    )
    os.execv(  # noqa: S606 — our own program, with settings Django has not read yet
        sys.executable, [sys.executable, "-m", "hearthlight.runtime.cli", "_play", str(args.speed), args.start]
    )  # fmt: skip
    return 0


def _fault(args: argparse.Namespace) -> str:
    """What is wrong with the arguments, before anything is emptied; nothing: empty."""
    if not 0 < args.speed <= FASTEST:
        return f"--speed must be more than 0 and at most {FASTEST}."
    try:
        starting_moment(args.start, args.speed, clock.real_now())
    except ValueError:
        return f"--from must be a time such as 21:30, not {args.start!r}."
    return ""


def starting_moment(text: str, speed: float, now: datetime) -> datetime:
    """The latest such time that has passed, in the home's local time (`now` carries its zone). Raises ValueError."""
    if text:
        hour, minute = (int(part) for part in text.split(":"))
        second = 0
    else:
        hour, minute, second = EVENING if speed > 1 else JUST_BEFORE
    then = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return then if then <= now else then - timedelta(days=1)



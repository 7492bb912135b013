"""Play the demonstration's night in this process. Started by `hearthlight demo`, which chooses the folder."""

import argparse
import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import uvloop
from django.conf import settings as django_settings

from hearthlight.core import clock
from hearthlight.runtime.commands.demo import starting_moment
from hearthlight.runtime.demo import health, memory, past
from hearthlight.runtime.demo.house import LONDON, PASSWORD, Furnished, furnish
from hearthlight.runtime.demo.night import Night
from hearthlight.runtime.process import Ports, Process, prepare_database

WELCOME = """
  Hearthlight: Willow House, {time:%H:%M} at night, {speed:g} × as fast as life.

    {url}

  Sign in as   nia    night carer, Rowan unit        password   {password}
               tomasz night carer, Hazel unit        (the same for everybody)
               sam    senior, the whole house
               olu    on call
               maya   manager

  Keep the board open: {next}
  (A real home asks for a code or a passkey as well; the demonstration does not.)  Ctrl+C ends the night.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("speed", type=float)
    parser.add_argument("start")
    parser.add_argument("--empty-night", type=Path, metavar="FILE", help="play nothing: write every credential to FILE")


def run(args: argparse.Namespace) -> int:
    start = starting_moment(args.start, args.speed, clock.real_now().astimezone(LONDON))
    prepare_database()
    house = furnish(start)
    past.live_through(house, start)
    health.measure_all(house, start)
    memory.write_down_all(house, start)
    clock.install(clock.Clock(start=start, speed=args.speed))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_night(house, args, start))
    except KeyboardInterrupt:
        print("\nGood night.")
    return 0


async def _night(house: Furnished, args: argparse.Namespace, start: datetime) -> None:
    site = django_settings.SITE
    playing: list[asyncio.Task[None]] = []

    def ready(ports: Ports) -> None:
        if args.empty_night:
            args.empty_night.write_text(json.dumps(asdict(house)))
            return
        coming = "Ada falls half a minute from now." if args.speed == 1 else "the night goes by while you watch."
        print(WELCOME.format(url=site.url, password=PASSWORD, speed=args.speed, time=start, next=coming), flush=True)
        night = Night(house, port=ports.mqtt or 0, start=clock.now())
        playing.append(asyncio.create_task(night.play()))

    try:
        await Process(site).run(ready=ready)
    finally:
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)

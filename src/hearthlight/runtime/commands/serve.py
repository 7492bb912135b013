"""Run Hearthlight: pages, alarms and the device broker, in one process, until stopped."""

import argparse
import asyncio

import uvloop
from django.conf import settings as django_settings

from hearthlight.runtime.process import Ports, Process


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="do not print where it listens")


def run(args: argparse.Namespace) -> int:
    site = django_settings.SITE

    def ready(ports: Ports) -> None:
        if not args.quiet:
            devices = f"devices on MQTT port {ports.mqtt}" if ports.mqtt else f"devices through {site.mqtt.split('@')[-1]}"
            print(f"Hearthlight is on at {site.url} ({devices}). Press Ctrl+C to stop.", flush=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Process(site).run(ready=ready))
    return 0

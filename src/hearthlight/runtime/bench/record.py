"""The shared record at the store itself: create, read, search by person, code and date, and transactions of a hundred.

A home of its own is filled first; then 1 and 16 clients (threads of one process, each with its connection) do one thing
after another for so many seconds. `per_s` counts resources in transactions, and calls elsewhere. No HTTP and no sign-in
here: the access a call runs under and the audit entry of each write are."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

CLIENTS = (1, 16)
LONGEST_S = 24 * 3600  # of a run: a million observations take most of an hour


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=60, help="people in the home, each with their share of observations")
    parser.add_argument("--observations", type=int, default=20_000, help="vital signs kept before anything is measured")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each thing is done, by each number of clients")


def run(args: argparse.Namespace) -> dict[str, Any]:
    if args.people < 1 or args.observations < 1 or args.seconds <= 0:
        raise ValueError("Give at least one person, one observation and a moment to measure in.")
    asked = {"people": args.people, "observations": args.observations, "seconds": args.seconds, "clients": CLIENTS}
    with tempfile.TemporaryDirectory(prefix="hearthlight-bench-") as home:
        environ = {**os.environ, "HEARTHLIGHT_HOME": home, "HEARTHLIGHT_DATABASE": "sqlite"}  # never a site's own
        command = [sys.executable, "-m", "hearthlight.runtime.cli", "_measure_record", json.dumps(asked)]
        told = subprocess.run(command, env=environ, check=True, capture_output=True, timeout=LONGEST_S).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def table(result: dict[str, Any]) -> str:
    lines = [f"{result['observations']} observations of {result['people']} people, {result['database']}, {result['rss_mb']} MB"]
    lines.append(f"{'':12} {'clients':>7} {'per second':>11} {'p50 ms':>9} {'p99 ms':>9}")
    lines += [
        f"{row['what']:12} {row['clients']:7} {row['per_s']:11.0f} {row['p50_ms']:9.2f} {row['p99_ms']:9.2f}" for row in result["rows"]
    ]
    return "\n".join(lines)

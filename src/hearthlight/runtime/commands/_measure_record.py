"""For `hearthlight bench record`: fill this home's record and measure it; prints one JSON object."""

import argparse
import json
import random
import resource
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management import call_command
from django.db import connection

from hearthlight.core import clock
from hearthlight.core.types import Actor
from hearthlight.fhir.search.parse import parse
from hearthlight.record import actions, queries
from hearthlight.record.types import Access, Write

BATCH = 100  # resources in a transaction
SEED = 20  # any; fixed so that two runs do the same work
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 320  # over which the observations lie
VITAL_SIGNS = ("8867-4", "9279-1", "8310-5", "59408-5", "8480-6", "8462-4", "29463-7", "80288-4", "72514-3", "2339-0")
PAGE = "20"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("asked", type=json.loads)


class Home:
    """Whose record it is, and what has been kept of it."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.access = Access(Actor("staff", "1"), frozenset(f"person-{n}" for n in range(people)), lambda *_: True)
        self.ids: list[str] = []

    def observation(self, dice: random.Random) -> dict[str, Any]:
        at = SINCE + timedelta(seconds=dice.randrange(DAYS * 86_400))
        code, category = dice.choice(VITAL_SIGNS), "http://terminology.hl7.org/CodeSystem/observation-category"
        return {
            "resourceType": "Observation", "status": "final",
            "category": [{"coding": [{"system": category, "code": "vital-signs", "display": "Vital Signs"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": code}, {"system": "http://snomed.info/sct", "code": "363787002"}]},
            "subject": {"reference": f"Patient/person-{dice.randrange(self.people)}"}, "effectiveDateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "performer": [{"reference": "Practitioner/staff-4"}],
            "valueQuantity": {"value": Decimal(dice.randrange(400, 1800)) / 10, "unit": "beats/min",
                              "system": "http://unitsofmeasure.org", "code": "/min"},
        }  # fmt: skip

    def transaction(self, dice: random.Random) -> int:
        writes = [Write("Observation", self.observation(dice), is_new=True) for _ in range(BATCH)]
        kept = actions.many(writes, access=self.access, at=clock.now(), origin="api:bench")
        self.ids += [version.id for version in kept if version]
        return BATCH

    def create(self, dice: random.Random) -> int:
        actions.create(self.observation(dice), access=self.access, at=clock.now(), origin="api:bench")
        return 1

    def read(self, dice: random.Random) -> int:
        queries.read("Observation", dice.choice(self.ids), access=self.access)
        return 1

    def search(self, dice: random.Random) -> int:
        since = SINCE + timedelta(days=dice.randrange(DAYS))
        pairs = [
            ("patient", f"person-{dice.randrange(self.people)}"), ("code", f"http://loinc.org|{dice.choice(VITAL_SIGNS)}"),
            ("date", f"ge{since:%Y-%m-%d}"), ("_count", PAGE),
        ]  # fmt: skip
        queries.search(parse(["Observation"], pairs), access=self.access)
        return 1


def run(args: argparse.Namespace) -> int:
    call_command("migrate", verbosity=0)
    asked, dice = args.asked, random.Random(SEED)  # noqa: S311 — a benchmark, and no secret
    home = Home(asked["people"])
    while len(home.ids) < asked["observations"]:
        home.transaction(dice)
    works = {"read": home.read, "search": home.search, "create": home.create, "transaction": home.transaction}
    rows = [_measured(what, work, clients, asked["seconds"]) for clients in asked["clients"] for what, work in works.items()]
    rss_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({**asked, "database": connection.vendor, "rss_mb": rss_mb, "rows": rows}))
    return 0


def _measured(what: str, work: Callable[[random.Random], int], clients: int, seconds: float) -> dict[str, Any]:
    spans: list[float] = []
    counts: list[int] = []
    began = clock.monotonic()
    ends = began + seconds

    def client(number: int) -> None:
        dice, done = random.Random(SEED + number), 0  # noqa: S311
        while (started := clock.monotonic()) < ends:
            done += work(dice)
            spans.append(clock.monotonic() - started)
        counts.append(done)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = clock.monotonic() - began
    spans.sort()
    p50, p99 = (round(1000 * spans[int(len(spans) * share)], 3) for share in (0.5, 0.99))
    return {"what": what, "clients": clients, "per_s": round(sum(counts) / took, 1), "p50_ms": p50, "p99_ms": p99}

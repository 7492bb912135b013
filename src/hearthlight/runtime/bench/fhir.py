"""The FHIR API as a hospital's system uses it: let in by its key, read, search, create, and transactions of a hundred.

The real process over HTTP, with sign-in, consent and audit on: a service of Backend Services asks for a token with a signed
assertion, and 1 and 16 clients do one thing after another for so many seconds, on the same machine as the server. `per_s`
counts resources in transactions, and answers elsewhere; `wrong` counts answers that were not what was asked for."""

import argparse
import http.client
import itertools
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from jwcrypto import jwk, jws

from hearthlight.runtime.bench.load import ask, request
from hearthlight.runtime.bench.rig import Rig, furnished

CLIENTS = (1, 16)
BASE = "/fhir/r4"
IN_TRANSACTION = 100  # resources
ASSERTION_S = 240  # how long the assertion holds; Backend Services allows five minutes
LONGEST_S = 30.0  # for each thing measured: a service's token lives five minutes
FORM = "application/x-www-form-urlencoded"
Questions = Callable[[int], Iterator[bytes]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=60, help="people in the home")
    parser.add_argument("--observations", type=int, default=5_000, help="observations kept before anything is measured")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each thing is done, by each number of clients")


def run(args: argparse.Namespace) -> dict[str, Any]:
    if args.people < 1 or args.observations < 1 or not 0 < args.seconds <= LONGEST_S:
        raise ValueError(f"Give at least one person, one observation, and up to {LONGEST_S:.0f} seconds.")
    with furnished(cords=0, motions=0, wearers=args.people) as rig:
        rig.start()
        token = let_in(rig)
        patients = _patients(rig, token)
        _fill(rig, token, patients, args.observations)
        rows = [
            {"what": what, "clients": clients}
            | ask(rig.web, questions, clients=clients, seconds=args.seconds, expected=expected).told(each=each)
            for what, (questions, expected, each) in _things(token, patients).items()
            for clients in CLIENTS
        ]
        return {"people": args.people, "observations": args.observations, "rss_mb": round(rig.rss_mb(), 1), "rows": rows}


def table(result: dict[str, Any]) -> str:
    lines = [f"{result['observations']} observations of {result['people']} people, {result['rss_mb']} MB"]
    lines.append(f"{'':12} {'clients':>7} {'per second':>11} {'p50 ms':>9} {'p99 ms':>9} {'wrong':>6}")
    lines += [
        f"{row['what']:12} {row['clients']:7} {row['per_s']:11.0f} {row['p50_ms']:9.2f} {row['p99_ms']:9.2f} {row['wrong']:6}"
        for row in result["rows"]
    ]
    return "\n".join(lines)


def let_in(rig: Rig) -> str:
    """Register a service at the command line, sign for a token, and get it (SMART App Launch 2, Backend Services)."""
    key = jwk.JWK.generate(kty="EC", crv="P-384", kid="bench")
    keys = rig.home / "bench-keys.json"
    keys.write_text(json.dumps({"keys": [json.loads(key.export_public())]}))
    command = [
        sys.executable, "-m", "hearthlight.runtime.cli", "app", "add", "Bench", "--place", "everyone",
        "--scope", "system/*.cruds", "--jwks", str(keys),
    ]  # fmt: skip
    told = subprocess.run(command, env=rig.environ, check=True, capture_output=True, text=True).stdout
    made = dict(line.split(None, 1) for line in told.replace("client id", "client-id").splitlines() if line.startswith("  "))
    assertion = jws.JWS(json.dumps({
        "iss": made["client-id"], "sub": made["client-id"], "aud": made["token"], "exp": int(time.time()) + ASSERTION_S,
        "jti": secrets.token_hex(16),
    }).encode())  # fmt: skip
    assertion.add_signature(key, None, json.dumps({"alg": "ES384", "typ": "JWT", "kid": "bench"}))
    body = urlencode({
        "grant_type": "client_credentials", "scope": "system/*.cruds", "client_assertion": assertion.serialize(compact=True),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    })  # fmt: skip
    return str(_once(rig, "POST", urlsplit(made["token"]).path, body=body, headers={"Content-Type": FORM})["access_token"])


def _once(rig: Rig, method: str, path: str, *, body: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    line = http.client.HTTPConnection("127.0.0.1", rig.web, timeout=60)
    try:
        line.request(method, path, body or None, headers or {})
        answer = line.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}")
        return found
    finally:
        line.close()


def _patients(rig: Rig, token: str) -> list[str]:
    found = _once(rig, "GET", f"{BASE}/Patient?_count=1000&_elements=id", headers={"Authorization": f"Bearer {token}"})
    return [entry["resource"]["id"] for entry in found["entry"]]


def _fill(rig: Rig, token: str, patients: list[str], wanted: int) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    numbers = itertools.cycle(patients)
    for _ in range(max(1, wanted // IN_TRANSACTION)):
        _once(rig, "POST", BASE, body=json.dumps(_transaction(next(numbers), IN_TRANSACTION)), headers=headers)


def _things(token: str, patients: list[str]) -> dict[str, tuple[Questions, int, int]]:
    """What is asked, with which status it is answered, and how many resources one answer stands for."""

    def each(make: Callable[[str], bytes]) -> Questions:
        return lambda number: (make(patient) for patient in itertools.islice(itertools.cycle(patients), number, None))

    def post(path: str, body: dict[str, Any]) -> bytes:
        return request("POST", path, token=token, body=json.dumps(body).encode())

    search = "code=http://loinc.org%7C2339-0&date=ge2026-01-01&_count=10"
    return {
        "read": (each(lambda patient: request("GET", f"{BASE}/Patient/{patient}", token=token)), 200, 1),
        "search": (
            each(lambda patient: request("GET", f"{BASE}/Observation?patient={patient}&{search}", token=token)), 200, 1
        ),
        "create": (each(lambda patient: post(f"{BASE}/Observation", _observation(patient))), 201, 1),
        "transaction": (each(lambda patient: post(BASE, _transaction(patient, IN_TRANSACTION))), 200, IN_TRANSACTION),
    }  # fmt: skip


def _observation(patient: str) -> dict[str, Any]:
    """A blood glucose: not one of the home's own checks, so it goes to the vault as most of what others send does."""
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0", "display": "Glucose"}]},
        "effectiveDateTime": "2026-11-24T08:00:00Z",
        "valueQuantity": {"value": 6.1, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
    }  # fmt: skip


def _transaction(patient: str, many: int) -> dict[str, Any]:
    entry = {"resource": _observation(patient), "request": {"method": "POST", "url": "Observation"}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * many}

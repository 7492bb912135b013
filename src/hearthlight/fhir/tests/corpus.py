"""HL7's 727 examples of R4 resources that are no definitions (CC0; see CREDITS.md), and small changes to them."""

import copy
import lzma
from functools import cache
from pathlib import Path
from typing import Any

from hearthlight.fhir.text import loads
from hearthlight.fhir.types import Resource

FILE = Path(__file__).parent / "data/r4.jsonl.xz"
GONE = object()


@cache
def bodies() -> dict[str, bytes]:
    """The examples as text, by the name of their file."""
    lines = lzma.decompress(FILE.read_bytes()).split(b"\n")
    return {name.decode(): body for name, _, body in (line.partition(b"\t") for line in lines)}


def example(name: str) -> Resource:
    return loads(bodies()[name])


def changed(resource: Resource, path: str, value: Any) -> Resource:
    """A copy in which the member at `path` ("component.0.code") is `value`, or GONE."""
    copied = copy.deepcopy(resource)
    *homes, last = path.split(".")
    home: Any = copied
    for part in homes:
        home = home[int(part)] if isinstance(home, list) else home.setdefault(part, {})
    if value is GONE:
        del home[int(last) if isinstance(home, list) else last]
    else:
        home[int(last) if isinstance(home, list) else last] = value
    return copied

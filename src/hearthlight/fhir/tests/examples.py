"""Official R4 resources to read: HL7's examples (`corpus`), and of the types that define others, which are not among them,
those that `scripts/build-fhir-search --examples` chose: the ones that have a member which no smaller one has."""

import gzip
from pathlib import Path

from hearthlight.fhir.text import loads

from .corpus import bodies

DEFINITIONS = Path(__file__).parent / "data/definitions.jsonl.gz"
EXAMPLES = [loads(body) for body in (*bodies().values(), *gzip.decompress(DEFINITIONS.read_bytes()).splitlines())]
